-- wats.report.validate_parts: what is wrong with what hangs on a step or a report: calls, popups,
-- loops, curves, files, additional data.

local given = require("wats.report.given")
local rules = require("wats.report.rules")

local parts = {}

local value = rules.value

-- Others' clients refuse to read files above this, in bytes.
local MUCH = 10 * 1024 * 1024

local MAX_DEPTH = 90

-- Objects that a step may have, and their fields.
local OBJECTS = {
  { "seqCall", { { "path", "string" }, { "name", "string" }, { "version", "string" } } },
  { "callExe", { { "exitCode", "number" }, { "exitCodeFormat", "string" } } },
  { "messagePopup", {
    { "response", "string" }, { "button", "integer" }, { "buttonFormat", "string" },
  } },
}

local LOOP = {
  { "idx", "integer" },
  { "num", "integer" },
  { "endingIndex", "integer" },
  { "passed", "integer" },
  { "failed", "integer" },
}

local ATTACHMENT = {
  { "name", "string", required = true, filled = true, max = 100 },
  { "contentType", "string", required = true, filled = true },
  { "data", "base64", required = true },
  { "id", "uuid" },
}

local CHART = {
  {
    "chartType", "string", required = true,
    choices = { "Line", "LineLogXY", "LineLogX", "LineLogY" },
  },
  { "label", "string" },
  { "xLabel", "string" },
  { "xUnit", "string" },
  { "yLabel", "string" },
  { "yUnit", "string" },
}

local SERIES = {
  { "dataType", "string", required = true, choices = { "XYG" } },
  { "name", "string", required = true },
}

local PROPERTY = {
  { "type", "string", required = true },
  { "flags", "integer" },
  { "value", "string" },
  { "numFormat", "string" },
  { "comment", "string" },
}

local ARRAY = {
  { "dimension", "integer" },
  { "type", "string" },
}

local function check_binary(out, object, path)
  rules.members(out, object, path, ATTACHMENT)
  local data = value(object.data)
  if type(data) == "string" and #data // 4 * 3 > MUCH then
    rules.warn(out, path .. ".data", ("is %d MiB"):format(#data // 4 * 3 // 2 ^ 20))
  end
end

-- Files that a repair or one of its failures carries.
---@param out table
---@param object table
---@param path string
---@param name string
function parts.binaries(out, object, path, name)
  for binary, where in rules.each(out, object, path, name) do check_binary(out, binary, where) end
end

-- How many numbers an axis has; nil without one. What is none is told.
local function axis(out, series, path, name, required)
  local text = rules.member(out, series, path, { name, "string", required = required })
  if not text or text == "" then return nil end
  local count, where = 0, path .. "." .. name
  local odd
  for part in (text .. ";"):gmatch("([^;]*);") do
    count = count + 1
    if not tonumber(part) then
      if part == "NaN" or part == "Infinity" or part == "-Infinity" then
        odd = part
      else
        rules.add(out, where, ('"%s" is no number'):format(given.show(part:sub(1, 20))))
        return nil
      end
    end
  end
  if odd then rules.warn(out, where, ('"%s" is no number'):format(odd)) end
  return count
end

local function check_chart(out, chart, path)
  rules.members(out, chart, path, CHART)
  for series, where in rules.each(out, chart, path, "series") do
    rules.members(out, series, where, SERIES)
    local y = axis(out, series, where, "ydata", true)
    local x = axis(out, series, where, "xdata", false)
    if x and y and x ~= y then
      rules.add(out, where, ("xdata has %d numbers, ydata has %d"):format(x, y))
    end
  end
end

local function check_loop(out, loop, path)
  rules.members(out, loop, path, LOOP)
  local index = value(loop.idx)
  if index == nil and value(loop.num) == nil then
    rules.add(out, path, "needs idx (a pass) or num (the header)")
  elseif type(index) == "number" and index < 0 then
    rules.add(out, path .. ".idx", "must not be negative")
  end
end

local INDEX_TEXT, INDEXES = { "text", "string" }, { "indexes", "table" }
local ELEMENT = { "value", "table" }

local check_properties -- it and check_property call each other

local function check_property(out, property, path, depth, seen)
  rules.members(out, property, path, PROPERTY)
  if depth > MAX_DEPTH or seen[property] then
    rules.add(out, path, seen[property] and "is the very table of one before" or "lies too deep")
    return
  end
  seen[property] = true
  check_properties(out, property, path, "props", depth + 1, seen)
  local array = rules.member(out, property, path, { "array", "table" })
  if not array then return end
  rules.members(out, array, path .. ".array", ARRAY)
  for index, where in rules.each(out, array, path .. ".array", "indexes") do
    rules.member(out, index, where, INDEX_TEXT)
    local places = rules.member(out, index, where, INDEXES)
    for i, place in ipairs(places or {}) do
      if type(place) ~= "number" or not math.tointeger(place) then
        rules.add(out, ("%s.indexes[%d]"):format(where, i - 1), "must be a whole number")
      end
    end
    local element = rules.member(out, index, where, ELEMENT)
    if element then check_property(out, element, where .. ".value", depth + 1, seen) end
  end
end

function check_properties(out, object, path, name, depth, seen)
  local names = {}
  for property, where in rules.each(out, object, path, name) do
    local own = rules.member(out, property, where, { "name", "string", required = true })
    if own and names[own] then
      rules.add(out, where .. ".name", ('"%s" is used twice'):format(given.show(own)))
    end
    if own then names[own] = true end
    check_property(out, property, where, depth, seen)
  end
end

-- Data of no fixed form.
---@param out table
---@param object table
---@param path string
---@param name string
function parts.additional(out, object, path, name)
  for data, where in rules.each(out, object, path, name) do
    rules.member(out, data, where, { "name", "string", required = true })
    check_properties(out, data, where, "props", 1, {})
  end
end

-- What hangs on a step.
---@param out table
---@param step table
---@param path string
function parts.step(out, step, path)
  for _, object in ipairs(OBJECTS) do
    if step[object[1]] ~= nil then
      local there = rules.member(out, step, path, { object[1], "table" })
      if there then rules.members(out, there, path .. "." .. object[1], object[2]) end
    end
  end
  for name, check in pairs { loop = check_loop, chart = check_chart, attachment = check_binary } do
    if step[name] ~= nil then
      local there = rules.member(out, step, path, { name, "table" })
      if there then check(out, there, path .. "." .. name) end
    end
  end
  if step.additionalResults ~= nil then parts.additional(out, step, path, "additionalResults") end
end

return parts
