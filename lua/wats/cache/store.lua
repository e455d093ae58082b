-- wats.cache.store: what wats.cache.new makes, a cache of Lua values.
--
-- Belongs to one Lua state and holds references: who changes a table that he got changes it for
-- all, unless the cache was made with `copy = true`; then it copies what it is given and what it
-- hands out (wats.cache.copy). nil and false can be stored; `get` tells them from nothing by its
-- second result. An entry ends when its ttl has passed, to the moment; the clock is a monotonic
-- one. A cache that is full drops what has ended, else what was used longest ago.

local check = require("wats.async.check")
local copy = require("wats.cache.copy")
local core = require("wats.core")
local entries = require("wats.cache.entries")
local errors = require("wats.errors")
local flight = require("wats.cache.flight")
local keys = require("wats.cache.keys")

---@class wats.cache.Options
---@field ttl? number           seconds that a value is used; nil: no limit, 0: nothing is kept
---@field max_entries? integer  1000
---@field copy? boolean         copy what comes and goes
---@field clock? fun(): number  seconds that never run backwards; for tests

---@class wats.Cache: wats.cache.Entries
---@field index wats.cache.Index
---@field copies boolean
---@field clock fun(): number
---@field ttl? number
---@field led table<wats.cache.Flight, true>
---@field strays table<wats.cache.Flight, true>
local Cache = {}
Cache.__index = Cache
Cache.__name = "wats.cache"

local store = {}

local RULES = {
  ttl = { "number", min = 0 },
  max_entries = { "integer", min = 1, default = 1000 },
  copy = { "boolean", default = false },
  clock = { "any", default = core.monotonic, check = function(value)
    if not check.is_callable(value) then return "must be a function" end
  end },
}

---@param value any
---@return boolean
function store.is_cache(value)
  return type(value) == "table" and getmetatable(value) == Cache
end

---@param options? wats.cache.Options
---@return wats.Cache
function store.new(options)
  local checked = check.options("cache.new", options, RULES)
  local self = { copies = checked.copy }
  entries.init(self, checked.max_entries, checked.clock, checked.ttl)
  flight.init(self)
  return setmetatable(self, Cache)
end

local function check_self(self, name)
  if getmetatable(self) ~= Cache then
    errors.raise("a cache of wats.cache.new expected (call it as cache:%s())", name)
  end
end

local function check_key(self, name, key)
  check_self(self, name)
  keys.check("cache:" .. name, key)
end

-- The value of a key (the first one, where a cached function stored several), and whether it was
-- there.
---@param key string|number|boolean|userdata
---@return any value
---@return boolean found
function Cache:get(key)
  check_self(self, "get")
  local node = self.index.nodes[key]
  if not node then
    keys.check("cache:get", key)
    entries.miss(self)
    return nil, false
  elseif not entries.use(self, node) then
    self.misses = self.misses + 1
    return nil, false
  end
  local value = node.value
  if value == entries.SEVERAL then value = self.rests[node][1] end
  if self.copies then value = copy.deep(value) end
  return value, true
end

-- Stores a value, nil and false too. A function that computes the same key now, by `wrap`, brings
-- its callers what it brings, but that is not stored.
---@param key string|number|boolean|userdata
---@param value any
---@param ttl? number  the cache's own when left out; 0: drops what was there; math.huge: no end
function Cache:set(key, value, ttl)
  check_key(self, "set", key)
  if ttl == nil then
    ttl = self.ttl
  elseif type(ttl) ~= "number" or ttl < 0 or ttl ~= ttl then
    errors.raise("cache:set: a ttl of seconds from 0 up expected, got %s",
      type(ttl) == "number" and (ttl ~= ttl and "nan" or ttl) or type(ttl))
  end
  if self.copies then value = copy.deep(value) end
  flight.overtake(self, self.index, key)
  entries.put(self, self.index, key, value, nil, ttl)
end

-- Was there a value to drop?
---@param key string|number|boolean|userdata
---@return boolean
function Cache:delete(key)
  check_key(self, "delete", key)
  flight.overtake(self, self.index, key)
  return entries.invalidate(self, self.index, key)
end

-- Is there a value? Counts as no request, and not as use.
---@param key string|number|boolean|userdata
---@return boolean
function Cache:has(key)
  check_key(self, "has", key)
  local node = self.index.nodes[key]
  return node ~= nil and entries.alive(self, node)
end

-- Drops all, also what cached functions keep here under their arguments. The figures go on.
function Cache:clear()
  check_self(self, "clear")
  flight.overtake_all(self)
  entries.clear(self)
end

-- Drops what has ended; a cache that is used does so by and by. Returns how many.
---@return integer dropped
function Cache:cleanup()
  check_self(self, "cleanup")
  return entries.purge(self)
end

-- The keys that `get` knows, the one used last first: not the arguments of functions that are
-- cached here without a `key`.
---@return any[]
function Cache:keys()
  check_self(self, "keys")
  entries.purge(self)
  local list, nodes, node = {}, self.index.nodes, self.next
  while node ~= self do
    if node.nodes == nodes then list[#list + 1] = node.key end
    node = node.next
  end
  return list
end

-- How many values there are, those of cached functions included.
---@return integer
function Cache:__len()
  entries.purge(self)
  return self.size
end

-- requests, hits, misses, hit_rate (0..1), joined (misses that waited for a computation under way),
-- stores, evictions (room was needed), expirations, invalidations (deleted, cleared), size,
-- max_size (entries).
---@return table<string, number>
function Cache:stats()
  check_self(self, "stats")
  entries.purge(self)
  local requests = self.hits + self.misses
  return {
    requests = requests, hits = self.hits, misses = self.misses, joined = self.joined,
    hit_rate = requests > 0 and self.hits / requests or 0,
    stores = self.stores, evictions = self.evictions, expirations = self.expirations,
    invalidations = self.invalidations, size = self.size, max_size = self.max_entries,
  }
end

return store
