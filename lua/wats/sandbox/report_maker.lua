-- wats.sandbox.report_maker: many test reports at once, for tests of paging.
--
-- A report that is made costs little more than its header: its text is made when somebody asks
-- for it. It is numbered and stored as one that was sent, but brings about nothing else: units and
-- assets know nothing of it.

local core = require("wats.core")

local checks = require("wats.sandbox.checks")
local json = require("wats.sandbox.json")
local time = require("wats.sandbox.time")

local M = {}

local RULES = {
  { "count", "integer", required = true },
  { "partNumber", "string", max = 100, not_empty = true },
  { "serialNumber", "string", max = 100, not_empty = true },
  { "processCode", "integer" },
  { "stationName", "string", max = 100, not_empty = true },
  { "start", "string" },
  { "interval", "number" },
  { "failEvery", "integer" },
}

local MOST = 1000000

local function wsjf(header, start)
  local letter = header.result:sub(1, 1)
  return json.encode {
    type = "T", id = header.uuid, pn = header.partNumber, sn = header.serialNumber,
    rev = header.revision, processCode = header.processCode, result = letter,
    machineName = header.stationName, location = header.location, purpose = header.purpose,
    start = time.format(start), startUTC = time.format(start),
    root = { id = 1, group = "M", stepType = "SequenceCall", name = "Made", status = letter },
    uut = { user = header.userName, execTime = header.executionTime },
  }
end

local function make(store, spec, i, start)
  local fails = spec.failEvery and i % spec.failEvery == 0
  local header = {
    uuid = core.uuid(), serialNumber = ("%s-%06d"):format(spec.serialNumber, i),
    partNumber = spec.partNumber, reportType = "T", revision = "A",
    start = time.format(start), start_ticks = start, result = fails and "Failed" or "Passed",
    userName = "sandbox", stationName = spec.stationName, location = "", purpose = "Test",
    measuresDeleted = false, processCode = spec.processCode, processName = spec.process_name,
    executionTime = 1.5, reportSize = 1,
    subUnits = spec.none, miscInfo = spec.none, assets = spec.none, attachments = spec.none,
    uurSubUnits = spec.none, uurMiscInfo = spec.none, uurAttachments = spec.none,
  }
  store:put_report(header.uuid, function() return wsjf(header, start) end, header)
end

--- Makes reports: `count` of them, of units `serialNumber`-000001 and so on, the first at `start`,
--- `interval` seconds (default 1) between two; each `failEvery`-th fails.
---@param store table
---@param given any decoded
---@return { [1]: string, [2]: string }[] faults none were made when there are any
function M.make(store, given)
  local faults = {}
  if type(given) ~= "table" then
    return { { "reports", "An object is expected." } }
  end
  checks.members(faults, given, "", RULES)
  local v = json.value
  local code = math.tointeger(v(given.processCode) or 50)
  local process = store:find_process(code)
  local count, fail_every = tonumber(v(given.count)), math.tointeger(v(given.failEvery))
  local start = time.parse(v(given.start) or "2026-01-01T00:00:00Z")
  if not process or not process.isTestOperation then
    checks.add(faults, "processCode", "There is no such test operation.")
  elseif not start then
    checks.add(faults, "start", "The text is not a date and time.")
  elseif count and (count < 0 or count > MOST) then
    checks.add(faults, "count", ("At most %d are made at once."):format(MOST))
  elseif fail_every and fail_every < 1 then
    checks.add(faults, "failEvery", "The number must be at least 1.")
  end
  if #faults > 0 then
    return faults
  end
  local step = math.floor((v(given.interval) or 1) * time.TICKS)
  local spec = {
    partNumber = v(given.partNumber) or "PCBA-100", serialNumber = v(given.serialNumber) or "M",
    stationName = v(given.stationName) or "sandbox", processCode = code,
    process_name = process.name, failEvery = fail_every, none = json.array(),
  }
  for i = 1, math.tointeger(count) do
    make(store, spec, i, start + (i - 1) * step)
  end
  return faults
end

return M
