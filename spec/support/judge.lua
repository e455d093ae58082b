-- Sees all that a sandbox answers, and raises for JSON that does not fit the API's schema: a
-- handler that makes up a record of another kind must fail a test. Works where ../shared/wats is.

package.path = "./tools/?.lua;" .. package.path
local json = require("wats.json")
local openapi = require("openapi")
local operations = require("wats.operations")
local routers = require("wats.sandbox.router")
local schemas = require("spec.support.schema")

local FOLDER = "../shared/wats/"
local FILES = { [false] = "openapi_public_v3.json", [true] = "openapi_internal_v3.json" }

-- Read when first needed, since the internal one is large.
local descriptions = setmetatable({}, {
  __index = function(self, internal)
    self[internal] = assert(openapi.read(FOLDER .. FILES[internal]))
    return self[internal]
  end,
})

local router = routers.new()
for _, operation in ipairs(operations.list) do
  if not router:has(operation.method, operation.path) then
    router:add(operation.method, operation.path, operation)
  end
end

-- Some lists are described as the one record that they hold.
local function schema_for(description, operation, value)
  local entry = description.document.paths[operation.path][operation.method:lower()]
  local schema = description:answer_schema(entry)
  if schema and json.is_array(value) and description:resolve(schema).type == "object" then
    return { type = "array", items = schema }
  end
  return schema
end

--- What is wrong with an answer; empty where nothing is.
---@param operation wats.Operation
---@param body string|nil
---@return string[]
local function faults(operation, body)
  if operation.answer ~= "json" or not body or body == "" then return {} end
  local description = descriptions[operation.internal]
  local value = json.decode(body, { nulls = "keep" })
  local schema = schema_for(description, operation, value)
  return schema and schemas.faults(description, schema, value) or {}
end

return setmetatable({ faults = faults }, {
  __call = function(_, request, reply)
    local operation = reply.status == 200 and router:match(request.method, request.path)
    local found = operation and faults(operation, reply.body) or {}
    if found[1] then
      error(("%s does not answer by its schema: %s"):format(operation.key,
        table.concat(found, "; ")))
    end
  end,
})
