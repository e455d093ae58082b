-- wats.sandbox.barcode: what a scanned code means.
--
-- Identifiers are tried by their order, then by id; the first whose expression finds a serial
-- number tells, and its other expressions find the other fields, or nothing. `pattern` is kept and
-- not used, as in the API. At first there is one: serial number/part number/revision/batch
-- number/process.

local checks = require("wats.sandbox.checks")
local errors = require("wats.sandbox.errors")
local json = require("wats.sandbox.json")
local regex = require("wats.sandbox.regex")

local M = {}

local v = json.value

local FIELDS = { "serialNumber", "partNumber", "revision", "batchNumber", "process" }

local IDENTIFIER = {
  { "id", "integer" },
  { "pattern", "string" },
  { "serialNumber", "string", required = true, not_empty = true },
  { "partNumber", "string" },
  { "revision", "string" },
  { "batchNumber", "string" },
  { "process", "string" },
  { "order", "integer" },
  { "description", "string" },
}

local identifier_record = json.record({
  "id", "pattern", "serialNumber", "partNumber", "revision", "batchNumber", "process", "order",
  "description",
})

-- The n-th part of what is parted by slashes.
local function part(n)
  return ("(?<=^([^/]*/){%d})[^/]+"):format(n)
end

local function default()
  return identifier_record({
    id = 1, serialNumber = "^[^/]+", partNumber = part(1), revision = part(2),
    batchNumber = part(3), process = part(4), order = 1,
    description = "SerialNumber/PartNumber/Revision/BatchNumber/Process",
  })
end

local function ok(value)
  return { status = 200, headers = {}, body = json.encode(value) }
end

local function none(id)
  return errors.message(404, ("There is no barcode identifier with id %d."):format(id))
end

local function find(store, id)
  for place, identifier in ipairs(store.barcodes) do
    if identifier.id == id then
      return identifier, place
    end
  end
end

-- In the order in which they are tried.
local function sort(store)
  table.sort(store.barcodes, function(one, other)
    if one.order ~= other.order then
      return one.order < other.order
    end
    return one.id < other.id
  end)
end

local function check(source)
  local faults = {}
  checks.members(faults, source, "", IDENTIFIER)
  for _, name in ipairs(FIELDS) do
    local text = source[name]
    if type(text) == "string" then
      local _, problem = regex.compile(text)
      if problem then
        checks.add(faults, name, ("The %s field is no regular expression: %s."):format(name,
          problem))
      end
    end
  end
  return faults
end

local function put(store, request)
  local source, problem = json.decode(request.body)
  if type(source) ~= "table" or source[1] ~= nil then
    return errors.text(400, "The body is not a JSON object: " .. (problem or "wrong type"))
  end
  local faults = check(source)
  if #faults > 0 then
    return errors.model_state(400, "The request is invalid.", faults)
  end
  local id = math.tointeger(v(source.id)) or 0
  local identifier = find(store, id)
  if id ~= 0 and not identifier then
    return none(id)
  elseif not identifier then
    store.last_barcode = store.last_barcode + 1
    identifier = identifier_record({ id = store.last_barcode, order = store.last_barcode })
    table.insert(store.barcodes, identifier)
  end
  for _, rule in ipairs(IDENTIFIER) do
    local name, value = rule[1], source[rule[1]]
    if name == "order" then
      identifier.order = math.tointeger(v(value)) or identifier.order
    elseif name ~= "id" and value ~= nil then
      identifier[name] = v(value)
    end
  end
  sort(store)
  return ok(identifier)
end

--- What a code says, or nil.
---@param store table
---@param code string
---@return table|nil found by the names of the fields
function M.identify(store, code)
  for _, identifier in ipairs(store.barcodes) do
    local found = identifier_record({ id = identifier.id, order = identifier.order,
      description = identifier.description })
    for _, name in ipairs(FIELDS) do
      local expression = identifier[name] and identifier[name] ~= "" and
        regex.compile(identifier[name])
      local text = expression and expression:find(code)
      found[name] = text ~= "" and text or nil
    end
    if found.serialNumber then
      return found
    end
  end
end

--- Adds the routes.
function M.open(router, store)
  store.barcodes = store.barcodes or json.array({ default() })
  store.last_barcode = store.last_barcode or 1
  router:add("GET", "/api/BarcodeIdentifiers/BarcodeIdentifiers", function()
    return ok(store.barcodes)
  end)
  router:add("GET", "/api/BarcodeIdentifiers/IdentifyBarcode", function(request)
    local found = M.identify(store, request.query.code or "")
    return found and ok(found) or errors.message(404, "No barcode identifier fits the code.")
  end)
  router:add("PUT", "/api/BarcodeIdentifiers/BarcodeIdentifier", function(request)
    return put(store, request)
  end)
  router:add("DELETE", "/api/BarcodeIdentifiers/BarcodeIdentifier/{id}", function(request)
    local id = math.tointeger(tonumber(request.params.id)) or 0
    local identifier, place = find(store, id)
    if not identifier then
      return none(id)
    end
    table.remove(store.barcodes, place)
    return ok(true)
  end)
end

return M
