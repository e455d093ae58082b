-- wats.sandbox.product: read, query, create and update products and revisions.
--
-- As the API says: a PUT without productId (productRevisionId) adds, one with it updates. Adding
-- what is already there is a conflict. Members that are absent or null keep their value.

local core = require("wats.core")

local checks = require("wats.sandbox.checks")
local errors = require("wats.sandbox.errors")
local json = require("wats.sandbox.json")
local odata = require("wats.sandbox.odata_query")
local stores = require("wats.sandbox.store")

local M = {}

local v = json.value

local PRODUCT = {
  { "productId", "uuid" },
  { "partNumber", "string", required = true, max = 100, not_empty = true },
  { "nonSerial", "boolean" },
  { "name", "string", max = 100 },
  { "description", "string" },
  { "state", "integer" },
  { "xmlData", "string" },
  { "productCategoryId", "uuid" },
  { "productCategoryName", "string" },
}
local REVISION = {
  { "productRevisionId", "uuid" },
  { "productId", "uuid" },
  { "revision", "string", required = true, max = 100, not_empty = true },
  { "name", "string", max = 100 },
  { "description", "string" },
  { "state", "integer" },
  { "xmlData", "string" },
  { "PartNumber", "string" },
}

local function field(name, kind)
  return { name = name, key = name, type = kind }
end

M.view = json.record({ "partNumber", "name", "category", "nonSerial", "state" })
M.collection = {
  fields = {
    partnumber = field("partNumber", "string"),
    name = field("name", "string"),
    category = field("category", "string"),
    nonserial = field("nonSerial", "boolean"),
    state = field("state", "number"),
  },
  default_top = 1000,
}

local function ok(value)
  return { status = 200, headers = {}, body = json.encode(value) }
end

local function take_members(target, source, rules)
  for _, rule in ipairs(rules) do
    local value = v(source[rule[1]])
    if value ~= nil then
      target[rule[1]] = rule[2] == "integer" and math.tointeger(value) or value
    end
  end
  local tags = v(source.tags)
  target.tags = tags and json.array(tags) or target.tags or json.array()
  target.state = target.state or 1
end

local function find_revision(product, name)
  for _, revision in ipairs(product.revisions) do
    if revision.revision == name then
      return revision
    end
  end
end

--- Adds a revision, or updates the one of that name.
function M.merge_revision(product, source)
  local revision = find_revision(product, source.revision)
  if not revision then
    revision = stores.revision({ productRevisionId = core.uuid() })
    table.insert(product.revisions, revision)
  end
  take_members(revision, source, REVISION)
  revision.productId, revision.PartNumber = product.productId, product.partNumber
  return revision
end

--- Adds a product, or updates it; takes its revisions over too.
---@return table product
function M.merge(store, source, product)
  product = product or stores.product({
    productId = core.uuid(), nonSerial = false, revisions = json.array(),
  })
  local old_part_number = product.partNumber
  take_members(product, source, PRODUCT)
  if old_part_number and old_part_number ~= product.partNumber then
    store.by_part_number[old_part_number] = nil
    store.by_part_number[product.partNumber] = product
  end
  store:put_product(product)
  for _, revision in ipairs(v(source.revisions) or {}) do
    M.merge_revision(product, revision)
  end
  return product
end

--- What is wrong with a decoded product; empty when nothing is.
function M.check(source)
  local faults = {}
  checks.members(faults, source, "", PRODUCT)
  checks.member(faults, source, "", { "tags", "array" })
  checks.each(faults, source, "", "revisions", function(revision, path)
    checks.members(faults, revision, path, REVISION)
  end)
  return faults
end

local function by_id(list, name, id)
  for _, item in ipairs(list) do
    if item[name] == id then
      return item
    end
  end
end

local function put_product(store, source)
  local faults = M.check(source)
  if #faults > 0 then
    return errors.model_state(400, "The request is invalid.", faults)
  end
  local id = v(source.productId)
  local same_number = store.by_part_number[source.partNumber]
  local product = id and by_id(store.products, "productId", id:lower())
  if id and not product then
    return errors.message(404, ("There is no product with id %s."):format(id))
  elseif same_number and same_number ~= product then
    return errors.message(409,
      ("There is a product with part number '%s' already."):format(source.partNumber))
  end
  return ok(M.merge(store, source, product))
end

-- The product that a revision names by id or part number; and its revision by id.
local function locate(store, source)
  local id, product_id = v(source.productRevisionId), v(source.productId)
  for _, product in ipairs(store.products) do
    local revision = id and by_id(product.revisions, "productRevisionId", id:lower())
    if revision then
      return product, revision
    end
  end
  if product_id then
    return by_id(store.products, "productId", product_id:lower())
  end
  return store.by_part_number[v(source.PartNumber)]
end

local function put_revision(store, source)
  local faults = {}
  checks.members(faults, source, "", REVISION)
  if #faults > 0 then
    return errors.model_state(400, "The request is invalid.", faults)
  end
  local product, revision = locate(store, source)
  if not product or v(source.productRevisionId) and not revision then
    return errors.message(404, "There is no such product or revision.")
  end
  local same_name = find_revision(product, source.revision)
  if same_name and same_name ~= revision then
    return errors.message(409, ("Product '%s' has a revision '%s' already."):format(
      product.partNumber, source.revision))
  elseif revision then
    revision.revision = source.revision
  end
  return ok(M.merge_revision(product, source))
end

local function query(store, request)
  local plan, problem = odata.read(request.query, M.collection)
  if not plan then
    return errors.exception(400, "The query specified in the URI is not valid.",
      "Microsoft.OData.ODataException", problem)
  end
  local rows = odata.run(plan, function()
    local walk = store:all_products()
    return function()
      local product = walk()
      return product and M.view({
        partNumber = product.partNumber, name = product.name,
        category = product.productCategoryName, nonSerial = product.nonSerial,
        state = product.state,
      })
    end
  end)
  return ok(odata.project(plan, rows))
end

local function not_found(part_number)
  return errors.message(404, ("There is no product with part number '%s'."):format(part_number))
end

--- Adds the routes.
function M.open(router, store)
  router:add("GET", "/api/Product/Query", function(request)
    return query(store, request)
  end)
  router:add("GET", "/api/Product/{partNumber}", function(request)
    local product = store.by_part_number[request.params.partNumber]
    return product and ok(product) or not_found(request.params.partNumber)
  end)
  router:add("GET", "/api/Product/{partNumber}/{revision}", function(request)
    local product = store.by_part_number[request.params.partNumber]
    if not product then
      return not_found(request.params.partNumber)
    end
    local revision = find_revision(product, request.params.revision)
    return revision and ok(revision) or errors.message(404,
      ("Product '%s' has no revision '%s'."):format(product.partNumber, request.params.revision))
  end)
  router:add("PUT", "/api/Product", function(request)
    return put_product(store, request.json)
  end)
  router:add("PUT", "/api/Product/Revision", function(request)
    return put_revision(store, request.json)
  end)
end

return M
