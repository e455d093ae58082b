-- wats.domain.asset.types: the types of assets, with the limits from which alarms follow.
--
-- They are reference data: the list comes from the client's cache until it is too old, or until
-- this client changes a type.

local call = require("wats.call")
local client_module = require("wats.client")
local core = require("wats.core")
local errors = require("wats.errors")
local records = require("wats.domain.asset.records")

local record, with = client_module.record, client_module.with

local get_types = call.bind("GET /api/Asset/Types", "records")
local put_type = call.bind("PUT /api/Asset/Types", "record")

---@class wats.Asset
local Asset = {}

-- All types, at most 1,000 unless $top says otherwise.  GET /api/Asset/Types
---@param opts? wats.RequestOptions  query: $filter, $top, $skip, $orderby
---@return wats.AssetTypeRecord[]? types
---@return wats.Error? err
function Asset:get_asset_types(opts)
  return get_types(self, "asset:get_asset_types", nil, opts)
end

-- One type, by its id or its name (as it is written, else whatever its case).
-- GET /api/Asset/Types
---@param which string
---@param opts? wats.RequestOptions
---@return wats.AssetTypeRecord? type
---@return wats.Error? err  of kind "not_found" when there is none
function Asset:get_asset_type(which, opts)
  local where = "asset:get_asset_type"
  client_module.segment(where, "type", which)
  records.needs_answer(where, opts)
  local types, err = get_types(self, where, nil, opts)
  if not types then return nil, err end
  local wanted, similar = tostring(which), nil
  for _, one in ipairs(types) do
    if one.typeName == wanted then return one end
    for _, own in ipairs { one.typeId or false, one.typeName or false } do
      if type(own) == "string" and own:lower() == wanted:lower() then similar = similar or one end
    end
  end
  if similar then return similar end
  return nil, errors.new {
    kind = "not_found", method = "GET",
    url = core.client_methods.base_url(self[1]) .. "/api/Asset/Types",
    message = ('there is no asset type "%s" among the %d that the server lists'):format(
      wanted:sub(1, 60):gsub("%c", "?"), #types),
  }
end

local function check_name(where, given)
  client_module.text(where, "typeName", record(where, "type", given).typeName)
end

-- Adds a type.  PUT /api/Asset/Types
---@param type_record wats.AssetTypeRecord  without typeId, which the server gives
---@param opts? wats.RequestOptions
---@return wats.AssetTypeRecord? type
---@return wats.Error? err
function Asset:create_asset_type(type_record, opts)
  local where = "asset:create_asset_type"
  check_name(where, type_record)
  if type_record.typeId ~= nil then
    errors.raise("%s: the type has a typeId: update_asset_type changes one that exists", where)
  end
  return put_type(self, where, nil, with(opts, { json = type_record }))
end

-- Changes a type, had from get_asset_type.  PUT /api/Asset/Types
---@param type_record wats.AssetTypeRecord  with its typeId
---@param opts? wats.RequestOptions
---@return wats.AssetTypeRecord? type
---@return wats.Error? err
function Asset:update_asset_type(type_record, opts)
  local where = "asset:update_asset_type"
  check_name(where, type_record)
  client_module.text(where, "typeId", type_record.typeId)
  -- with its id it may be sent twice: it makes no second type
  return put_type(self, where, nil, client_module.repeatable(with(opts, { json = type_record })))
end

return { methods = Asset }
