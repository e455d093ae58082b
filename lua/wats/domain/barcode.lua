-- wats.domain.barcode: client.barcode, what a scanned code means.
--
-- The server keeps identifiers: for each field (serial number, part number, revision, batch number,
-- process) a regular expression (.NET's) that finds it in a code. They are tried by their order;
-- the first that finds a serial number tells. As the server comes it has one, for codes written
-- as serial number/part number/revision/batch number/process.

local call = require("wats.call")
local client_module = require("wats.client")
local errors = require("wats.errors")
local json = require("wats.json")
local many = require("wats.many")
local options = require("wats.options")

local record, with = client_module.record, client_module.with

local get_identifiers = call.bind("GET /api/BarcodeIdentifiers/BarcodeIdentifiers", "records")
local identify = call.bind("GET /api/BarcodeIdentifiers/IdentifyBarcode", "record")
local put_identifier = call.bind("PUT /api/BarcodeIdentifiers/BarcodeIdentifier", "record")
local delete_identifier = call.bind("DELETE /api/BarcodeIdentifiers/BarcodeIdentifier/{id}")

---@class wats.IdentifiedBarcode  what a code says; what it does not say is absent
---@field serialNumber string
---@field partNumber? string
---@field revision? string
---@field batchNumber? string
---@field process? string

---@class wats.Client
---@field barcode wats.Barcode

---@class wats.Barcode
local Barcode = {}
Barcode.__index = Barcode
Barcode.__name = "wats.barcode"

local FIELDS = { "serialNumber", "partNumber", "revision", "batchNumber", "process" }

local MEMBERS = { id = true, pattern = true, order = true, description = true }
for _, name in ipairs(FIELDS) do MEMBERS[name] = true end

-- All identifiers.  GET /api/BarcodeIdentifiers/BarcodeIdentifiers
---@param opts? wats.RequestOptions
---@return wats.record.BarcodeIdentifier[]? identifiers  in the order in which they are tried
---@return wats.Error? err
function Barcode:get_identifiers(opts)
  local where = "barcode:get_identifiers"
  call.reads(where, opts)
  local list, err = get_identifiers(self, where, nil, opts)
  if not list then return nil, err end
  local place = {}
  for i, identifier in ipairs(list) do place[identifier] = i end
  table.sort(list, function(one, other)
    local first = type(one.order) == "number" and one.order or math.huge
    local second = type(other.order) == "number" and other.order or math.huge
    if first ~= second then return first < second end
    return place[one] < place[other]
  end)
  return list
end

-- A scanner may end what it reads with a line break, which is no part of the code.
local function without_break(code)
  return (code:gsub("[\r\n]+$", ""))
end

-- What a code says. A line break at its end, as scanners send it, is left out.
-- GET /api/BarcodeIdentifiers/IdentifyBarcode
---@param code string
---@param opts? wats.RequestOptions
---@return wats.IdentifiedBarcode? found
---@return wats.Error? err  "not_found": no identifier fits
function Barcode:identify(code, opts)
  local where = "barcode:identify"
  client_module.text(where, "code", code)
  call.reads(where, opts)
  local answer, err = identify(self, where, { code = without_break(code) }, opts)
  if not answer then return nil, err end
  local found
  for _, name in ipairs(FIELDS) do
    local value = answer[name]
    if value == "" or value == json.null then answer[name] = nil end
    found = found or answer[name] ~= nil
  end
  if found then return answer end
  return nil, errors.new { kind = "not_found", message = "no barcode identifier fits the code" }
end

-- What many codes say: each is asked for once, 16 at once.
-- GET /api/BarcodeIdentifiers/IdentifyBarcode
---@param codes string[]
---@param opts? wats.ManyOptions
---@return table results  in the order of codes, and n
---@return table? errs    by the same index, and n; nil where nothing failed
function Barcode:identify_many(codes, opts)
  return many.fetch("barcode:identify_many", codes, function(code, own)
    return self:identify(code, own)
  end, opts, function(code)
    if type(code) == "string" and code ~= "" then return code end
    return nil, "a string that is not empty"
  end)
end

local function check_member(where, name, value)
  local whole = name == "id" or name == "order"
  local fits = value == json.null or whole and math.type(value) == "integer"
    or not whole and type(value) == "string"
  if not fits then
    errors.raise("%s: identifier: %s: %s expected, got %s", where, name,
      whole and "an integer" or "a string", type(value))
  end
end

-- Raises for members that no identifier has: a field that is misspelt would never be found. One
-- that came from the server (`had`) may have members that are not known here; what looks like a
-- known one is still a mistake.
local function check_identifier(where, identifier, had)
  for name, value in pairs(record(where, "identifier", identifier)) do
    if MEMBERS[name] then
      check_member(where, name, value)
    elseif not had or options.nearest(name, MEMBERS) then
      errors.raise("%s: identifier: unknown member \"%s\"%s", where, tostring(name),
        options.suggest(name, MEMBERS))
    end
  end
  local serial_number = identifier.serialNumber
  if type(serial_number) ~= "string" or serial_number == "" then
    errors.raise("%s: identifier: serialNumber: a regular expression that is not empty expected, "
      .. "got %s", where, serial_number == "" and '""' or type(serial_number))
  end
end

-- Adds an identifier.  PUT /api/BarcodeIdentifiers/BarcodeIdentifier
---@param identifier wats.record.BarcodeIdentifier  without id, which the server gives
---@param opts? wats.RequestOptions
---@return wats.record.BarcodeIdentifier|true|nil identifier  as the server has it now
---@return wats.Error? err  "invalid": an expression cannot be read
function Barcode:create_identifier(identifier, opts)
  local where = "barcode:create_identifier"
  check_identifier(where, identifier)
  if identifier.id ~= nil and identifier.id ~= json.null and identifier.id ~= 0 then
    errors.raise("%s: the identifier has an id: update_identifier changes one that exists", where)
  end
  return put_identifier(self, where, nil, with(opts, { json = identifier }))
end

-- Changes an identifier, had from get_identifiers.
-- PUT /api/BarcodeIdentifiers/BarcodeIdentifier
---@param identifier wats.record.BarcodeIdentifier  with its id
---@param opts? wats.RequestOptions
---@return wats.record.BarcodeIdentifier|true|nil identifier
---@return wats.Error? err  "not_found": there is none of that id
function Barcode:update_identifier(identifier, opts)
  local where = "barcode:update_identifier"
  check_identifier(where, identifier, true)
  if math.type(identifier.id) ~= "integer" or identifier.id == 0 then
    errors.raise("%s: identifier: id: that of an identifier expected, got %s", where,
      identifier.id == 0 and "0" or type(identifier.id))
  end
  -- by its id: sent twice it is the same
  return put_identifier(self, where, nil,
    client_module.repeatable(with(opts, { json = identifier })))
end

-- DELETE /api/BarcodeIdentifiers/BarcodeIdentifier/{id}
---@param id integer
---@param opts? wats.RequestOptions
---@return any done  true, or what the server says
---@return wats.Error? err  "not_found": there is none of that id
function Barcode:delete_identifier(id, opts)
  return delete_identifier(self, "barcode:delete_identifier", { id = id }, opts)
end

local module = {}

---@param client wats.Client
---@return wats.Barcode
function module.new(client)
  return setmetatable({ client }, Barcode)
end

return module
