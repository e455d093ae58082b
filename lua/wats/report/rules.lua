-- wats.report.rules: checks of single fields, for wats.report.validate.
--
-- A rule is { name, type, required =, filled =, max =, one_of =, choices = }: type is "string",
-- "number", "integer", "boolean", "table", "uuid", "instant" or "base64"; `max` counts characters;
-- `one_of` are the letters that may stand there, `choices` the words. Every check adds to `out`, a
-- list of lines; `out.warnings` is the list of what is possible, but seldom meant. `path` is where
-- the object stands, "" at the top; elements of lists are counted from 0, as in JSON.

local given = require("wats.report.given")
local instant = require("wats.instant")
local json = require("wats.json")
local uuid = require("wats.uuid")

local rules = {}

-- null and nothing are one.
function rules.value(value)
  if value == json.null then return nil end
  return value
end

function rules.at(path, name)
  return path == "" and name or path .. "." .. name
end

function rules.add(out, path, problem)
  out[#out + 1] = path .. ": " .. problem
end

function rules.warn(out, path, problem)
  local warnings = out.warnings
  warnings[#warnings + 1] = path .. ": " .. problem
end

local special = {}

function special.integer(value)
  local integer = type(value) == "number" and math.tointeger(value)
  if not integer then return "must be a whole number" end
  if integer < given.MIN_INTEGER or integer > given.MAX_INTEGER then
    return "must fit into 32 bits"
  end
end

function special.uuid(value)
  if not uuid.is(value) then return "must be a uuid" end
end

function special.instant(value)
  if type(value) ~= "string" or not instant.parse(value) then
    return "is no date and time with an offset"
  end
end

function special.base64(value)
  if type(value) ~= "string" or #value % 4 ~= 0 or not value:find("^[%w+/]*=?=?$") then
    return "is no base64"
  end
end

local function type_problem(value, kind)
  if special[kind] then
    return special[kind](value)
  elseif type(value) ~= kind then
    return "must be a " .. kind .. ", not a " .. type(value)
  elseif kind == "number" and (value ~= value or value == math.huge or value == -math.huge) then
    return "must be finite: JSON has no " .. tostring(value)
  end
  return nil
end

local function text_problem(value, rule)
  local length = utf8.len(value)
  if not length then return "is not UTF-8" end
  if rule.filled and length == 0 then return "is empty" end
  if rule.max and length > rule.max then
    return ("has %d characters, at most %d are possible"):format(length, rule.max)
  end
  if rule.choices then
    for _, choice in ipairs(rule.choices) do
      if choice == value then return nil end
    end
    return ('must be one of %s, not "%s"'):format(table.concat(rule.choices, " "),
      given.show(value))
  end
  if rule.one_of and not (length == 1 and rule.one_of:find(value, 1, true)) then
    return ('must be one of %s, not "%s"'):format(rule.one_of:gsub(".", "%0 "):sub(1, -2),
      given.show(value))
  end
  return nil
end

-- The field's value if it is there and right, else nil.
function rules.member(out, object, path, rule)
  local value = object[rule[1]]
  if value == nil or value == json.null then
    if rule.required then rules.add(out, rules.at(path, rule[1]), "is missing") end
    return nil
  end
  local problem = type_problem(value, rule[2])
    or type(value) == "string" and text_problem(value, rule) or nil
  if problem then
    rules.add(out, rules.at(path, rule[1]), problem)
    return nil
  end
  return value
end

function rules.members(out, object, path, list)
  for _, rule in ipairs(list) do rules.member(out, object, path, rule) end
end

-- The epoch seconds of a field with a point in time.
function rules.instant(out, object, name, required)
  local text = rules.member(out, object, "", { name, "instant", required = required })
  return text and (instant.parse(text))
end

-- The rules of lists, by their names; each is made once.
local lists = setmetatable({}, { __index = function(all, name)
  local rule = { name, "table" }
  all[name] = rule
  return rule
end })

local function nothing() end

-- Iterates over the objects of a list: object, path of the object. What is no object is a fault.
function rules.each(out, object, path, name)
  local list = rules.member(out, object, path, lists[name])
  if not list then return nothing end
  local problem = given.list_problem(list)
  if problem then
    rules.add(out, rules.at(path, name), problem)
    list = {}
  end
  local i = 0
  return function()
    while true do
      i = i + 1
      local element = list[i]
      if element == nil then return nil end
      local where = ("%s[%d]"):format(rules.at(path, name), i - 1)
      if type(element) == "table" then return element, where end
      rules.add(out, where, "must be an object")
    end
  end
end

return rules
