-- wats.sandbox.production.state: the units that the sandbox knows, their phases, and the feed of
-- what has changed with them.
--
-- A unit is known by serial and part number. One state belongs to one store.

local core = require("wats.core")

local json = require("wats.sandbox.json")
local products = require("wats.sandbox.product")
local stores = require("wats.sandbox.store")

local M = {}
M.__index = M
M.__name = "wats.sandbox.units"

M.UNDER_PRODUCTION = 2
M.FINALIZED = 16

M.phase_record = json.record({ "UnitPhaseId", "Code", "Name", "Description" })
M.unit_record = json.record({
  "serialNumber", "partNumber", "revision", "parentSerialNumber", "batchNumber", "serialDate",
  "currentLocation", "xmlData", "unitPhaseId", "unitPhase", "processCode", "tags",
  "productRevision", "product", "subUnits",
})
M.change_record = json.record({
  "id", "unitSerialNumber", "newParentSerialNumber", "newPartNumber", "newRevision",
  "newUnitPhaseId",
})

M.phases = json.array()

for i, phase in ipairs({
  { 1, "Unknown", "Unknown", "Unknown unit phase" },
  { 2, "UnderProduction", "Under production", "Unit is under production" },
  { 4, "ProductionRepair", "Under repair", "Unit is being repaired" },
  { 8, "ServiceRepair", "Under service repair", "Unit is being repaired for service" },
  { 16, "Finalized", "Finalized", "Unit is finalized" },
  { 32, "Scrapped", "Scrapped", "Unit is scrapped" },
  { 64, "ExtendedTest", "Extended test", "Unit is under extended test" },
  { 128, "Customization", "Customization", "Unit is under customization" },
  { 256, "Repaired", "Repaired", "Unit has been repaired" },
  { 512, "Missing", "Missing", "Unit is missing" },
  { 1024, "InStorage", "In storage", "Unit is in the warehouse" },
  { 2048, "Shipped", "Shipped", "Unit has left the factory" },
  { 4098, "UnderProductionQueue", "Under production, in queue", "Unit waits for production" },
  { 4100, "ProductionRepairQueue", "Waiting for repair", "Unit waits for repair" },
  { 4104, "ServiceRepairQueue", "Waiting for service repair", "Unit waits for service repair" },
}) do
  M.phases[i] = M.phase_record({
    UnitPhaseId = phase[1], Code = phase[2], Name = phase[3], Description = phase[4],
  })
end

function M.new(store)
  return setmetatable({
    store = store,
    units = {}, -- in order of creation
    by_key = {},
    by_serial = {}, -- lists
    changes = json.array(),
    last_change = 0,
    batches = {}, -- by number
  }, M)
end

--- The state of a store, made when it is first asked for.
function M.of(store)
  store.units = store.units or M.new(store)
  return store.units
end

--- The phase with this number, or by this code or name.
---@param which integer|string|nil
function M.phase(which)
  for _, phase in ipairs(M.phases) do
    if phase.UnitPhaseId == which or phase.Code == which or phase.Name == which then
      return phase
    end
  end
end

local function key_of(serial_number, part_number)
  return serial_number .. "\0" .. part_number
end

--- The unit. Without a part number the only one of that serial number.
---@param serial_number string
---@param part_number string|nil
---@return table|nil unit, string|nil problem
function M:find(serial_number, part_number)
  local unit, count
  if part_number and part_number ~= "" then
    unit = self.by_key[key_of(serial_number, part_number)]
    count = unit and 1 or 0
  else
    local list = self.by_serial[serial_number] or {}
    unit, count = list[1], #list
  end
  if count == 1 then
    return unit
  elseif count > 1 then
    return nil, ("There are several units with serial number '%s'."):format(serial_number)
  end
  return nil, ("There is no unit with serial number '%s'%s."):format(serial_number,
    (part_number or "") ~= "" and (" and part number '%s'"):format(part_number) or "")
end

local function remember(unit)
  table.insert(unit.history, {
    date = os.date("!%Y-%m-%dT%H:%M:%SZ"), unitPhaseId = unit.unitPhaseId,
    processCode = unit.processCode,
    parentSerialNumber = unit.parent and unit.parent.serialNumber or nil,
  })
end

--- Adds a unit; it must not be there.
function M:add(serial_number, part_number)
  local unit = {
    id = core.uuid(), serialNumber = serial_number, partNumber = part_number,
    serialDate = os.date("!%Y-%m-%dT%H:%M:%SZ"), unitPhaseId = M.UNDER_PRODUCTION,
    children = {}, history = {},
  }
  table.insert(self.units, unit)
  self.by_key[key_of(serial_number, part_number)] = unit
  self.by_serial[serial_number] = self.by_serial[serial_number] or {}
  table.insert(self.by_serial[serial_number], unit)
  return unit
end

--- Changes a unit by a function; what the feed tells of goes there.
---@param unit table
---@param change fun(unit: table)
---@param is_new boolean|nil
function M:change(unit, change, is_new)
  local parent, revision, phase, process = unit.parent, unit.revision, unit.unitPhaseId,
    unit.processCode
  change(unit)
  local told = unit.parent ~= parent or unit.revision ~= revision or unit.unitPhaseId ~= phase
  if told or unit.processCode ~= process or is_new then
    remember(unit)
  end
  if not told or is_new then
    return
  end
  self.last_change = self.last_change + 1
  table.insert(self.changes, M.change_record({
    id = self.last_change, unitSerialNumber = unit.serialNumber,
    newParentSerialNumber = unit.parent and unit.parent.serialNumber or json.null,
    newPartNumber = unit.partNumber, newRevision = unit.revision or json.null,
    newUnitPhaseId = unit.unitPhaseId,
  }))
end

--- The product of a unit, and its revision, where the sandbox knows them.
function M:product_of(unit)
  local product = self.store.by_part_number[unit.partNumber]
  for _, revision in ipairs(product and product.revisions or {}) do
    if revision.revision == unit.revision then
      return product, revision
    end
  end
  return product
end

-- A product as a unit carries it: without its revisions.
local function bare(product)
  local copy = {}
  for name, value in pairs(product) do
    copy[name] = value
  end
  copy.revisions = json.array()
  return stores.product(copy)
end

--- The record that the public calls give, with the child units in it.
function M:view(unit)
  local children = json.array()
  for i, child in ipairs(unit.children) do
    children[i] = self:view(child)
  end
  local product, revision = self:product_of(unit)
  local phase = M.phase(unit.unitPhaseId)
  return M.unit_record({
    serialNumber = unit.serialNumber, partNumber = unit.partNumber, revision = unit.revision,
    parentSerialNumber = unit.parent and unit.parent.serialNumber or nil,
    batchNumber = unit.batchNumber, serialDate = unit.serialDate,
    currentLocation = unit.currentLocation, xmlData = unit.xmlData,
    unitPhaseId = unit.unitPhaseId, unitPhase = phase and phase.Name,
    processCode = unit.processCode, tags = products.tags(unit.xmlData),
    productRevision = revision,
    product = product and bare(product), subUnits = children,
  })
end

return M
