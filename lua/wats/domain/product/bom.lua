-- wats.domain.product.bom: methods of client.product: bills of materials.
--
-- The public API takes a bill as WSBF, an XML document (see wats.wsbf), and shows it again within
-- the revision's xmlData; the internal one gives it as JSON. Components have the same names in
-- both.

local call = require("wats.call")
local client_module = require("wats.client")
local errors = require("wats.errors")
local json = require("wats.json")
local media = require("wats.media")
local wsbf = require("wats.wsbf")

local segment, with = client_module.segment, client_module.with

local get_bom = call.bind("GET /api/internal/Product/Bom")
local put_bom = call.bind("PUT /api/Product/BOM")
local put_internal = call.bind("PUT /api/internal/Product/BOM")

---@class wats.Product
local Product = {}

local function misshapen(what, problem)
  return errors.new { kind = "decode", message = ("%s: %s"):format(what, problem) }
end

local function check_revision(where, part_number, revision)
  segment(where, "part_number", part_number)
  segment(where, "revision", revision)
end

-- The components in whatever shape the answer has: the description says nothing of it.
local function components_of(answer)
  if type(answer) == "string" then
    local bom, problem = wsbf.read(answer)
    if not bom then return nil, misshapen("the answer is no bill of materials", problem) end
    return bom.components
  elseif json.is_array(answer) then
    return answer
  elseif type(answer) == "table" and json.is_array(answer.Component) then
    return answer.Component
  elseif answer == true then
    return json.array {}
  end
  return nil, misshapen("the answer is no bill of materials", "it is no list of components")
end

-- The components of a revision.  GET /api/internal/Product/Bom
---@param part_number string
---@param revision string
---@param opts? wats.RequestOptions
---@return wats.BomComponent[]? components
---@return wats.Error? err
function Product:get_bom(part_number, revision, opts)
  local where = "product:get_bom"
  check_revision(where, part_number, revision)
  call.reads(where, opts)
  local answer, err = get_bom(self, where, { partNumber = part_number, revision = revision }, opts)
  if answer == nil then return nil, err end
  return components_of(answer)
end

-- The same as get_bom.
---@param part_number string
---@param revision string
---@param opts? wats.RequestOptions
---@return wats.BomComponent[]? components
---@return wats.Error? err
function Product:get_bom_items(part_number, revision, opts)
  check_revision("product:get_bom_items", part_number, revision)
  return self:get_bom(part_number, revision, opts)
end

-- The bill that stands in a revision's xmlData: by the public API alone.
-- GET /api/Product/{partNumber}/{revision}
---@param part_number string
---@param revision string
---@param opts? wats.RequestOptions
---@return wats.Bom? bom   Partnumber, Revision, Desc, components
---@return wats.Error? err  "not_found": no such revision, or it has no bill
function Product:get_wsbf(part_number, revision, opts)
  check_revision("product:get_wsbf", part_number, revision)
  call.reads("product:get_wsbf", opts)
  local found, err = self:get_revision(part_number, revision, opts)
  if not found then return nil, err end
  local text = found.xmlData
  if type(text) ~= "string" or not text:find("BOM", 1, true) then
    return nil, errors.new { kind = "not_found",
      message = ("revision %s/%s has no bill of materials"):format(part_number, revision) }
  end
  local bom, problem = wsbf.read(text)
  if not bom then return nil, misshapen("xmlData of the revision", problem) end
  return bom
end

-- Gives a revision this bill in place of the one that it has. Product and revision are added when
-- they are not there.  PUT /api/Product/BOM
---@param part_number string
---@param revision string
---@param components wats.BomComponent[]  at least one
---@param description? string  of the product
---@param opts? wats.RequestOptions
---@return any done  true, or what the server says
---@return wats.Error? err  "server" (500): the API's word for a bill that is not valid
function Product:update_bom(part_number, revision, components, description, opts)
  local where = "product:update_bom"
  check_revision(where, part_number, revision)
  if description ~= nil and type(description) ~= "string" then
    errors.raise("%s: description: a string expected, got %s", where, type(description))
  end
  local text = wsbf.build(where, {
    Partnumber = tostring(part_number), Revision = tostring(revision), Desc = description,
    components = components,
  })
  return put_bom(self, where, nil, with(opts, { body = text }))
end

-- The same by an internal call, as JSON. Other formats: text in place of the list, and their name.
-- PUT /api/internal/Product/BOM
---@param part_number string
---@param revision string
---@param components wats.BomComponent[]|string
---@param format? string  default "json"
---@param opts? wats.RequestOptions
---@return any done
---@return wats.Error? err
function Product:upload_bom(part_number, revision, components, format, opts)
  local where = "product:upload_bom"
  check_revision(where, part_number, revision)
  local params = { partNumber = part_number, revision = revision, format = format or "json" }
  local text, kind = components, "application/json"
  if type(components) ~= "string" then
    if params.format ~= "json" then
      errors.raise("%s: a list goes out as \"json\": another format wants its text", where)
    end
    local list = json.array {}
    for i, texts in ipairs(wsbf.check(where, components)) do
      list[i] = with(components[i], { Ref = texts.Ref })
    end
    text = json.encode(list)
  elseif params.format ~= "json" then
    kind = "application/xml"
  end
  local own = with(opts, { body = text })
  own.headers = media.with_field(own.headers, "Content-Type", kind)
  return put_internal(self, where, params, own)
end

return Product
