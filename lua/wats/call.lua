-- wats.call: how a method of a domain service calls an operation of the table.
--
--   local get_status = call.bind("GET /api/Asset/Status", "record")
--   function Asset:get_status(serial_number, opts)
--     return get_status(self, "asset:get_status", { serialNumber = serial_number }, opts)
--   end
--
-- The table says which parameters there are, where they stand and what they must be; so a service
-- cannot send one that the API does not know. Keeps no state but the binding.

local client_module = require("wats.client")
local errors = require("wats.errors")
local operations = require("wats.operations")

local call = {}

-- What a method may expect of an answer, and how it is asked for.
--   value    whatever it is; true when there is none
--   record   a table that is no list          (of a write also true: the answer was empty)
--   list     a list                           (as above)
--   records  a list of nothing but tables     (as above)
--   text     the body as it was sent, of a GET
--   bytes    as text, but may be empty, and true where a sink took it: files
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
    local text, err = client_module.fetch_text(owner, path, opts)
    return text, err
  end,
  bytes = client_module.fetch_bytes,
}

-- The function that makes calls of one operation: fn(owner, where, params, opts) -> value | nil,
-- err. `owner` is the service, `where` the method's name for messages ("asset:get_status"),
-- `params` go by the API's own names. A wrong parameter raises at the line of the caller of the
-- method.
---@param key string    method and path template, as in the table
---@param shape? wats.call.Shape  default: "value"
---@return fun(owner: table, where: string, params: table?, opts: wats.RequestOptions?):
---  any, wats.Error?
function call.bind(key, shape)
  local operation = assert(operations.find(key))
  local method, get = operation.method, GETS[shape or "value"]
  local is_table = shape ~= nil and shape ~= "value"
  assert(get and (method == "GET" or shape ~= "text" and shape ~= "bytes"), key)
  return function(owner, where, params, opts)
    local path, query = operations.target(operation, params)
    if not path then errors.raise("%s: %s", where, query) end
    opts = client_module.with_query(opts, query)
    if method == "GET" then return get(owner, path, opts) end
    return client_module.fetch(owner, method, path, opts, is_table)
  end
end

return call
