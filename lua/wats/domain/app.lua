-- wats.domain.app: client.app, what the server says of itself: its version, the levels (groups of
-- clients) and product groups that statistics are asked by, and the settings of a user.
--
-- Each method takes the options of a request as its last argument, and returns the decoded answer
-- or nil and an error object.

local call = require("wats.call")
local core = require("wats.core")
local client_module = require("wats.client")
local errors = require("wats.errors")

local VERSION = "/api/App/Version"
local ask_version = call.bind("GET " .. VERSION)
local ask_processes = call.bind("GET /api/App/Processes", "list")
local LEVELS, GROUPS = "/api/App/Levels", "/api/App/ProductGroups"
local ask_levels = call.bind("GET " .. LEVELS, "list")
local ask_groups = call.bind("GET " .. GROUPS, "list")
local ask_settings = call.bind("GET /api/App/CommonUserSettings", "record")

---@class wats.record.Level
---@field levelId integer
---@field levelName string

---@class wats.record.ProductGroup
---@field productGroupId integer
---@field productGroupName string
---@field filters? table[]  with includeFilters

---@class wats.Client
---@field app wats.App

---@class wats.App
local App = {}
App.__index = App
App.__name = "wats.app"

-- The server's version; never from the cache, so that it also tells whether the server is there.
-- GET /api/App/Version
---@param opts? wats.RequestOptions
---@return string? version
---@return wats.Error? err
function App:get_version(opts)
  local version, err = ask_version(self, "app:get_version", nil, opts)
  if version == nil or type(version) == "string" and version:find("^%s*[^<%s]") then
    return version, err
  end
  return nil, errors.new {
    kind = "decode", method = "GET", url = core.client_methods.base_url(self) .. VERSION,
    message = "the answer is no version; is this a WATS server?",
  }
end

-- All processes as the server lists them; client.process finds single ones.
-- GET /api/App/Processes
---@param opts? wats.RequestOptions  query: includeTestOperations, includeInactiveProcesses, ...
---@return table[]? processes
---@return wats.Error? err
function App:get_processes(opts)
  return ask_processes(self, "app:get_processes", nil, opts)
end

-- GET /api/App/Levels
---@param opts? wats.RequestOptions
---@return wats.record.Level[]? levels
---@return wats.Error? err
function App:get_levels(opts)
  return ask_levels(self, "app:get_levels", nil, opts)
end

-- GET /api/App/ProductGroups
---@param opts? wats.RequestOptions  query: includeFilters
---@return wats.record.ProductGroup[]? groups
---@return wats.Error? err
function App:get_product_groups(opts)
  return ask_groups(self, "app:get_product_groups", nil, opts)
end

-- The record of a list that has this id or name; of names the case weighs nothing, unless one is
-- written just so.
local function find(self, where, ask, path, field, which, opts)
  if math.type(which) ~= "integer" and (type(which) ~= "string" or which == "") then
    errors.raise("%s: an id (integer) or a name expected, got %s", where,
      which == "" and '""' or type(which))
  end
  call.reads(where, opts)
  local list, err = ask(self, where, nil, opts)
  if not list then return nil, err end
  local similar
  for _, record in ipairs(list) do
    if type(record) == "table" then
      local name = record[field .. "Name"]
      if record[field .. "Id"] == which or name == which then return record end
      if type(name) == "string" and type(which) == "string" and name:lower() == which:lower() then
        similar = similar or record
      end
    end
  end
  if similar then return similar end
  return nil, errors.new {
    kind = "not_found", method = "GET", url = core.client_methods.base_url(self) .. path,
    message = ("it is none of the %d that the server lists"):format(#list),
  }
end

-- One level, by id or name.  GET /api/App/Levels
---@param which integer|string
---@param opts? wats.RequestOptions
---@return wats.record.Level? level
---@return wats.Error? err  of kind "not_found" when there is none
function App:get_level(which, opts)
  return find(self, "app:get_level", ask_levels, LEVELS, "level", which, opts)
end

-- One product group, by id or name.  GET /api/App/ProductGroups
---@param which integer|string
---@param opts? wats.RequestOptions
---@return wats.record.ProductGroup? group
---@return wats.Error? err  of kind "not_found" when there is none
function App:get_product_group(which, opts)
  return find(self, "app:get_product_group", ask_groups, GROUPS, "productGroup", which, opts)
end

-- What a user is called and may see; never from the cache, since it holds his roles.
-- GET /api/App/CommonUserSettings
---@param user_name string
---@param opts? wats.RequestOptions
---@return wats.record.CommonUserSettings? settings
---@return wats.Error? err
function App:get_common_user_settings(user_name, opts)
  local where = "app:get_common_user_settings"
  client_module.segment(where, "user_name", user_name)
  return ask_settings(self, where, { UserName = user_name }, opts)
end

local module = {}

---@param client wats.Client
---@return wats.App
function module.new(client)
  return setmetatable({ client }, App)
end

return module
