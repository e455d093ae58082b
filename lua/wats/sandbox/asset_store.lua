-- wats.sandbox.asset_store: the assets that the sandbox knows, with types, log and files.
--
-- Everything that happens to an asset leaves a record in its log. Text compares with case, as
-- elsewhere in the sandbox. Functions that may fail return nil and a fault { field, text }.

local core = require("wats.core")

local json = require("wats.sandbox.json")
local time = require("wats.sandbox.time")

local M = {}
M.__index = M
M.__name = "wats.sandbox.asset_store"

M.LOG = { message = 0, register = 1, update = 2, reset = 3, calibration = 4, maintenance = 5,
  state = 6 }

M.asset = json.record({
  "assetId", "parentAssetId", "serialNumber", "parentSerialNumber", "assetName", "partNumber",
  "revision", "typeId", "ClientId", "state", "description", "location", "firstSeenDate",
  "lastSeenDate", "lastMaintenanceDate", "nextMaintenanceDate", "lastCalibrationDate",
  "nextCalibrationDate", "totalCount", "runningCount", "tags", "assetChildren", "assetType",
  "assetLog",
})
M.kind = json.record({
  "typeId", "typeName", "runningCountLimit", "totalCountLimit", "maintenanceInterval",
  "calibrationInterval", "warningThreshold", "alarmThreshold", "isReadonly", "icon",
})
M.log_record = json.record({
  "logId", "assetId", "serialNumber", "date", "user", "type", "property", "value", "comment",
})

local v = json.value

--- Now, in ticks.
function M.now()
  return math.floor(core.time() * 1000 + 0.5) * (time.TICKS // 1000)
end

function M.new()
  local self = setmetatable({
    list = {}, by_id = {}, by_serial = {}, -- assets; the list in order of creation
    kinds = {}, kind_by_id = {}, -- types
    log = {}, files = {}, -- files: by asset id, then by name
    last_id = 0, last_log_id = 0,
  }, M)
  self:put_kind({ typeName = "Fixture", isReadonly = true })
  self:put_kind({ typeName = "Instrument", isReadonly = true, calibrationInterval = 365,
    warningThreshold = 90, alarmThreshold = 100 })
  return self
end

--- Adds a type, or changes the one with its id.
---@return table kind
function M:put_kind(source)
  local id = v(source.typeId) and source.typeId:lower()
  local kind = self.kind_by_id[id] or M.kind({ typeId = id or core.uuid(), isReadonly = false })
  for name, value in pairs(source) do
    if name ~= "typeId" and v(value) ~= nil then
      kind[name] = math.tointeger(value) or value
    end
  end
  if not self.kind_by_id[kind.typeId] then
    table.insert(self.kinds, kind)
    self.kind_by_id[kind.typeId] = kind
  end
  return kind
end

--- The type of that name, or nil.
function M:find_kind(name)
  for _, kind in ipairs(self.kinds) do
    if kind.typeName == name then
      return kind
    end
  end
end

--- Writes into the log of an asset; `more` may have property, value, comment and date (ticks).
function M:write(asset, kind, more)
  self.last_log_id = self.last_log_id + 1
  local ticks = more and more.date or M.now()
  table.insert(self.log, M.log_record({
    logId = self.last_log_id, assetId = asset.assetId, serialNumber = asset.serialNumber,
    date = time.format(ticks), date_ticks = ticks, user = "sandbox", type = kind,
    property = more and more.property, value = more and more.value,
    comment = more and more.comment,
  }))
end

--- The asset that a request names by `id` or `serialNumber`, or nil.
function M:find(id, serial_number)
  if id and id ~= "" then
    return self.by_id[id]
  end
  return serial_number and self.by_serial[serial_number]
end

--- Calls `f(asset, depth)` for what is below an asset, nearest first; to a depth, or 0 for all.
function M:each_below(asset, depth, f)
  local row, level = { asset }, 0
  while #row > 0 and (depth == 0 or level < depth) do
    level = level + 1
    local above, next_row = {}, {}
    for _, parent in ipairs(row) do
      above[parent.assetId] = true
    end
    for _, one in ipairs(self.list) do
      if above[one.parentAssetId] then
        next_row[#next_row + 1] = one
        f(one, level)
      end
    end
    row = next_row
  end
end

-- The parent that a source names; false where it names none.
local function parent_of(self, asset, source)
  local id, serial_number = v(source.parentAssetId), v(source.parentSerialNumber)
  if not id and not serial_number then
    return false
  end
  local parent = self:find(id, serial_number)
  if not parent then
    return nil, { id and "parentAssetId" or "parentSerialNumber", "There is no such asset." }
  end
  local above = parent
  while asset and above do
    if above == asset then
      return nil, { "parentAssetId", "An asset cannot be a part of itself." }
    end
    above = self.by_id[above.parentAssetId]
  end
  return parent
end

-- What a PUT may change. Counts and the dates of the last calibration and maintenance are not
-- among it: they have calls of their own.
local PLAIN = {
  "assetName", "partNumber", "revision", "typeId", "ClientId", "state", "description", "location",
  "nextMaintenanceDate", "nextCalibrationDate",
}

local function take(self, asset, source, is_new)
  for _, name in ipairs(PLAIN) do
    local value = v(source[name])
    value = math.tointeger(value) or value
    if name == "typeId" then
      value = value:lower()
    end
    if value ~= nil and value ~= asset[name] then
      asset[name] = value
      if not is_new then
        local kind = name == "state" and M.LOG.state or M.LOG.update
        self:write(asset, kind, { property = name, value = tostring(value) })
      end
    end
  end
  local tags = v(source.tags)
  asset.tags = tags and json.array(tags) or asset.tags or json.array()
end

local function add(self, source)
  self.last_id = self.last_id + 1
  local asset = M.asset({
    assetId = tostring(self.last_id), serialNumber = source.serialNumber, state = 1,
    firstSeenDate = time.format(M.now()), totalCount = 0, runningCount = 0,
  })
  table.insert(self.list, asset)
  self.by_id[asset.assetId], self.by_serial[asset.serialNumber] = asset, asset
  self.files[asset.assetId] = {}
  return asset
end

--- Adds an asset, or changes `asset`; of a source that was checked.
---@return table|nil asset, table|nil fault
function M:put(asset, source)
  local parent, fault = parent_of(self, asset, source)
  if parent == nil then
    return nil, fault
  end
  local is_new = not asset
  asset = asset or add(self, source)
  if asset.serialNumber ~= source.serialNumber then
    self.by_serial[asset.serialNumber] = nil
    asset.serialNumber = source.serialNumber
    self.by_serial[asset.serialNumber] = asset
  end
  take(self, asset, source, is_new)
  if parent and asset.parentAssetId ~= parent.assetId then
    asset.parentAssetId = parent.assetId
    if not is_new then
      self:write(asset, M.LOG.update, { property = "parentAssetId", value = parent.assetId })
    end
  end
  if is_new then
    self:write(asset, M.LOG.register)
  end
  return asset
end

--- Takes an asset away, with its log and files; what was below it goes up by one.
function M:remove(asset)
  for i, one in ipairs(self.list) do
    if one == asset then
      table.remove(self.list, i)
      break
    end
  end
  for _, one in ipairs(self.list) do
    if one.parentAssetId == asset.assetId then
      one.parentAssetId = asset.parentAssetId
    end
  end
  local kept = {}
  for _, entry in ipairs(self.log) do
    if entry.assetId ~= asset.assetId then
      kept[#kept + 1] = entry
    end
  end
  self.log = kept
  self.by_id[asset.assetId], self.by_serial[asset.serialNumber] = nil, nil
  self.files[asset.assetId] = nil
end

--- Counts uses of an asset, and of all that is below it when `below` is true.
function M:count(asset, uses, below)
  local function add_to(one)
    one.totalCount, one.runningCount = one.totalCount + uses, one.runningCount + uses
    one.lastSeenDate = time.format(M.now())
  end
  add_to(asset)
  if below then
    self:each_below(asset, 0, add_to)
  end
end

--- What a report says of assets that are known here: each is counted.
---@param report table decoded
function M:count_report(report)
  for _, used in ipairs(v(report.assets) or {}) do
    local asset = self.by_serial[v(used.assetSN)]
    if asset then
      self:count(asset, math.tointeger(v(used.usageCount) or 1) or 1, false)
    end
  end
end

return M
