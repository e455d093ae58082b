-- Internal calls of asset: the files of an asset.
-- They are no part of the public API: a server of another version may lack them. The Referer that
-- they demand is the client's doing.
return {
  tag = "Internal",
  domain = "asset",

  { "POST", "/api/internal/Blob/Asset", "Blob_AssetPostFile",
    stale = { "asset_file" }, body = "binary",
    query = "assetId! filename!" },
  { "GET", "/api/internal/Blob/Asset", "Blob_AssetGetFile",
    volatility = "live", family = "asset_file",
    query = "assetId! filename!" },
  { "GET", "/api/internal/Blob/Asset/List/{assetId}", "Blob_AssetList",
    volatility = "live", family = "asset_file" },
  { "DELETE", "/api/internal/Blob/Assets", "Blob_AssetDeleteFiles",
    stale = { "asset_file" }, body = "json",
    query = "assetId!" },
}
