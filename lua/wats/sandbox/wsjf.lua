-- wats.sandbox.wsjf: judges a report in WSJF, the JSON format of WATS reports.
--
-- Says everything that is wrong, each with its field: a developer mends a report in one go. Fields
-- that are not known are no fault. Takes what the server takes: startUTC may be missing (it
-- follows from start), but must agree when it is there.

local checks = require("wats.sandbox.checks")
local files = require("wats.sandbox.wsjf_files")
local json = require("wats.sandbox.json")
local steps = require("wats.sandbox.wsjf_steps")
local time = require("wats.sandbox.time")

local M = {}

-- How far a station's clock may be ahead.
local FUTURE = 24 * 3600

local set = checks.set

local REPORT = {
  { "type", "string", required = true, one_of = set("T", "R") },
  { "id", "uuid", required = true },
  { "pn", "string", required = true, max = 100, not_empty = true },
  { "sn", "string", required = true, max = 100, not_empty = true },
  { "rev", "string", required = true, max = 100 },
  { "result", "string", required = true, one_of = set("P", "F", "E", "T") },
  { "machineName", "string", required = true, max = 100, not_empty = true },
  { "location", "string", required = true, max = 100 },
  { "purpose", "string", required = true, max = 100 },
  { "processName", "string" },
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
}
local UUR = {
  { "user", "string", max = 100 },
  { "comment", "string", max = 5000 },
  { "execTime", "number" },
  { "refUUT", "uuid" },
  { "parent", "uuid" },
}
local SUB_UNIT = {
  { "partType", "string", required = true, max = 50 },
  { "pn", "string", required = true, max = 100 },
  { "sn", "string", required = true, max = 100 },
  { "rev", "string", max = 100 },
}

local function check_process(faults, store, object, path, kind)
  local code = checks.member(faults, object, path, { "processCode", "integer", required = true })
  local process = code and store:find_process(math.tointeger(code))
  local field = path == "" and "processCode" or path .. ".processCode"
  if code and not process then
    checks.add(faults, field, ("There is no process with code %d."):format(code))
  elseif process and not process[kind] then
    checks.add(faults, field, ("Process %d is not for this type of report."):format(code))
  end
  local name = json.value(object.processName)
  if process and name and name ~= process.name then
    checks.add(faults, (field:gsub("Code$", "Name")),
      ("Process %d is named '%s', not '%s'."):format(code, process.name, tostring(name)))
  end
end

local function read_time(faults, report, name, required)
  local text = checks.member(faults, report, "", { name, "string", required = required })
  if not text then
    return nil
  end
  local ticks, has_offset = time.parse(text)
  if not ticks then
    checks.add(faults, name, ("'%s' is not a date and time."):format(text))
  elseif not has_offset then
    checks.add(faults, name, "The " .. name .. " field must have an offset from UTC.")
  end
  return ticks
end

local function check_times(faults, report, now)
  local start = read_time(faults, report, "start", true)
  local utc = read_time(faults, report, "startUTC", false)
  if start and utc and start ~= utc then
    checks.add(faults, "startUTC", "start and startUTC are not the same instant.")
  end
  if start and start > (now + FUTURE) * time.TICKS then
    checks.add(faults, "start", "The report starts in the future.")
  end
end

local function check_misc_infos(faults, report)
  checks.each(faults, report, "", "miscInfos", function(info, path)
    checks.members(faults, info, path, {
      { "description", "string", required = true, max = 100 },
      { "text", "string", max = 100 },
      { "numeric", "integer" },
    })
    if json.value(info.text) == nil and json.value(info.numeric) == nil then
      checks.add(faults, path, "A misc info needs text or numeric.")
    end
  end)
end

local FAILURE = {
  { "category", "string", required = true, not_empty = true },
  { "code", "string", required = true, not_empty = true },
  { "comment", "string" },
  { "comRef", "string" },
  { "funcBlock", "string" },
  { "refStepId", "integer" },
  { "artNumber", "string" },
  { "artRev", "string" },
  { "artVendor", "string" },
  { "artDescription", "string" },
}

local function check_failures(faults, unit, path)
  checks.each(faults, unit, path, "failures", function(failure, where)
    checks.members(faults, failure, where, FAILURE)
    files.check_all(faults, failure, where, "attachments")
  end)
end

-- The units that a unit names must be there, and another than itself.
local function check_links(faults, report, indexes)
  checks.each({}, report, "", "subUnits", function(unit, path)
    for _, name in ipairs({ "parentIdx", "replacedIdx" }) do
      local index = checks.member(faults, unit, path, { name, "integer" })
      if index and (not indexes[index] or index == unit.idx) then
        checks.add(faults, path .. "." .. name, ("The unit cannot refer to idx %d."):format(index))
      end
    end
  end)
end

local function check_sub_units(faults, report)
  local is_repair, indexes = report.type == "R", {}
  if is_repair then
    checks.member(faults, report, "", { "subUnits", "array", required = true })
  end
  checks.each(faults, report, "", "subUnits", function(unit, path)
    checks.members(faults, unit, path, SUB_UNIT)
    if not is_repair then
      return
    end
    local index = checks.member(faults, unit, path, { "idx", "integer", required = true })
    if index and indexes[index] then
      checks.add(faults, path .. ".idx", ("The idx %d is used twice."):format(index))
    end
    if index then
      indexes[index] = true
    end
    check_failures(faults, unit, path)
  end)
  if is_repair then
    check_links(faults, report, indexes)
    if not indexes[0] then
      checks.add(faults, "subUnits", "The main unit (idx 0) is missing.")
    end
  end
end

local function check_test(faults, report)
  local unit = checks.member(faults, report, "", { "uut", "object", required = true })
  local root = checks.member(faults, report, "", { "root", "object", required = true })
  local ids = {}
  if root then
    steps.check(faults, root, "root", ids)
  end
  if unit then
    checks.members(faults, unit, "uut", UUT)
    local rule = { "stepIdCausedUUTFailure", "integer" }
    local cause = checks.member(faults, unit, "uut", rule)
    if cause and root and not ids[cause] then
      checks.add(faults, "uut." .. rule[1], ("There is no step with id %d."):format(cause))
    end
  end
  if json.value(report.binaryData) ~= nil and next(report.binaryData) ~= nil then
    checks.add(faults, "binaryData", "Only a repair report has binaryData.")
  end
end

local function check_repair(faults, report, store)
  local repair = checks.member(faults, report, "", { "uur", "object", required = true })
  if repair then
    checks.members(faults, repair, "uur", UUR)
    check_process(faults, store, repair, "uur", "isTestOperation")
    for _, name in ipairs({ "confirmDate", "finalizeDate" }) do
      local text = checks.member(faults, repair, "uur", { name, "string" })
      if text and not time.parse(text) then
        checks.add(faults, "uur." .. name, ("'%s' is not a date and time."):format(text))
      end
    end
  end
  files.check_all(faults, report, "", "binaryData")
end

--- All faults of a decoded report; empty when it is good.
---@param report any
---@param store table
---@param now integer seconds since 1970
---@return { [1]: string, [2]: string }[]
function M.check(report, store, now)
  local faults = {}
  if type(report) ~= "table" or report[1] ~= nil then
    return { { "report", "A report must be a JSON object." } }
  end
  checks.members(faults, report, "", REPORT)
  local is_repair = report.type == "R"
  check_process(faults, store, report, "", is_repair and "isRepairOperation" or "isTestOperation")
  check_times(faults, report, now)
  check_misc_infos(faults, report)
  check_sub_units(faults, report)
  checks.each(faults, report, "", "assets", function(asset, path)
    checks.member(faults, asset, path, { "assetSN", "string", required = true, max = 100 })
  end)
  if is_repair then
    check_repair(faults, report, store)
  elseif report.type == "T" then
    check_test(faults, report)
  end
  return faults
end

return M
