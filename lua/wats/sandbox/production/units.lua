-- wats.sandbox.production.units: units, batches, the feed of changes, phase and process of a unit.
--
-- A unit belongs to a product, and to a revision of it, that the sandbox must know. A list that is
-- put is taken whole or not at all.

local checks = require("wats.sandbox.checks")
local errors = require("wats.sandbox.errors")
local json = require("wats.sandbox.json")
local states = require("wats.sandbox.production.state")
local xml_data = require("wats.xml_data")

local M = {}

local v = json.value

local BATCH = json.record({ "batchNumber", "batchSize" })

local UNIT_RULES = {
  { "serialNumber", "string", required = true, max = 100, not_empty = true },
  { "partNumber", "string", required = true, max = 100, not_empty = true },
  { "revision", "string", max = 100 },
  { "parentSerialNumber", "string" },
  { "batchNumber", "string", max = 100 },
  { "serialDate", "string" },
  { "currentLocation", "string" },
  { "xmlData", "string" },
  { "unitPhaseId", "integer" },
  { "processCode", "string" },
}
local BATCH_RULES = {
  { "batchNumber", "string", required = true, max = 100, not_empty = true },
  { "batchSize", "integer" },
}

-- Members that a PUT sets; the first two say which unit it is, a parent is given by AddChildUnit.
local SETTABLE = { "revision", "batchNumber", "serialDate", "currentLocation", "xmlData",
  "unitPhaseId", "processCode" }

function M.ok(value)
  return { status = 200, headers = {}, body = value ~= nil and json.encode(value) or "" }
end

local ok = M.ok

local function find_revision(product, name)
  for _, revision in ipairs(product.revisions) do
    if revision.revision == name then
      return revision
    end
  end
end

-- Tags stand in xmlData: what cannot be read would show none.
local function check_xml(faults, path, text)
  local _, problem = xml_data.read(text)
  if problem then
    checks.add(faults, path .. "xmlData", problem)
  end
end

--- What is wrong with where a unit is to belong, as faults.
function M.check_place(faults, store, path, place)
  local product = store.by_part_number[place.partNumber]
  if not product then
    checks.add(faults, path .. "partNumber",
      ("There is no product with part number '%s'."):format(place.partNumber))
  elseif place.revision and not find_revision(product, place.revision) then
    checks.add(faults, path .. "revision", ("Product '%s' has no revision '%s'."):format(
      place.partNumber, place.revision))
  end
  if place.unitPhaseId and not states.phase(place.unitPhaseId) then
    checks.add(faults, path .. "unitPhaseId",
      ("There is no unit phase %d."):format(place.unitPhaseId))
  end
  local code = place.processCode
  if code and not store:find_process(math.tointeger(tonumber(code))) then
    checks.add(faults, path .. "processCode", ("There is no process with code %s."):format(code))
  end
end

-- The list in the body, each of its records checked by rules; or nil and the answer that says no.
local function read_list(request, rules, more)
  local list, faults = request.json, {}
  for i, source in ipairs(list) do
    local path = ("[%d]"):format(i - 1)
    if type(source) ~= "table" then
      checks.add(faults, path, "An object is expected.")
    else
      local before = #faults
      checks.members(faults, source, path, rules)
      if more and #faults == before then
        more(faults, path .. ".", source)
      end
    end
  end
  if #faults > 0 then
    return nil, errors.model_state(400, "The request is invalid.", faults)
  end
  return list
end

local function put_units(store, request)
  local state = states.of(store)
  local list, refusal = read_list(request, UNIT_RULES, function(faults, path, source)
    M.check_place(faults, store, path, {
      partNumber = source.partNumber, revision = v(source.revision),
      unitPhaseId = math.tointeger(v(source.unitPhaseId)), processCode = v(source.processCode),
    })
    check_xml(faults, path, v(source.xmlData))
  end)
  if not list then
    return refusal
  end
  local saved = json.array()
  for i, source in ipairs(list) do
    local unit = state:find(source.serialNumber, source.partNumber)
    local is_new = unit == nil
    unit = unit or state:add(source.serialNumber, source.partNumber)
    state:change(unit, function()
      for _, name in ipairs(SETTABLE) do
        local value = v(source[name])
        if value ~= nil then
          unit[name] = name == "unitPhaseId" and math.tointeger(value) or value
        end
      end
    end, is_new)
    saved[i] = state:view(unit)
  end
  return ok(saved)
end

local function put_batches(store, request)
  local list, refusal = read_list(request, BATCH_RULES)
  if not list then
    return refusal
  end
  local saved, batches = json.array(), states.of(store).batches
  for i, source in ipairs(list) do
    local batch = batches[source.batchNumber] or BATCH({ batchNumber = source.batchNumber })
    batch.batchSize = math.tointeger(v(source.batchSize)) or batch.batchSize
    batches[batch.batchNumber] = batch
    saved[i] = batch
  end
  return ok(saved)
end

--- Calls `use` with the unit that the query or path names, or answers that there is none.
function M.with_unit(store, serial_number, part_number, use)
  local state = states.of(store)
  local unit, problem = state:find(serial_number, part_number)
  if not unit then
    return errors.message(404, problem)
  end
  return use(unit, state)
end

local function set_phase(store, query)
  local id = math.tointeger(tonumber(query.phase))
  if not states.phase(id) then
    return errors.message(400, ("There is no unit phase %s."):format(query.phase))
  end
  return M.with_unit(store, query.serialnumber, query.partnumber, function(unit, state)
    state:change(unit, function()
      unit.unitPhaseId = id
    end)
    return ok()
  end)
end

local function set_process(store, query)
  local found
  for _, process in ipairs(store.processes) do
    if process.name == query.processname then
      found = process
    end
  end
  if not found then
    return errors.message(400, ("There is no process '%s'."):format(query.processname))
  end
  return M.with_unit(store, query.serialnumber, query.partnumber, function(unit, state)
    state:change(unit, function()
      unit.processCode = ("%d"):format(found.code)
    end)
    return ok()
  end)
end

local function changes(store, query)
  local count = math.tointeger(tonumber(query.maxcount))
  if not count or count < 1 then
    return errors.model_state(400, "The request is invalid.",
      { { "maxCount", "The value must be a whole number above 0." } })
  end
  local all = states.of(store).changes
  return ok(json.array(table.move(all, 1, math.min(count, #all), 1, {})))
end

local function delete_change(store, id)
  local all = states.of(store).changes
  for i, change in ipairs(all) do
    if tostring(change.id) == id then
      table.remove(all, i)
      return ok()
    end
  end
  return errors.message(404, ("There is no unit change with id %s."):format(id))
end

--- Adds the routes.
function M.open(router, store)
  router:add("GET", "/api/Production/Unit/{serialNumber}/{partNumber}", function(request)
    local params = request.params
    return M.with_unit(store, params.serialNumber, params.partNumber, function(unit, state)
      return ok(state:view(unit))
    end)
  end)
  router:add("PUT", "/api/Production/Units", function(request)
    return put_units(store, request)
  end)
  router:add("PUT", "/api/Production/Batches", function(request)
    return put_batches(store, request)
  end)
  router:add("PUT", "/api/Production/SetUnitPhase", function(request)
    return set_phase(store, request.query)
  end)
  router:add("PUT", "/api/Production/SetUnitProcess", function(request)
    return set_process(store, request.query)
  end)
  router:add("GET", "/api/Production/Units/Changes", function(request)
    return changes(store, request.query)
  end)
  router:add("DELETE", "/api/Production/Units/Changes/{id}", function(request)
    return delete_change(store, request.params.id)
  end)
end

return M
