-- Internal calls of product: bills of materials, relations of revisions (box build), categories.
-- They are no part of the public API: a server of another version may lack them. The Referer that
-- they demand is the client's doing.
--
-- They show the same things as the public calls, so they live as long and in the same family. A
-- relation says what a unit should be built of: whether its children are right follows from it.
local PRODUCT = {
  "product", "product_list", "product_group", "vendor", "unit", "analytics", "report",
}
local RELATION = { "product", "unit" }

return {
  tag = "Internal",
  domain = "product",

  { "GET", "/api/internal/Product/Bom", "Product_Bom",
    volatility = "standard", family = "product",
    query = "partNumber! revision!" },
  { "GET", "/api/internal/Product/GetProductInfo", "Product_GetProductInfo",
    volatility = "standard", family = "product",
    query = "partNumber! revision!" },
  { "GET", "/api/internal/Product/GetProductByPN", "Product_GetProductByPN",
    volatility = "standard", family = "product",
    query = "PN!" },
  -- In the family of products: a product saved with the name of a new category may add one.
  { "GET", "/api/internal/Product/GetProductCategories", "Product_GetProductCategories",
    volatility = "reference", family = "product" },

  -- What the body is follows from the format.
  { "PUT", "/api/internal/Product/BOM", "Product_PutBom",
    stale = PRODUCT, body = "binary",
    query = "partNumber! revision! format!" },
  -- Sent twice, the second finds that there is one already, or adds another.
  { "POST", "/api/internal/Product/PostProductRevisionRelation",
    "Product_PostProductRevisionRelation",
    stale = RELATION, body = "json" },
  { "PUT", "/api/internal/Product/PutProductRevisionRelation", "Product_PutProductRevisionRelation",
    stale = RELATION, body = "json" },
  { "DELETE", "/api/internal/Product/DeleteProductRevisionRelation",
    "Product_DeleteProductRevisionRelation",
    stale = RELATION,
    query = "productRevisionRelationId:uuid!" },
  -- Categories without an id are added, so a second sending might add them again.
  { "PUT", "/api/internal/Product/PutProductCategories", "Product_PutProductCategories",
    stale = PRODUCT, body = "json", idempotent = false },
}
