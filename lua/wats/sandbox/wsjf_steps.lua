-- wats.sandbox.wsjf_steps: judges the step tree of a test report.
--
-- Checked: what WATS needs to store a step. Step types are any text, for they choose an icon only;
-- a status is not compared with limits, as the server does not either.

local checks = require("wats.sandbox.checks")
local files = require("wats.sandbox.wsjf_files")
local json = require("wats.sandbox.json")

local M = {}

local set, v = checks.set, json.value

local STEP = {
  { "group", "string", one_of = set("S", "M", "C") },
  { "stepType", "string" },
  { "name", "string", required = true, max = 100 },
  { "status", "string", required = true, one_of = set("P", "F", "D", "S", "E", "T", "U") },
  { "start", "string" },
  { "totTime", "number" },
  { "errorCode", "integer" },
  { "errorMessage", "string" },
  { "reportText", "string", max = 5000 },
  { "causedSeqFailure", "boolean" },
  { "causedUUTFailure", "boolean" },
  { "seqCall", "object" },
  { "callExe", "object" },
  { "messagePopup", "object" },
  { "chart", "object" },
  { "attachment", "object" },
  { "loop", "object" },
}

local STATUS = { "status", "string", required = true, one_of = set("P", "F", "S") }
local NAME = { "name", "string", max = 100 }

local ID = { "id", "integer", required = true }
local OPERATOR = { "compOp", "string", required = true }
local VALUE = { "value", "number" }
local NUMERIC = {
  { "unit", "string" },
  { "lowLimit", "number" },
  { "highLimit", "number" },
}
local TEXT = { { "value", "string" }, { "limit", "string" } }

local ONE_LIMIT = set("EQ", "EQT", "NE", "GT", "GE", "LT", "LE")
local TWO_LIMITS = set("GTLT", "GTLE", "GELT", "GELE", "LTGT", "LTGE", "LEGT", "LEGE")

local STRING_OPERATORS =
  set("LOG", "EQ", "NE", "IGNORECAS", "IGNORECASE", "CASESENIT", "CASESENSIT")

-- What writers of JSON put where it has no number.
local NOT_FINITE = set("NaN", "Infinity", "-Infinity")

local function numeric(faults, meas, path)
  checks.members(faults, meas, path, NUMERIC)
  if not NOT_FINITE[meas.value] then
    checks.member(faults, meas, path, VALUE)
  end
  local operator = checks.member(faults, meas, path, OPERATOR)
  if not operator or operator == "LOG" then
    return
  elseif not ONE_LIMIT[operator] and not TWO_LIMITS[operator] then
    checks.add(faults, path .. ".compOp", ("'%s' is not a valid compOp."):format(operator))
    return
  end
  if v(meas.lowLimit) == nil then
    checks.add(faults, path .. ".lowLimit", operator .. " needs lowLimit.")
  end
  if TWO_LIMITS[operator] and v(meas.highLimit) == nil then
    checks.add(faults, path .. ".highLimit", operator .. " needs highLimit.")
  end
end

local function text(faults, meas, path)
  checks.members(faults, meas, path, TEXT)
  local operator = checks.member(faults, meas, path, OPERATOR)
  if operator and not STRING_OPERATORS[operator:upper()] then
    checks.add(faults, path .. ".compOp", ("'%s' is not a valid compOp."):format(operator))
  end
end

local MEASUREMENTS = {
  { "numericMeas", numeric },
  { "stringMeas", text },
  { "booleanMeas", function() end },
}

-- One measurement needs no name; several need one each, and no two the same.
local function measurements(faults, step, path, name, check)
  local several = type(step[name]) == "table" and #step[name] > 1
  local seen = {}
  checks.each(faults, step, path, name, function(meas, where)
    checks.member(faults, meas, where, STATUS)
    local own = checks.member(faults, meas, where, NAME)
    if several and (own == nil or own == "") then
      checks.add(faults, where .. ".name", "Measurements of a multiple test step need names.")
    elseif several and seen[own] then
      checks.add(faults, where .. ".name", ("The name '%s' is used twice in the step."):format(own))
    end
    if own then
      seen[own] = true
    end
    check(faults, meas, where)
  end)
end

local LOOP = {
  { "idx", "integer" },
  { "num", "integer" },
  { "endingIndex", "integer" },
  { "passed", "integer" },
  { "failed", "integer" },
}
local CALL_EXE = { { "exitCode", "number" } }
local POPUP = { { "response", "string" }, { "button", "integer" } }
local SEQUENCE_CALL = { { "path", "string" }, { "name", "string" }, { "version", "string" } }
local CHART = {
  { "chartType", "string", required = true,
    one_of = set("Line", "LineLogXY", "LineLogX", "LineLogY") },
  { "label", "string" },
  { "xLabel", "string" },
  { "xUnit", "string" },
  { "yLabel", "string" },
  { "yUnit", "string" },
}
local SERIES = {
  { "dataType", "string", required = true },
  { "name", "string" },
  { "xdata", "string" },
  { "ydata", "string", required = true },
}

local PARTS = { callExe = CALL_EXE, messagePopup = POPUP, seqCall = SEQUENCE_CALL, chart = CHART }

local function object(step, name)
  local value = v(step[name])
  return type(value) == "table" and value or nil
end

-- A pass has its index, a header the number of passes, and what passed and failed is no more.
local function loop(faults, step, path)
  local value = object(step, "loop")
  if not value then
    return
  end
  checks.members(faults, value, path .. ".loop", LOOP)
  local index, num = v(value.idx), v(value.num)
  if index == nil and num == nil then
    checks.add(faults, path .. ".loop", "A loop needs idx or num.")
  elseif type(num) == "number" and (tonumber(v(value.passed)) or 0)
    + (tonumber(v(value.failed)) or 0) > num then
    checks.add(faults, path .. ".loop", "More passes were counted than there are.")
  end
end

-- What hangs on a step.
local function parts(faults, step, path)
  for name, rules in pairs(PARTS) do
    local value = object(step, name)
    if value then
      checks.members(faults, value, path .. "." .. name, rules)
    end
  end
  local chart = object(step, "chart")
  if chart then
    checks.each(faults, chart, path .. ".chart", "series", function(series, where)
      checks.members(faults, series, where, SERIES)
    end)
  end
  local attachment = object(step, "attachment")
  if attachment then
    files.check(faults, attachment, path .. ".attachment")
  end
  loop(faults, step, path)
end

--- Judges a step and all below it.
---@param faults table
---@param step table
---@param path string
---@param ids table<integer, boolean> those seen; added to
function M.check(faults, step, path, ids)
  local id = checks.member(faults, step, path, ID)
  if id then
    if ids[id] then
      checks.add(faults, path .. ".id", ("The step id %d is used twice."):format(id))
    end
    ids[id] = true
  end
  checks.members(faults, step, path, STEP)
  parts(faults, step, path)
  for _, kind in ipairs(MEASUREMENTS) do
    if v(step[kind[1]]) ~= nil then
      measurements(faults, step, path, kind[1], kind[2])
    end
  end
  if v(step.steps) ~= nil then
    checks.each(faults, step, path, "steps", function(inner, where)
      M.check(faults, inner, where, ids)
    end)
  end
end

return M
