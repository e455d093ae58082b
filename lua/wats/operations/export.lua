-- The Export tag: files that a background job makes, ready at any moment and made anew under
-- the same name.
return {
  tag = "Export",

  { "GET", "/api/Export/{fileName}", "Export_GetExportedFile", volatility = "live",
    family = "export" },
  { "GET", "/api/Export/List", "Export_GetExportList", volatility = "live", family = "export" },
  -- Takes a filter as the queries of App do, but starts a job and sends mail.
  { "POST", "/api/Export/Certificate", "Export_QueueExportCertificate", body = "json",
    stale = { "export" },
    query = "headerDataOnly:boolean! asIndividualFiles:boolean! dimensions numericFormat "
      .. "bodyFooterTag documentFooterTag email" },
}
