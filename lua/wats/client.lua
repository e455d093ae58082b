-- wats.client: the client that scripts hold.
--
-- A client is a table: slot 1 holds the core's client (connection pool, cache, figures), whose
-- verbs are C functions that are called on this table directly, so that a cached answer costs one
-- C call. It belongs to one Lua state. Nothing happens on the network before the first request.
-- `close` makes later calls fail with kind "closed"; it may be called twice, is called by
-- `<close>`, and is not needed for tidiness: what was open goes with the collector.

local core = require("wats.core")
local errors = require("wats.errors")
local json = require("wats.json")
local operations = require("wats.operations")

local core_methods = core.client_methods
local core_fetch = core_methods.fetch

local module = {}

---@class wats.RequestOptions
---@field query? table<string, any>  strings, numbers, booleans, or lists of them; sorted by name
---@field headers? table             a map, or a list of {name, value}
---@field json? any                  sent as JSON
---@field body? string               sent as it is; not together with json
---@field cache? "default"|"bypass"|"refresh"|"only"|{ttl: number}
---@field timeout? number            seconds for the whole request; default: the client's
---@field max_body? integer          decoded bytes of the answer; default: the client's
---@field route? string              label of the metrics; default: the operation's template
---@field decompress? boolean        default true; false: bytes as they were sent

---@class wats.Response
---@field status integer
---@field ok boolean                 2xx
---@field body string
---@field headers wats.Headers
---@field elapsed number             seconds
---@field attempts integer           exchanges with the server; 0 for a cached answer
---@field http_version string        "1.1", "2"
---@field cache_status "hit"|"revalidated"|"stale"|"miss"|"bypass"
---@field cache_reason string
---@field from_cache boolean
---@field age? integer               seconds, of a cached answer
---@field json fun(self, options?: wats.json.DecodeOptions): any, wats.Error?

---@class wats.Headers  by name, in any case; the first line of a name that is there twice
---@field all fun(self, name: string): string[]
---@field pairs fun(self): fun(): string, string  as sent, in order

---@class wats.Station
---@field name string
---@field location string
---@field purpose string

---@class wats.Client
---@field station wats.Station
---@field cache wats.ClientCache
---@field cache_enabled boolean
---@field get fun(self, path: string, opts?: wats.RequestOptions): wats.Response?, wats.Error?
---@field post fun(self, path: string, opts?: wats.RequestOptions): wats.Response?, wats.Error?
---@field put fun(self, path: string, opts?: wats.RequestOptions): wats.Response?, wats.Error?
---@field patch fun(self, path: string, opts?: wats.RequestOptions): wats.Response?, wats.Error?
---@field delete fun(self, path: string, opts?: wats.RequestOptions): wats.Response?, wats.Error?
---@field head fun(self, path: string, opts?: wats.RequestOptions): wats.Response?, wats.Error?
---@field request fun(self, method: string, path: string, opts?: wats.RequestOptions):
---  wats.Response?, wats.Error?
---@field app wats.App
---@field product wats.Product
---@field process wats.Process
---@field report wats.ReportService
local Client = {}
Client.__index = Client
Client.__name = "wats.client"

for _, verb in ipairs { "get", "post", "put", "patch", "delete", "head", "request" } do
  Client[verb] = core_methods[verb]
end

local function no_such_thing(client, method, path)
  return errors.new {
    kind = "not_found", status = 200, method = method, url = core_methods.base_url(client) .. path,
    message = "the server has no such thing (its answer is null)",
  }
end

-- The value that a domain call returns for an answer.
--   2xx: the decoded body; true when there is none, or `null` after a write.
--   `null` to a GET: there is no such thing, so nil and an error of kind "not_found".
--   any other status, and no answer at all: nil and the error.
---@param client wats.Client
---@param method string
---@param path string   percent-encoded
---@param opts? wats.RequestOptions
---@return any value
---@return wats.Error? err
function module.fetch(client, method, path, opts)
  local value, err, url = core_fetch(client, method, path, opts)
  if value == nil then
    if url then err = errors.from_response(err, method, url) end
    return nil, err
  end
  if value ~= json.null then return value end
  if method ~= "GET" then return true end
  return nil, no_such_thing(client, method, path)
end

local fetch = module.fetch

-- The body of a 2xx as it was sent, for what is read by other means than JSON.
---@param client wats.Client
---@param path string   percent-encoded
---@param opts? wats.RequestOptions
---@return string? body
---@return wats.Error? err
---@return string? url
function module.fetch_text(client, path, opts)
  local res, err = client:get(path, opts)
  if not res then return nil, err end
  local url = core_methods.base_url(client) .. path
  if not res.ok then return nil, errors.from_response(res, "GET", url) end
  if res.body:find("^%s*null%s*$") or res.body == "" then
    return nil, no_such_thing(client, "GET", path)
  end
  return res.body, nil, url
end

-- An argument of a domain call as a segment of a path, percent-encoded. Raises unless it is text
-- that is not empty, or an integer.
---@param where string  the method, for the message: "product:get_product"
---@param name string   the argument's
---@param value any
---@return string
function module.segment(where, name, value)
  if math.type(value) == "integer" then value = tostring(value) end
  if type(value) ~= "string" or value == "" then
    errors.raise("%s: %s: a string that is not empty expected, got %s", where, name,
      value == "" and '""' or type(value))
  end
  return operations.encode(value)
end

-- A record to be sent: a table. Raises for anything else.
---@param where string
---@param name string
---@param value any
---@return table
function module.record(where, name, value)
  if type(value) ~= "table" then
    errors.raise("%s: %s: a table expected, got %s", where, name, type(value))
  end
  return value
end

-- The caller's options with those of ours in place of his.
---@param opts? wats.RequestOptions
---@param ours table
---@return wats.RequestOptions
function module.with(opts, ours)
  for name, value in pairs(opts or {}) do
    if ours[name] == nil then ours[name] = value end
  end
  return ours
end

-- The options of a call with the query that the operation's parameters make; what the caller wrote
-- into `query` himself stays beside it.
local function with_query(opts, query)
  if not query then return opts end
  local own = opts and opts.query
  if type(own) == "table" then query = module.with(own, query) end
  return module.with(opts, { query = query })
end

-- Any public operation, by method and path template as the API spells them:
--   client:call("GET /api/Product/{partNumber}", { partNumber = "PN-1" })
-- Raises for an unknown operation and for missing, unknown or wrong parameters.
---@param key string
---@param params? table<string, any>     of the path and of the query, by the API's names
---@param opts? wats.RequestOptions
---@return any value  as of the domain calls
---@return wats.Error? err
function Client:call(key, params, opts)
  if type(key) ~= "string" then
    errors.raise("client:call: method and path template expected, got %s", type(key))
  end
  if opts ~= nil and type(opts) ~= "table" then
    errors.raise("client:call: a table of options expected, got %s", type(opts))
  end
  local operation, problem = operations.find(key)
  if not operation then errors.raise("client:call: %s", problem) end
  local path, query = operations.build_path(operation, params, 3)
  return fetch(self, operation.method, path, with_query(opts, query))
end

-- Figures of this client: requests (cached ones included), exchanges with the server, failures
-- (requests that had no answer), connections_new, connections_reused, bytes_sent, bytes_received,
-- in_flight.
---@return table<string, integer>
function Client:stats()
  return core_methods.stats(self)
end

-- Ends the client: from now on its calls return nil and an error of kind "closed".
function Client:close()
  core_methods.close(self)
end

Client.__close = Client.close

function Client:__tostring()
  local state = core_methods.is_closed(self) and ", closed" or ""
  return ("wats.client (%s%s)"):format(core_methods.base_url(self), state)
end

-- What the client has stored of earlier answers. An object even where `cache = false`: then it is
-- always empty.
---@class wats.ClientCache
local Cache = {}
Cache.__index = Cache
Cache.__name = "wats.client.cache"

local function owner(cache)
  if type(cache) ~= "table" or getmetatable(cache) ~= Cache then
    errors.raise("a client's cache expected (call it as client.cache:stats())")
  end
  return cache[1]
end

-- requests (look-ups), hits, misses, hit_rate (0..1), revalidations, stale, stores, evictions,
-- expirations, invalidations, size, max_size (entries), bytes, max_bytes.
---@return table<string, number>
function Cache:stats()
  return core_methods.cache_stats(owner(self))
end

-- Forgets all answers; the figures go on counting.
function Cache:clear()
  core_methods.cache_clear(owner(self))
end

-- Drops the answers of this path and of those below it ("/api/Product" is not "/api/Products"), or
-- all of them.
---@param path? string
---@return integer dropped
function Cache:invalidate(path)
  if path ~= nil and (type(path) ~= "string" or path:sub(1, 1) ~= "/") then
    errors.raise('cache:invalidate: a path such as "/api/Product" expected, got %s',
      type(path) == "string" and ('"%s"'):format(path) or type(path))
  end
  return core_methods.cache_invalidate(owner(self), path)
end

-- What is stored: "GET https://...", most recently used first.
---@return string[]
function Cache:keys()
  return core_methods.cache_keys(owner(self))
end

-- What the cache would do with `client:get(path, opts)` now, and why; asks nobody and counts
-- nothing. `status` is "hit", "stale" (would be revalidated), "miss" or "bypass"; of a stored
-- answer also age, lifetime, fresh_for (seconds) and lifetime_from.
---@param path string
---@param opts? wats.RequestOptions
---@return table? explanation
---@return wats.Error? err
function Cache:explain(path, opts)
  local client = owner(self)
  if type(path) ~= "string" then
    errors.raise("cache:explain: a path expected, got %s", type(path))
  end
  return core_methods.cache_explain(client, path, opts)
end

local function core_options(config)
  local cache, low_speed = config.cache, config.low_speed
  return {
    base_url = config.base_url,
    token = config.token,
    user_agent = "wats-lua/" .. core.version,
    ca_file = config.ca_file,
    verify = config.verify,
    allow_http = config.allow_http,
    timeout = config.timeout,
    attempt_timeout = config.attempt_timeout,
    connect_timeout = config.connect_timeout,
    low_speed_bytes = low_speed and low_speed[1] or 0,
    low_speed_seconds = low_speed and low_speed[2] or 0,
    max_body = config.max_body,
    cache = cache and true or false,
    cache_ttl = cache and cache.ttl,
    cache_max_entries = cache and cache.max_entries,
    cache_max_bytes = cache and cache.max_bytes,
  }
end

-- A client for options that wats.config has checked.
---@param config table
---@return wats.Client? client
---@return wats.Error? err
function module.new(config)
  local registry = config.metrics or core.metrics_default()
  local box, err = core.client(core_options(config), registry)
  if not box then return nil, err end
  local self = setmetatable({ box }, Client)
  self.station = config.station
  self.cache = setmetatable({ self }, Cache)
  self.cache_enabled = config.cache and true or false
  return self
end

return module
