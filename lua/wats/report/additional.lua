-- wats.report.additional: data of no fixed form beside a report or a step, from a Lua table to the
-- properties that the format knows.
--
-- Text, numbers and booleans become properties of their name; a table becomes an object, a list an
-- array. The format keeps every value as text: numbers are written so that they read back bit for
-- bit, NaN and Inf by their names. Names stand in the order of the alphabet.

local given = require("wats.report.given")
local json = require("wats.json")
local measurement = require("wats.report.measurement")

local additional = {}

-- JSON takes two or three levels for each of these.
local MAX_DEPTH = 20

local TYPES = { string = "String", number = "Number", boolean = "Bool" }

local function text_problem(text)
  if not utf8.len(text) then return "is not UTF-8" end
  return text:find("\0", 1, true) and "has a NUL in it" or nil
end

local function is_list(value)
  return json.is_array(value) or #value > 0
end

local function value_text(value)
  if type(value) ~= "number" then return tostring(value) end
  return measurement.non_finite_text(value) or json.encode(value)
end

local SAID = { comment = { "string" }, num_format = { "string" }, flags = given.INTEGER }

-- A value with what is said of it beside its name.
local Property = { __name = "wats.property" }

-- Such a value, to stand where the bare one may stand; or nil and what is wrong.
---@param value string|number|boolean|table
---@param wanted? wats.PropertyOptions
---@return table?
---@return string? problem
function additional.property(value, wanted)
  local said, problem = given.read(wanted, SAID)
  if not said then return nil, problem end
  return setmetatable({ value = value, said = said }, Property)
end

local property -- it, `array` and `props` call each other

-- The type of an array is that of its elements, where they have one.
local function array(values, path, depth)
  local problem = given.list_problem(values)
  if problem then return nil, path .. " " .. problem end
  local indexes, kind = json.array {}, nil
  for i, value in ipairs(values) do
    local element
    element, problem = property(nil, value, ("%s[%d]"):format(path, i), depth)
    if not element then return nil, problem end
    kind = (kind == nil or kind == element.type) and element.type or "Obj"
    indexes[i] = { text = ("[%d]"):format(i - 1), indexes = json.array { i - 1 }, value = element }
  end
  return { dimension = 1, type = kind or "String", indexes = indexes }
end

local function props(values, path, depth)
  local names, list = {}, json.array {}
  for name in pairs(values) do
    local problem = type(name) ~= "string" and "must be text" or text_problem(name)
    if problem then return nil, ("%s: the name %s %s"):format(path, given.show(name), problem) end
    names[#names + 1] = name
  end
  table.sort(names)
  for i, name in ipairs(names) do
    local made, problem = property(name, values[name], path .. "." .. name, depth)
    if not made then return nil, problem end
    list[i] = made
  end
  return list
end

-- One that is a property itself, and what is said of it.
local function said_property(name, own, path, depth)
  if depth >= MAX_DEPTH then return nil, given.show(path) .. " lies too deep" end
  local made, problem = property(name, own.value, path, depth + 1)
  if not made then return nil, problem end
  made.comment, made.numFormat, made.flags = own.said.comment, own.said.num_format, own.said.flags
  return made
end

function property(name, value, path, depth)
  if getmetatable(value) == Property then return said_property(name, value, path, depth) end
  local kind = TYPES[type(value)]
  if kind then
    local problem = kind == "String" and text_problem(value)
    if problem then return nil, given.show(path) .. " " .. problem end
    return { name = name, type = kind, value = value_text(value) }
  elseif type(value) ~= "table" then
    return nil, ("%s must be text, number, boolean or table, got %s"):format(given.show(path),
      type(value))
  elseif depth >= MAX_DEPTH then
    return nil, given.show(path) .. " lies too deep"
  end
  if is_list(value) then
    local made, problem = array(value, path, depth + 1)
    return made and { name = name, type = "Array", array = made }, problem
  end
  local made, problem = props(value, path, depth + 1)
  return made and { name = name, type = "Obj", props = made }, problem
end

-- What is called `name`, or nil and what is wrong.
---@param name string
---@param values table<string, any>
---@return { name: string, props: table[] }? record
---@return string? problem
function additional.record(name, values)
  if type(values) ~= "table" or getmetatable(values) == Property or is_list(values) then
    return nil, ("%s must be a table of values by name"):format(given.show(name))
  end
  local list, problem = props(values, name, 1)
  if not list then return nil, problem end
  return { name = name, props = list }
end

-- Several, by their names; nil for none.
---@param all table<string, table>?
---@return table[]? records
---@return string? problem
function additional.records(all)
  if not all then return nil end
  local names, list = {}, json.array {}
  for name in pairs(all) do
    if type(name) ~= "string" or name == "" or text_problem(name) then
      return nil, "a name must be text, not empty, in UTF-8"
    end
    names[#names + 1] = name
  end
  table.sort(names)
  for i, name in ipairs(names) do
    local record, problem = additional.record(name, all[name])
    if not record then return nil, problem end
    list[i] = record
  end
  return list
end

return additional
