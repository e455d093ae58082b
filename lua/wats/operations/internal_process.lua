-- Internal calls of process: processes and repair operations with their categories and codes.
-- They are no part of the public API: a server of another version may lack them. The Referer that
-- they demand is the client's doing.
return {
  tag = "Internal",
  domain = "process",

  { "GET", "/api/internal/Process/GetProcesses", "Process_GetProcesses",
    volatility = "live", family = "process" },
  { "GET", "/api/internal/Process/GetProcess/{id}", "Process_GetProcess",
    volatility = "live", family = "process" },
  { "GET", "/api/internal/Process/GetRepairOperations", "Process_GetRepairOperations",
    volatility = "live", family = "process" },
  { "GET", "/api/internal/Process/GetRepairOperation/{id}", "Process_GetRepairOperation",
    volatility = "live", family = "process",
    query = "processCode:integer" },
}
