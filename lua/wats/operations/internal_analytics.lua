-- Internal calls of analytics: unit flow, lists of steps and measurements, logs of alarms.
-- They are no part of the public API: a server of another version may lack them. The Referer that
-- they demand is the client's doing.
return {
  tag = "Internal",
  domain = "analytics",

  -- Every POST carries a filter, ids or units and only asks, whatever its name; nothing changes on
  -- the server.
  { "POST", "/api/internal/UnitFlow", "UnitFlow_GetUnitFlow", pure_query = true, body = "json" },
  { "POST", "/api/internal/UnitFlow/SN", "UnitFlow_GetUnitSerialNumbers", pure_query = true,
    body = "json" },
  { "POST", "/api/internal/UnitFlow/SplitBy", "UnitFlow_GetUnitFlowSplitBy", pure_query = true,
    body = "json" },
  { "POST", "/api/internal/UnitFlow/UnitOrder", "UnitFlow_GetUnitFlowOrder", pure_query = true,
    body = "json" },
  { "POST", "/api/internal/App/MeasurementList", "App_MeasurementList", pure_query = true,
    body = "json", query = "stepFilters! sequenceFilters!" },
  { "POST", "/api/internal/App/StepStatusList", "App_StepStatusList", pure_query = true,
    body = "json", query = "stepFilters! sequenceFilters!" },
  { "POST", "/api/internal/App/TopFailed", "App_TopFailed", pure_query = true, body = "json" },
  { "POST", "/api/internal/Trigger/GetAlarmAndNotificationLogs",
    "Trigger_GetAlarmAndNotificationLogs", pure_query = true, body = "json",
    query = "includeCalculationString:boolean includeTypes" },

  -- Where units are now: all stations move them on.
  { "GET", "/api/internal/UnitFlow/Links", "UnitFlow_GetUnitFlowLinks", volatility = "live",
    family = "analytics", query = "filter!" },
  { "GET", "/api/internal/UnitFlow/Nodes", "UnitFlow_GetUnitFlowNodes", volatility = "live",
    family = "analytics", query = "filter!" },
  { "GET", "/api/internal/UnitFlow/Units", "UnitFlow_GetUnitFlowUnits", volatility = "live",
    family = "analytics", query = "filter!" },

  -- Single measurements and statuses: whoever lists them looks for the last one.
  { "GET", "/api/internal/App/MeasurementList", "App_MeasurementList", volatility = "live",
    family = "analytics",
    query = "productGroupId! levelId! days:integer! stepFilters! sequenceFilters!" },
  { "GET", "/api/internal/App/StepStatusList", "App_StepStatusList", volatility = "live",
    family = "analytics",
    query = "productGroupId! levelId! days:integer! stepFilters! sequenceFilters!" },

  -- Figures over whole days, as of the public one.
  { "GET", "/api/internal/App/TopFailed", "App_TopFailed", volatility = "standard",
    family = "analytics", query = "partNumber! processCode! productGroupId! levelId! "
      .. "days:integer! count:integer!" },
}
