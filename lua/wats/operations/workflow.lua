-- The Workflow tag: GETs that move a unit on in its workflow. They are never cached nor sent
-- again on their own, and what they change is stale as after any write.
local UNIT = { "unit", "unit_change" }

return {
  tag = "Workflow",

  { "GET", "/api/Workflow/StartTest", "Workflow_PublicStartTest", volatility = "live",
    side_effects = true, stale = UNIT,
    query = "serialNumber! partNumber! operatorName stationName status:integer" },
  { "GET", "/api/Workflow/EndTest", "Workflow_PublicEndTest", volatility = "live",
    side_effects = true, stale = UNIT,
    query = "serialNumber! partNumber! passed:boolean operatorName stationName "
      .. "status:integer" },
}
