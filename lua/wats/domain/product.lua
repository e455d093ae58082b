-- wats.domain.product: client.product, part numbers and their revisions.
--
-- Records are plain tables with the server's own field names. What a record holds that is not
-- known here goes back to the server as it came, so get, change, update loses nothing.

local call = require("wats.call")
local client_module = require("wats.client")
local errors = require("wats.errors")
local json = require("wats.json")

local fetch_record = client_module.fetch_record
local segment, record, with = client_module.segment, client_module.record, client_module.with

local ACTIVE = 1

local get_product = call.bind("GET /api/Product/{partNumber}", "record")
local get_products = call.bind("GET /api/Product/Query", "list")
local get_revision = call.bind("GET /api/Product/{partNumber}/{revision}", "record")
local put_product = call.bind("PUT /api/Product", "record")
local put_revision = call.bind("PUT /api/Product/Revision", "record")

---@class wats.Client
---@field product wats.Product

---@class wats.Product
local Product = {}
Product.__index = Product
Product.__name = "wats.product"

-- The rest of its methods, by theme.
local function take(methods)
  for name, method in pairs(methods) do Product[name] = method end
end
take(require("wats.domain.product.bom"))
take(require("wats.domain.product.bulk"))
take(require("wats.domain.product.groups"))
take(require("wats.domain.product.relations"))
take(require("wats.domain.product.tags"))

-- GET /api/Product/{partNumber}
---@param part_number string
---@param opts? wats.RequestOptions
---@return wats.record.Product? product
---@return wats.Error? err  of kind "not_found" when there is none
function Product:get_product(part_number, opts)
  local where = "product:get_product"
  local name = segment(where, "part_number", part_number)
  -- The look-up of every test: without options there is nothing left for the table to judge, which
  -- would take half as long again as the answer out of the cache.
  if opts == nil then return fetch_record(self, "/api/Product/" .. name) end
  return get_product(self, where, { partNumber = part_number }, opts)
end

-- The products that fit; without $top and $filter the first 1,000.  GET /api/Product/Query
---@param opts? wats.RequestOptions  query: $filter, $top, $skip, $orderby (see wats.odata)
---@return table[]? products  partNumber, name, category, nonSerial, state
---@return wats.Error? err
function Product:get_products(opts)
  return get_products(self, "product:get_products", nil, opts)
end

-- GET /api/Product/{partNumber}/{revision}
---@param part_number string
---@param revision string
---@param opts? wats.RequestOptions
---@return wats.record.ProductRevision? revision
---@return wats.Error? err
function Product:get_revision(part_number, revision, opts)
  local where = "product:get_revision"
  segment(where, "part_number", part_number)
  segment(where, "revision", revision)
  return get_revision(self, where, { partNumber = part_number, revision = revision }, opts)
end

-- The revisions of a product.  GET /api/Product/{partNumber}
---@param part_number string
---@param opts? wats.RequestOptions
---@return wats.record.ProductRevision[]? revisions
---@return wats.Error? err
function Product:get_revisions(part_number, opts)
  local where = "product:get_revisions"
  segment(where, "part_number", part_number)
  call.reads(where, opts)
  local product, err = get_product(self, where, { partNumber = part_number }, opts)
  if not product then return nil, err end
  if json.is_array(product.revisions) then return product.revisions end
  return json.array {}
end

-- Is it in use? (The record's state; a product that says nothing of it is.)
---@param product wats.record.Product
---@return boolean
function Product.is_active(_, product)
  local state = record("product:is_active", "product", product).state
  return state == nil or state == json.null or state == ACTIVE
end

-- `by_id`: it changes what is there, and sent twice that is the same. What adds something is not
-- sent again by itself: the second would find what the first has added, and tell of a conflict.
local function put(self, where, send, value, opts, by_id)
  opts = with(opts, { json = value })
  return send(self, where, nil, by_id and client_module.repeatable(opts) or opts)
end

-- Adds a product. Has the server one of that part number: nil and an error of kind "conflict".
-- PUT /api/Product
---@param product wats.record.Product  without productId, which the server gives
---@param opts? wats.RequestOptions
---@return wats.record.Product? product  as the server has it now
---@return wats.Error? err
function Product:create_product(product, opts)
  local where = "product:create_product"
  client_module.text(where, "partNumber", record(where, "product", product).partNumber)
  if product.productId ~= nil then
    errors.raise("%s: the product has a productId: update_product changes one that exists", where)
  end
  return put(self, where, put_product, product, opts)
end

-- Changes a product, had from get_product.  PUT /api/Product
---@param product wats.record.Product  with its productId
---@param opts? wats.RequestOptions
---@return wats.record.Product? product
---@return wats.Error? err
function Product:update_product(product, opts)
  local where = "product:update_product"
  client_module.text(where, "partNumber", record(where, "product", product).partNumber)
  client_module.text(where, "productId", product.productId)
  return put(self, where, put_product, product, opts, true)
end

-- Adds a revision to a product.  PUT /api/Product/Revision
---@param part_number string
---@param revision wats.record.ProductRevision  without productRevisionId, which the server gives
---@param opts? wats.RequestOptions
---@return wats.record.ProductRevision? revision
---@return wats.Error? err
function Product:create_revision(part_number, revision, opts)
  local where = "product:create_revision"
  segment(where, "part_number", part_number)
  client_module.text(where, "revision", record(where, "revision", revision).revision)
  if revision.productRevisionId ~= nil then
    errors.raise("%s: the revision has a productRevisionId: update_revision changes such", where)
  end
  call.reads(where, opts)
  -- The id that the revision is tied to must be the server's of now.
  local product, err = self:get_product(part_number, with(opts, { cache = "refresh" }))
  if not product then return nil, err end
  if type(product.productId) ~= "string" or product.productId == "" then
    return nil, errors.new { kind = "decode",
      message = "the server tells no productId of " .. part_number }
  end
  local value = with(revision, { productId = product.productId, PartNumber = product.partNumber })
  return put(self, where, put_revision, value, opts)
end

-- Changes a revision, had from get_revision.  PUT /api/Product/Revision
---@param revision wats.record.ProductRevision  with its productRevisionId
---@param opts? wats.RequestOptions
---@return wats.record.ProductRevision? revision
---@return wats.Error? err
function Product:update_revision(revision, opts)
  local where = "product:update_revision"
  client_module.text(where, "revision", record(where, "revision", revision).revision)
  client_module.text(where, "productRevisionId", revision.productRevisionId)
  return put(self, where, put_revision, revision, opts, true)
end

local module = {}

---@param client wats.Client
---@return wats.Product
function module.new(client)
  return setmetatable({ client }, Product)
end

return module
