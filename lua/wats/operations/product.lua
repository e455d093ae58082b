-- The Product tag.
--
-- `product` are the records, `product_list` the query: a report of an unknown part number may add
-- a product, so it makes the list stale, but no record. What else shows a product: the groups that
-- it falls into, units, and the names printed in statistics and certificates.
local PRODUCT = {
  "product", "product_list", "product_group", "vendor", "unit", "analytics", "report",
}
local VENDOR = { "vendor", "product" }

return {
  tag = "Product",

  { "GET", "/api/Product/{partNumber}", "Product_PublicGetProduct", volatility = "standard",
    family = "product" },
  { "GET", "/api/Product/{partNumber}/{revision}", "Product_PublicGetProductRevision",
    volatility = "standard", family = "product" },
  { "GET", "/api/Product/Query", "Product_PublicGetProducts", volatility = "standard",
    family = "product_list", odata = true },
  -- Follows from the products, so it lives no longer than they do.
  { "GET", "/api/Product/ProductGroupsByProduct", "Product_GetProductGroupsByProduct",
    volatility = "standard", family = "product_group", query = "partNumber! revision" },
  { "GET", "/api/Product/Vendors", "Product_Vendors", volatility = "reference",
    family = "vendor" },

  -- Without id these two add: sent twice, the second finds a conflict although the first did its
  -- work.
  { "PUT", "/api/Product", "Product_PublicPutProduct", body = "json", idempotent = false,
    stale = PRODUCT },
  { "PUT", "/api/Product/Revision", "Product_PublicPutProductRevision", body = "json",
    idempotent = false, stale = PRODUCT },
  { "PUT", "/api/Products", "Product_PutProducts", body = "json", stale = PRODUCT },
  { "PUT", "/api/Products/Revisions", "Product_PutProductRevisions", body = "json",
    stale = PRODUCT },
  -- It adds product and revision where they are not there. And what a unit should be built of
  -- decides whether its children are right.
  { "PUT", "/api/Product/BOM", "Product_BOM", body = "xml",
    stale = PRODUCT },
  -- Figures are asked for by group.
  { "POST", "/api/Product/ProductGroupFilter", "Product_ProductGroupFilter",
    query = "productGroup! partNumber! revision exclude:boolean",
    stale = { "product_group", "analytics" } },
  { "PUT", "/api/Product/Vendors", "Product_PutVendors", body = "json", stale = VENDOR },
  { "DELETE", "/api/Product/Vendors", "Product_DeleteVendors", body = "json", stale = VENDOR },
}
