-- wats.domain.asset.records: finding, creating, changing and deleting assets.

local call = require("wats.call")
local client_module = require("wats.client")
local core = require("wats.core")
local errors = require("wats.errors")
local json = require("wats.json")
local name = require("wats.domain.asset.name")
local odata = require("wats.odata")
local pages = require("wats.pages")
local values = require("wats.domain.asset.values")

local record, with = client_module.record, client_module.with

local PAGE = 1000 -- what the server gives at most unless told otherwise

local get_assets = call.bind("GET /api/Asset", "records")
local get_by_path = call.bind("GET /api/Asset/{assetId}", "record")
local put = call.bind("PUT /api/Asset", "record")
local delete = call.bind("DELETE /api/Asset")

local records = {}

local function url(self, path)
  return core.client_methods.base_url(self[1]) .. path
end

-- Raises where the caller has the answer go elsewhere: a method that looks at it cannot.
local function needs_answer(where, opts)
  if type(opts) == "table" and opts.sink ~= nil then
    errors.raise("%s: sink: the answer is read here, it cannot go elsewhere", where)
  end
end
records.needs_answer = needs_answer

local function same(a, b)
  return a ~= nil and a ~= json.null and tostring(a):lower() == b:lower()
end

-- The asset that a list has under this very name; nil and an error when there is none.
local function find(self, where, field, text, opts)
  needs_answer(where, opts)
  local query = { ["$filter"] = odata.equals(field, text), ["$top"] = 1 }
  local rows, err = get_assets(self, where, query, opts)
  if not rows then return nil, err end
  if rows[1] then return rows[1] end
  return nil, errors.new {
    kind = "not_found", method = "GET", url = url(self, "/api/Asset"),
    message = ('there is no asset with %s "%s"'):format(field, text:sub(1, 60):gsub("%c", "?")),
  }
end

-- Ids are numbers or uuids.
local function may_be_id(text)
  return text:find("^%d+$") ~= nil or #text == 36 and text:find("^%x+%-[%x%-]+$") ~= nil
end

-- The asset whose id or whose serial number this is. By path the server takes either, and who has
-- the serial number 12 is not who has that id: so the answer is held against the question, and
-- where it is another asset, or none though the text may be both, the list tells which is meant.
local function get_exactly(self, where, parameter, text, opts)
  needs_answer(where, opts)
  local field = parameter == "id" and "assetId" or "serialNumber"
  local found, err = get_by_path(self, where, { assetId = text }, opts)
  if found and same(found[field], text) then return found end
  if not found and (err.kind ~= "not_found" or not may_be_id(text)) then return nil, err end
  local row
  row, err = find(self, where, field, text, opts)
  if not row then return nil, err end
  local other = field == "assetId" and row.serialNumber or row.assetId
  if type(other) ~= "string" or other == "" then return row end
  found, err = get_by_path(self, where, { assetId = other }, opts)
  if not found then return nil, err end
  return same(found[field], text) and found or row
end
records.get_exactly = get_exactly

local function check_asset(where, asset)
  client_module.text(where, "serialNumber", record(where, "asset", asset).serialNumber)
  client_module.text(where, "typeId", asset.typeId)
end

-- The caller's query, held against what paging needs of it; and the size of a page.
local function checked_query(where, opts)
  local own = opts and record(where, "options of the request", opts).query or {}
  record(where, "query", own)
  needs_answer(where, opts)
  for _, option in ipairs { "$orderby", "$skip" } do
    if own[option] ~= nil then
      errors.raise("%s: query: %s is the iterator's own; get_assets takes it", where, option)
    end
  end
  local top, selected = own["$top"] or PAGE, own["$select"]
  local size = math.tointeger(tonumber(top))
  if not size or size < 1 then
    errors.raise("%s: query: $top, the size of a page, must be a whole number from 1 on", where)
  elseif selected ~= nil and type(selected) ~= "string" then
    errors.raise("%s: query: $select: a string expected, got %s", where, type(selected))
  end
  return own, math.min(size, PAGE)
end

-- The caller's query with our paging in it, page after page. Pages are told apart by the last id
-- of the one before, so that an asset which comes or goes meanwhile moves no other.
local function page_source(self, where, opts)
  local own, size = checked_query(where, opts)
  local selected, last = own["$select"], nil
  if selected and not ("," .. selected .. ","):find("[,%s]assetId[,%s]") then
    selected = selected .. ",assetId"
  end
  return function()
    local query = with(own, {
      ["$filter"] = odata.all { own["$filter"], last and odata.compare("assetId", "gt", last) },
      ["$orderby"] = "assetId", ["$top"] = size, ["$select"] = selected,
    })
    local rows, err = get_assets(self, where, nil, with(opts, { query = query }))
    if not rows then return nil, err end
    local id = rows[1] and rows[#rows].assetId
    if rows[1] and (type(id) ~= "string" or id == last) then
      return nil, errors.new { kind = "decode", method = "GET", url = url(self, "/api/Asset"),
        message = "the list of assets cannot be read in pages: it is not ordered by assetId" }
    end
    last = id
    return rows, #rows >= size
  end
end
records.page_source = page_source

-- The caller's own condition; false where he has none.
local function own_filter(where, opts)
  local query = opts ~= nil and record(where, "options of the request", opts).query
  return query and record(where, "query", query)["$filter"] or false
end
records.own_filter = own_filter

---@class wats.Asset
local Asset = {}

-- The assets that fit; at most 1,000 unless $top says otherwise. `assets` gives them all.
-- GET /api/Asset
---@param opts? wats.RequestOptions  query: $filter, $top, $skip, $orderby (see wats.odata)
---@return wats.AssetRecord[]? assets
---@return wats.Error? err
function Asset:get_assets(opts)
  return get_assets(self, "asset:get_assets", nil, opts)
end

-- Iterates over all assets that fit, page by page, in the order of their ids. A page that fails
-- raises the error object.  GET /api/Asset
---@param opts? wats.RequestOptions  query: $filter, $select; $top is the size of a page
---@return fun(): wats.AssetRecord?
function Asset:assets(opts)
  return pages.each(page_source(self, "asset:assets", opts))
end

-- The assets in one of these states.  GET /api/Asset
---@param states string|integer|(string|integer)[]  see Asset.STATES
---@param opts? wats.RequestOptions  query: as of get_assets
---@return wats.AssetRecord[]? assets
---@return wats.Error? err
function Asset:get_assets_by_state(states, opts)
  local where = "asset:get_assets_by_state"
  local wanted = odata.one_of("state", values.list(where, "states", values.STATES, states))
  local query = { ["$filter"] = odata.all { own_filter(where, opts), wanted } }
  return get_assets(self, where, query, opts)
end

-- One asset, with its type, children and log. Text is what the server takes it for: an id, else
-- a serial number; a table says which of them is meant.
-- GET /api/Asset/{assetId}, GET /api/Asset/{serialNumber}
---@param which wats.AssetName
---@param opts? wats.RequestOptions
---@return wats.AssetRecord? asset
---@return wats.Error? err  of kind "not_found" when there is none
function Asset:get_asset(which, opts)
  local where = "asset:get_asset"
  local parameter, text = name.check(where, "asset", which)
  if type(which) ~= "table" then return get_by_path(self, where, { assetId = text }, opts) end
  return get_exactly(self, where, parameter, text, opts)
end

-- The asset with this serial number, also where another has it for an id.
-- GET /api/Asset/{serialNumber}
---@param serial_number string
---@param opts? wats.RequestOptions
---@return wats.AssetRecord? asset
---@return wats.Error? err  of kind "not_found" when there is none
function Asset:get_asset_by_serial(serial_number, opts)
  local where = "asset:get_asset_by_serial"
  if type(serial_number) == "table" then
    errors.raise("%s: serial_number: text expected, got table", where)
  end
  local _, text = name.check(where, "serial_number", serial_number)
  return get_exactly(self, where, "serialNumber", text, opts)
end

-- Adds an asset. Is there one of that serial number: nil and an error of kind "conflict"; the
-- server itself would change that one without a word, so it is asked first.  PUT /api/Asset
---@param asset wats.AssetRecord  without assetId, which the server gives
---@param opts? wats.RequestOptions
---@return wats.AssetRecord? asset  as the server has it now
---@return wats.Error? err
function Asset:create_asset(asset, opts)
  local where = "asset:create_asset"
  check_asset(where, asset)
  if asset.assetId ~= nil then
    errors.raise("%s: the asset has an assetId: update_asset changes one that exists", where)
  end
  local found, err = find(self, where, "serialNumber", asset.serialNumber, opts)
  if found then
    return nil, errors.new {
      kind = "conflict", method = "PUT", url = url(self, "/api/Asset"),
      message = "there is an asset with this serial number already",
    }
  elseif err.kind ~= "not_found" then
    return nil, err
  end
  return put(self, where, nil, with(opts, { json = asset }))
end

-- Changes an asset, had from get_asset; without assetId the one with its serial number, which
-- is added where there is none. Counts and dates of calibration and maintenance are not changed
-- by it.  PUT /api/Asset
---@param asset wats.AssetRecord
---@param opts? wats.RequestOptions
---@return wats.AssetRecord? asset  as the server has it now
---@return wats.Error? err
function Asset:update_asset(asset, opts)
  local where = "asset:update_asset"
  check_asset(where, asset)
  return put(self, where, nil, with(opts, { json = asset }))
end

-- Deletes an asset and its log. Its children stay, with another parent.  DELETE /api/Asset
---@param which wats.AssetName
---@param opts? wats.RequestOptions
---@return true? done
---@return wats.Error? err
function Asset:delete_asset(which, opts)
  local where = "asset:delete_asset"
  local done, err = delete(self, where, name.params(where, which), opts)
  if done == nil then return nil, err end
  return true
end

records.methods = Asset

return records
