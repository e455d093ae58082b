-- wats.domain.app: client.app, what the server says of itself.
--
-- Each method takes the options of a request as its last argument, and returns the decoded answer
-- or nil and an error object.

local core = require("wats.core")
local client_module = require("wats.client")
local errors = require("wats.errors")

local fetch, fetch_list = client_module.fetch, client_module.fetch_list

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
  local version, err = fetch(self, "GET", "/api/App/Version", opts)
  if version == nil or type(version) == "string" and not version:find("^%s*<") then
    return version, err
  end
  return nil, errors.new {
    kind = "decode", method = "GET", url = core.client_methods.base_url(self) .. "/api/App/Version",
    message = "the answer is no version; is this a WATS server?",
  }
end

-- All processes as the server lists them; client.process finds single ones.
-- GET /api/App/Processes
---@param opts? wats.RequestOptions  query: includeTestOperations, includeInactiveProcesses, ...
---@return table[]? processes
---@return wats.Error? err
function App:get_processes(opts)
  return fetch_list(self, "/api/App/Processes", opts)
end

-- GET /api/App/Levels
---@param opts? wats.RequestOptions
---@return table[]? levels
---@return wats.Error? err
function App:get_levels(opts)
  return fetch_list(self, "/api/App/Levels", opts)
end

-- GET /api/App/ProductGroups
---@param opts? wats.RequestOptions  query: includeFilters
---@return table[]? groups
---@return wats.Error? err
function App:get_product_groups(opts)
  return fetch_list(self, "/api/App/ProductGroups", opts)
end

local module = {}

---@param client wats.Client
---@return wats.App
function module.new(client)
  return setmetatable({ client }, App)
end

return module
