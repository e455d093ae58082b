-- Internal calls of production: units in detail, their phases, ranges of serial numbers.
-- They are no part of the public API: a server of another version may lack them. The Referer that
-- they demand is the client's doing.
--
-- Where units stand is live, as in the public rows, and so are the pools of serial numbers, from
-- which all stations take. What changes once in years, phases and sites, is reference data.
local UNIT = { "unit", "unit_change" }
local SERIAL_NUMBER = { "serial_number" }

return {
  tag = "Internal",
  domain = "production",

  { "GET", "/api/internal/Mes/GetUnitPhases", "Mes_GetUnitPhases",
    volatility = "reference", family = "unit_phase" },
  { "GET", "/api/internal/Production/isConnected", "Production_isConnected",
    volatility = "live", family = "system" },
  { "GET", "/api/internal/Production/GetSites", "Mes_GetSites",
    volatility = "reference", family = "site" },
  { "GET", "/api/internal/Production/GetUnit", "Production_GetUnit",
    volatility = "live", family = "unit",
    query = "serialNumber! partNumber" },
  { "GET", "/api/internal/Production/GetUnitInfo", "Production_GetUnitInfo",
    volatility = "live", family = "unit",
    query = "serialNumber! partNumber!" },
  { "GET", "/api/internal/Production/GetUnitHierarchy", "Production_GetUnitHierarchy",
    volatility = "live", family = "unit",
    query = "serialNumber! partNumber!" },
  { "GET", "/api/internal/Production/GetUnitStateHistory", "Production_GetUnitStateHistory",
    volatility = "live", family = "unit",
    query = "serialNumber! partNumber!" },
  { "GET", "/api/internal/Production/GetUnitPhase", "Production_GetUnitPhase",
    volatility = "live", family = "unit",
    query = "serialNumber! partNumber!" },
  { "GET", "/api/internal/Production/GetUnitProcess", "Production_GetUnitProcess",
    volatility = "live", family = "unit",
    query = "serialNumber! partNumber!" },
  { "GET", "/api/internal/Production/GetUnitContents", "Production_GetUnitContents",
    volatility = "live", family = "unit",
    query = "serialNumber! partNumber! revision!" },
  -- Sent twice, the second of each of these is refused although the first did its work; the last
  -- would take off also what was put on in between.
  { "POST", "/api/internal/Production/CreateUnit", "Production_CreateUnit",
    stale = UNIT,
    query = "serialNumber! partNumber! revision! batchNumber unitPhase:integer" },
  { "POST", "/api/internal/Production/AddChildUnit", "Production_AddChildUnit",
    stale = UNIT,
    query = "serialNumber! partNumber! childSerialNumber! childPartNumber! "
      .. "checkPartNumber! checkRevision! cultureCode! checkPhase:boolean" },
  { "POST", "/api/internal/Production/RemoveChildUnit", "Production_RemoveChildUnit",
    stale = UNIT,
    query = "serialNumber! partNumber! childSerialNumber! childPartNumber! cultureCode" },
  { "POST", "/api/internal/Production/RemoveAllChildUnits", "Production_RemoveAllChildUnits",
    stale = UNIT,
    query = "serialNumber! partNumber! cultureCode" },
  { "GET", "/api/internal/Production/CheckChildUnits", "Production_CheckChildUnits",
    volatility = "live", family = "unit",
    query = "CultureCode! ParentSerialNumber! ParentPartNumber!" },
  { "GET", "/api/internal/Production/SerialNumbers", "Production_FindSerialNumbers",
    volatility = "live", family = "serial_number",
    query = "serialNumberType! startAddress! endAddress! startDate:datetime "
      .. "endDate:datetime" },
  { "GET", "/api/internal/Production/SerialNumbers/Count", "Production_GetSerialNumberCount",
    volatility = "live", family = "serial_number",
    query = "serialNumberType! startAddress endAddress fromDate:datetime toDate:datetime" },
  -- Done a second time these two may strike what another station has reserved, or uploaded, since
  -- the first.
  { "PUT", "/api/internal/Production/SerialNumbers/Free", "Production_FreeReservedSerialNumbers",
    idempotent = false, stale = SERIAL_NUMBER, body = "json" },
  { "DELETE", "/api/internal/Production/SerialNumbers/Free", "Production_DeleteFreeSerialNumbers",
    idempotent = false, stale = SERIAL_NUMBER, body = "json" },
  { "GET", "/api/internal/Production/SerialNumbers/Ranges", "Production_GetSerialNumberRanges",
    volatility = "live", family = "serial_number",
    query = "serialNumberType" },
  { "GET", "/api/internal/Production/SerialNumbers/Statistics", "Production_GetSerialNumberStats",
    volatility = "live", family = "serial_number",
    query = "serialNumberType" },
}
