-- wats.domain.asset: client.asset, the equipment that tests use: fixtures, instruments, probes.
--
-- An asset is named in one of these ways:
--   "FX-100"                    its serial number, as it stands on it and in reports
--   { id = "12" }               the server's id of it
--   { serial_number = "12" }    its serial number; where both are meant to be seen
--   a record of it              as had from get_asset or get_assets: by its assetId
--
-- What an asset is, how often it was used and when it was calibrated changes with every report of
-- every station, so nothing here but the types comes from the cache unless the caller asks for it.
-- The methods stand in wats.domain.asset.*, by theme.

local choice = require("wats.choice")
local values = require("wats.domain.asset.values")

---@class wats.AssetRecord: wats.record.Asset
---@field state? integer               see Asset.STATES
---@field lastMaintenanceDate? string   set by record_maintenance
---@field lastCalibrationDate? string   set by record_calibration
---@field totalCount? integer           set by increment_count and by reports
---@field runningCount? integer         as above, and by reset_running_count
---@field xmlData? string               the tags as XML, in lists

---@class wats.AssetTypeRecord: wats.record.AssetType
---@field runningCountLimit? integer    uses until the next calibration
---@field maintenanceInterval? number   days
---@field calibrationInterval? number   days
---@field warningThreshold? number      per cent of a limit or interval
---@field alarmThreshold? number        per cent of a limit or interval

---@class wats.AssetLogRecord: wats.record.AssetLog
---@field type integer                  see Asset.LOG_TYPES

---@class wats.AssetSelector  one of the two
---@field id? string|integer
---@field serial_number? string|integer

---@alias wats.AssetName string|integer|wats.AssetSelector|wats.AssetRecord

---@class wats.Client
---@field asset wats.Asset

---@class wats.Asset
local Asset = {}
Asset.__index = Asset
Asset.__name = "wats.asset"

Asset.STATES = values.STATES
Asset.ALARM_STATES = values.ALARM_STATES
Asset.LOG_TYPES = values.LOG_TYPES

-- The name of a state, as in "in_operation"; the value itself where it has none.
---@param state integer
---@return string|integer
function Asset.state_name(_, state)
  return choice.name(values.STATES, state)
end

for _, theme in ipairs { "records", "relations", "types", "events", "alarms", "files" } do
  for name, method in pairs(require("wats.domain.asset." .. theme).methods) do
    Asset[name] = method
  end
end

local module = {}

---@param client wats.Client
---@return wats.Asset
function module.new(client)
  return setmetatable({ client }, Asset)
end

return module
