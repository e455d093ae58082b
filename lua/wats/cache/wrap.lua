-- wats.cache.wrap: a function that remembers what it returned.
--
-- The way of a call: the key of its arguments; what stands in the cache; else the computation that
-- is under way (wats.cache.flight); else the function itself, whose results are stored unless they
-- are no answer. What is promised stands at the head of wats.cache.

local check = require("wats.async.check")
local copy = require("wats.cache.copy")
local entries = require("wats.cache.entries")
local errors = require("wats.errors")
local flight = require("wats.cache.flight")
local keys = require("wats.cache.keys")
local store = require("wats.cache.store")

local SEVERAL = entries.SEVERAL

---@class wats.cache.WrapOptions
---@field cache? wats.Cache   where results are kept; its own when left out
---@field ttl? number         of what this function returns; the cache's when left out
---@field key? fun(...): any  makes a key of the arguments, by which `cache:get` knows the result
---@field cache_nil? boolean  keep nil alone, too

---@class wats.cache.Wrapped
---@field fn function
---@field cache wats.Cache
---@field ttl? number
---@field key? function
---@field cache_nil boolean
---@field one wats.cache.Index   by an only argument that is no nil
---@field many wats.cache.Index  by what keys.encode makes of any others

local wrap = {}

-- By the function that was handed out.
---@type table<function, wats.cache.Wrapped>
local wrapped_by = setmetatable({}, { __mode = "k" })

local RULES = {
  cache = { "any", check = function(value)
    if not store.is_cache(value) then return "must be a cache of wats.cache.new" end
  end },
  ttl = { "number", min = 0 },
  key = { "any", check = function(value)
    if not check.is_callable(value) then return "must be a function" end
  end },
  cache_nil = { "boolean", default = false },
}

-- Where the results for these arguments stand.
---@param self wats.cache.Wrapped
---@return wats.cache.Index
---@return any key
local function place(self, ...)
  if self.key then return self.cache.index, keys.only(self.key(...)) end
  local first = ...
  if first ~= nil and select("#", ...) == 1 then
    keys.check_only(first)
    return self.one, first
  end
  return self.many, keys.encode(...)
end

-- What an entry holds, for a caller.
local function results(cache, node)
  local value = node.value
  if value == SEVERAL then
    local rest = cache.rests[node]
    if cache.copies then rest = copy.deep(rest) end
    return table.unpack(rest, 1, rest.n)
  end
  if cache.copies then value = copy.deep(value) end
  return value
end

-- Are these results an answer to be kept? nil and an error are none.
local function is_answer(self, packed)
  if packed[1] ~= nil then return true end
  return self.cache_nil and packed[2] == nil
end

-- The function has returned: to the store, to those who wait, and to the caller.
local function conclude(self, now, ...)
  if flight.was_cancelled(now) then
    flight.finish(now, flight.AGAIN)
    return ...
  end
  local cache, packed = self.cache, table.pack(...)
  local is_kept = is_answer(self, packed)
  if is_kept and cache.copies then packed = copy.deep(packed) end
  if is_kept and not now.is_overtaken then
    local ttl = self.ttl or cache.ttl
    if packed.n == 1 then
      entries.put(cache, now.index, now.key, packed[1], nil, ttl, now.began)
    else
      entries.put(cache, now.index, now.key, SEVERAL, packed, ttl, now.began)
    end
  end
  flight.finish(now, { packed = packed, is_copied = is_kept and cache.copies })
  return ...
end

local function compute(self, index, key, ...)
  local now <close> = flight.begin(self.cache, index, key)
  return conclude(self, now, self.fn(...))
end

-- What somebody else's computation came to.
local function deliver(outcome)
  if outcome.has_raised then error(outcome.value, 0) end
  local packed = outcome.packed
  if outcome.is_copied then packed = copy.deep(packed) end
  return table.unpack(packed, 1, packed.n)
end

-- There was nothing: waits for it, or computes it.
local function find_out(self, index, key, ...)
  local cache, has_joined = self.cache, false
  while true do
    local now = index.flights[key]
    if not (now and flight.may_join(now, ...)) then return compute(self, index, key, ...) end
    if not has_joined then
      has_joined, cache.joined = true, cache.joined + 1
    end
    local outcome, err = flight.join(now)
    if not outcome then return nil, err end
    if outcome ~= flight.AGAIN then return deliver(outcome) end
    local node = index.nodes[key]
    if node and entries.alive(cache, node) then return results(cache, node) end
  end
end

local function ask(self, ...)
  local cache, index, key = self.cache, place(self, ...)
  local node = index.nodes[key]
  if node then
    if entries.use(cache, node) then return results(cache, node) end
    cache.misses = cache.misses + 1
  else
    entries.miss(cache)
  end
  return find_out(self, index, key, ...)
end

-- A function that returns what `fn` returned for the same arguments, as long as the cache has it.
---@param fn function
---@param options? wats.cache.WrapOptions
---@return function
function wrap.new(fn, options)
  check.callable("cache.wrap", "argument #1", fn)
  local checked = check.options("cache.wrap", options, RULES)
  local cache = checked.cache or store.new()
  local self = {
    fn = fn, cache = cache, ttl = checked.ttl, key = checked.key, cache_nil = checked.cache_nil,
    one = entries.new_index(), many = entries.new_index(),
  }
  local wrapped
  if self.key then
    wrapped = function(...) return ask(self, ...) end
  else
    local nodes = self.one.nodes
    wrapped = function(...)
      -- the short way for what is there under its only argument
      if select("#", ...) == 1 then
        local node = nodes[...]
        if node and entries.use(cache, node) then return results(cache, node) end
      end
      return ask(self, ...)
    end
  end
  wrapped_by[wrapped] = self
  return wrapped
end

local function self_of(name, wrapped)
  local self = wrapped_by[wrapped]
  if not self then
    errors.raise("%s: argument #1 must be a function that cache.wrap returned, got %s", name,
      type(wrapped))
  end
  return self
end

-- Drops what a cached function keeps for these arguments; what it computes for them now is not
-- stored. Was there anything to drop?
---@param wrapped function
---@param ... any
---@return boolean
function wrap.forget(wrapped, ...)
  local self = self_of("cache.forget", wrapped)
  local index, key = place(self, ...)
  flight.overtake(self.cache, index, key)
  return entries.invalidate(self.cache, index, key)
end

-- The cache of a cached function.
---@param wrapped function
---@return wats.Cache
function wrap.cache_of(wrapped)
  return self_of("cache.of", wrapped).cache
end

return wrap
