-- The Software tag. A package's record says whether it is released: a revoked package must not be
-- installed because a cache still calls it released, so records are live.
local SOFTWARE = { "software" }

return {
  tag = "Software",

  { "GET", "/api/Software/Package/{id}", "Software_GetSoftwarePackage", volatility = "live",
    family = "software" },
  { "GET", "/api/Software/PackageByName", "Software_GetSoftwarePackageByName",
    volatility = "live", family = "software", query = "name! status! version:integer" },
  { "GET", "/api/Software/Packages", "Software_GetSoftwarePackages", volatility = "live",
    family = "software" },
  { "GET", "/api/Software/PackagesByTag", "Software_GetSoftwarePackagesByTag",
    volatility = "live", family = "software", query = "tag! status!" },
  -- The files of a package stand once it is released; but nothing here says whether it is, and who
  -- is given a draft's files of five minutes ago installs another thing than was put there.
  { "GET", "/api/Software/PackageFiles/{id}", "Software_GetSoftwareFiles",
    volatility = "live", family = "software" },
  { "GET", "/api/Software/VirtualFolders", "Software_GetVirtualFolders",
    volatility = "reference", family = "virtual_folder" },

  -- Sent twice, it makes two drafts: the second takes the next version number.
  { "POST", "/api/Software/Package", "Software_PostSoftwarePackage", body = "json",
    stale = SOFTWARE },
  { "PUT", "/api/Software/Package/{id}", "Software_PutSoftwarePackage", body = "json",
    stale = SOFTWARE },
  { "DELETE", "/api/Software/Package/{id}", "Software_DeleteSoftwarePackage", stale = SOFTWARE },
  { "DELETE", "/api/Software/PackageByName", "Software_DeleteSoftwarePackageByName",
    query = "name! version:integer!", stale = SOFTWARE },
  -- Only certain steps from status to status are allowed: a second one is refused.
  { "POST", "/api/Software/PackageStatus/{id}", "Software_PostNewStatus", query = "status!",
    stale = SOFTWARE },
  -- Sets what it is given, so twice is as once.
  { "POST", "/api/Software/Package/FileAttribute/{id}", "Software_PostFileAttribute",
    idempotent = true, query = "attribute!", stale = SOFTWARE },
  -- Merged twice the files are the same, but each merge may count as a new version of each.
  { "POST", "/api/Software/Package/UploadZip/{id}", "Software_PostZipToPackage",
    body = "multipart", query = "cleanInstall:boolean", stale = SOFTWARE },
}
