-- Internal calls of software: folders and files of packages, history of packages.
-- They are no part of the public API: a server of another version may lack them. The Referer that
-- they demand is the client's doing.
--
-- All that they tell is live: whether a package is revoked, whether there is a newer one, and what
-- a draft holds change under the station's feet. A file does not change under its id, but it is
-- large and fetched once: it would drive everything else out of the cache.
local SOFTWARE = { "software" }

return {
  tag = "Internal",
  domain = "software",

  { "GET", "/api/internal/Software/isConnected", "Software_isConnected",
    volatility = "live", family = "software" },
  { "GET", "/api/internal/Software/File/{id:uuid}", "Software_File",
    volatility = "live", family = "software" },
  -- Asks whether the server has a file already, before it is sent.
  { "GET", "/api/internal/Software/CheckFile", "Software_CheckFile",
    volatility = "live", family = "software",
    query = "checksum! parentFolderId:uuid! filePath! packageId:uuid! fileDateEpoch:long!" },
  { "POST", "/api/internal/Software/PostPackageFolder", "Software_PostPackageFolder",
    stale = SOFTWARE, body = "json",
    query = "packageId:uuid!" },
  -- Sets name and place of the folder that its id names, so twice is as once.
  { "POST", "/api/internal/Software/UpdatePackageFolder", "Software_UpdatePackageFolder",
    idempotent = true, stale = SOFTWARE, body = "json" },
  { "POST", "/api/internal/Software/DeletePackageFolder", "Software_DeletePackageFolder",
    stale = SOFTWARE,
    query = "packageFolderId!" },
  { "POST", "/api/internal/Software/DeletePackageFolderFiles", "Software_DeletePackageFolderFiles",
    stale = SOFTWARE,
    query = "packageFolderFileIds!" },
  { "GET", "/api/internal/Software/GetPackageHistory", "Software_GetPackageHistory",
    volatility = "live", family = "software",
    query = "tags! status:integer allVersions:boolean" },
  { "GET", "/api/internal/Software/GetPackageDownloadHistory", "Software_GetPackageDownloadHistory",
    volatility = "live", family = "software",
    query = "clientId:integer!" },
  { "GET", "/api/internal/Software/GetRevokedPackages", "Software_GetRevokedPackages",
    volatility = "live", family = "software",
    query = "installedPackages! includeRevokedOnly:boolean" },
  { "GET", "/api/internal/Software/GetAvailablePackages", "Software_GetAvailablePackages",
    volatility = "live", family = "software",
    query = "installedPackages!" },
  { "GET", "/api/internal/Software/GetSoftwareEntityDetails", "Software_GetSoftwareEntityDetails",
    volatility = "live", family = "software",
    query = "packageId:uuid!" },
  -- A GET that writes: each call is a line in the client's history of downloads, so it is never
  -- sent again on its own.
  { "GET", "/api/internal/Software/Log", "Software_Log",
    volatility = "live", side_effects = true, stale = SOFTWARE,
    query = "packageId:uuid! downloadSize:long!" },
}
