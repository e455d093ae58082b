-- wats.media: what a call of the operation table sends and expects besides its parameters.
--
-- The table says what body an operation takes and what it answers; here a caller's options are held
-- against that and get the header fields that he left out. Only what the server could not but
-- refuse raises. Pure; the caller's own tables stay as they are.

local errors = require("wats.errors")
local json = require("wats.json")

local media = {}

local BODIES = { "json", "body", "source", "multipart" }

-- What may be given, by the kind of body that an operation takes. `body` and `source` are bytes
-- that the caller has put together himself.
local GIVEN = {
  json = { json = true, body = true, source = true },
  xml = { body = true, source = true },
  multipart = { multipart = true, body = true, source = true },
  binary = { body = true, source = true },
  none = {},
}

-- And how that is said.
local WANTED = {
  json = { record = "a record as `json`", list = "a list as `json`", text = "a string as `json`" },
  xml = "XML as `body`",
  multipart = "a form as `multipart`",
  binary = "the file as `body` or `source`",
}

local function wanted(operation)
  local text = WANTED[operation.body]
  return type(text) == "table" and text[operation.body_shape] or text
end

-- The option that holds the body, or nil.
local function given_body(opts)
  for _, name in ipairs(BODIES) do
    if opts[name] ~= nil then return name end
  end
  return nil
end

-- The value to be sent as JSON: an empty table says nothing of what it is, so it is what is due.
local function checked_json(operation, where, value)
  local kind, shape = type(value), operation.body_shape
  local is_list = kind == "table" and (json.is_array(value) or value[1] ~= nil)
  local fits
  if shape == "text" then
    fits = kind == "string"
  elseif shape == "list" then
    if kind == "table" and next(value) == nil then return json.array({}) end
    fits = is_list
  else
    fits = kind == "table" and not is_list
  end
  if not fits then
    errors.raise("%s: %s takes %s, got %s", where, operation.key, wanted(operation),
      is_list and "a list" or kind == "table" and "a record" or kind)
  end
  return value
end

local function check_body(operation, where, opts)
  local name = given_body(opts)
  if operation.body == "none" then
    if name then errors.raise("%s: %s takes no body, got `%s`", where, operation.key, name) end
    return nil
  end
  if not name or name == "body" and opts.body == "" and operation.body ~= "binary" then
    errors.raise("%s: %s takes a body: %s", where, operation.key, wanted(operation))
  end
  if not GIVEN[operation.body][name] then
    errors.raise("%s: %s takes %s, got `%s`", where, operation.key, wanted(operation), name)
  end
  return name
end

-- Does the caller send the field himself? Names compare without case; headers may be a map, or a
-- list of { name, value }. Whatever else they are is for the request to refuse.
local function has_field(headers, wanted_name)
  if type(headers) ~= "table" then return headers ~= nil end
  for name, value in pairs(headers) do
    if type(name) == "number" then name = type(value) == "table" and value[1] or nil end
    if type(name) == "string" and name:lower() == wanted_name then return true end
  end
  return false
end

-- The caller's headers, or a copy with one field more where he does not send it himself.
---@param headers? table
---@param name string
---@param value string
---@return table? headers
function media.with_field(headers, name, value)
  if has_field(headers, name:lower()) then return headers end
  local copy = {}
  for key, field in pairs(headers or {}) do copy[key] = field end
  if copy[1] ~= nil then
    copy[#copy + 1] = { name, value }
  else
    copy[name] = value
  end
  return copy
end

-- The options for a call of the operation: the caller's own, or a copy with what he left out.
-- Raises for a body where none is taken, for one that is missing, and for one of the wrong kind;
-- `where` is the method, for the message.
---@param operation wats.Operation
---@param where string
---@param opts? wats.RequestOptions
---@return wats.RequestOptions?
function media.dress(operation, where, opts)
  if opts == nil and operation.body == "none" and not operation.accept then return nil end
  if opts ~= nil and type(opts) ~= "table" then
    errors.raise("options of the request: table expected, got %s", type(opts))
  end
  local own = opts or {}
  local name = check_body(operation, where, own)
  local headers, value = own.headers, own.json
  if name == "json" then value = checked_json(operation, where, value) end
  local content_type = name and name ~= "multipart" and operation.body_type
  -- a form that the caller has written has a boundary of his
  if operation.body == "multipart" or name == "json" and content_type == "application/json" then
    content_type = nil
  end
  if content_type then headers = media.with_field(headers, "Content-Type", content_type) end
  if operation.accept then headers = media.with_field(headers, "Accept", operation.accept) end
  if headers == own.headers and value == own.json then return opts end
  local dressed = {}
  for option, given in pairs(own) do dressed[option] = given end
  dressed.headers, dressed.json = headers, value
  return dressed
end

return media
