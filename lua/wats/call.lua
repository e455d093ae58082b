-- wats.call: how operations of the table are called: client:call, and the methods of services.
--
--   local get_status = call.bind("GET /api/Asset/Status", "record")
--   function Asset:get_status(serial_number, opts)
--     return get_status(self, "asset:get_status", { serialNumber = serial_number }, opts)
--   end
--
-- The table says which parameters there are, where they stand and what they must be; so a service
-- cannot send one that the API does not know; and what body it takes and what it answers, from
-- which Content-Type and Accept follow. Keeps no state but the binding.

local client_module = require("wats.client")
local errors = require("wats.errors")
local json = require("wats.json")
local media = require("wats.media")
local operations = require("wats.operations")

local call = {}

-- What a method may expect of an answer, and how it is asked for.
--   value    whatever it is; true when there is none; only of what the table says is JSON
--   record   a table that is no list; of a write, which is done by then, any table, or true where
--            the answer was empty
--   list     a list                           (as above)
--   records  a list of nothing but tables     (as above, but of a GET only)
--   text     the body as it was sent, of a GET; true where a sink took it
--   bytes    as text, but may be empty: files; of any method
---@alias wats.call.Shape "value"|"record"|"list"|"records"|"text"|"bytes"

local GETS = {
  value = function(owner, path, opts)
    return client_module.fetch(owner, "GET", path, opts)
  end,
  record = client_module.fetch_record,
  list = client_module.fetch_list,
  records = function(owner, path, opts)
    return client_module.fetch_list(owner, path, opts, true)
  end,
  text = function(owner, path, opts)
    if opts and opts.sink ~= nil then return client_module.fetch_bytes(owner, path, opts) end
    local text, err = client_module.fetch_text(owner, path, opts)
    return text, err
  end,
  bytes = client_module.fetch_bytes,
}

-- The answer of an operation that the table says gives no JSON.
local function fetch_plain(owner, operation, path, opts)
  if operation.method == "GET" and operation.answer ~= "binary" and not (opts and opts.sink) then
    return GETS.text(owner, path, opts)
  end
  return client_module.fetch_bytes(owner, path, opts, operation.method)
end

local MIN_TOKEN = 20 -- characters; no word of a message is as long

-- The value, or the error, of an operation whose answer is a password. What the server said goes
-- into no error, but for its words without what may be a token.
local function quiet(value, err)
  if err == nil then return value end
  err.body = nil
  err.message = err.message:gsub("[%w+/=_.~-]+", function(word)
    return #word >= MIN_TOKEN and "***" or word
  end)
  return nil, err
end

-- Path and options of a call; what the table does not allow raises.
local function prepare(operation, where, params, opts)
  local path, query = operations.target(operation, params)
  if not path then errors.raise("%s: %s", where, query) end
  return path, client_module.with_query(media.dress(operation, where, opts), query)
end

-- The function that makes calls of one operation: fn(owner, where, params, opts) -> value | nil,
-- err. `owner` is the service, `where` the method's name for messages ("asset:get_status"),
-- `params` go by the API's own names. A wrong parameter, and a body that the operation does not
-- take or lacks, raises at the line of the caller of the method.
---@param key string    method and path template, as in the table
---@param shape? wats.call.Shape  default: "value"
---@return fun(owner: table, where: string, params: table?, opts: wats.RequestOptions?):
---  any, wats.Error?
function call.bind(key, shape)
  local operation = assert(operations.find(key))
  local method, get = operation.method, GETS[shape or "value"]
  local is_table = shape ~= nil and shape ~= "value"
  assert(get and (method == "GET" or shape ~= "text"), key)
  assert(is_table or operation.answer == "json", key)
  local function fetch(owner, where, params, opts)
    local path
    path, opts = prepare(operation, where, params, opts)
    if shape == "bytes" then return get(owner, path, opts, method) end
    if method == "GET" then return get(owner, path, opts) end
    local value, err = client_module.fetch(owner, method, path, opts, is_table)
    if is_table and operation.pure_query and type(value) == "table"
      and json.is_array(value) == (shape == "record") then
      return nil, client_module.misshapen(owner, path, shape, method)
    end
    return value, err
  end
  if not operation.secret then return fetch end
  return function(...) return quiet(fetch(...)) end
end

-- Of the options of a method that reads what comes, before anything is sent: raises for a sink,
-- which would leave it nothing, and for what are no options.
---@param where string
---@param opts any
function call.reads(where, opts)
  if opts ~= nil and type(opts) ~= "table" then
    errors.raise("options of the request: table expected, got %s", type(opts))
  elseif opts and opts.sink ~= nil then
    errors.raise("%s: sink: this call returns what it reads", where)
  end
end

local Client = client_module.Client

-- Any operation of the table, by method and path template as the API spells them:
--   client:call("GET /api/Product/{partNumber}", { partNumber = "PN-1" })
-- Raises for an unknown operation, for missing, unknown or wrong parameters, and for a body where
-- none is taken, of another kind than is taken, or missing. An answer that is no JSON (a file, XML)
-- is returned as text.
---@param key wats.OperationKey|string
---@param params? table<string, any>     of the path and of the query, by the API's names
---@param opts? wats.RequestOptions
---@return any value  as of the domain calls
---@return wats.Error? err
function Client:call(key, params, opts)
  if type(key) ~= "string" then
    errors.raise("client:call: method and path template expected, got %s", type(key))
  end
  local operation, problem = operations.find(key)
  if not operation then errors.raise("client:call: %s", problem) end
  local path
  path, opts = prepare(operation, "client:call", params, opts)
  if operation.answer ~= "json" then return fetch_plain(self, operation, path, opts) end
  if operation.secret then return quiet(client_module.fetch(self, operation.method, path, opts)) end
  return client_module.fetch(self, operation.method, path, opts)
end

return call
