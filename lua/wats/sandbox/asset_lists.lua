-- wats.sandbox.asset_lists: assets, types and log as they are written, alone and in lists by OData.

local errors = require("wats.sandbox.errors")
local json = require("wats.sandbox.json")
local odata = require("wats.sandbox.odata_query")
local stores = require("wats.sandbox.asset_store")
local time = require("wats.sandbox.time")

local M = {}

local v = json.value

-- name -> type for $filter, in the order of the answer.
local ASSET = {
  { "assetId", "string" }, { "parentAssetId", "string" }, { "assetName", "string" },
  { "serialNumber", "string" }, { "parentSerialNumber", "string" }, { "partNumber", "string" },
  { "revision", "string" }, { "typeId", "guid" }, { "state", "number" },
  { "description", "string" }, { "location", "string" }, { "firstSeenDate", "date" },
  { "lastSeenDate", "date" }, { "lastMaintenanceDate", "date" }, { "nextMaintenanceDate", "date" },
  { "lastCalibrationDate", "date" }, { "nextCalibrationDate", "date" }, { "totalCount", "number" },
  { "runningCount", "number" }, { "xmlData", "string" },
}
local KIND = {
  { "typeId", "guid" }, { "typeName", "string" }, { "runningCountLimit", "number" },
  { "totalCountLimit", "number" }, { "maintenanceInterval", "number" },
  { "calibrationInterval", "number" }, { "warningThreshold", "number" },
  { "alarmThreshold", "number" }, { "isReadonly", "boolean" }, { "icon", "string" },
}
local LOG = {
  { "logId", "number" }, { "assetId", "string" }, { "serialNumber", "string" },
  { "date", "date" }, { "user", "string" }, { "type", "number" }, { "property", "string" },
  { "value", "string" }, { "comment", "string" },
}

local function collection_of(fields)
  local collection, names = { fields = {}, default_top = 1000 }, {}
  for i, field in ipairs(fields) do
    local name, kind = field[1], field[2]
    names[i] = name
    local key = kind == "date" and name .. "_ticks" or name
    collection.fields[name:lower()] = { name = name, key = key, type = kind }
  end
  return collection, names
end

local function escape(text)
  return (tostring(text):gsub("[&<>\"]", { ["&"] = "&amp;", ["<"] = "&lt;", [">"] = "&gt;",
    ['"'] = "&quot;" }))
end

local function xml_of(tags)
  local parts = {}
  for i, tag in ipairs(tags or {}) do
    parts[i] = ('<r key="%s">%s</r>'):format(escape(v(tag.key) or ""), escape(v(tag.value) or ""))
  end
  return #parts > 0 and "<tags>" .. table.concat(parts) .. "</tags>" or nil
end

local function copy(asset)
  local view = {}
  for name, value in pairs(asset) do
    view[name] = value
  end
  return view
end

--- An asset without what is around it.
function M.plain(store, asset)
  local view = copy(asset)
  local parent = store.by_id[asset.parentAssetId]
  view.parentSerialNumber = parent and parent.serialNumber
  return stores.asset(view)
end

--- An asset with its type, its children, and its log (newest first).
function M.whole(store, asset)
  local view = M.plain(store, asset)
  view.assetType = store.kind_by_id[asset.typeId]
  view.assetChildren, view.assetLog = json.array(), json.array()
  store:each_below(asset, 1, function(one)
    table.insert(view.assetChildren, M.plain(store, one))
  end)
  for i = #store.log, 1, -1 do
    if store.log[i].assetId == asset.assetId then
      table.insert(view.assetLog, store.log[i])
    end
  end
  return view
end

local function row_of(store, asset)
  local row = copy(M.plain(store, asset))
  row.xmlData = xml_of(asset.tags)
  for _, field in ipairs(ASSET) do
    if field[2] == "date" then
      row[field[1] .. "_ticks"] = row[field[1]] and time.parse(row[field[1]])
    end
  end
  return row
end

local function walk(list, order, map)
  list = table.move(list, 1, #list, 1, {})
  table.sort(list, order)
  local i = 0
  return function()
    i = i + 1
    return list[i] and (map and map(list[i]) or list[i])
  end
end

local function answer(request, fields, iterate)
  local collection, names = collection_of(fields)
  local plan, problem = odata.read(request.query, collection)
  if not plan then
    return errors.exception(400, "The query specified in the URI is not valid.",
      "Microsoft.OData.ODataException", problem)
  end
  local rows = odata.run(plan, iterate)
  return { status = 200, headers = {}, body = json.encode(odata.project(plan, rows, names)) }
end

--- Adds the routes of lists.
function M.open(router, store)
  router:add("GET", "/api/Asset", function(request)
    return answer(request, ASSET, function()
      return walk(store.list, function(a, b)
        return a.assetId < b.assetId
      end, function(asset)
        return row_of(store, asset)
      end)
    end)
  end)
  router:add("GET", "/api/Asset/Types", function(request)
    return answer(request, KIND, function()
      return walk(store.kinds, function(a, b)
        return a.typeName < b.typeName
      end)
    end)
  end)
  router:add("GET", "/api/Asset/Log", function(request)
    return answer(request, LOG, function()
      return walk(store.log, function(a, b)
        return a.logId > b.logId
      end)
    end)
  end)
end

return M
