-- The Report tag.
--
-- What a report changes: the reports and their lists, all figures drawn from them, the unit's
-- verification and history, its phase and with it the feed of changes, the counts of the assets
-- that it names, the station's last report, and the list of products (see product.lua).
local REPORT = {
  "report", "analytics", "unit", "unit_change", "asset", "station", "product_list",
}

return {
  tag = "Report",

  { "GET", "/api/Report/Query/Header", "Report_HeaderQuery", volatility = "live",
    family = "report", odata = true },
  { "GET", "/api/Report/Query/HeaderByMiscInfo", "Report_HeaderByMiscInfo", volatility = "live",
    family = "report", query = "processCode:integer serialNumber description data" },
  -- A report lists its repairs, which another station adds.
  { "GET", "/api/Report/Wsjf/{id:uuid}", "Report_GetReportAsWSJF", volatility = "live",
    family = "report",
    query = "detailLevel:integer includeChartdata:boolean includeAttachments:boolean" },
  { "GET", "/api/Report/Wsxf/{id:uuid}", "Report_WSXF", volatility = "live", family = "report",
    query = "detailLevel:integer includeAttachments:boolean includeChartdata:boolean "
      .. "includeIndexes:boolean" },
  -- What was attached changes only when the report is sent anew.
  { "GET", "/api/Report/Attachment", "Report_GetAttachment", volatility = "standard",
    family = "report", query = "reportId:uuid! attachmentId:uuid stepId:integer" },
  { "GET", "/api/Report/Attachments/{id:uuid}", "Report_GetAttachments", volatility = "standard",
    family = "report" },
  { "GET", "/api/Report/Certificate/{id:uuid}", "Report_Certificate", volatility = "standard",
    family = "report" },

  -- The report's id identifies it: sent twice, it is stored once.
  { "POST", "/api/Report/WSJF", "Report_PostWSJF", body = "json", idempotent = true,
    stale = REPORT },
  { "POST", "/api/Report/WSXF", "Report_PostWSXF", body = "xml", idempotent = true,
    stale = REPORT },
}
