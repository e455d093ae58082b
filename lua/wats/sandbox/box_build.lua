-- wats.sandbox.box_build: which revisions are built of which: the internal calls about relations,
-- hierarchies and products with all that hangs on them.
--
-- The relations stand in `store.relations`, in order of creation: { id, parent, child, quantity,
-- mask }, parent and child being ids of revisions. Who judges units asks `children`.

local core = require("wats.core")

local checks = require("wats.sandbox.checks")
local errors = require("wats.sandbox.errors")
local json = require("wats.sandbox.json")

local M = {}

local v = json.value

local RELATION = {
  { "ProductRevisionRelationId", "uuid" },
  { "ParentProductRevisionId", "uuid" },
  { "ProductRevisionId", "uuid" },
  { "Quantity", "integer" },
  { "RevisionMask", "string", max = 1000 },
}

local relation_record = json.record({
  "ProductRevisionRelationId", "ParentProductRevisionId", "ProductRevisionId", "Quantity",
  "RevisionMask",
})
local row_record = json.record({
  "hlevel", "ProductRevisionRelationId", "ParentProductRevisionId", "ProductRevisionId",
  "ProductId", "PartNumber", "Revision", "Name", "Quantity", "RevisionMask",
})
local product_record = json.record({
  "ProductId", "NonSerial", "PartNumber", "Name", "Description", "State", "ProductCategoryId",
  "ProductRevisions", "Settings", "Category",
})
local revision_record = json.record({
  "ProductRevisionId", "ProductId", "Revision", "Name", "Description", "State", "Settings",
})

local function ok(value)
  return { status = 200, headers = {}, body = json.encode(value) }
end

local function not_found(what)
  return errors.message(404, ("There is no such %s."):format(what))
end

--- The revision of this id, and its product.
---@return table|nil revision
---@return table|nil product
function M.find_revision(store, id)
  id = id and id:lower()
  for _, product in ipairs(store.products) do
    for _, revision in ipairs(product.revisions) do
      if revision.productRevisionId == id then
        return revision, product
      end
    end
  end
end

--- The revision of a part number by its name, and its product.
function M.named_revision(store, part_number, name)
  local product = store.by_part_number[part_number]
  for _, revision in ipairs(product and product.revisions or {}) do
    if revision.revision == name then
      return revision, product
    end
  end
end

--- The relations of which this revision is the parent.
---@param revision_id string
---@return table[]
function M.children(store, revision_id)
  local list = {}
  for _, relation in ipairs(store.relations or {}) do
    if relation.parent == revision_id then
      list[#list + 1] = relation
    end
  end
  return list
end

local function row_of(store, level, id, relation)
  local revision, product = M.find_revision(store, id)
  return row_record({
    hlevel = level, ProductRevisionId = id, ProductId = product.productId,
    PartNumber = product.partNumber, Revision = revision.revision, Name = revision.name,
    ProductRevisionRelationId = relation and relation.id,
    ParentProductRevisionId = relation and relation.parent,
    Quantity = relation and relation.quantity, RevisionMask = relation and relation.mask,
  })
end

-- No circles: they are refused when a relation is made.
local function add_rows(store, rows, level, id, relation)
  rows[#rows + 1] = row_of(store, level, id, relation)
  for _, child in ipairs(M.children(store, id)) do
    add_rows(store, rows, level + 1, child.child, child)
  end
  return rows
end

local function hierarchy(store, id)
  return add_rows(store, json.array(), 0, id)
end

local function is_built_of(store, whole, part)
  for _, relation in ipairs(M.children(store, whole)) do
    if relation.child == part or is_built_of(store, relation.child, part) then
      return true
    end
  end
  return false
end

local function show(relation)
  return relation_record({
    ProductRevisionRelationId = relation.id, ParentProductRevisionId = relation.parent,
    ProductRevisionId = relation.child, Quantity = relation.quantity,
    RevisionMask = relation.mask,
  })
end

-- The decoded body, or nil and the answer that says why not.
local function read(request, needed)
  local source, problem = json.decode(request.body)
  if type(source) ~= "table" or source[1] ~= nil then
    return nil, errors.text(400, "The body is not a JSON object: " .. (problem or "wrong type"))
  end
  local faults = {}
  checks.members(faults, source, "", RELATION)
  for _, name in ipairs(needed) do
    if v(source[name]) == nil then
      checks.add(faults, name, ("The %s field is required."):format(name))
    end
  end
  local quantity = v(source.Quantity)
  if math.type(quantity) and quantity < 1 then
    checks.add(faults, "Quantity", "The Quantity field must be at least 1.")
  end
  if #faults > 0 then
    return nil, errors.model_state(400, "The request is invalid.", faults)
  end
  return source
end

local function post(store, request)
  local source, refusal = read(request, { "ParentProductRevisionId", "ProductRevisionId" })
  if not source then
    return refusal
  end
  local parent, child = source.ParentProductRevisionId:lower(), source.ProductRevisionId:lower()
  if not M.find_revision(store, parent) or not M.find_revision(store, child) then
    return not_found("product revision")
  elseif parent == child or is_built_of(store, child, parent) then
    return errors.message(400, "A product cannot be built of itself.")
  end
  for _, relation in ipairs(M.children(store, parent)) do
    if relation.child == child then
      return errors.message(409, "The product is built of that revision already.")
    end
  end
  table.insert(store.relations, {
    id = core.uuid(), parent = parent, child = child,
    quantity = math.tointeger(v(source.Quantity)) or 1, mask = v(source.RevisionMask),
  })
  return ok(hierarchy(store, parent))
end

local function find_relation(store, id)
  for place, relation in ipairs(store.relations) do
    if relation.id == id:lower() then
      return relation, place
    end
  end
end

local function put(store, request)
  local source, refusal = read(request, { "ProductRevisionRelationId" })
  if not source then
    return refusal
  end
  local relation = find_relation(store, source.ProductRevisionRelationId)
  if not relation then
    return not_found("relation")
  end
  relation.quantity = math.tointeger(v(source.Quantity)) or relation.quantity
  if source.RevisionMask ~= nil then
    relation.mask = v(source.RevisionMask)
  end
  return ok(show(relation))
end

local function delete(store, id)
  local relation, place = find_relation(store, id)
  if not relation then
    return not_found("relation")
  end
  table.remove(store.relations, place)
  return ok(true)
end

local function in_full(product)
  local revisions = json.array()
  for i, revision in ipairs(product.revisions) do
    revisions[i] = revision_record({
      ProductRevisionId = revision.productRevisionId, ProductId = product.productId,
      Revision = revision.revision, Name = revision.name, Description = revision.description,
      State = revision.state, Settings = revision.tags,
    })
  end
  return product_record({
    ProductId = product.productId, NonSerial = product.nonSerial,
    PartNumber = product.partNumber, Name = product.name, Description = product.description,
    State = product.state, ProductCategoryId = product.productCategoryId,
    ProductRevisions = revisions, Settings = product.tags,
    Category = product.productCategoryName,
  })
end

--- Adds the routes.
function M.open(router, store)
  store.relations = store.relations or {}
  router:add("GET", "/api/internal/Product/GetProductInfo", function(request)
    local query = request.query
    local revision = M.named_revision(store, query.partnumber, query.revision)
    return revision and ok(hierarchy(store, revision.productRevisionId))
      or not_found("product revision")
  end)
  router:add("GET", "/api/internal/Product/GetProductByPN", function(request)
    local product = store.by_part_number[request.query.pn]
    return product and ok(in_full(product)) or not_found("product")
  end)
  router:add("POST", "/api/internal/Product/PostProductRevisionRelation", function(request)
    return post(store, request)
  end)
  router:add("PUT", "/api/internal/Product/PutProductRevisionRelation", function(request)
    return put(store, request)
  end)
  router:add("DELETE", "/api/internal/Product/DeleteProductRevisionRelation", function(request)
    return delete(store, request.query.productrevisionrelationid or "")
  end)
end

return M
