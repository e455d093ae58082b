-- The Asset tag. An asset's record carries its state, counts and calibration dates, which every
-- station's reports change: all of it is live but the types. Log, status and children are parts
-- of the same record, hence one family.
local ASSET = { "asset" }

return {
  tag = "Asset",

  { "GET", "/api/Asset", "Asset_GetAssets", volatility = "live", family = "asset", odata = true },
  -- The two following have one shape: whoever asks by serial number reaches the same route.
  { "GET", "/api/Asset/{assetId}", "Asset_GetAssetByAssetId", volatility = "live",
    family = "asset" },
  { "GET", "/api/Asset/{serialNumber}", "Asset_GetAssetBySerialNumber", volatility = "live",
    family = "asset" },
  { "GET", "/api/Asset/Log", "Asset_GetAssetLog", volatility = "live", family = "asset",
    odata = true },
  { "GET", "/api/Asset/Status", "Asset_GetAssetStatus", volatility = "live", family = "asset",
    query = "id serialNumber translate:boolean cultureCode" },
  { "GET", "/api/Asset/SubAssets", "Asset_GetAssetChildren", volatility = "live",
    family = "asset", query = "id serialNumber level:integer" },
  { "GET", "/api/Asset/Types", "Asset_GetAssetTypes", volatility = "reference",
    family = "asset_type", odata = true },

  { "PUT", "/api/Asset", "Asset_PutAsset", body = "json", stale = ASSET },
  -- Its files go with it.
  { "DELETE", "/api/Asset", "Asset_DeleteAsset", query = "id serialNumber",
    stale = { "asset", "asset_file" } },
  { "PUT", "/api/Asset/State", "Asset_PutAssetState", query = "state:integer! id serialNumber",
    stale = ASSET },
  -- A PUT that adds: sent twice, it counts twice.
  { "PUT", "/api/Asset/Count", "Asset_PutAssetCount", idempotent = false, stale = ASSET,
    query = "id serialNumber totalCount:integer incrementBy:integer incrementChildren:boolean "
      .. "cultureCode" },
  { "POST", "/api/Asset/ResetRunningCount", "Asset_ResetRunningCount",
    query = "id serialNumber comment", stale = ASSET },
  { "POST", "/api/Asset/Calibration", "Asset_PostCalibration",
    query = "id serialNumber dateTime:datetime comment", stale = ASSET },
  { "POST", "/api/Asset/Maintenance", "Asset_PostMaintenance",
    query = "id serialNumber dateTime:datetime comment", stale = ASSET },
  { "POST", "/api/Asset/Message", "Asset_PostAssetMessage", body = "json",
    query = "id serialNumber cultureCode", stale = ASSET },
  -- Without typeId it adds a type, so a second one may add another. Assets embed their type and
  -- their alarms follow from its limits.
  { "PUT", "/api/Asset/Types", "Asset_PutAssetType", body = "json", idempotent = false,
    stale = { "asset_type", "asset" } },
}
