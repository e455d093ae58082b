-- wats.domain.product.tags: methods of client.product: tags of products and of revisions.
--
-- The server keeps tags in the record's xmlData; the member `tags` shows them and is read only. So
-- a change asks for the record afresh, edits that document, where all else stays as it is, and
-- sends the whole record back. Between the two requests another may change the record: the API has
-- nothing to notice it by, the last one wins.

local call = require("wats.call")
local client_module = require("wats.client")
local errors = require("wats.errors")
local json = require("wats.json")
local xml_data = require("wats.xml_data")

local segment, with = client_module.segment, client_module.with

---@alias wats.TagsGiven wats.Tag[]|table<string, string>  in order, or values by key

---@class wats.Product
local Product = {}

local function unreadable(what, problem)
  return errors.new { kind = "decode", message = ("%s: %s"):format(what, problem) }
end

-- The record's tags: as the server shows them, else as they stand in its document.
local function tags_of(what, record)
  local shown = record.tags
  if type(shown) == "table" and #shown > 0 then
    local tags = json.array {}
    for i, tag in ipairs(shown) do
      if type(tag) ~= "table" or type(tag.key) ~= "string" then
        return nil, unreadable(what, ("element %d of its tags is none"):format(i))
      end
      tags[i] = { key = tag.key, value = tag.value == json.null and "" or tag.value or "" }
    end
    return tags
  end
  local tags, problem = xml_data.read(record.xmlData)
  if not tags then return nil, unreadable(what, problem) end
  return tags
end

-- Does the record tell by what the server knows it?
local function is_whole(record, ...)
  for _, field in ipairs { ... } do
    if type(record[field]) ~= "string" or record[field] == "" then return false end
  end
  return true
end

-- Puts tags into a record. Of `tags`, what the server showed of one that stays goes back as well.
local function edit(what, record, tags, keep)
  local text, problem = xml_data.write(record.xmlData, tags, keep)
  if not text then return nil, unreadable(what, problem) end
  record.xmlData = text
  local shown = {}
  for _, tag in ipairs(type(record.tags) == "table" and record.tags or {}) do
    if type(tag) == "table" and tag.key ~= nil then shown[tag.key] = tag end
  end
  record.tags = json.array {}
  for i, tag in ipairs(assert(xml_data.read(text))) do
    record.tags[i] = with(shown[tag.key], { key = tag.key, value = tag.value })
  end
  return record
end

local function change_product(self, where, part_number, tags, keep, opts)
  call.reads(where, opts)
  local product, err = self:get_product(part_number, with(opts, { cache = "refresh" }))
  if not product then return nil, err end
  local what = "product " .. part_number
  product, err = edit(what, product, tags, keep)
  if not product then return nil, err end
  if not is_whole(product, "partNumber", "productId") then
    return nil, unreadable(what, "the server tells no partNumber or no productId")
  end
  return self:update_product(product, opts)
end

local function change_revision(self, where, part_number, revision, tags, keep, opts)
  call.reads(where, opts)
  local found, err = self:get_revision(part_number, revision, with(opts, { cache = "refresh" }))
  if not found then return nil, err end
  local what = ("revision %s/%s"):format(part_number, revision)
  found, err = edit(what, found, tags, keep)
  if not found then return nil, err end
  if not is_whole(found, "revision", "productRevisionId") then
    return nil, unreadable(what, "the server tells no revision or no productRevisionId")
  end
  return self:update_revision(found, opts)
end

-- The tags of a product.  GET /api/Product/{partNumber}
---@param part_number string
---@param opts? wats.RequestOptions
---@return wats.Tag[]? tags
---@return wats.Error? err
function Product:get_product_tags(part_number, opts)
  local where = "product:get_product_tags"
  segment(where, "part_number", part_number)
  call.reads(where, opts)
  local product, err = self:get_product(part_number, opts)
  if not product then return nil, err end
  return tags_of("product " .. part_number, product)
end

-- Gives a product these tags in place of those it has.  GET and PUT /api/Product
---@param part_number string
---@param tags wats.TagsGiven
---@param opts? wats.RequestOptions
---@return wats.record.Product|true|nil product
---@return wats.Error? err
function Product:set_product_tags(part_number, tags, opts)
  local where = "product:set_product_tags"
  segment(where, "part_number", part_number)
  return change_product(self, where, part_number, xml_data.check(where, tags), false, opts)
end

-- Gives a product one tag; another value if it has that tag.  GET and PUT /api/Product
---@param part_number string
---@param key string
---@param value string
---@param opts? wats.RequestOptions
---@return wats.record.Product|true|nil product
---@return wats.Error? err
function Product:add_product_tag(part_number, key, value, opts)
  local where = "product:add_product_tag"
  segment(where, "part_number", part_number)
  local tags = xml_data.check(where, { { key = key, value = value } })
  return change_product(self, where, part_number, tags, true, opts)
end

-- The tags of a revision.  GET /api/Product/{partNumber}/{revision}
---@param part_number string
---@param revision string
---@param opts? wats.RequestOptions
---@return wats.Tag[]? tags
---@return wats.Error? err
function Product:get_revision_tags(part_number, revision, opts)
  local where = "product:get_revision_tags"
  segment(where, "part_number", part_number)
  segment(where, "revision", revision)
  call.reads(where, opts)
  local found, err = self:get_revision(part_number, revision, opts)
  if not found then return nil, err end
  return tags_of(("revision %s/%s"):format(part_number, revision), found)
end

-- Gives a revision these tags in place of those it has.  GET and PUT /api/Product/Revision
---@param part_number string
---@param revision string
---@param tags wats.TagsGiven
---@param opts? wats.RequestOptions
---@return wats.record.ProductRevision|true|nil revision
---@return wats.Error? err
function Product:set_revision_tags(part_number, revision, tags, opts)
  local where = "product:set_revision_tags"
  segment(where, "part_number", part_number)
  segment(where, "revision", revision)
  local wanted = xml_data.check(where, tags)
  return change_revision(self, where, part_number, revision, wanted, false, opts)
end

-- Gives a revision one tag; another value if it has that tag.  GET and PUT /api/Product/Revision
---@param part_number string
---@param revision string
---@param key string
---@param value string
---@param opts? wats.RequestOptions
---@return wats.record.ProductRevision|true|nil revision
---@return wats.Error? err
function Product:add_revision_tag(part_number, revision, key, value, opts)
  local where = "product:add_revision_tag"
  segment(where, "part_number", part_number)
  segment(where, "revision", revision)
  local tags = xml_data.check(where, { { key = key, value = value } })
  return change_revision(self, where, part_number, revision, tags, true, opts)
end

return Product
