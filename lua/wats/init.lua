-- wats: client of a WATS server, for test stations.
--
--   local wats = require("wats")
--   local client = assert(wats.connect { base_url = "https://company.wats.com", token = "..." })
--   local product = assert(client.product:get_product("PN-1"))

local async = require("wats.async")
local cache = require("wats.cache")
local core = require("wats.core")
require("wats.call") -- client:call
local client = require("wats.client")
local config = require("wats.config")
local converter = require("wats.converter")
local errors = require("wats.errors")
local health = require("wats.health")
local json = require("wats.json")
local log = require("wats.log")
local metrics = require("wats.metrics")
local odata = require("wats.odata")
local operations = require("wats.operations")
local queue = require("wats.queue")
local report = require("wats.report")

-- Once per process: later Lua states find the table there.
core.load_operations(operations.list)

-- Each has a module wats.domain.<name>.
local SERVICES = {
  "analytics",
  "app",
  "asset",
  "auth",
  "barcode",
  "export",
  "manual_inspection",
  "process",
  "product",
  "production",
  "report",
  "rootcause",
  "scim",
  "software",
  "system",
  "workflow",
}

local wats = {}

wats.version = core.version
wats.cache = cache
wats.converter = converter
wats.health = health
wats.json = json
wats.null = json.null
wats.array = json.array
wats.log = log
wats.metrics = metrics
wats.odata = odata
wats.queue = { open = queue.open }
wats.report = { parse = report.parse, parse_all = report.parse_all }

-- Tasks; see wats.async and docs/tasks.md.
for _, name in ipairs { "spawn", "run", "sleep", "gather", "map", "coalesce", "pollable" } do
  wats[name] = async[name]
end

-- The classes whose methods look at their first argument. Without that, a dot for the colon would
-- be told as whatever is missed first: another argument, or a field within the library.
local guarded = {}

local function no_service(service_name, name)
  errors.raise("%s:%s: this is no service (call it with a colon, as in client.%s:%s(...))",
    service_name, name, service_name, name)
end

-- The method, guarded. Most take four arguments at most: to hand those on costs half of what `...`
-- does.
local function guarded_method(class, service_name, name, method)
  local info = debug.getinfo(method, "u")
  if info.isvararg or info.nparams > 4 then
    return function(self, ...)
      if getmetatable(self) ~= class then no_service(service_name, name) end
      return method(self, ...)
    end
  end
  return function(self, first, second, third)
    if getmetatable(self) ~= class then no_service(service_name, name) end
    return method(self, first, second, third)
  end
end

local function guard(class, service_name)
  if guarded[class] then return end
  guarded[class] = true
  for name, method in pairs(class) do
    if type(method) == "function" and not name:find("^__") then
      class[name] = guarded_method(class, service_name, name, method)
    end
  end
end

-- A service whose module is loaded when it is first used: a script that looks up products does not
-- wait for the other fifteen, nor keep them in the memory of each Lua state.
local function service(owner, name)
  return setmetatable({ owner }, {
    __name = "wats." .. name,
    __index = function(self, key)
      local made = require("wats.domain." .. name).new(owner)
      guard(getmetatable(made), name)
      setmetatable(self, getmetatable(made))
      return self[key]
    end,
  })
end

-- A client of one server. Asks nothing on the network. Options that are left out come from the
-- environment (WATS_BASE_URL, WATS_AUTH_TOKEN, WATS_STATION), then from the configuration file
-- (option `config`, else WATS_CONFIG), then from the defaults; docs/configuration.md has them all.
-- Wrong options raise, an unusable file is returned as nil and an error object.
---@param options? wats.ConnectOptions
---@return wats.Client? client
---@return wats.Error? err
function wats.connect(options)
  if options == wats then
    errors.raise("wats.connect: call it with a dot, as in wats.connect { base_url = ... }")
  end
  local settings, err = config.resolve(options)
  if not settings then return nil, err end
  local self
  self, err = client.new(settings)
  if not self then return nil, err end
  for _, name in ipairs(SERVICES) do self[name] = service(self, name) end
  return self
end

return wats
