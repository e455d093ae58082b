local entries = require "wats.cache.entries"

local time, store

before_each(function()
  time, store = 0, {}
  entries.init(store, 3, function() return time end)
end)

local function put(key, ttl, index) entries.put(store, index or store.index, key, key, nil, ttl) end

local function stored()
  local list, node = {}, store.next
  while node ~= store do
    assert(node.nodes[node.key] == node)
    assert(node.next.prev == node and node.prev.next == node)
    list[#list + 1], node = node.key, node.next
  end
  assert.equal(#list, store.size)
  return table.concat(list, " ")
end

local function use(key) return entries.use(store, store.index.nodes[key]) end

describe("entries", function()
  it("stand in the order of use", function()
    put "a"
    put "b"
    put "c"
    assert.equal("c b a", stored())
    assert.is_true(use "a")
    assert.is_true(use "a")
    assert.is_true(use "b")
    assert.equal("b a c", stored())
    put "c"
    assert.equal("c b a", stored())
    assert.equal(3, store.hits)
  end)

  it("make room by the longest unused", function()
    for _, key in ipairs { "a", "b", "c" } do put(key) end
    use "a"
    put "d"
    assert.equal("d a c", stored())
    assert.equal(1, store.evictions)
    assert.equal(0, store.expirations)
  end)

  it("make room by what has ended, before anything that lives", function()
    put("a", 50)
    put("b", 5)
    put "c"
    use "b"
    time = 5
    put "d"
    assert.equal("d c a", stored())
    assert.equal(0, store.evictions)
    assert.equal(1, store.expirations)
  end)

  it("end to the moment", function()
    put("a", 5)
    time = 4.999999
    assert.is_true(use "a")
    time = 5
    assert.is_false(use "a")
    assert.equal("", stored())
    assert.equal(1, store.expirations)
  end)

  it("are purged in the order of their ends, to a limit", function()
    put("a", 3)
    put("b", 1)
    put("c", 2)
    time = 2
    assert.equal(1, entries.purge(store, 1))
    assert.equal("c a", stored())
    assert.equal(1, entries.purge(store))
    assert.equal(0, entries.purge(store))
    assert.equal("a", stored())
  end)

  it("that have ended go by and by, with stores and misses", function()
    entries.init(store, 100, function() return time end)
    for i = 1, 40 do put(i, 1) end
    time = 1
    for i = 1, 10 do put("new" .. i) end
    assert.equal(30, store.size)
    for _ = 1, 10 do entries.miss(store) end
    assert.equal(10, store.size)
    assert.equal(40, store.expirations)
    assert.equal(0, store.ends.count)
  end)

  it("get a new end when they are stored again", function()
    put("a", 1)
    put("a", 9)
    time = 5
    assert.is_true(use "a")
    put "a"
    time = 50
    assert.is_true(use "a")
    assert.equal(0, store.ends.count)
    put("a", 1)
    assert.equal(1, store.ends.count)
    assert.equal(1, store.size)
  end)

  it("count their end from when they are told", function()
    time = 10
    entries.put(store, store.index, "a", 1, nil, 5, 7)
    time = 11.9
    assert.is_true(use "a")
    time = 12
    assert.is_false(use "a")
  end)

  it("are not kept when they have ended already, nor what stood there", function()
    put "a"
    put("a", 0)
    put("b", 0)
    time = 10
    entries.put(store, store.index, "c", 1, nil, 5, 5)
    assert.equal("", stored())
    assert.equal(1, store.invalidations)
    assert.equal(1, store.stores)
  end)

  it("of several indexes share the room", function()
    local other = entries.new_index()
    put "a"
    put("a", nil, other)
    put("b", nil, other)
    assert.equal("b a a", stored())
    put "c"
    assert.is_nil(store.index.nodes.a)
    assert.truthy(other.nodes.a)
    entries.clear(store)
    assert.is_nil(next(other.nodes))
    assert.equal("", stored())
  end)

  it("keep several values no longer than themselves", function()
    local function several(key)
      entries.put(store, store.index, key, entries.SEVERAL, { n = 2, key, key }, 5)
    end
    for _, key in ipairs { "a", "b", "c", "d" } do several(key) end -- a is evicted
    put "b"                                                         -- replaced
    entries.invalidate(store, store.index, "c")
    local count = 0
    for node in pairs(store.rests) do
      count = count + 1
      assert.equal("d", node.key)
    end
    assert.equal(1, count)
    time = 5
    entries.purge(store)
    assert.is_nil(next(store.rests))
    several "a"
    entries.clear(store)
    assert.is_nil(next(store.rests))
  end)

  it("that are cleared count as invalidated, those that had ended as expired", function()
    put("a", 1)
    put "b"
    time = 1
    entries.clear(store)
    assert.equal(1, store.invalidations)
    assert.equal(1, store.expirations)
    put "a"
    assert.equal("a", stored())
  end)
end)
