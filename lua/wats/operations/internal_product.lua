-- Internal calls of product: bills of materials, relations of revisions (box build), categories.
-- They are no part of the public API: a server of another version may lack them. The Referer that
-- they demand is the client's doing.
return {
  tag = "Internal",
  domain = "product",

  { "GET", "/api/internal/Product/Bom", "Product_Bom",
    volatility = "live", family = "product",
    query = "partNumber! revision!" },
  { "PUT", "/api/internal/Product/BOM", "Product_PutBom",
    stale = { "product" }, body = "xml",
    query = "partNumber! revision! format!" },
  { "GET", "/api/internal/Product/GetProductInfo", "Product_GetProductInfo",
    volatility = "live", family = "product",
    query = "partNumber! revision!" },
  { "GET", "/api/internal/Product/GetProductByPN", "Product_GetProductByPN",
    volatility = "live", family = "product",
    query = "PN!" },
  { "POST", "/api/internal/Product/PostProductRevisionRelation",
    "Product_PostProductRevisionRelation",
    stale = { "product" }, body = "json" },
  { "PUT", "/api/internal/Product/PutProductRevisionRelation", "Product_PutProductRevisionRelation",
    stale = { "product" }, body = "json" },
  { "DELETE", "/api/internal/Product/DeleteProductRevisionRelation",
    "Product_DeleteProductRevisionRelation",
    stale = { "product" },
    query = "productRevisionRelationId!" },
  { "GET", "/api/internal/Product/GetProductCategories", "Product_GetProductCategories",
    volatility = "live", family = "product" },
  { "PUT", "/api/internal/Product/PutProductCategories", "Product_PutProductCategories",
    stale = { "product" }, body = "json" },
}
