-- The Production tag: where every unit stands now. A cached answer would let a unit through a
-- gate that it has just failed, so all of it is live but the serial number types.
--
-- `unit` are the record, its children and its verification, `unit_change` the feed of changes:
-- taking an entry off the feed leaves the unit as it is, changing a unit adds to the feed.
local UNIT = { "unit", "unit_change" }
local SERIAL_NUMBER = { "serial_number" }

return {
  tag = "Production",

  { "GET", "/api/Production/Unit/{serialNumber}/{partNumber}", "Production_GetUnitPublic",
    volatility = "live", family = "unit" },
  { "GET", "/api/Production/UnitVerification", "Production_GetUnitVerification",
    volatility = "live", family = "unit", query = "serialNumber! partNumber" },
  { "GET", "/api/Production/CheckChildUnits", "Production_CheckChildUnitsPublic",
    volatility = "live", family = "unit", query = "parentSerialNumber! parentPartNumber!" },
  { "GET", "/api/Production/Units/Changes", "Production_GetUnitChanges", volatility = "live",
    family = "unit_change", query = "maxCount:integer!" },

  { "PUT", "/api/Production/Units", "Production_PutUnits", body = "json", stale = UNIT },
  { "PUT", "/api/Production/Batches", "Production_PutBatches", body = "json", stale = UNIT },
  { "PUT", "/api/Production/SetUnitPhase", "Production_SetUnitPhasePublic",
    query = "serialNumber! partNumber! phase:integer!", stale = UNIT },
  { "PUT", "/api/Production/SetUnitProcess", "Production_SetUnitProcessPublic",
    query = "serialNumber! partNumber! processName!", stale = UNIT },
  -- Sent twice, the second is refused although the first did its work.
  { "POST", "/api/Production/AddChildUnit", "Production_AddChildUnitPublic", stale = UNIT,
    query = "parentSerialNumber! parentPartNumber! childSerialNumber! childPartNumber! "
      .. "checkPartNumber! checkRevision!" },
  { "POST", "/api/Production/RemoveChildUnit", "Production_RemoveChildUnitPublic", stale = UNIT,
    query = "parentSerialNumber! parentPartNumber! childSerialNumber! childPartNumber!" },
  { "DELETE", "/api/Production/Units/Changes/{id:integer}", "Production_DeleteUnitChange",
    stale = { "unit_change" } },

  { "GET", "/api/Production/SerialNumbers", "Production_ExportSerialNumbers",
    volatility = "live", family = "serial_number",
    query = "serialNumberType! format! startAddress endAddress startDate:datetime "
      .. "endDate:datetime" },
  { "GET", "/api/Production/SerialNumbers/ByRange", "Production_GetSerialNumbersByRange",
    volatility = "live", family = "serial_number",
    query = "serialNumberType! startAddress! endAddress! startDate:datetime endDate:datetime" },
  { "GET", "/api/Production/SerialNumbers/ByReference", "Production_GetSerialNumbersByReference",
    volatility = "live", family = "serial_number",
    query = "serialNumberType! refSN refPN startDate:datetime endDate:datetime" },
  { "GET", "/api/Production/SerialNumbers/Types", "Production_GetSerialNumberTypesPublic",
    volatility = "reference", family = "serial_number_type" },
  -- Sent twice, the second finds all numbers there although it was the first that added them.
  { "PUT", "/api/Production/SerialNumbers", "Production_UploadSerialNumbers", idempotent = false,
    body = "multipart", query = "serialNumberType! format!", stale = SERIAL_NUMBER },
  -- Sent twice, it takes twice as many.
  { "POST", "/api/Production/SerialNumbers/Take", "Production_TakeSerialNumbers",
    stale = SERIAL_NUMBER,
    query = "serialNumberType! quantity:integer! refSN refPN stationName "
      .. "onlyInSequence:boolean format" },
}
