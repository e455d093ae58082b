-- wats.cache.entries: where a cache of values keeps them: by key, by use and by end of life.
--
-- An entry is a table in three places: `nodes[key]` of its index; a ring in the order of use, whose
-- head is the store; and, where its life ends some day, a heap of ends. Using one costs O(1),
-- storing, dropping and evicting at most O(log n). A store has one index for its own keys, and
-- functions that are cached without a key of their own bring theirs.
--
-- Nothing here looks after time by itself: what has ended is dropped when it is asked for, a few at
-- each store and each miss, all of it by `purge`, and before anything that still lives is evicted.

local heap = require("wats.async.heap")

---@class wats.cache.Index
---@field nodes table<any, wats.cache.Entry>
---@field flights table<any, wats.cache.Flight>  computations that may be joined

---@class wats.cache.Entry
---@field key any
---@field value any       or SEVERAL: then `rests` of the store has them
---@field at? number      from when on it is not used any more
---@field order? integer  of the heap, and `place`
---@field place? integer
---@field nodes table<any, wats.cache.Entry>
---@field next wats.cache.Entry
---@field prev wats.cache.Entry

---@class wats.cache.Entries
---@field next wats.cache.Entry  the one used last; the store itself when there is none
---@field prev wats.cache.Entry  the one whose use is longest ago

local entries = {}

-- In place of the value of an entry with none or several.
entries.SEVERAL = {}

-- Ended entries that each store and each miss drops: more than one, so that they get fewer.
local PURGED = 2

---@return wats.cache.Index
function entries.new_index()
  return { nodes = {}, flights = {} }
end

-- Makes `store` one; its other fields are left alone.
---@param store table
---@param max_entries integer
---@param clock fun(): number
---@param ttl? number
function entries.init(store, max_entries, clock, ttl)
  store.prev, store.next = store, store
  store.index, store.ends, store.rests = entries.new_index(), heap.new(), {}
  store.size, store.max_entries, store.clock, store.ttl = 0, max_entries, clock, ttl
  store.hits, store.misses, store.joined, store.stores = 0, 0, 0, 0
  store.evictions, store.expirations, store.invalidations = 0, 0, 0
end

local function link(store, node)
  local newest = store.next
  node.prev, node.next = store, newest
  newest.prev, store.next = node, node
end

local function unlink(node)
  local before, behind = node.prev, node.next
  before.next, behind.prev = behind, before
end

-- Takes an entry out; the caller counts why.
local function drop(store, node)
  node.nodes[node.key] = nil
  unlink(node)
  if node.place then store.ends:remove(node) end
  if node.value == entries.SEVERAL then store.rests[node] = nil end
  store.size = store.size - 1
end

-- Drops what has ended, at most `limit`. Returns how many.
---@param store wats.cache.Entries
---@param limit? integer
---@return integer dropped
function entries.purge(store, limit)
  local ends, dropped = store.ends, 0
  local node = ends:first()
  if not node then return 0 end
  local now = store.clock()
  while node and node.at <= now and dropped ~= limit do
    drop(store, node)
    dropped = dropped + 1
    node = ends:first()
  end
  store.expirations = store.expirations + dropped
  return dropped
end

-- Counts a request that found nothing.
---@param store wats.cache.Entries
function entries.miss(store)
  store.misses = store.misses + 1
  entries.purge(store, PURGED)
end

-- Does it live? If not, it is dropped.
---@param store wats.cache.Entries
---@param node wats.cache.Entry
---@return boolean
function entries.alive(store, node)
  local at = node.at
  if at and at <= store.clock() then
    drop(store, node)
    store.expirations = store.expirations + 1
    return false
  end
  return true
end

-- May an entry be used for a request? Then it counts as one that was found, and is the newest.
---@param store wats.cache.Entries
---@param node wats.cache.Entry
---@return boolean
function entries.use(store, node)
  local at = node.at
  if at and at <= store.clock() and not entries.alive(store, node) then return false end
  store.hits = store.hits + 1
  local newest = store.next
  if newest ~= node then -- unlink and link by hand: this is the way of every hit
    local before, behind = node.prev, node.next
    before.next, behind.prev = behind, before
    node.prev, node.next = store, newest
    newest.prev, store.next = node, node
  end
  return true
end

local function make_room(store)
  if entries.purge(store, PURGED) > 0 or store.size < store.max_entries then return end
  drop(store, store.prev)
  store.evictions = store.evictions + 1
end

-- Drops an entry that is not wanted any more. False when there was none that lived.
---@param store wats.cache.Entries
---@param index wats.cache.Index
---@param key any
---@return boolean
function entries.invalidate(store, index, key)
  local node = index.nodes[key]
  if not (node and entries.alive(store, node)) then return false end
  drop(store, node)
  store.invalidations = store.invalidations + 1
  return true
end

-- Stores a value, or none or several (`value` is SEVERAL, `rest` is what table.pack gave), for
-- `ttl` seconds from `since` on (nil: from now). What would have ended by now is not kept, and
-- neither is what stood there before.
---@param store wats.cache.Entries
---@param index wats.cache.Index
---@param key any
---@param value any
---@param rest? table
---@param ttl? number  nil or math.huge: no end
---@param since? number
function entries.put(store, index, key, value, rest, ttl, since)
  local at
  if ttl and ttl < math.huge then
    local now = store.clock()
    at = (since or now) + ttl
    if at <= now then
      entries.invalidate(store, index, key)
      return
    end
  end
  local node = index.nodes[key]
  if node then
    if node.place then store.ends:remove(node) end
    if node.value == entries.SEVERAL then store.rests[node] = nil end
    unlink(node)
    node.value, node.at = value, at
  else
    make_room(store)
    node = { -- all fields that it may come to have, so that the table need not grow
      key = key, value = value, at = at, nodes = index.nodes, next = store, prev = store,
      order = nil, place = nil,
    }
    index.nodes[key] = node
    store.size = store.size + 1
  end
  link(store, node)
  if rest then store.rests[node] = rest end
  if at then store.ends:put(node) end
  store.stores = store.stores + 1
end

-- Drops all, of every index.
---@param store wats.cache.Entries
function entries.clear(store)
  entries.purge(store)
  local node = store.next
  while node ~= store do
    node.nodes[node.key] = nil
    node = node.next
  end
  store.invalidations = store.invalidations + store.size
  store.prev, store.next, store.size = store, store, 0
  store.ends, store.rests = heap.new(), {}
end

return entries
