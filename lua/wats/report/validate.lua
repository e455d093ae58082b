-- wats.report.validate: what is wrong with a report, as far as the format tells.
--
-- Works on the record alone, so that reports which others wrote can be judged too. Says
-- everything at once, each with its field as in `root.steps[2].name`. Fields that are not known
-- are no fault; null is the same as not there.

local rules = require("wats.report.rules")
local steps = require("wats.report.validate_steps")

local validate = {}

local REPORT = {
  { "type", "string", required = true, one_of = "TR" },
  { "id", "uuid", required = true },
  { "pn", "string", required = true, filled = true, max = 100 },
  { "sn", "string", required = true, filled = true, max = 100 },
  { "rev", "string", required = true, max = 100 },
  { "processCode", "integer", required = true },
  { "processName", "string" },
  { "machineName", "string", required = true, filled = true, max = 100 },
  { "location", "string", required = true, max = 100 },
  { "purpose", "string", required = true, max = 100 },
}

local UUT = {
  { "user", "string", max = 100 },
  { "comment", "string", max = 5000 },
  { "execTime", "number" },
  { "testSocketIndex", "integer" },
  { "batchSN", "string", max = 100 },
  { "fixtureId", "string", max = 100 },
  { "errorCode", "integer" },
  { "errorMessage", "string" },
  { "batchFailCount", "integer" },
  { "batchLoopIndex", "integer" },
  { "stepIdCausedUUTFailure", "integer" },
}

local UUR = {
  { "user", "string", max = 100 },
  { "comment", "string", max = 5000 },
  { "processCode", "integer", required = true },
  { "refUUT", "uuid" },
  { "execTime", "number" },
  { "parent", "uuid" },
}

local MISC_INFO = {
  { "description", "string", required = true, filled = true, max = 100 },
  { "text", "string", max = 100 },
  { "numeric", "integer" },
}

local SUB_UNIT = {
  { "partType", "string", required = true, max = 50 },
  { "pn", "string", required = true, max = 100 },
  { "sn", "string", required = true, max = 100 },
  { "rev", "string", max = 100 },
  { "position", "integer" },
}

local ASSET = {
  { "assetSN", "string", required = true, filled = true, max = 100 },
  { "usageCount", "integer" },
}

local FAILURE = {
  { "category", "string", required = true },
  { "code", "string", required = true },
}

-- Six digits after the point are what numbers hold; servers write seven.
local SAME_INSTANT = 2e-6

local function check_times(out, record, now)
  local start = rules.instant(out, record, "start", true)
  local utc = rules.instant(out, record, "startUTC", false)
  if start and utc and math.abs(start - utc) > SAME_INSTANT then
    rules.add(out, "startUTC", "start and startUTC are not the same instant")
  end
  -- servers set such a report aside and try it again and again
  if start and start > now then rules.add(out, "start", "lies in the future") end
end

local function check_misc_infos(out, record)
  for info, path in rules.each(out, record, "", "miscInfos") do
    rules.members(out, info, path, MISC_INFO)
    if rules.value(info.text) == nil and rules.value(info.numeric) == nil then
      rules.add(out, path, "needs text or numeric")
    end
  end
end

local function check_sub_units(out, record)
  local repair, indexes = record.type == "R", {}
  for unit, path in rules.each(out, record, "", "subUnits") do
    rules.members(out, unit, path, SUB_UNIT)
    local index = rules.member(out, unit, path, { "idx", "integer", required = repair })
    if index and indexes[index] then rules.add(out, path .. ".idx", "is used twice") end
    if index then indexes[index] = true end
    for failure, where in rules.each(out, unit, path, "failures") do
      rules.members(out, failure, where, FAILURE)
    end
  end
  if repair and not indexes[0] then
    rules.add(out, "subUnits", "the main unit (idx 0) is missing")
  end
end

local function check_test(out, record, finished)
  local unit = rules.member(out, record, "", { "uut", "table", required = true })
  local root = rules.member(out, record, "", { "root", "table", required = true })
  local ids = root and steps.check(out, root, finished) or {}
  if unit then
    rules.members(out, unit, "uut", UUT)
    local cause = rules.value(unit.stepIdCausedUUTFailure)
    cause = type(cause) == "number" and math.tointeger(cause)
    if cause and not ids[cause] then
      rules.add(out, "uut.stepIdCausedUUTFailure", ("there is no step with id %d"):format(cause))
    end
  end
  local binary = rules.member(out, record, "", { "binaryData", "table" })
  if binary and next(binary) ~= nil then
    rules.add(out, "binaryData", "only a repair report has it")
  end
end

local function check_repair(out, record)
  local repair = rules.member(out, record, "", { "uur", "table", required = true })
  if repair then rules.members(out, repair, "uur", UUR) end
end

---@param record table     a report in the server's format
---@param finished boolean whether results must be there already
---@param now number       epoch seconds
---@return string[] problems  none: the report is good
function validate.report(record, finished, now)
  local out = {}
  rules.members(out, record, "", REPORT)
  rules.member(out, record, "", { "result", "string", required = finished, one_of = "PFET" })
  check_times(out, record, now)
  check_misc_infos(out, record)
  check_sub_units(out, record)
  for asset, path in rules.each(out, record, "", "assets") do
    rules.members(out, asset, path, ASSET)
  end
  if record.type == "R" then
    check_repair(out, record)
  else
    check_test(out, record, finished)
  end
  return out
end

return validate
