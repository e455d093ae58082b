-- wats.sandbox.canned: answers to what no part of the sandbox handles.
--
-- Nothing is kept: an operation that has no handler is answered with a record that fits what the
-- API describes, the same one each time. A write gets back what it sent, where it is the same kind
-- of record. What the API calls just an "object" is said here by hand.

local canned_internal = require("wats.sandbox.canned.internal")
local canned_public = require("wats.sandbox.canned.public")
local json = require("wats.sandbox.json")
local operations = require("wats.operations")

local M = {}

local DEPTH = 2 -- of records within records; deeper ones are null, lists of them empty

-- What members of these names hold; others hold their own name.
local TEXTS = {
  partnumber = "PCBA-100", serialnumber = "SN-0001", revision = "A", batchnumber = "B-1",
  stationname = "ICT-01", location = "Oslo", purpose = "Production", culturecode = "en-US",
  email = "user@example.com", status = "Released", result = "Passed", reporttype = "T",
  format = "SN-*", grade = "First",
}
local VALUES = {
  uuid = "6f1d8a52-3c0b-4e57-9a51-2d7f0c4b8e10",
  datetime = "2026-01-30T12:00:00Z",
  integer = 1, long = 1, number = 1.5, boolean = false, string = "text",
}

-- One text for each record, as lists of { name, type }; read when first asked for.
local members_of = setmetatable({}, {
  __index = function(self, name)
    local text = canned_public.records[name] or canned_internal.records[name]
    local members = {}
    for member, kind in text:gmatch("([^%s:]+):(%S+)") do
      members[#members + 1] = { member, kind }
    end
    self[name] = members
    return members
  end,
})

local sample

local function sample_record(name, depth)
  local record = {}
  for _, member in ipairs(members_of[name]) do
    record[member[1]] = sample(member[2], depth + 1, member[1])
  end
  return record
end

-- A value of a type; `name` is the member that holds it.
function sample(kind, depth, name)
  local element = kind:match("^%[(.*)%]$")
  if element then
    local is_record = VALUES[element] == nil
    return json.array(not (is_record and depth > DEPTH) and { sample(element, depth, name) } or {})
  elseif kind:find("^{") then
    return { [name or "name"] = sample(kind:sub(2, -2), depth) }
  elseif kind:find("^integer=") then
    return math.tointeger(tonumber(kind:match("=(.*)$")))
  elseif kind == "string" and name then
    return TEXTS[name:lower()] or name
  elseif VALUES[kind] ~= nil then
    return VALUES[kind]
  elseif kind == "any" or depth > DEPTH then
    return json.null
  end
  return sample_record(kind, depth)
end

--- A value that fits a type of the API: "Product", "[Unit]", "datetime".
---@param kind string
---@return any
function M.sample(kind)
  return sample(kind, 0)
end

-- Answers that the API describes as an "object" of which it says no more: those that are lists.
-- Of the others a GET gives a record without members, and a write null.
local LISTS = {}
for key in ([[
  GET /api/App/HighVolume, GET /api/App/Levels, GET /api/App/Processes,
  GET /api/App/ProductGroups, GET /api/App/RelatedRepairHistory, GET /api/App/TopFailed,
  GET /api/App/UutReport, GET /api/App/VolumeYield, GET /api/App/WorstYield,
  GET /api/Asset/SubAssets, GET /api/Export/List, GET /api/Product/ProductGroupsByProduct,
  GET /api/Product/Vendors, GET /api/Production/CheckChildUnits,
  GET /api/Production/SerialNumbers/ByRange, GET /api/Production/SerialNumbers/ByReference,
  GET /api/SystemManager/Clients,
  GET /api/internal/App/MeasurementList, GET /api/internal/App/StepStatusList,
  GET /api/internal/App/TopFailed, GET /api/internal/ManualInspection/GetRelationConflicts/{Id},
  GET /api/internal/ManualInspection/GetRelations/{Id},
  GET /api/internal/ManualInspection/GetSequences, GET /api/internal/Process/GetRepairOperations,
  GET /api/internal/Product/Bom, GET /api/internal/Product/GetProductCategories,
  GET /api/internal/Production/CheckChildUnits, GET /api/internal/Production/GetUnitHierarchy,
  GET /api/internal/Production/GetUnitStateHistory, GET /api/internal/Production/SerialNumbers,
  GET /api/internal/Production/SerialNumbers/Ranges,
  GET /api/internal/Production/SerialNumbers/Statistics,
  GET /api/internal/Software/GetPackageDownloadHistory,
  GET /api/internal/Software/GetSoftwareEntityDetails, GET /api/internal/UnitFlow/Links,
  GET /api/internal/UnitFlow/Nodes, GET /api/internal/UnitFlow/Units
]]):gmatch("%u+ [^,%s]+") do LISTS[key] = true end

-- Answers of one kind or another that are neither.
local SINGLE = {
  ["GET /api/Auth/GetToken"] = "token", ["GET /api/Auth/GetToken/{identifier}"] = "token",
  ["GET /api/SCIM/v2/Token"] = "token",
  ["GET /api/SystemManager/ClientLog/{identifier}"] = "",
  ["GET /api/internal/ManualInspection/GetInstancesCount/{Id}"] = 0,
  ["GET /api/internal/Production/SerialNumbers/Count"] = 0,
  ["GET /api/internal/Production/isConnected"] = true,
  ["GET /api/internal/Software/CheckFile"] = false,
  ["GET /api/internal/Software/Log"] = true,
  ["GET /api/internal/Software/isConnected"] = true,
}
local USERS = {
  schemas = json.array { "urn:ietf:params:scim:api:messages:2.0:ListResponse" },
  totalResults = 0, startIndex = 1, itemsPerPage = 0, Resources = json.array(),
}

-- Bodies that are no JSON: type and bytes.
local PLAIN = {
  xml = { "application/xml; charset=utf-8",
    '<?xml version="1.0" encoding="utf-8"?>\n'
    .. '<Reports xmlns="http://wats.virinco.com/schemas/WATS/Report/wsxf" />\n' },
  text = { "application/xml; charset=utf-8",
    '<?xml version="1.0" encoding="utf-8"?>\n<SerialNumbers />\n' },
  binary = { "application/octet-stream", "canned\n" },
}
-- The end of a zip's directory that has no entries.
local EMPTY_ZIP = { "application/zip", "PK\5\6" .. ("\0"):rep(18) }
local FILES = {
  ["GET /api/Report/Attachments/{id}"] = EMPTY_ZIP,
  ["GET /api/Export/{fileName}"] = EMPTY_ZIP,
  ["GET /api/Report/Certificate/{id}"] = { "application/pdf", "%PDF-1.4\n%%EOF\n" },
}

-- What a write sent, on top of the canned record of the same kind.
local function echo(kind, sent)
  local record = sample_record(kind, 0)
  for name, value in pairs(sent) do record[name] = value end
  return record
end

local function value_for(operation, request)
  local key = operation.key
  local kind = canned_public.answers[key] or canned_internal.answers[key]
  local body = canned_public.bodies[key] or canned_internal.bodies[key]
  if kind and kind == body and type(request.json) == "table" and not kind:find("^%[") then
    return echo(kind, request.json)
  elseif kind then
    return sample(kind, 0)
  elseif SINGLE[key] ~= nil then
    return SINGLE[key]
  elseif key == "GET /api/SCIM/v2/Users" then
    return USERS
  elseif LISTS[key] or operation.pure_query then
    return json.array()
  end
  return operation.method == "GET" and {} or json.null
end

--- The answer to a valid request.
---@param operation wats.Operation
---@param request table
---@return table reply
function M.reply(operation, request)
  local plain = FILES[operation.key] or PLAIN[operation.answer]
  if plain then
    return { status = 200, headers = { ["Content-Type"] = plain[1] }, body = plain[2] }
  elseif canned_public.answers[operation.key] == "none" then
    return { status = 200, headers = {} }
  end
  return { status = 200, headers = {}, body = json.encode(value_for(operation, request)) }
end

--- Adds a route for each operation that has none yet.
function M.open(router)
  for _, operation in ipairs(operations.list) do
    if not router:has(operation.method, operation.path) then
      router:add(operation.method, operation.path, function(request)
        return M.reply(operation, request)
      end)
    end
  end
end

return M
