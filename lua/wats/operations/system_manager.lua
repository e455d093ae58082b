-- The SystemManager tag: the stations, their levels, and the server's own state.
return {
  tag = "SystemManager",
  domain = "system",

  -- Records of stations say when they were last heard of.
  { "GET", "/api/SystemManager/Client", "SystemManager_Client", volatility = "live",
    family = "station", query = "name identifier" },
  { "GET", "/api/SystemManager/ClientLog/{identifier}", "SystemManager_ClientLog",
    volatility = "live", family = "station" },
  { "GET", "/api/SystemManager/Clients", "SystemManager_Clients", volatility = "live",
    family = "station" },
  -- A level that is not there is answered with null, which must not be remembered: whoever asks
  -- waits for somebody to make it.
  { "GET", "/api/SystemManager/Level", "SystemManager_LevelByHierarchy",
    volatility = "live", family = "level", query = "hierarchy:array!" },
  { "GET", "/api/SystemStatus", "SystemManager_GetSystemStatus", volatility = "live",
    family = "system" },

  -- May move the station to another level, and its past reports with it.
  { "PUT", "/api/SystemManager/Client", "SystemManager_Client", body = "json",
    query = "moveWithHistory:boolean", stale = { "station", "level", "analytics", "report" } },
  { "POST", "/api/SystemManager/Level", "SystemManager_PostLevelByHierarchy", body = "json",
    stale = { "level", "station", "user_settings" } },
}
