-- wats.report.validate: what is wrong with a report, as far as the format tells.
--
-- Works on the record alone, so that reports which others wrote can be judged too. Says
-- everything at once, each with its field as in `root.steps[2].name`, counted from 0 as in JSON.
-- Fields that are not known are no fault; null is the same as not there. What is possible, but
-- seldom meant, is a warning and no problem.

local repair = require("wats.report.validate_repair")
local rules = require("wats.report.rules")
local parts = require("wats.report.validate_parts")
local verdicts = require("wats.report.validate_verdicts")
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
  { "processCodeFormat", "string" },
  { "productName", "string" },
  { "origin", "string" },
  { "machineName", "string", required = true, filled = true, max = 100 },
  { "location", "string", required = true, max = 100 },
  { "purpose", "string", required = true, max = 100 },
}

local UUT = {
  { "user", "string", max = 100 },
  { "comment", "string", max = 5000 },
  { "execTime", "number" },
  { "execTimeFormat", "string" },
  { "testSocketIndex", "integer" },
  { "testSocketIndexFormat", "string" },
  { "batchSN", "string", max = 100 },
  { "fixtureId", "string", max = 100 },
  { "errorCode", "integer" },
  { "errorCodeFormat", "string" },
  { "errorMessage", "string" },
  { "batchFailCount", "integer" },
  { "batchFailCountFormat", "string" },
  { "batchLoopIndex", "integer" },
  { "batchLoopIndexFormat", "string" },
  { "stepIdCausedUUTFailure", "integer" },
}

local MISC_INFO = {
  { "description", "string", required = true, filled = true, max = 100 },
  { "text", "string", max = 100 },
  { "numeric", "integer" },
  { "numericFormat", "string" },
  { "typedef", "string", max = 30 },
  { "id", "uuid" },
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
  { "usageCountFormat", "string" },
}

-- What searches take for a wildcard, and paths for a part of their own.
local SEARCHED = "[%*%%%?%[%]%^!/\\]"

-- Six digits after the point are what numbers hold; servers write seven.
local SAME_INSTANT = 2e-6

local function check_times(out, record, now)
  local start = rules.instant(out, record, "start", true)
  local utc = rules.instant(out, record, "startUTC", false)
  -- the format wants it, servers work it out
  if rules.value(record.startUTC) == nil then rules.warn(out, "startUTC", "is missing") end
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

local function check_assets(out, record)
  local seen = {}
  for asset, path in rules.each(out, record, "", "assets") do
    rules.members(out, asset, path, ASSET)
    local serial = asset.assetSN
    if type(serial) ~= "string" then serial = nil end
    if serial and seen[serial] then rules.warn(out, path .. ".assetSN", "is used twice") end
    if serial then seen[serial] = true end
  end
end

local function check_sub_units(out, record)
  for unit, path in rules.each(out, record, "", "subUnits") do
    rules.members(out, unit, path, SUB_UNIT)
  end
end

local function check_names(out, record)
  for _, name in ipairs { "pn", "sn" } do
    local text = rules.value(record[name])
    local found = type(text) == "string" and text:match(SEARCHED)
    if found then
      rules.warn(out, name, ('has "%s" in it, which searches read otherwise'):format(found))
    end
  end
end

local function check_test(out, record, finished)
  local unit = rules.member(out, record, "", { "uut", "table", required = true })
  local root = rules.member(out, record, "", { "root", "table", required = true })
  local ids, marked = {}, {}
  if root then ids, marked = steps.check(out, root, finished) end
  if unit then
    rules.members(out, unit, "uut", UUT)
    local cause = rules.value(unit.stepIdCausedUUTFailure)
    cause = type(cause) == "number" and math.tointeger(cause)
    if cause and not ids[cause] then
      rules.add(out, "uut.stepIdCausedUUTFailure", ("there is no step with id %d"):format(cause))
    end
  end
  verdicts.result(out, record)
  verdicts.cause(out, record, ids, marked)
  local binary = rules.member(out, record, "", { "binaryData", "table" })
  if binary and next(binary) ~= nil then
    rules.add(out, "binaryData", "only a repair report has it")
  end
end

---@param record table     a report in the server's format
---@param finished boolean whether results must be there already
---@param now number       epoch seconds
---@return string[] problems  none: the report is good
---@return string[] warnings
function validate.report(record, finished, now)
  local out = { warnings = {} }
  rules.members(out, record, "", REPORT)
  rules.member(out, record, "", { "result", "string", required = finished, one_of = "PFET" })
  check_times(out, record, now)
  check_names(out, record)
  check_misc_infos(out, record)
  check_sub_units(out, record)
  check_assets(out, record)
  parts.additional(out, record, "", "additionalData")
  if record.type == "R" then
    repair.check(out, record)
  else
    check_test(out, record, finished)
  end
  local warnings = out.warnings
  out.warnings = nil
  return out, warnings
end

return validate
