-- wats.sandbox.production.internal: the internal calls about units, which show more than the public
-- ones, in records of their own.

local core = require("wats.core")

local assembly = require("wats.sandbox.production.assembly")
local errors = require("wats.sandbox.errors")
local json = require("wats.sandbox.json")
local states = require("wats.sandbox.production.state")
local units = require("wats.sandbox.production.units")

local M = {}

local UNIT = json.record({
  "UnitId", "ParentUnitId", "ProductRevisionId", "BatchSN", "SerialNumber", "SerialDate",
  "CurrentLocation", "XMLData", "UnitPhaseId", "ProcessCode", "ProductId", "PartNumber", "Revision",
  "Level", "Children",
})
local SITE = json.record({ "SiteId", "SiteName" })
local HISTORY = json.record({
  "Date", "UnitPhaseId", "UnitPhase", "ProcessCode", "ParentSerialNumber",
})
local PROCESS = json.record({ "ProcessCode", "ProcessName" })
local CONTENT = json.record({
  "PartNumber", "Revision", "ProductName", "RevisionName", "RevisionMask", "Quantity", "Level",
  "ItemId", "Children", "Units",
})

local ok = units.ok

local function view(state, unit, level)
  local product, revision = state:product_of(unit)
  local children = json.array()
  for i, child in ipairs(unit.children) do
    children[i] = view(state, child, level + 1)
  end
  return UNIT({
    UnitId = unit.id, ParentUnitId = unit.parent and unit.parent.id,
    ProductRevisionId = revision and revision.productRevisionId, BatchSN = unit.batchNumber,
    SerialNumber = unit.serialNumber, SerialDate = unit.serialDate,
    CurrentLocation = unit.currentLocation, XMLData = unit.xmlData, UnitPhaseId = unit.unitPhaseId,
    ProcessCode = math.tointeger(tonumber(unit.processCode)),
    ProductId = product and product.productId, PartNumber = unit.partNumber,
    Revision = unit.revision, Level = level, Children = children,
  })
end

local function top_of(unit)
  while unit.parent do
    unit = unit.parent
  end
  return unit
end

local function history(unit)
  local list = json.array()
  for i, entry in ipairs(unit.history) do
    list[i] = HISTORY({
      Date = entry.date, UnitPhaseId = entry.unitPhaseId,
      UnitPhase = states.phase(entry.unitPhaseId).Name,
      ProcessCode = math.tointeger(tonumber(entry.processCode)),
      ParentSerialNumber = entry.parentSerialNumber,
    })
  end
  return list
end

local function process(state, unit)
  local code = math.tointeger(tonumber(unit.processCode))
  local found = code and state.store:find_process(code)
  return PROCESS({ ProcessCode = code, ProcessName = found and found.name })
end

-- What the box build wants, and for each the units that are it.
local function contents(state, unit)
  local children = json.array()
  for i, item in ipairs(assembly.wanted(state, unit)) do
    local product = state.store.by_part_number[item.partNumber]
    local fitting = json.array()
    for _, child in ipairs(unit.children) do
      if assembly.fits(item, child) then
        fitting[#fitting + 1] = view(state, child, 2)
      end
    end
    children[i] = CONTENT({
      PartNumber = item.partNumber, Revision = item.revision,
      ProductName = product and product.name, RevisionMask = item.mask, Quantity = item.quantity,
      Level = 1, ItemId = core.uuid(), Children = json.array(), Units = fitting,
    })
  end
  return CONTENT({
    PartNumber = unit.partNumber, Revision = unit.revision, Level = 0, ItemId = unit.id,
    Children = children, Units = json.array({ view(state, unit, 0) }),
  })
end

local function create(store, query)
  local state, faults = states.of(store), {}
  if state:find(query.serialnumber, query.partnumber) then
    return errors.message(409, ("There is a unit with serial number '%s' and part number '%s' "
      .. "already."):format(query.serialnumber, query.partnumber))
  end
  local phase = math.tointeger(tonumber(query.unitphase))
  units.check_place(faults, store, "", {
    partNumber = query.partnumber, revision = query.revision, unitPhaseId = phase,
  })
  if #faults > 0 then
    return errors.model_state(400, "The request is invalid.", faults)
  end
  local unit = state:add(query.serialnumber, query.partnumber)
  state:change(unit, function()
    unit.revision, unit.batchNumber = query.revision, query.batchnumber
    unit.unitPhaseId = phase or unit.unitPhaseId
  end, true)
  return ok(view(state, unit, 0))
end

local function remove_all(store, query)
  return units.with_unit(store, query.serialnumber, query.partnumber, function(unit, state)
    while unit.children[1] do
      assembly.detach(state, unit.children[1])
    end
    return ok()
  end)
end

-- GETs that show one unit, by the last segment of their path.
local SHOWN = {
  GetUnit = function(state, unit) return view(state, unit, 0) end,
  GetUnitInfo = function(state, unit) return view(state, unit, 0) end,
  GetUnitHierarchy = function(state, unit) return view(state, top_of(unit), 0) end,
  GetUnitStateHistory = function(_, unit) return history(unit) end,
  GetUnitPhase = function(_, unit) return states.phase(unit.unitPhaseId) end,
  GetUnitProcess = process,
  GetUnitContents = contents,
}

local function sites(store)
  local list = json.array()
  for i, level in ipairs(store.levels) do
    list[i] = SITE({ SiteId = level.levelId, SiteName = level.levelName })
  end
  return list
end

local function open_children(router, store, base)
  router:add("POST", base .. "AddChildUnit", function(request)
    local any_phase = (request.query.checkphase or ""):lower() == "false"
    return assembly.add(store, request.query, "serialnumber", "partnumber", any_phase)
  end)
  router:add("POST", base .. "RemoveChildUnit", function(request)
    return assembly.remove(store, request.query, "serialnumber", "partnumber")
  end)
  router:add("POST", base .. "RemoveAllChildUnits", function(request)
    return remove_all(store, request.query)
  end)
  router:add("GET", base .. "CheckChildUnits", function(request)
    return assembly.check_children(store, request.query)
  end)
end

--- Adds the routes.
function M.open(router, store)
  local base = "/api/internal/Production/"
  for name, show in pairs(SHOWN) do
    router:add("GET", base .. name, function(request)
      local query = request.query
      return units.with_unit(store, query.serialnumber, query.partnumber, function(unit, state)
        return ok(show(state, unit))
      end)
    end)
  end
  router:add("GET", "/api/internal/Mes/GetUnitPhases", function()
    return ok(states.phases)
  end)
  router:add("GET", base .. "isConnected", function()
    return ok(true)
  end)
  router:add("GET", base .. "GetSites", function()
    return ok(sites(store))
  end)
  router:add("POST", base .. "CreateUnit", function(request)
    return create(store, request.query)
  end)
  open_children(router, store, base)
end


return M
