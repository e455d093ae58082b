-- Internal calls of process: processes and repair operations with their categories and codes.
-- They are no part of the public API: a server of another version may lack them. The Referer that
-- they demand is the client's doing.
--
-- All are reference data like the public list of processes: set up by an administrator, the same
-- for weeks, and asked for with every unit that is repaired. None of the calls here writes.
return {
  tag = "Internal",
  domain = "process",

  { "GET", "/api/internal/Process/GetProcesses", "Process_GetProcesses",
    volatility = "reference", family = "process" },
  { "GET", "/api/internal/Process/GetProcess/{id:uuid}", "Process_GetProcess",
    volatility = "reference", family = "process" },
  { "GET", "/api/internal/Process/GetRepairOperations", "Process_GetRepairOperations",
    volatility = "reference", family = "process" },
  { "GET", "/api/internal/Process/GetRepairOperation/{id:uuid}", "Process_GetRepairOperation",
    volatility = "reference", family = "process",
    query = "processCode:integer" },
}
