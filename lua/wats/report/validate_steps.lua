-- wats.report.validate_steps: what is wrong with the steps of a report.

local given = require("wats.report.given")
local limits = require("wats.report.limits")
local rules = require("wats.report.rules")
local sequence = require("wats.report.sequence")
local status = require("wats.report.status")
local parts = require("wats.report.validate_parts")
local tree = require("wats.report.tree")
local verdicts = require("wats.report.validate_verdicts")

local validate_steps = {}

local STEP = {
  { "group", "string", required = true, one_of = "SMC" },
  { "name", "string", required = true, max = 100 },
  { "start", "instant" },
  { "totTime", "number" },
  { "totTimeFormat", "string" },
  { "errorCode", "integer" },
  { "errorCodeFormat", "string" },
  { "errorMessage", "string", max = 200 },
  { "reportText", "string", max = 5000 },
  { "tsGuid", "string" },
  { "interactiveExeNum", "integer" },
  { "interactiveExeNumFormat", "string" },
  { "causedSeqFailure", "boolean" },
  { "causedUUTFailure", "boolean" },
}

local STATUS = { "status", "string", required = true, one_of = status.MEASUREMENT }
local COMP = { "compOp", "string", required = true }
local VALUE = { "value", "number" }

local NUMERIC = {
  { "unit", "string" },
  { "valueFormat", "string" },
  { "lowLimit", "number" },
  { "lowLimitFormat", "string" },
  { "highLimit", "number" },
  { "highLimitFormat", "string" },
}

local STRING = {
  { "value", "string" },
  { "limit", "string" },
}

local function check_numeric(out, measured, path)
  local before = #out
  rules.members(out, measured, path, NUMERIC)
  local letter = rules.member(out, measured, path, STATUS)
  if not verdicts.is_non_finite(measured.value) then rules.member(out, measured, path, VALUE) end
  local comp = rules.member(out, measured, path, COMP)
  if not comp then return end
  comp = comp:upper()
  local count = limits.count(comp)
  if not count then
    rules.add(out, path .. ".compOp", ('unknown operator "%s"'):format(given.show(comp)))
    return
  end
  local low, high = rules.value(measured.lowLimit), rules.value(measured.highLimit)
  if count >= 1 and low == nil then
    rules.add(out, path .. ".lowLimit", "missing for " .. comp
      .. (count == 1 and ", which keeps it there" or ""))
  end
  if count == 2 and high == nil then
    rules.add(out, path .. ".highLimit", "missing for " .. comp)
  end
  if count == 2 and type(low) == "number" and type(high) == "number" and low > high then
    rules.add(out, path, ("lowLimit %s is above highLimit %s"):format(low, high))
  end
  if #out == before then verdicts.numeric(out, measured, path, comp, letter) end
end

local function check_string(out, measured, path)
  local before = #out
  rules.members(out, measured, path, STRING)
  local letter = rules.member(out, measured, path, STATUS)
  local comp = rules.member(out, measured, path, COMP)
  if not comp then return end
  local known, problem = limits.text { comp = comp, limit = comp:upper() ~= "LOG" and "" or nil }
  if not known then
    rules.add(out, path .. ".compOp", problem)
  elseif known ~= "LOG" and rules.value(measured.limit) == nil then
    rules.add(out, path .. ".limit", "missing for " .. known)
  end
  if #out == before then verdicts.string(out, measured, path, known, letter) end
end

local function check_boolean(out, measured, path)
  rules.member(out, measured, path, STATUS)
end

local NAME = { "name", "string", max = 100 }
local OWN_NAME = { "name", "string", required = true, filled = true, max = 100 }

-- Several measurements of one step must have names, each its own.
local function check_measurements(out, step, path, field, check)
  local count, seen = 0, {}
  local list = rules.value(step[field])
  local several = type(list) == "table" and #list > 1
  for measured, where in rules.each(out, step, path, field) do
    count = count + 1
    check(out, measured, where)
    local name = rules.member(out, measured, where, several and OWN_NAME or NAME)
    if name and seen[name] then
      rules.add(out, where .. ".name", ('"%s" is used twice'):format(given.show(name)))
    end
    if name then seen[name] = true end
  end
end

local ID = { "id", "integer", required = true }

local function check_id(out, step, path, ids)
  local id = rules.member(out, step, path, ID)
  if not id then return end
  if ids[id] then rules.add(out, path .. ".id", ("%d is used twice"):format(id)) end
  ids[math.tointeger(id)] = step
end

local STEP_STATUS = { "status", "string", required = true, one_of = status.STEP }
local OPEN_STATUS = { "status", "string", one_of = status.STEP }
local STEP_TYPE = { "stepType", "string", required = true }
local OPEN_TYPE = { "stepType", "string" }

local function check_step(out, step, path, context, depth)
  -- a tree in which a step stands twice may be without end, or as good as that
  if context.seen[step] then
    rules.add(out, path, "is the very table of a step before")
    return
  end
  context.seen[step] = true
  rules.members(out, step, path, STEP)
  check_id(out, step, path, context.ids)
  -- the status of a sequence or a loop is settled when the report is finished
  local header = tree.is_header(step)
  local open = not context.finished and (header or rules.value(step.steps) ~= nil)
  rules.member(out, step, path, open and OPEN_STATUS or STEP_STATUS)
  rules.member(out, step, path, open and header and OPEN_TYPE or STEP_TYPE)
  if step.causedUUTFailure == true then
    context.marked[#context.marked + 1] = { step, path }
  end
  parts.step(out, step, path)
  check_measurements(out, step, path, "numericMeas", check_numeric)
  check_measurements(out, step, path, "stringMeas", check_string)
  check_measurements(out, step, path, "booleanMeas", check_boolean)
  if depth > sequence.MAX_DEPTH then
    rules.add(out, path, "lies too deep")
    return
  end
  for child, where in rules.each(out, step, path, "steps") do
    check_step(out, child, where, context, depth + 1)
  end
  verdicts.step(out, step, path)
  if type(step.steps) == "table" then verdicts.loops(out, step, path) end
end

---@param out string[]
---@param root table
---@param finished boolean
---@return table<integer, table> ids  all steps by their ids
---@return { [1]: table, [2]: string }[] marked  those with causedUUTFailure, and their paths
function validate_steps.check(out, root, finished)
  local context = { ids = {}, seen = {}, marked = {}, finished = finished }
  check_step(out, root, "root", context, 1)
  if root.id ~= 1 then rules.add(out, "root.id", "must be 1") end
  return context.ids, context.marked
end

return validate_steps
