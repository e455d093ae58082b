-- wats.client_cache: what `client.cache` is, the client's store of earlier answers.
--
-- Slot 1 holds the client; the work is done in C. It is an object even where `cache = false`: then
-- it is always empty. Belongs to the client's Lua state.

local core = require("wats.core")
local errors = require("wats.errors")
local operations = require("wats.operations")

local methods = core.client_methods

---@class wats.Explanation
---@field status "hit"|"stale"|"revalidated"|"miss"|"bypass"
---@field reason string
---@field route string          the operation's template, or "other"
---@field age? number           seconds; this and what follows: of a stored answer
---@field lifetime? number      seconds
---@field lifetime_from? "max-age"|"Expires"|"Last-Modified"|"ttl"
---@field fresh_for? number     seconds; negative: it is over
---@field fresh_until? number   epoch seconds

---@class wats.ClientCache
local Cache = {}
Cache.__index = Cache
Cache.__name = "wats.client.cache"

local function check_self(cache)
  if type(cache) ~= "table" or getmetatable(cache) ~= Cache then
    errors.raise("a client's cache expected (call it as client.cache:stats())")
  end
end

-- requests (look-ups), hits, misses, hit_rate (0..1), revalidations, stale, stores, evictions,
-- expirations, invalidations, size, max_size (entries), bytes, max_bytes. With `cache.path` also
-- `disk`: entries and bytes (of all processes; counting costs time), max_bytes, and of this process
-- hits, misses, stores, queued and dropped (what was not written).
---@return table<string, any>
function Cache:stats()
  check_self(self)
  return methods.cache_stats(self)
end

-- Forgets all answers; the figures go on counting.
function Cache:clear()
  check_self(self)
  methods.cache_clear(self)
end

-- Drops the answers of this path and of those below it ("/api/Product" is not "/api/Products"), or
-- all of them. Letters count in either case.
---@param path? string  without a query
---@return integer dropped
function Cache:invalidate(path)
  check_self(self)
  if path == nil then return methods.cache_invalidate(self) end
  if type(path) ~= "string" or path:sub(1, 1) ~= "/" or path:find("[?#%c ]") then
    errors.raise('cache:invalidate: a path such as "/api/Product" expected, got %s',
      type(path) == "string" and ('"%s"'):format(path:sub(1, 60):gsub("%c", "?")) or type(path))
  end
  path = path:gsub("[\x80-\xFF]", operations.encode):gsub("/+$", "")
  return methods.cache_invalidate(self, path ~= "" and path or nil)
end

-- What is stored: "GET https://...", most recently used first.
---@return string[]
function Cache:keys()
  check_self(self)
  return methods.cache_keys(self)
end

-- What the cache would do with `client:get(path, opts)` now, and why; asks nobody and counts
-- nothing. `status` is what `res.cache_status` would be: "hit", "stale", "revalidated" (if the
-- server confirms what is stored), "miss" or "bypass"; of a stored answer also age, lifetime,
-- fresh_for (seconds, negative when it is over), fresh_until (the same in epoch seconds: as long as
-- nothing is written, a "hit" is one until then) and lifetime_from.
---@param path string
---@param opts? wats.RequestOptions
---@return wats.Explanation? explanation
---@return wats.Error? err
function Cache:explain(path, opts)
  check_self(self)
  return methods.cache_explain(self, path, opts)
end

local module = {}

---@param client wats.Client
---@return wats.ClientCache
function module.new(client)
  return setmetatable({ client }, Cache)
end

return module
