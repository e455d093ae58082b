-- wats.client_cache: what `client.cache` is, the client's store of earlier answers.
--
-- Slot 1 holds the client; the work is done in C. It is an object even where `cache = false`: then
-- it is always empty. Belongs to the client's Lua state.

local core = require("wats.core")
local errors = require("wats.errors")
local operations = require("wats.operations")

local methods = core.client_methods

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
-- expirations, invalidations, size, max_size (entries), bytes, max_bytes.
---@return table<string, number>
function Cache:stats()
  check_self(self)
  return methods.cache_stats(self)
end

-- Forgets all answers; the figures go on counting.
function Cache:clear()
  check_self(self)
  methods.cache_clear(self)
end

-- The templates as a tree: node[segment in lower case] = { spelling, node }; node[1] is the node
-- behind a parameter.
local templates

local function plant()
  templates = {}
  for _, operation in ipairs(operations.list) do
    local node = templates
    for segment in operation.path:gmatch("[^/]+") do
      local key = segment:find("^{") and 1 or segment:lower()
      node[key] = node[key] or (key == 1 and {} or { segment, {} })
      node = key == 1 and node[key] or node[key][2]
    end
  end
end

-- All ways in which answers to this path may have been stored: as it is, and with what may be a
-- literal segment of a template spelled as there.
local function spellings(path)
  if not templates then plant() end
  local states = { { "", templates } }
  for segment in path:gmatch("[^/]+") do
    local following = {}
    for _, state in ipairs(states) do
      local node = state[2]
      local literal = node and node[segment:lower()]
      if literal then following[#following + 1] = { state[1] .. "/" .. literal[1], literal[2] } end
      if not literal or node[1] then
        following[#following + 1] = { state[1] .. "/" .. segment, node and node[1] }
      end
    end
    states = following
  end
  local set = { [path] = true }
  for _, state in ipairs(states) do set[state[1]] = true end
  return set
end

-- Drops the answers of this path and of those below it ("/api/Product" is not "/api/Products"), or
-- all of them.
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
  if path == "" then return methods.cache_invalidate(self) end
  local dropped = 0
  for spelling in pairs(spellings(path)) do
    dropped = dropped + methods.cache_invalidate(self, spelling)
  end
  return dropped
end

-- What is stored: "GET https://...", most recently used first.
---@return string[]
function Cache:keys()
  check_self(self)
  return methods.cache_keys(self)
end

-- What the cache would do with `client:get(path, opts)` now, and why; asks nobody and counts
-- nothing. `status` is "hit", "stale" (would be revalidated), "miss" or "bypass"; of a stored
-- answer also age, lifetime, fresh_for (seconds) and lifetime_from.
---@param path string
---@param opts? wats.RequestOptions
---@return table? explanation
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
