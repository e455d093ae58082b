-- wats.cache: a cache of Lua values, and functions that remember what they returned.
--
--   local c = wats.cache.new { ttl = 60, max_entries = 1000 }
--   local look_up = wats.cache.wrap(slow, { cache = c })
--
-- For what a script itself finds out: answers of a server have a cache of their own, which knows
-- when they may be used (client.cache). Everything here belongs to one Lua state; nothing blocks,
-- except that a cached function may wait for a computation that is under way. docs/value_cache.md
-- shows how to use it.
--
-- What a cached function promises:
--   * Keys compare by value. Without `key`, arguments are strings, numbers, booleans, nil and
--     wats.null; any other raises. Which and how many there are counts: ("a", "b") is not ("ab"),
--     and f(1) not f(1, nil). Equal numbers are the same: 1 and 1.0. Two functions never see each
--     other's results, though they share a cache; with `key` they do, since its result is a key of
--     the cache as any other.
--   * All results are kept, nils in the middle and at the end too. An error is not, nor is nil with
--     an error behind it; nil alone (or nothing) only with `cache_nil`. false is.
--   * Of many who ask for one key at once, one computes; the others wait and get the same results
--     or the same error. One who is cancelled waits no longer (`nil, err`), and the others go on.
--     When the task that computes is cancelled, one of those who wait computes in its place.
--   * The ttl counts from when the computation began: what it saw may be as old as that.
--   * `cache:set`, `delete`, `clear` and `forget` count from when they are called: what began
--     before is not stored, and nobody who asks later gets it.
--   * A function that asks, directly or in a circle, for what it is computing raises.

local store = require("wats.cache.store")
local wrap = require("wats.cache.wrap")

local cache = {}

-- Makes an empty cache of values, kept `ttl` seconds (nil: no limit), at most `max_entries` (1000).
-- Wrong options raise.
---@param options? wats.cache.Options
---@return wats.Cache
function cache.new(options)
  return (store.new(options))
end

-- Makes a function that calls `fn` only for what its cache does not have. `cache`: where (one of
-- its own with 1000 entries when left out); `ttl`: how long (as the cache when left out);
-- `key(...)`: makes one key of the arguments; `cache_nil`: keep nil alone, too.
---@generic F: function
---@param fn F
---@param options? wats.cache.WrapOptions
---@return F
function cache.wrap(fn, options)
  return (wrap.new(fn, options))
end

-- Drops what a cached function keeps for exactly these arguments. Was there anything?
---@param wrapped function  of cache.wrap
---@param ... any
---@return boolean
function cache.forget(wrapped, ...)
  return (wrap.forget(wrapped, ...))
end

-- The cache that a cached function uses.
---@param wrapped function  of cache.wrap
---@return wats.Cache
function cache.of(wrapped)
  return (wrap.cache_of(wrapped))
end

return cache
