-- wats.domain.system: client.system, the stations that the server knows, the levels they stand in,
-- and the server's own state.
--
-- What the server calls a client is a station that sends reports. Users who are restricted to some
-- levels cannot ask for levels, or make them.

local call = require("wats.call")
local check = require("wats.async.check")
local choice = require("wats.choice")
local client_module = require("wats.client")
local core = require("wats.core")
local errors = require("wats.errors")
local options = require("wats.options")

local record, with = client_module.record, client_module.with

local get_client = call.bind("GET /api/SystemManager/Client", "record")
local put_client = call.bind("PUT /api/SystemManager/Client")
local get_clients = call.bind("GET /api/SystemManager/Clients", "records")
local get_client_log = call.bind("GET /api/SystemManager/ClientLog/{identifier}", "text")
local get_level = call.bind("GET /api/SystemManager/Level")
local post_level = call.bind("POST /api/SystemManager/Level")
local get_system_status = call.bind("GET /api/SystemStatus", "record")

---@class wats.ClientRecord: wats.record.ClientDto  and its status, version, last report, ...
---@field type? integer           see System.CLIENT_TYPES
---@field clientGroupId? integer  the level that it stands in

---@class wats.Client
---@field system wats.System

---@class wats.System
local System = {}
System.__index = System
System.__name = "wats.system"

-- What a client's `type` may be.
System.CLIENT_TYPES = { local_server = 1, master_server = 2, client = 5, web_client = 6 }

-- The name of a client's type, as in "web_client"; the value itself where it has none.
---@param value integer
---@return string|integer
function System.client_type_name(_, value)
  return choice.name(System.CLIENT_TYPES, value)
end

local WHICH = { name = { "string", min = 1 }, identifier = { "string", min = 1 } }

-- Of text it is the name; a table says which of the two.
local function client_params(where, which)
  if type(which) ~= "table" then which = { name = which } end
  local params, problem = options.read(which, WHICH)
  if not params then errors.raise("%s: client: %s", where, problem) end
  if (params.name == nil) == (params.identifier == nil) then
    errors.raise("%s: client: a name, { name = ... } or { identifier = ... } expected", where)
  end
  return params
end

-- One client, by its name or by its identifier (its MAC address).
-- GET /api/SystemManager/Client
---@param which string|{ name: string?, identifier: string? }
---@param opts? wats.RequestOptions
---@return wats.ClientRecord? client
---@return wats.Error? err  of kind "not_found" when there is none
function System:get_client(which, opts)
  local where = "system:get_client"
  return get_client(self, where, client_params(where, which), opts)
end

-- All clients and levels, with type, status, version, last report, pending reports.
-- GET /api/SystemManager/Clients
---@param opts? wats.RequestOptions
---@return wats.ClientRecord[]? clients
---@return wats.Error? err
function System:get_clients(opts)
  return get_clients(self, "system:get_clients", nil, opts)
end

local UPDATE = { move_with_history = { "boolean" } }

-- Changes displayName, location, purpose or clientGroupId of a client; its name and type stay.
-- With `move_with_history` its past reports go along to another level.
-- PUT /api/SystemManager/Client
---@param client wats.ClientRecord  had from get_client; clientId is what it is known by
---@param how? { move_with_history: boolean? }
---@param opts? wats.RequestOptions
---@return any answer  true when there is none
---@return wats.Error? err
function System:update_client(client, how, opts)
  local where = "system:update_client"
  local id = record(where, "client", client).clientId
  if math.tointeger(id) == nil then
    errors.raise("%s: clientId: an integer expected, got %s", where, type(id))
  end
  local checked, problem = options.read(how, UPDATE)
  if not checked then errors.raise("%s: %s", where, problem) end
  return put_client(self, where, { moveWithHistory = checked.move_with_history },
    with(opts, { json = client }))
end

-- The newest log of a client (version 6.0 or newer), as text.
-- GET /api/SystemManager/ClientLog/{identifier}
---@param identifier string  its MAC address
---@param opts? wats.RequestOptions
---@return string? log
---@return wats.Error? err  of kind "not_found" when there is none
function System:get_client_log(identifier, opts)
  return get_client_log(self, "system:get_client_log", { identifier = identifier }, opts)
end

local function check_hierarchy(where, hierarchy)
  if type(hierarchy) == "string" then hierarchy = { hierarchy } end
  if type(hierarchy) ~= "table" or #hierarchy == 0 then
    errors.raise("%s: hierarchy: a list of at least one level's name expected, got %s", where,
      type(hierarchy) == "table" and "an empty one" or type(hierarchy))
  end
  check.list(where, hierarchy, "hierarchy")
  for i, level in ipairs(hierarchy) do
    client_module.text(where, ("hierarchy: element %d"):format(i), level)
  end
  return hierarchy
end

-- The id of a level, by the names that lead to it, the topmost first. Always live: another may
-- have made it meanwhile.  GET /api/SystemManager/Level
---@param hierarchy string[]
---@param opts? wats.RequestOptions
---@return integer? level_id
---@return wats.Error? err  of kind "not_found" when there is none
function System:get_level(hierarchy, opts)
  local where = "system:get_level"
  local answer, err = get_level(self, where, { hierarchy = check_hierarchy(where, hierarchy) },
    opts)
  local id = math.tointeger(tonumber(answer))
  if answer == nil or id or opts and opts.sink then return id or answer, err end
  return nil, errors.new {
    kind = "decode", method = "GET",
    url = core.client_methods.base_url(self[1]) .. "/api/SystemManager/Level",
    message = "the answer is no id of a level",
  }
end

-- Makes the levels of a hierarchy, the topmost first.  POST /api/SystemManager/Level
---@param hierarchy string[]
---@param opts? wats.RequestOptions
---@return any answer  the server's, such as the id of the last; true when there is none
---@return wats.Error? err
function System:create_level(hierarchy, opts)
  local where = "system:create_level"
  return post_level(self, where, nil, with(opts, { json = check_hierarchy(where, hierarchy) }))
end

-- How the server is, as texts by name. Live.  GET /api/SystemStatus
---@param opts? wats.RequestOptions
---@return table<string, string>? status
---@return wats.Error? err
function System:get_system_status(opts)
  return get_system_status(self, "system:get_system_status", nil, opts)
end

local module = {}

---@param client wats.Client
---@return wats.System
function module.new(client)
  return setmetatable({ client }, System)
end

return module
