-- wats.domain.app: client.app, what the server says of itself.
--
-- Each method takes the options of a request as its last argument, and returns the decoded answer
-- or nil and an error object.

local fetch = require("wats.client").fetch

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
  return fetch(self[1], "GET", "/api/App/Version", opts)
end

-- All processes as the server lists them; client.process finds single ones.
-- GET /api/App/Processes
---@param opts? wats.RequestOptions  query: includeTestOperations, includeInactiveProcesses, ...
---@return table[]? processes
---@return wats.Error? err
function App:get_processes(opts)
  return fetch(self[1], "GET", "/api/App/Processes", opts)
end

-- GET /api/App/Levels
---@param opts? wats.RequestOptions
---@return table[]? levels
---@return wats.Error? err
function App:get_levels(opts)
  return fetch(self[1], "GET", "/api/App/Levels", opts)
end

-- GET /api/App/ProductGroups
---@param opts? wats.RequestOptions  query: includeFilters
---@return table[]? groups
---@return wats.Error? err
function App:get_product_groups(opts)
  return fetch(self[1], "GET", "/api/App/ProductGroups", opts)
end

local module = {}

---@param client wats.Client
---@return wats.App
function module.new(client)
  return setmetatable({ client }, App)
end

return module
