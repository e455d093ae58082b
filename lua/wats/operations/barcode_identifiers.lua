-- The BarcodeIdentifiers tag: patterns that tell what a scanned code means.
local BARCODE = { "barcode" }

return {
  tag = "BarcodeIdentifiers",
  domain = "barcode",

  { "GET", "/api/BarcodeIdentifiers/BarcodeIdentifiers",
    "BarcodeIdentifiers_GetBarcodeIdentifiers", volatility = "reference", family = "barcode" },
  -- Shorter than the list: a unit booked under the wrong part number costs more than a request.
  { "GET", "/api/BarcodeIdentifiers/IdentifyBarcode", "BarcodeIdentifiers_GetIdentifiedBarcode",
    volatility = "standard", family = "barcode", query = "code!" },
  -- Without id it adds one, so a second sending may add another.
  { "PUT", "/api/BarcodeIdentifiers/BarcodeIdentifier",
    "BarcodeIdentifiers_PutBarcodeIdentifier", body = "json", idempotent = false,
    stale = BARCODE },
  { "DELETE", "/api/BarcodeIdentifiers/BarcodeIdentifier/{id:integer}",
    "BarcodeIdentifiers_DeleteBarcodeIdentifier", stale = BARCODE },
}
