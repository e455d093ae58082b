-- wats.domain.product.relations: methods of client.product: which revisions are built of which.
--
-- These are internal calls: a server of another version may lack them. Rows have the server's
-- names (PartNumber, Revision, Quantity, RevisionMask ...), like its own.

local call = require("wats.call")
local client_module = require("wats.client")
local errors = require("wats.errors")
local json = require("wats.json")
local rows = require("wats.domain.product.relation")
local template = require("wats.domain.product.template")

local record, segment, with = client_module.record, client_module.segment, client_module.with

local product_info = call.bind("GET /api/internal/Product/GetProductInfo", "records")
local product_by_number = call.bind("GET /api/internal/Product/GetProductByPN", "record")
local post_relation = call.bind("POST /api/internal/Product/PostProductRevisionRelation")
local put_relation = call.bind("PUT /api/internal/Product/PutProductRevisionRelation")
local delete_relation = call.bind("DELETE /api/internal/Product/DeleteProductRevisionRelation")

---@class wats.ProductRelation  a row of a hierarchy, or a relation as it is sent
---@field ProductRevisionRelationId? string  none: the revision itself, at the top
---@field ParentProductRevisionId? string
---@field ProductRevisionId string           of the part that is built in
---@field PartNumber? string
---@field Revision? string
---@field Quantity? integer
---@field RevisionMask? string               see wats.revision_mask
---@field hlevel? integer                    0 the revision asked for, 1 what it is built of, ...

---@class wats.SubunitDetails
---@field quantity? integer        default 1
---@field revision_mask? string|false  which revisions will do, as "1.0,2.%"; false takes it away

---@class wats.Product
local Product = {}

-- A revision, what it is built of, what that is built of, and so on.
-- GET /api/internal/Product/GetProductInfo
---@param part_number string
---@param revision string
---@param opts? wats.RequestOptions
---@return wats.ProductRelation[]? rows
---@return wats.Error? err
function Product:get_product_hierarchy(part_number, revision, opts)
  local where = "product:get_product_hierarchy"
  segment(where, "part_number", part_number)
  segment(where, "revision", revision)
  return product_info(self, where, { partNumber = part_number, revision = revision }, opts)
end

-- A product as the server's own pages have it: with settings and revisions, names in capitals. Of
-- what its revisions are built it tells nothing: get_product_hierarchy does.
-- GET /api/internal/Product/GetProductByPN
---@param part_number string
---@param opts? wats.RequestOptions
---@return table? product
---@return wats.Error? err
function Product:get_product_with_relations(part_number, opts)
  local where = "product:get_product_with_relations"
  segment(where, "part_number", part_number)
  return product_by_number(self, where, { PN = part_number }, opts)
end

local function check_quantity(where, quantity)
  if quantity ~= nil and (math.type(quantity) ~= "integer" or quantity < 1) then
    errors.raise("%s: Quantity: an integer of at least 1 expected, got %s", where,
      type(quantity) == "number" and tostring(quantity) or type(quantity))
  end
end

-- Of an answer: the row of this relation. Some servers answer with the whole hierarchy.
local function created(answer, relation)
  if type(answer) ~= "table" then return answer end
  for _, row in ipairs(json.is_array(answer) and answer or { answer }) do
    if type(row) == "table" and row.ProductRevisionRelationId
      and rows.same_id(row.ProductRevisionId, relation.ProductRevisionId)
      and rows.same_id(row.ParentProductRevisionId, relation.ParentProductRevisionId) then
      return row
    end
  end
  return true
end

-- Says that one revision is built of another.
-- POST /api/internal/Product/PostProductRevisionRelation
---@param relation wats.ProductRelation  ParentProductRevisionId, ProductRevisionId; Quantity
---                                      (default 1), RevisionMask
---@param opts? wats.RequestOptions
---@return wats.ProductRelation|true|nil relation  true: the server has told nothing of it
---@return wats.Error? err  "conflict": there is one already
function Product:create_revision_relation(relation, opts)
  local where = "product:create_revision_relation"
  client_module.text(where, "ParentProductRevisionId",
    record(where, "relation", relation).ParentProductRevisionId)
  client_module.text(where, "ProductRevisionId", relation.ProductRevisionId)
  check_quantity(where, relation.Quantity)
  local value = with(relation, { Quantity = relation.Quantity or 1 })
  local answer, err = post_relation(self, where, nil, with(opts, { json = value }))
  if answer == nil then return nil, err end
  return created(answer, relation)
end

-- Changes a relation: its quantity, its mask.
-- PUT /api/internal/Product/PutProductRevisionRelation
---@param relation wats.ProductRelation  with its ProductRevisionRelationId
---@param opts? wats.RequestOptions
---@return wats.ProductRelation|true|nil relation
---@return wats.Error? err
function Product:update_revision_relation(relation, opts)
  local where = "product:update_revision_relation"
  client_module.text(where, "ProductRevisionRelationId",
    record(where, "relation", relation).ProductRevisionRelationId)
  check_quantity(where, relation.Quantity)
  return put_relation(self, where, nil, with(opts, { json = relation }))
end

-- DELETE /api/internal/Product/DeleteProductRevisionRelation
---@param relation_id string
---@param opts? wats.RequestOptions
---@return any done  true, or what the server says
---@return wats.Error? err
function Product:delete_revision_relation(relation_id, opts)
  local where = "product:delete_revision_relation"
  segment(where, "relation_id", relation_id)
  return delete_relation(self, where, { productRevisionRelationId = relation_id }, opts)
end

-- What a revision is built of, one level deep.  GET /api/internal/Product/GetProductInfo
---@param part_number string
---@param revision string
---@param opts? wats.RequestOptions
---@return wats.ProductRelation[]? subunits
---@return wats.Error? err  "not_found": there is no such revision
function Product:get_box_build_subunits(part_number, revision, opts)
  local where = "product:get_box_build_subunits"
  segment(where, "part_number", part_number)
  segment(where, "revision", revision)
  call.reads(where, opts)
  local all, err = self:get_product_hierarchy(part_number, revision, opts)
  if not all then return nil, err end
  return rows.direct(all)
end

-- The box build of a revision, to be edited: see wats.BoxBuildTemplate. Asked for afresh, whatever
-- is cached: what is edited must be what is there.
---@param part_number string
---@param revision string
---@param opts? wats.RequestOptions
---@return wats.BoxBuildTemplate? template
---@return wats.Error? err  "not_found": there is no such revision
function Product:get_box_build_template(part_number, revision, opts)
  local where = "product:get_box_build_template"
  segment(where, "part_number", part_number)
  segment(where, "revision", revision)
  call.reads(where, opts)
  return template.load(self, part_number, revision, opts)
end

-- Says that a revision is built of another: at once, without a template. Both must be there.
---@param parent_part_number string
---@param parent_revision string
---@param part_number string
---@param revision string
---@param details? wats.SubunitDetails
---@param opts? wats.RequestOptions
---@return wats.ProductRelation|true|nil relation
---@return wats.Error? err  "conflict": it is in there already
function Product:add_subunit(parent_part_number, parent_revision, part_number, revision, details,
    opts)
  local where = "product:add_subunit"
  segment(where, "parent_part_number", parent_part_number)
  segment(where, "parent_revision", parent_revision)
  segment(where, "part_number", part_number)
  segment(where, "revision", revision)
  local changes = rows.check_details(where, details)
  call.reads(where, opts)
  local parent, child, err
  parent, err = rows.revision_id(self, parent_part_number, parent_revision, opts)
  if not parent then return nil, err end
  child, err = rows.revision_id(self, part_number, revision, opts)
  if not child then return nil, err end
  return self:create_revision_relation({
    ParentProductRevisionId = parent, ProductRevisionId = child,
    Quantity = changes.Quantity, RevisionMask = changes.RevisionMask or nil,
  }, opts)
end

-- Takes a part out of a box build, by the relation's id: that of a row of get_box_build_subunits.
---@param relation_id string
---@param opts? wats.RequestOptions
---@return any done
---@return wats.Error? err
function Product:remove_subunit(relation_id, opts)
  segment("product:remove_subunit", "relation_id", relation_id)
  return self:delete_revision_relation(relation_id, opts)
end

return Product
