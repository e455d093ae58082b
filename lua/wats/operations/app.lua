-- The App tag: statistics, report lists, and the lists of processes, levels and groups.
return {
  tag = "App",

  -- Every POST here carries a filter and only asks; nothing changes on the server.
  { "POST", "/api/App/AggregatedMeasurements", "App_AggregatedMeasurements", domain = "analytics",
    body = "json", query = "measurementPaths", pure_query = true },
  { "POST", "/api/App/DynamicRepair", "App_DynamicRepair", domain = "analytics", body = "json",
    query = "dimensions", pure_query = true },
  { "POST", "/api/App/DynamicYield", "App_DynamicYield", domain = "analytics", body = "json",
    query = "dimensions", pure_query = true },
  { "POST", "/api/App/HighVolume", "App_HighVolume", domain = "analytics", body = "json",
    pure_query = true },
  { "POST", "/api/App/HighVolumeByProductGroup", "App_GetHighVolumeByProductGroup",
    domain = "analytics", body = "json", pure_query = true },
  { "POST", "/api/App/Measurements", "App_Measurements", domain = "analytics", body = "json",
    query = "measurementPaths", pure_query = true },
  { "POST", "/api/App/OeeAnalysis", "App_OeeAnalysis", domain = "analytics", body = "json",
    pure_query = true,
    query = "availableTime! minConnectionTime:integer maxConnectionTime:integer "
      .. "minExecutionTime:integer maxExecutionTime:integer targetOutput:integer" },
  { "POST", "/api/App/SerialNumberHistory", "App_SerialNumberHistory", domain = "analytics",
    body = "json", pure_query = true },
  { "POST", "/api/App/TestStepAnalysis", "App_GetTestStepAnalysis", domain = "analytics",
    body = "json", pure_query = true },
  { "POST", "/api/App/TopFailed", "App_TopFailed", domain = "analytics", body = "json",
    pure_query = true },
  { "POST", "/api/App/UurReport", "App_UurReports", domain = "analytics", body = "json",
    pure_query = true },
  { "POST", "/api/App/UutReport", "App_UutReport", domain = "analytics", body = "json",
    pure_query = true },
  { "POST", "/api/App/VolumeYield", "App_VolumeYield", domain = "analytics", body = "json",
    pure_query = true },
  { "POST", "/api/App/WorstYield", "App_WorstYield", domain = "analytics", body = "json",
    pure_query = true },
  { "POST", "/api/App/WorstYieldByProductGroup", "App_GetWorstYieldByProductGroup",
    domain = "analytics", body = "json", pure_query = true },

  -- Figures over whole days: an answer of a few minutes ago still serves, and our own reports
  -- drop it.
  { "GET", "/api/App/HighVolume", "App_HighVolume", volatility = "standard",
    family = "analytics", domain = "analytics",
    query = "days:integer! productGroupId! levelId!" },
  { "GET", "/api/App/RelatedRepairHistory", "App_GetRelatedRepairHistory",
    volatility = "standard", family = "analytics", domain = "analytics",
    query = "partNumber! revision! repairOperationCode testOperationCode" },
  { "GET", "/api/App/TopFailed", "App_TopFailed", volatility = "standard", family = "analytics",
    domain = "analytics", query = "partNumber! processCode! productGroupId! levelId! "
      .. "days:integer! count:integer!" },
  { "GET", "/api/App/VolumeYield", "App_VolumeYield", volatility = "standard",
    family = "analytics", domain = "analytics",
    query = "days:integer! productGroupId! levelId!" },
  { "GET", "/api/App/WorstYield", "App_WorstYield", volatility = "standard",
    family = "analytics", domain = "analytics",
    query = "days:integer! productGroupId! levelId!" },

  -- A list of reports: other stations add to it at any moment.
  { "GET", "/api/App/UutReport", "App_UutReport", volatility = "live", family = "report",
    domain = "analytics",
    query = "serialNumber partNumber revision batchNumber stationName testOperation status "
      .. "dateFrom:datetime dateTo:datetime productGroupId levelId" },

  { "GET", "/api/App/Levels", "App_Levels", volatility = "reference", family = "level" },
  { "GET", "/api/App/Processes", "App_Processes", volatility = "reference", family = "process",
    domain = "process", query = "includeTestOperations:boolean includeRepairOperations:boolean "
      .. "includeWipOperations:boolean includeInactiveProcesses:boolean" },
  { "GET", "/api/App/ProductGroups", "App_ProductGroups", volatility = "reference",
    family = "product_group", query = "includeFilters:boolean" },
  -- The version hardly changes, but it is what everyone asks to see whether the server is there.
  { "GET", "/api/App/Version", "App_Version", volatility = "live", family = "system" },
  -- Carries roles: a right that was taken away must not live on in a cache.
  { "GET", "/api/App/CommonUserSettings", "Mes_GetCommonUserSettings", tag = "Mes",
    volatility = "live", family = "user_settings", query = "UserName!" },
}
