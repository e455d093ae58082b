-- wats.report.shape: whether a record that was read is built like a report, so that it can be added
-- to and settled.
--
-- Only what the builder walks over is looked at: objects where it expects objects, lists where it
-- expects lists. Everything else may be as it likes; whether the server would take the report is
-- for wats.report.validate to say. null is the same as not there. Places in lists are counted from
-- 0, as they are in JSON.

local json = require("wats.json")

local shape = {}

local OBJECTS = { "uut", "uur", "root" }
local LISTS = { "miscInfos", "subUnits", "assets", "additionalData", "binaryData" }

local function is_object(value)
  return type(value) == "table" and not json.is_array(value)
end

local function absent(value)
  return value == nil or value == json.null
end

-- A list of objects, or nothing.
local function list_problem(object, name, where)
  local list = object[name]
  if absent(list) then return nil end
  if not json.is_array(list) then return ('"%s%s" is no list'):format(where, name) end
  for i, element in ipairs(list) do
    if not is_object(element) then
      return ('"%s%s[%d]" is no object'):format(where, name, i - 1)
    end
  end
  return nil
end

-- What was read is as deep as the JSON reader lets through, and no table stands in it twice.
local function steps_problem(step, where)
  local problem = list_problem(step, "steps", where)
  if problem then return problem end
  if absent(step.steps) then return nil end
  for i, child in ipairs(step.steps) do
    problem = steps_problem(child, ("%ssteps[%d]."):format(where, i - 1))
    if problem then return problem end
  end
  return nil
end

-- The failures of a repair's units, and what is attached to them.
local function failures_problem(record)
  if absent(record.subUnits) then return nil end
  for i, unit in ipairs(record.subUnits) do
    local where = ("subUnits[%d]."):format(i - 1)
    local problem = list_problem(unit, "failures", where)
    if problem then return problem end
    for k, failure in ipairs(absent(unit.failures) and {} or unit.failures) do
      problem = list_problem(failure, "attachments", ("%sfailures[%d]."):format(where, k - 1))
      if problem then return problem end
    end
  end
  return nil
end

-- What makes it no report, in words; nil when it is one.
---@param record any  a decoded JSON text, with its nulls kept
---@return string?
function shape.problem(record)
  if not is_object(record) then return "no object" end
  if record.type ~= "T" and record.type ~= "R" then return '"type" is neither "T" nor "R"' end
  for _, name in ipairs(OBJECTS) do
    if not absent(record[name]) and not is_object(record[name]) then
      return ('"%s" is no object'):format(name)
    end
  end
  for _, name in ipairs(LISTS) do
    local problem = list_problem(record, name, "")
    if problem then return problem end
  end
  if record.type == "R" then
    local problem = failures_problem(record)
    if problem then return problem end
  end
  return not absent(record.root) and steps_problem(record.root, "root.") or nil
end

return shape
