-- wats.domain.asset.relations: what belongs to an asset: other assets, and its log.

local call = require("wats.call")
local client_module = require("wats.client")
local errors = require("wats.errors")
local name = require("wats.domain.asset.name")
local odata = require("wats.odata")
local records = require("wats.domain.asset.records")

local with, with_query = client_module.with, client_module.with_query
local get_exactly = records.get_exactly

local get_children = call.bind("GET /api/Asset/SubAssets", "records")
local get_log = call.bind("GET /api/Asset/Log", "records")
local put = call.bind("PUT /api/Asset", "record")

---@class wats.Asset
local Asset = {}

-- What belongs to an asset: sub-assets, and theirs.  GET /api/Asset/SubAssets
---@param which wats.AssetName
---@param level? integer  how deep: 1 direct children only, 0 (the server's default) all
---@param opts? wats.RequestOptions
---@return wats.AssetRecord[]? assets
---@return wats.Error? err
function Asset:get_child_assets(which, level, opts)
  local where = "asset:get_child_assets"
  if level ~= nil and (math.type(level) ~= "integer" or level < 0) then
    errors.raise("%s: level: a whole number from 0 expected, got %s", where,
      type(level) == "number" and tostring(level) or type(level))
  end
  return get_children(self, where, name.params(where, which, { level = level }), opts)
end

-- Puts one asset into another: reads both, then saves the child with its new parent.
-- PUT /api/Asset
---@param parent wats.AssetName
---@param child wats.AssetName
---@param opts? wats.RequestOptions
---@return wats.AssetRecord? child  as the server has it now
---@return wats.Error? err
function Asset:add_child_asset(parent, child, opts)
  local where = "asset:add_child_asset"
  local parent_parameter, parent_text = name.check(where, "parent", parent)
  local child_parameter, child_text = name.check(where, "child", child)
  local above, err = get_exactly(self, where, parent_parameter, parent_text, opts)
  if not above then return nil, err end
  local below
  below, err = get_exactly(self, where, child_parameter, child_text, opts)
  if not below then return nil, err end
  below.parentAssetId, below.parentSerialNumber = above.assetId, above.serialNumber
  return put(self, where, nil, with(opts, { json = below }))
end

-- The log of an asset, or of all (nil); newest first, at most 1,000 records unless $top says
-- otherwise.  GET /api/Asset/Log
---@param which? wats.AssetName
---@param opts? wats.RequestOptions  query: $filter, $top, $skip, $orderby
---@return wats.AssetLogRecord[]? log
---@return wats.Error? err
function Asset:get_asset_log(which, opts)
  local where = "asset:get_asset_log"
  if which == nil then return get_log(self, where, nil, opts) end
  local condition = odata.all { name.condition(where, which), records.own_filter(where, opts) }
  return get_log(self, where, nil, with_query(opts, { ["$filter"] = condition }))
end

return { methods = Asset }
