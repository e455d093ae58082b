-- Internal calls of manual inspection: definitions, their relations and sequences.
-- They are no part of the public API: a server of another version may lack them. The Referer that
-- they demand is the client's doing.
--
-- All that is asked for is live: drafts change under the hands of others, and a definition that was
-- revoked must not be used for one more unit.

-- A sequence that is submitted becomes a report, with all that hangs on it.
local REPORT = {
  "manual_inspection", "report", "analytics", "unit", "unit_change", "asset", "station",
  "product_list",
}

return {
  tag = "Internal",
  domain = "manual_inspection",

  { "GET", "/api/internal/ManualInspection/GetTestSequenceDefinitions",
    "ManualInspection_GetTestSequenceDefinitions",
    volatility = "live", family = "manual_inspection",
    query = "isGlobalDefinitions:boolean!" },
  { "GET", "/api/internal/ManualInspection/GetTestSequenceDefinition",
    "ManualInspection_GetTestSequenceDefinition",
    volatility = "live", family = "manual_inspection",
    query = "definitionId:uuid!" },
  { "GET", "/api/internal/ManualInspection/GetDefinitionCopy/{Id:uuid}",
    "ManualInspection_GetDefinitionCopy",
    -- adds a draft: asked for twice it would add two
    volatility = "live", side_effects = true, stale = { "manual_inspection" } },
  { "GET", "/api/internal/ManualInspection/GetInstancesCount/{Id:uuid}",
    "ManualInspection_GetInstancesCount",
    volatility = "live", family = "manual_inspection" },
  { "POST", "/api/internal/ManualInspection/PostDefinition", "ManualInspection_PostDefinition",
    stale = { "manual_inspection" }, body = "json",
    query = "createDefaultXaml:boolean returnAsProductionManagerEntity:boolean" },
  { "PUT", "/api/internal/ManualInspection/PutDefinitionNew", "ManualInspection_PutDefinitionNew",
    stale = { "manual_inspection" }, body = "json" },
  { "GET", "/api/internal/ManualInspection/GetRelations/{Id:uuid}", "ManualInspection_GetRelations",
    volatility = "live", family = "manual_inspection" },
  { "GET", "/api/internal/ManualInspection/GetRelationConflicts/{Id:uuid}",
    "ManualInspection_GetRelationConflicts",
    volatility = "live", family = "manual_inspection" },
  { "GET", "/api/internal/ManualInspection/GetRelationConflictsNew/{Id:uuid}",
    "ManualInspection_GetRelationConflictsNew",
    volatility = "live", family = "manual_inspection" },
  { "POST", "/api/internal/ManualInspection/PostRelation", "ManualInspection_PostRelation",
    stale = { "manual_inspection" }, body = "json" },
  { "PUT", "/api/internal/ManualInspection/PutRelation", "ManualInspection_PutRelation",
    stale = { "manual_inspection" }, body = "json" },
  { "PUT", "/api/internal/ManualInspection/DeleteRelationNew", "ManualInspection_DeleteRelationNew",
    stale = { "manual_inspection" }, body = "json" },
  { "GET", "/api/internal/ManualInspection/GetSequences", "ManualInspection_GetSequences",
    volatility = "live", family = "manual_inspection",
    query = "serialNumber! partNumber! revision! batchNumber! status:integer stationName" },
  { "PUT", "/api/internal/ManualInspection/PutSequence", "ManualInspection_PutSequence",
    -- nothing in it tells the server that it was submitted before
    stale = REPORT, body = "json", idempotent = false,
    query = "submit:boolean returnRootSequence:boolean" },
  { "GET", "/api/internal/ManualInspection/GetMiDetails/{id:uuid}", "ManualInspection_GetMiDetails",
    volatility = "live", family = "manual_inspection" },
  { "GET", "/api/internal/ManualInspection/GetMiDetailsNew/{id:uuid}",
    "ManualInspection_GetMiDetailsNew",
    volatility = "live", family = "manual_inspection" },
  { "GET", "/api/internal/ManualInspection/GetTestSequenceDefinitionXaml",
    "ManualInspection_GetTestSequenceDefinitionXaml",
    volatility = "live", family = "manual_inspection",
    query = "definitionId:uuid!" },
  { "PUT", "/api/internal/ManualInspection/PutTestSequenceDefinitionXaml",
    "ManualInspection_PutTestSequenceDefinitionXaml",
    stale = { "manual_inspection" }, body = "json",
    query = "definitionId:uuid! username" },
  { "GET", "/api/internal/ManualInspection/GetWatswwfContent/{Id:uuid}",
    "ManualInspection_GetWatswwfContent",
    volatility = "live", family = "manual_inspection" },
  { "PUT", "/api/internal/ManualInspection/ValidateMiscInfo", "ManualInspection_ValidateMiscInfo",
    body = "json", pure_query = true },
  { "PUT", "/api/internal/ManualInspection/PutStringTest", "ManualInspection_PutStringTest",
    stale = { "manual_inspection" }, body = "json" },
}
