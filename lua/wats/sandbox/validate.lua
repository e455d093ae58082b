-- wats.sandbox.validate: whether a request is what the operation table says, before any handler
-- sees it.
--
-- A real server is lenient: it ignores a parameter that it does not know, and a test that sends
-- one passes. So here everything that the table does not know is a fault: 400, in the shape in
-- which the server tells of faults by field ({Message, ModelState}), with the field's name. Names
-- compare without case, as IIS does. What is judged is worked out once for each operation.
--
-- What a check found goes into the request, so that no handler reads it a second time:
--   query   by name in lower case; of a list ("array") all values, else the one
--   json    the decoded body of an operation that takes JSON
--   parts   of one that takes a form: see wats.sandbox.multipart

local errors = require("wats.sandbox.errors")
local ids = require("wats.sandbox.report_ids")
local json = require("wats.sandbox.json")
local multipart = require("wats.sandbox.multipart")
local operations = require("wats.operations")
local options = require("wats.options")
local times = require("wats.sandbox.time")

local M = {}

local INVALID = "The request is invalid."

-- Is a text a value of that type? And how the server calls the type.
local TYPES = {
  integer = { "Int32", function(text)
    local number = text:find("^[+-]?%d+$") and #text <= 11 and math.tointeger(tonumber(text))
    return number and number >= -2 ^ 31 and number < 2 ^ 31
  end },
  boolean = { "Boolean", function(text)
    text = text:lower()
    return text == "true" or text == "false"
  end },
  datetime = { "DateTime", function(text)
    return times.parse(text) ~= nil
  end },
  uuid = { "Guid", ids.is_guid },
  long = { "Int64", function(text)
    return text:find("^[+-]?%d+$") and math.tointeger(tonumber(text)) ~= nil
  end },
}

local function add(faults, field, format, ...)
  faults[#faults + 1] = { field, format:format(...) }
end

local function check_value(faults, parameter, text)
  local kind = TYPES[parameter.type]
  if kind and not kind[2](text) then
    add(faults, parameter.name, "The value '%s' is not valid for %s.", text, kind[1])
  elseif not utf8.len(text) then
    add(faults, parameter.name, "The value is not valid UTF-8.")
  end
end

-- What a body may be called, by what the operation takes.
local MEDIA = {
  json = { "application/json", "text/json", "application/scim+json" },
  xml = { "application/xml", "text/xml" },
  multipart = { "multipart/form-data" },
}

local function has_type(request, body)
  local given = (request.headers["content-type"] or ""):lower():match("^%s*([^%s;]*)")
  for _, media in ipairs(MEDIA[body]) do
    if given == media then
      return true
    end
  end
  return false
end

-- Each takes a body in and returns what is wrong with it, or an answer of its own.
local take = {}

function take.none(request)
  return request.body ~= "" and "The operation takes no body." or nil
end

local SHAPES = { record = "a JSON object", list = "a JSON array", text = "a JSON string" }

local function shape_of(value, text)
  if type(value) == "table" then
    return (value[1] ~= nil or text:find("^%s*%[")) and "list" or "record"
  end
  return type(value) == "string" and "text" or "none"
end

-- What cannot be read at all is told in plain text, as the server does.
function take.json(request, operation)
  local text = request.body
  if not utf8.len(text) then
    return nil, errors.text(400, "The body is not valid UTF-8.")
  end
  local value, problem = json.decode(text)
  if value == nil then
    return nil, errors.text(400, "The body is not valid JSON: " .. tostring(problem))
  end
  request.json = value
  if shape_of(value, text) ~= operation.body_shape then
    return ("The body must be %s."):format(SHAPES[operation.body_shape])
  end
end

function take.xml(request)
  if not request.body:find("^[\xEF\xBB\xBF%s]*<.*>%s*$") then
    return "The body is not XML."
  end
end

function take.multipart(request)
  local boundary = multipart.boundary(request.headers["content-type"])
  local parts, problem
  if boundary then
    parts, problem = multipart.parse(request.body, boundary)
  end
  request.parts = parts
  if not parts then
    return "The body is not a form: " .. (problem or "its Content-Type names no boundary") .. "."
  elseif #parts == 0 then
    return "The form has no parts."
  end
end

function take.binary() end

-- A fault of the body as a whole is called "body", as it has no name of its own.
---@return table|nil reply where the body tells of its fault in another way
local function check_body(faults, request, operation)
  local body = operation.body
  if body ~= "none" and body ~= "binary" and request.body == "" then
    add(faults, "body", "A body is required (%s).", body)
  elseif MEDIA[body] and not has_type(request, body) then
    add(faults, "Content-Type", "The media type '%s' is not supported for this resource; it takes "
      .. "%s.", request.headers["content-type"] or "", MEDIA[body][1])
  else
    local problem, reply = take[body](request, operation)
    if problem then
      add(faults, "body", "%s", problem)
    end
    return reply
  end
end

local function decode(text)
  return (text:gsub("+", " "):gsub("%%(%x%x)", function(hex)
    return string.char(tonumber(hex, 16))
  end))
end

-- Reads the query into request.query; what it does not know is a fault.
local function read_query(faults, request, known, names)
  local query = {}
  for pair in request.query:gmatch("[^&]+") do
    local name, text = pair:match("^([^=]*)=?(.*)$")
    name, text = decode(name), decode(text)
    local parameter = known[name:lower()]
    if not parameter then
      add(faults, name, "The parameter '%s' is not known%s.", name, options.suggest(name, names))
    elseif parameter.type == "array" then
      local list = query[name:lower()] or {}
      list[#list + 1] = text
      query[name:lower()] = list
    else
      if query[name:lower()] then
        add(faults, name, "The parameter '%s' is there twice.", name)
      end
      query[name:lower()] = text
      check_value(faults, parameter, text)
    end
  end
  request.query = query
end

local function compile(operation)
  local known, names, required = {}, {}, {}
  for _, parameter in ipairs(operation.query_parameters) do
    known[parameter.name:lower()], names[parameter.name] = parameter, true
    if parameter.required then
      required[#required + 1] = parameter
    end
  end
  local in_path, method = operation.path_parameters, operation.method
  return function(request, values)
    local faults = {}
    if request.query and request.query ~= "" then
      read_query(faults, request, known, names)
    else
      request.query = {}
    end
    for _, parameter in ipairs(required) do
      if not request.query[parameter.name:lower()] then
        add(faults, parameter.name, "The %s parameter is required (%s).", parameter.name,
          parameter.type)
      end
    end
    for i, parameter in ipairs(in_path) do
      check_value(faults, parameter, values[i])
    end
    if operation.internal and (request.headers.referer or "") == "" then
      add(faults, "Referer", "The Referer field is required for internal calls.")
    end
    local unreadable
    if method ~= "GET" or request.body ~= "" then
      unreadable = check_body(faults, request, operation)
    end
    return faults[1] and errors.model_state(400, INVALID, faults) or unreadable
  end
end

-- One key for all spellings of a route: "GET /api/product/{}".
local function shape(method, template)
  return method .. " " .. template:gsub("{[^}]*}", "{}"):lower()
end

local compiled = {}
for _, operation in ipairs(operations.list) do
  local key = shape(operation.method, operation.path)
  compiled[key] = compiled[key] or compile(operation)
end

--- The check of a route: check(request, values) -> nil, or the answer that refuses it. `values`
--- are the path's parameters in order, `request.query` is still text. Raises where the table has
--- no such operation: nobody could call it.
---@param method string
---@param template string as given to the router
---@return fun(request: table, values: string[]): table?
function M.check(method, template)
  return compiled[shape(method, template)]
    or error(("the operation table has no %s %s"):format(method, template), 3)
end

return M
