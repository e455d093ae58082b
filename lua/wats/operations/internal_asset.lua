-- Internal calls of asset: the files of an asset.
-- They are no part of the public API: a server of another version may lack them. The Referer that
-- they demand is the client's doing.
local FILES = { "asset_file" }

return {
  tag = "Internal",
  domain = "asset",

  -- Whether the server takes a second file of that name, or refuses it, nobody says: so it is not
  -- sent again on its own.
  { "POST", "/api/internal/Blob/Asset", "Blob_AssetPostFile", stale = FILES, body = "binary",
    query = "assetId! filename!" },
  -- A file may be replaced under its name at any moment, and a calibration table of yesterday is
  -- worse than none.
  { "GET", "/api/internal/Blob/Asset", "Blob_AssetGetFile", volatility = "live",
    family = "asset_file", query = "assetId! filename!" },
  { "GET", "/api/internal/Blob/Asset/List/{assetId}", "Blob_AssetList", volatility = "live",
    family = "asset_file" },
  -- What is gone is not deleted a second time: may be repeated, as any DELETE.
  { "DELETE", "/api/internal/Blob/Assets", "Blob_AssetDeleteFiles", stale = FILES, body = "json",
    query = "assetId!" },
}
