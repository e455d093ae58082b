-- wats.report.validate_steps: what is wrong with the steps of a report.

local limits = require("wats.report.limits")
local rules = require("wats.report.rules")
local sequence = require("wats.report.sequence")
local status = require("wats.report.status")

local validate_steps = {}

local STEP = {
  { "group", "string", required = true, one_of = "SMC" },
  { "stepType", "string", required = true },
  { "name", "string", required = true, max = 100 },
  { "totTime", "number" },
  { "errorCode", "integer" },
  { "errorMessage", "string", max = 200 },
  { "reportText", "string", max = 5000 },
}

local NUMERIC = {
  { "status", "string", required = true, one_of = status.MEASUREMENT },
  { "unit", "string" },
  { "value", "number" },
  { "lowLimit", "number" },
  { "highLimit", "number" },
}

local STRING = {
  { "status", "string", required = true, one_of = status.MEASUREMENT },
  { "value", "string" },
  { "limit", "string" },
}

local BOOLEAN = {
  { "status", "string", required = true, one_of = status.MEASUREMENT },
}

local function check_numeric(out, measured, path)
  rules.members(out, measured, path, NUMERIC)
  local comp = rules.member(out, measured, path, { "compOp", "string", required = true })
  if not comp then return end
  local count = limits.count(comp:upper())
  if not count then
    rules.add(out, path .. ".compOp", ('unknown operator "%s"'):format(comp))
    return
  end
  local low, high = rules.value(measured.lowLimit), rules.value(measured.highLimit)
  if count >= 1 and low == nil then
    rules.add(out, path .. ".lowLimit", ("is missing (%s keeps its limit there)"):format(comp))
  end
  if count == 2 and high == nil then rules.add(out, path .. ".highLimit", "is missing") end
  if count == 2 and type(low) == "number" and type(high) == "number" and low > high then
    rules.add(out, path, ("lowLimit %s is above highLimit %s"):format(low, high))
  end
end

local function check_string(out, measured, path)
  rules.members(out, measured, path, STRING)
  local comp = rules.member(out, measured, path, { "compOp", "string", required = true })
  if not comp then return end
  local known, problem = limits.text { comp = comp, limit = comp:upper() ~= "LOG" and "" or nil }
  if not known then
    rules.add(out, path .. ".compOp", problem)
  elseif known ~= "LOG" and rules.value(measured.limit) == nil then
    rules.add(out, path .. ".limit", "is missing")
  end
end

local function check_boolean(out, measured, path)
  rules.members(out, measured, path, BOOLEAN)
end

-- Several measurements of one step must have names, each its own.
local function check_measurements(out, step, path, field, check)
  local count, seen = 0, {}
  local list = rules.value(step[field])
  local several = type(list) == "table" and #list > 1
  for measured, where in rules.each(out, step, path, field) do
    count = count + 1
    check(out, measured, where)
    local name = rules.member(out, measured, where,
      { "name", "string", required = several, filled = several, max = 100 })
    if name and seen[name] then
      rules.add(out, where .. ".name", ('"%s" is used twice'):format(name))
    end
    if name then seen[name] = true end
  end
end

local function check_id(out, step, path, ids)
  local id = rules.member(out, step, path, { "id", "integer", required = true })
  if not id then return end
  if ids[id] then rules.add(out, path .. ".id", ("%d is used twice"):format(id)) end
  ids[id] = true
end

local function check_step(out, step, path, context, depth)
  -- a tree in which a step stands twice may be without end, or as good as that
  if context.seen[step] then
    rules.add(out, path, "is the very table of a step before")
    return
  end
  context.seen[step] = true
  rules.members(out, step, path, STEP)
  check_id(out, step, path, context.ids)
  -- the status of a sequence is settled when the report is finished
  local open = not context.finished and rules.value(step.steps) ~= nil
  rules.member(out, step, path,
    { "status", "string", required = not open, one_of = status.STEP })
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
end

---@param out string[]
---@param root table
---@param finished boolean
---@return table<integer, true> ids  of all steps
function validate_steps.check(out, root, finished)
  local context = { ids = {}, seen = {}, finished = finished }
  check_step(out, root, "root", context, 1)
  if root.id ~= 1 then rules.add(out, "root.id", "must be 1") end
  return context.ids
end

return validate_steps
