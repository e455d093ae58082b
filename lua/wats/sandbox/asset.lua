-- wats.sandbox.asset: assets, their types, log and state; calls that tell what happened to them.
--
-- An asset is named by `id` or `serialNumber` in the query; of both, the id counts. By path a text
-- is an id if there is one like it, else a serial number. PUT of a record without assetId changes
-- the one of its serial number, or adds it.

local alarm = require("wats.sandbox.asset_alarm")
local checks = require("wats.sandbox.checks")
local errors = require("wats.sandbox.errors")
local files = require("wats.sandbox.asset_files")
local json = require("wats.sandbox.json")
local lists = require("wats.sandbox.asset_lists")
local stores = require("wats.sandbox.asset_store")
local time = require("wats.sandbox.time")

local M = {}

local v, LOG = json.value, stores.LOG
local MAX_COUNT = 2 ^ 31 - 1

local ASSET = {
  { "assetId", "string", max = 100 },
  { "serialNumber", "string", required = true, max = 100, not_empty = true },
  { "typeId", "uuid", required = true },
  { "parentAssetId", "string" }, { "parentSerialNumber", "string" },
  { "assetName", "string", max = 100 }, { "partNumber", "string", max = 100 },
  { "revision", "string", max = 100 }, { "ClientId", "integer" },
  { "state", "integer", one_of = checks.set(0, 1, 2, 3, 4, 5, 6) },
  { "description", "string" }, { "location", "string" }, { "tags", "array" },
}
local KIND = {
  { "typeId", "uuid" }, { "typeName", "string", required = true, max = 100, not_empty = true },
  { "runningCountLimit", "integer" }, { "totalCountLimit", "integer" },
  { "maintenanceInterval", "number" }, { "calibrationInterval", "number" },
  { "warningThreshold", "number" }, { "alarmThreshold", "number" },
  { "isReadonly", "boolean" }, { "icon", "string" },
}

local function ok(value)
  return { status = 200, headers = {}, body = json.encode(value) }
end

local function invalid(...)
  return errors.model_state(400, "The request is invalid.", { ... })
end

local function read_object(request, rules)
  local value, problem = json.decode(request.body)
  if type(value) ~= "table" or value[1] ~= nil then
    return nil, errors.text(400, "The body is not a JSON object: " .. (problem or "wrong type"))
  end
  local faults = {}
  checks.members(faults, value, "", rules)
  if #faults > 0 then
    return nil, invalid(table.unpack(faults))
  end
  return value
end

local function no_asset(text)
  return errors.message(404, ("There is no asset '%s'."):format(text))
end

-- A handler for a request that names an asset: `f(store, asset, query)` makes the answer.
local function of_asset(store, f)
  return function(request)
    local query = request.query
    local name = query.id ~= "" and query.id or query.serialnumber
    if not name or name == "" then
      return invalid({ "id", "An asset must be named, by id or serialNumber." })
    end
    local asset = store:find(query.id, query.serialnumber)
    if not asset then
      return no_asset(name)
    end
    return f(store, asset, query, request)
  end
end

local function put_asset(store, request)
  local source, problem = read_object(request, ASSET)
  if not source then
    return problem
  end
  local id = v(source.assetId)
  local same_serial = store.by_serial[source.serialNumber]
  local asset = same_serial
  if id and id ~= "" then
    asset = store.by_id[id]
    if not asset then
      return no_asset(id)
    elseif same_serial and same_serial ~= asset then
      return errors.message(409, ("There is an asset with serial number '%s' already."):format(
        source.serialNumber))
    end
  end
  if not store.kind_by_id[source.typeId:lower()] then
    return invalid({ "typeId", ("There is no asset type %s."):format(source.typeId) })
  end
  local fault
  asset, fault = store:put(asset, source)
  return fault and invalid(fault) or ok(lists.whole(store, asset))
end

local function put_kind(store, request)
  local source, problem = read_object(request, KIND)
  if not source then
    return problem
  end
  local id = v(source.typeId) and source.typeId:lower()
  local same_name = store:find_kind(source.typeName)
  if id and not store.kind_by_id[id] then
    return errors.message(404, ("There is no asset type %s."):format(id))
  elseif same_name and same_name.typeId ~= id then
    return errors.message(409, ("There is an asset type '%s' already."):format(source.typeName))
  end
  return ok(store:put_kind(source))
end

local function status_of(store, asset)
  return ok(alarm.of(asset, store.kind_by_id[asset.typeId], stores.now()))
end

local function put_state(store, asset, query)
  local state = math.tointeger(tonumber(query.state))
  if not state or state < 0 or state > 6 then
    return invalid({ "state", ("The value '%s' is not valid."):format(query.state or "") })
  end
  if state ~= asset.state then
    asset.state = state
    store:write(asset, LOG.state, { property = "state", value = tostring(state) })
  end
  return ok(lists.whole(store, asset))
end

local function put_count(store, asset, query)
  local by, total = query.incrementby, query.totalcount
  local uses = math.tointeger(tonumber(by))
  if total then
    uses = math.tointeger(tonumber(total))
    uses = uses and uses - asset.totalCount
  end
  if (by ~= nil) == (total ~= nil) then
    return invalid({ "incrementBy", "Either incrementBy or totalCount is required." })
  elseif not uses or uses < 0 or asset.totalCount + uses > MAX_COUNT then
    return invalid({ total and "totalCount" or "incrementBy", "A count cannot go down." })
  end
  store:count(asset, uses, (query.incrementchildren or ""):lower() == "true")
  return status_of(store, asset)
end

local function post_event(kind, last, following, interval, resets)
  return function(store, asset, query)
    local ticks = stores.now()
    if query.datetime then
      ticks = time.parse(query.datetime)
    end
    if not ticks or ticks > stores.now() then
      return invalid({ "dateTime", ("'%s' is no date and time that has been."):format(
        query.datetime) })
    end
    asset[last] = time.format(ticks)
    local days = v(store.kind_by_id[asset.typeId][interval])
    asset[following] = days and days > 0
      and time.format(ticks + math.floor(days * 86400) * time.TICKS) or nil
    if resets then
      asset.runningCount = 0
    end
    store:write(asset, kind, { comment = query.comment })
    return ok(lists.whole(store, asset))
  end
end

local function reset_count(store, asset, query)
  asset.runningCount = 0
  store:write(asset, LOG.reset, { comment = query.comment })
  return ok(lists.whole(store, asset))
end

local function post_message(store, asset, _, request)
  local message, problem = read_object(request,
    { { "content", "string", required = true, not_empty = true } })
  if not message then
    return problem
  end
  store:write(asset, LOG.message, { comment = message.content })
  return { status = 200, headers = {} }
end

local function children(store, asset, query)
  local level = math.tointeger(tonumber(query.level or "0"))
  if not level or level < 0 then
    return invalid({ "level", ("The value '%s' is not valid."):format(query.level) })
  end
  local list = json.array()
  store:each_below(asset, level, function(one)
    list[#list + 1] = lists.plain(store, one)
  end)
  return ok(list)
end

local function delete(store, asset)
  store:remove(asset)
  return { status = 200, headers = {} }
end

local function open_events(router, store)
  router:add("PUT", "/api/Asset/State", of_asset(store, put_state))
  router:add("PUT", "/api/Asset/Count", of_asset(store, put_count))
  router:add("POST", "/api/Asset/ResetRunningCount", of_asset(store, reset_count))
  router:add("POST", "/api/Asset/Calibration", of_asset(store, post_event(LOG.calibration,
    "lastCalibrationDate", "nextCalibrationDate", "calibrationInterval", true)))
  router:add("POST", "/api/Asset/Maintenance", of_asset(store, post_event(LOG.maintenance,
    "lastMaintenanceDate", "nextMaintenanceDate", "maintenanceInterval", false)))
  router:add("POST", "/api/Asset/Message", of_asset(store, post_message))
  router:add("GET", "/api/Asset/Status", of_asset(store, status_of))
end

--- Adds the routes; the assets are store.assets.
function M.open(router, store)
  store.assets = store.assets or stores.new()
  local assets = store.assets
  table.insert(store.listeners, function(report, header)
    if header.receiveCount == 1 then -- sent again it is still one use
      assets:count_report(report)
    end
  end)
  open_events(router, assets)
  lists.open(router, assets)
  files.open(router, assets)
  router:add("GET", "/api/Asset/SubAssets", of_asset(assets, children))
  router:add("GET", "/api/Asset/{assetId}", function(request)
    local name = request.params.assetId
    local asset = assets.by_id[name] or assets.by_serial[name]
    return asset and ok(lists.whole(assets, asset)) or no_asset(name)
  end)
  router:add("PUT", "/api/Asset", function(request)
    return put_asset(assets, request)
  end)
  router:add("DELETE", "/api/Asset", of_asset(assets, delete))
  router:add("PUT", "/api/Asset/Types", function(request)
    return put_kind(assets, request)
  end)
end

return M
