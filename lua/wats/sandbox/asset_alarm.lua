-- wats.sandbox.asset_alarm: how an asset stands against the limits of its type. Pure: the time is
-- passed in.
--
-- Each limit and interval of the type gives a share in per cent: what is used of it. The asset is
-- in alarm from alarmThreshold on (100 where the type has none), in warning from warningThreshold
-- (where it has none: never). An asset that was never calibrated, though its type wants it, is in
-- warning: nobody knows how it stands. The same of maintenance.

local json = require("wats.sandbox.json")
local time = require("wats.sandbox.time")

local M = {}

local v = json.value

local DAY = 86400 * time.TICKS

M.status = json.record({
  "assetId", "serialNumber", "alarmState", "runningCount", "runningCountExceeded", "totalCount",
  "totalCountExceeded", "daysSinceCalibration", "isDaysSinceCalibrationUnknown",
  "calibrationDaysOverdue", "daysSinceMaintenance", "isDaysSinceMaintenanceUnknown",
  "maintenanceDaysOverdue", "message",
})

local function limit_of(kind, name)
  local limit = v(kind[name])
  return limit and limit > 0 and limit or nil
end

local function over(value, limit)
  return limit and value and value > limit and value - limit or 0
end

local function days_since(date, now)
  local ticks = date and time.parse(date)
  return ticks and (now - ticks) / DAY
end

local function judge(kind, judged, what, used, limit)
  if not limit then
    return
  end
  local share = used and used / limit * 100
  local alarm = limit_of(kind, "alarmThreshold") or 100
  local warning = limit_of(kind, "warningThreshold")
  local state = 0
  if not share then
    state = 1
  elseif share >= alarm then
    state = 2
  elseif warning and share >= warning then
    state = 1
  end
  judged.state = math.max(judged.state, state)
  if state > 0 then
    table.insert(judged.texts, share and ("%s is at %.0f %% of its limit."):format(what, share)
      or ("%s is not known."):format(what))
  end
end

--- The status of an asset.
---@param asset table
---@param kind table its type
---@param now integer ticks
---@return table
function M.of(asset, kind, now)
  local running, total = limit_of(kind, "runningCountLimit"), limit_of(kind, "totalCountLimit")
  local calibration = limit_of(kind, "calibrationInterval")
  local maintenance = limit_of(kind, "maintenanceInterval")
  local calibrated = days_since(v(asset.lastCalibrationDate), now)
  local maintained = days_since(v(asset.lastMaintenanceDate), now)
  local judged = { state = 0, texts = {} }
  judge(kind, judged, "Running count", asset.runningCount, running)
  judge(kind, judged, "Total count", asset.totalCount, total)
  judge(kind, judged, "Time since calibration", calibrated, calibration)
  judge(kind, judged, "Time since maintenance", maintained, maintenance)
  return M.status({
    assetId = asset.assetId, serialNumber = asset.serialNumber, alarmState = judged.state,
    runningCount = asset.runningCount, runningCountExceeded = over(asset.runningCount, running),
    totalCount = asset.totalCount, totalCountExceeded = over(asset.totalCount, total),
    daysSinceCalibration = calibrated or 0, isDaysSinceCalibrationUnknown = calibrated == nil,
    calibrationDaysOverdue = over(calibrated, calibration),
    daysSinceMaintenance = maintained or 0, isDaysSinceMaintenanceUnknown = maintained == nil,
    maintenanceDaysOverdue = over(maintained, maintenance),
    message = judged.state == 0 and "OK" or table.concat(judged.texts, " "),
  })
end

return M
