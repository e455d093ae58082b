-- wats.operations: the operations of the WATS API as data: the 126 public ones, and 86 internal
-- ones that scripts have come to use.
--
-- One row per operation says how it is called and what it means for a cache and for a retry. The
-- core's trie of routes, the raw client and the domain services all obey this table, so that they
-- cannot disagree. The rows stand in wats.operations.<tag>, with the reason beside each decision
-- that is not plain. Rows are shared by all callers: read them, do not change them.

local options = require("wats.options")
local instant = require("wats.instant")
local media = require("wats.operations.media")
local uuid = require("wats.uuid")

local TAGS = {
  "app", "asset", "auth", "barcode_identifiers", "export", "product", "production", "report",
  "root_cause", "scim", "software", "system_manager", "workflow",
  "internal_analytics", "internal_asset", "internal_manual_inspection", "internal_process",
  "internal_product", "internal_production", "internal_software",
}

---@class wats.OperationParameter
---@field name string
---@field type "string"|"uuid"|"integer"|"long"|"boolean"|"datetime"|"array"  a long has 64 bits
---@field required boolean

---@class wats.Operation
---@field key string           method and template: "GET /api/Product/{partNumber}"
---@field method string
---@field path string          template, as the API spells it
---@field name string          the API's operationId (GET and POST of one thing may share it)
---@field tag string
---@field domain string        the service of the client that it belongs to: "product"
---@field volatility? "reference"|"standard"|"live"  of a GET: how long an answer may stand
---@field side_effects boolean a GET that changes something
---@field idempotent boolean   may be sent again when no answer came
---@field pure_query boolean   a POST (or PUT) that only asks
---@field family? string       which family a GET's answers belong to
---@field stale string[]       the families that a success makes stale
---@field internal boolean     no part of the public API
---@field secret boolean       what it answers is a password
---@field body "json"|"xml"|"multipart"|"binary"|"none"
---@field body_shape? "record"|"list"|"text"  of a JSON body
---@field body_type? string    Content-Type of what is sent; nil where there is no body
---@field field? string        of a form: the part that holds the file
---@field part_type? string    of a form: the Content-Type of that part, where only one will do
---@field answer "json"|"xml"|"text"|"binary"
---@field accept? string       Accept that is sent; nil: application/json
---@field path_parameters wats.OperationParameter[]   in order
---@field query_parameters wats.OperationParameter[]

local operations = {}

---@type wats.Operation[]
operations.list = {}

-- The names of all domains, as keys.
---@type table<string, true>
operations.domains = {}

local by_key = {}

-- What every list that speaks OData takes; the API's description names none of it.
local ODATA = "$filter $top:integer $skip:integer $orderby $select $expand"

local BODY_TYPES = {
  json = "application/json",
  xml = "application/xml",
  multipart = "multipart/form-data",
  binary = "application/octet-stream",
}
local ACCEPTED = {
  xml = "application/xml, text/xml;q=0.9, */*;q=0.1",
  text = "*/*",
  binary = "*/*",
}

local ALWAYS_IDEMPOTENT = { GET = true, PUT = true, DELETE = true }

-- "days:integer! levelId!": a name, a type where it is not string, "!" where it is required.
local function parse_parameters(text)
  local parameters = {}
  for name, kind, mark in text:gmatch("([%w$_]+):?(%a*)(!?)") do
    parameters[#parameters + 1] =
      { name = name, type = kind ~= "" and kind or "string", required = mark == "!" }
  end
  return parameters
end

-- A template may say the type of a parameter, as in "{id:integer}".
local function parse_template(template)
  local parameters = {}
  local path = template:gsub("{(%w+):?(%a*)}", function(name, kind)
    parameters[#parameters + 1] =
      { name = name, type = kind ~= "" and kind or "string", required = true }
    return "{" .. name .. "}"
  end)
  return path, parameters
end

local function idempotent(row, method)
  if row.idempotent ~= nil then return row.idempotent end
  return row.pure_query or ALWAYS_IDEMPOTENT[method] and not row.side_effects or false
end

local function add(row, tag, domain)
  local method, template, name = row[1], row[2], row[3]
  local path, path_parameters = parse_template(template)
  local query = parse_parameters((row.query or "") .. (row.odata and " " .. ODATA or ""))
  local key, body = method .. " " .. path, row.body or "none"
  local kind = media[key] or {}
  local operation = {
    key = key,
    method = method,
    path = path,
    name = name,
    tag = row.tag or tag,
    domain = row.domain or domain,
    volatility = row.volatility,
    side_effects = row.side_effects or false,
    idempotent = idempotent(row, method),
    pure_query = row.pure_query or false,
    family = row.family,
    stale = row.stale or {},
    secret = row.secret or false,
    internal = path:find("^/api/internal/") ~= nil,
    body = body,
    body_shape = body == "json" and (kind.shape or "record") or nil,
    body_type = body ~= "none" and kind.body_type or BODY_TYPES[body],
    field = kind.field,
    part_type = kind.part_type,
    answer = kind.answer or "json",
    accept = kind.accept or ACCEPTED[kind.answer],
    path_parameters = path_parameters,
    query_parameters = query,
  }
  operations.list[#operations.list + 1] = operation
  by_key[operation.key] = operation
  operations.domains[operation.domain] = true
end

for _, file in ipairs(TAGS) do
  local rows = require("wats.operations." .. file)
  for _, row in ipairs(rows) do add(row, rows.tag, rows.domain or file) end
end

-- What all keys begin with says nothing of what was meant: it would make any two look alike.
local function suggest_key(key)
  local known = {}
  for name in pairs(by_key) do known[name:gsub("^(%u+) /api/", "%1 ")] = name end
  local nearest = options.nearest(key:gsub("^(%u+) /api/", "%1 "), known)
  return nearest and (' (did you mean "%s"?)'):format(known[nearest]) or ""
end

-- The operation of this key, or nil and a message that names the nearest key.
---@param key string  method and template, as in "GET /api/Product/{partNumber}"
---@return wats.Operation? operation
---@return string? message
function operations.find(key)
  local operation = by_key[key]
  if operation then return operation end
  return nil, ('unknown operation "%s"%s'):format(key, suggest_key(key))
end

-- One segment of a path, or one name or value of a query: everything but the unreserved
-- characters of RFC 3986, section 2.3, is percent-encoded. A segment of dots alone would be taken
-- for "here" or "above" (section 5.2.4), so its dots are encoded too.
---@param text string
---@return string
function operations.encode(text)
  local dots = text == "." or text == ".."
  if not dots and not text:find("[^%w%-%._~]") then return text end
  return (text:gsub(dots and "." or "[^%w%-%._~]", function(character)
    return ("%%%02X"):format(character:byte())
  end))
end

local convert = {}

function convert.string(value)
  if type(value) == "string" then return value end
  local integer = math.tointeger(value)
  return integer and ("%d"):format(integer) or nil
end

function convert.uuid(value)
  return uuid.is(value) and value or nil
end

function convert.long(value)
  local integer = type(value) == "number" and math.tointeger(value)
  return integer and ("%d"):format(integer) or nil
end

-- Of 32 bits: int32 of the API.
function convert.integer(value)
  local text = convert.long(value)
  return text and value >= -0x80000000 and value <= 0x7fffffff and text or nil
end

function convert.boolean(value)
  return type(value) == "boolean" and tostring(value) or nil
end

-- An instant: epoch seconds become text; text is handed on as it is, where it begins with a date
-- (ISO 8601). What stands behind the date is for the server to judge.
function convert.datetime(value)
  if type(value) == "string" then return value:find("^%d%d%d%d%-%d%d%-%d%d") and value end
  return instant.is_epoch(value) and instant.utc(value) or nil
end

-- A list is sent as one parameter for each element. One with a hole in it would lose those behind.
function convert.array(value)
  if type(value) ~= "table" then value = { value } end
  if not options.is_list(value) then return nil end
  local list = {}
  for i, element in ipairs(value) do
    list[i] = convert.string(element)
    if not list[i] then return nil end
  end
  return list
end

-- Types of which a text may be one or not.
local HAS_FORM = { uuid = true, datetime = true }

-- What a parameter must be, for a message about this value.
local function kind_of(parameter, value)
  if parameter.type == "datetime" and type(value) == "string" then
    return "datetime (as in 2026-03-02T05:15:00Z)"
  end
  return parameter.type == "integer" and convert.long(value) and "integer (of 32 bits)"
    or parameter.type
end

-- The value of one parameter as text (or a list of texts), or nil and what is wrong.
local function parameter_text(parameter, value)
  if value == nil then
    if not parameter.required then return nil end
    return nil, ('parameter "%s" is missing (%s)'):format(parameter.name, parameter.type)
  end
  local text = convert[parameter.type](value)
  if parameter.required and type(text) == "table" and #text == 0 then
    return nil, ('parameter "%s" is an empty list'):format(parameter.name)
  end
  if text then return text end
  return nil, ('parameter "%s" must be %s, got %s'):format(parameter.name,
    kind_of(parameter, value), type(value) == "number" and tostring(value)
      or HAS_FORM[parameter.type] and type(value) == "string" and ("%q"):format(value:sub(1, 80))
      or type(value))
end

-- The names of an operation's parameters, made once for each: every call looks into them.
local names_of = setmetatable({}, { __index = function(self, operation)
  local known = {}
  for _, list in ipairs { operation.path_parameters, operation.query_parameters } do
    for _, parameter in ipairs(list) do known[parameter.name] = true end
  end
  self[operation] = known
  return known
end })

-- The message for the first name that the operation does not know, or nil.
local function unknown_parameter(operation, params)
  local known = names_of[operation]
  for name in pairs(params) do
    if not known[name] then
      return ('unknown parameter "%s"%s'):format(tostring(name), options.suggest(name, known))
    end
  end
  return nil
end

-- What the operation takes, for a message: "serialNumber (string), partNumber (string, optional)".
local function takes(operation)
  local texts = {}
  for _, list in ipairs { operation.path_parameters, operation.query_parameters } do
    for _, parameter in ipairs(list) do
      texts[#texts + 1] = ("%s (%s%s)"):format(parameter.name, parameter.type,
        parameter.required and "" or ", optional")
    end
  end
  return #texts > 0 and "it takes " .. table.concat(texts, ", ") or "it takes no parameters"
end

local function assemble(operation, params)
  local problem = unknown_parameter(operation, params)
  if problem then return nil, problem end
  local segments, query = {}, nil
  for _, parameter in ipairs(operation.path_parameters) do
    local text
    text, problem = parameter_text(parameter, params[parameter.name])
    if text == "" then problem = ('parameter "%s" is empty'):format(parameter.name) end
    if problem then return nil, problem end
    segments[parameter.name] = operations.encode(text)
  end
  for _, parameter in ipairs(operation.query_parameters) do
    local text
    text, problem = parameter_text(parameter, params[parameter.name])
    if problem then return nil, problem end
    if text then
      query = query or {}
      query[parameter.name] = text
    end
  end
  return (operation.path:gsub("{(%w+)}", segments)), query
end

-- The path with its parameters filled in and percent-encoded, and what is left for the query:
-- a table of text by name (of a list of texts, where the parameter may stand several times), not
-- yet encoded, or nil when there is nothing. Of a parameter that is missing, unknown or of the
-- wrong type: nil and a message, which lists what the operation takes.
---@param operation wats.Operation
---@param params? table<string, any>  by the API's own names
---@return string? path
---@return table<string, string|string[]>|string? query_or_message
function operations.target(operation, params)
  if params ~= nil and type(params) ~= "table" then
    return nil, ("%s: a table of parameters expected, got %s"):format(operation.key, type(params))
  end
  local path, query = assemble(operation, params or {})
  if path then return path, query end
  return nil, ("%s: %s; %s"):format(operation.key, query, takes(operation))
end

-- As `target`, but raises.
---@param operation wats.Operation
---@param params? table<string, any>
---@param level? integer  who is blamed, as for `error`; 2, the default, is the caller
---@return string path
---@return table<string, string|string[]>? query
function operations.build_path(operation, params, level)
  local path, query = operations.target(operation, params)
  if not path then error(query, level or 2) end
  return path, query
end

return operations
