-- Thousands of random steps beside models that are too simple to be wrong.

local async = require "wats.async"
local fake = require "spec.support.reactor"
local wats = require "wats"

local cache = wats.cache
local LONG = os.getenv("WATS_TEST_LONG") == "1"

-- A list, the one used last first, of { key, value, at }; everything by walking.
local Model = {}
Model.__index = Model

function Model:find(key)
  for i, entry in ipairs(self) do
    if entry.key == key then return i, entry end
  end
end

function Model:sweep(time)
  for i = #self, 1, -1 do
    if self[i].at <= time then table.remove(self, i) end
  end
end

function Model:get(key)
  local i, entry = self:find(key)
  if not i then return nil, false end
  table.remove(self, i)
  table.insert(self, 1, entry)
  return entry.value, true
end

function Model:set(key, value, at)
  local i = self:find(key)
  if i then table.remove(self, i) end
  table.insert(self, 1, { key = key, value = value, at = at })
  if #self > self.max then table.remove(self) end
end

local function compare(model, c)
  local keys = c:keys()
  assert(#keys == #model and #c == #model)
  for i, key in ipairs(keys) do assert(key == model[i].key) end
end

-- One random step; the model is swept before, so it never holds what has ended.
local function step(model, c, state)
  local key = math.random(12) / 2
  local action = math.random(20)
  model:sweep(state.time)
  if action <= 8 then
    local value, found = c:get(key)
    local expected, has = model:get(key)
    assert(value == expected and found == has)
    state.requests = state.requests + 1
  elseif action <= 15 then
    local ttl = ({ nil, 0.5, 1, 3, math.huge, 0 })[math.random(6)]
    local value = math.random(4) > 1 and math.random(1000) or nil
    c:set(key, value, ttl)
    if ttl == 0 then
      local i = model:find(key)
      if i then table.remove(model, i) end
    else
      model:set(key, value, state.time + (ttl or 2))
    end
  elseif action == 16 then
    local i = model:find(key)
    assert(c:delete(key) == (i ~= nil))
    if i then table.remove(model, i) end
  elseif action == 17 then
    assert(c:has(key) == (model:find(key) ~= nil))
  elseif action == 18 then
    c:cleanup()
    assert(c.size == #model)
  elseif action == 19 then
    if math.random(20) == 1 then
      c:clear()
      for i = #model, 1, -1 do model[i] = nil end
    end
  end
  state.time = state.time + ({ 0, 0, 0.125, 0.5, 1.25 })[math.random(5)]
end

describe("a cache of values beside a list", function()
  it("has the same, in the same order, at any time", function()
    for seed = 1, LONG and 200 or 20 do
      math.randomseed(seed)
      local state = { time = 0, requests = 0 }
      local max = math.random(9)
      local c = cache.new { ttl = 2, max_entries = max, clock = function() return state.time end }
      local model = setmetatable({ max = max }, Model)
      for i = 1, 1000 do
        step(model, c, state)
        assert(c.size <= max and c.ends.count <= c.size)
        if i % 5 == 0 then
          model:sweep(state.time)
          compare(model, c)
        end
      end
      local stats = c:stats()
      assert.equal(state.requests, stats.requests)
      assert.equal(stats.requests, stats.hits + stats.misses)
      -- what was stored under a key that was there replaced it
      assert.is_true(stats.size + stats.evictions + stats.expirations + stats.invalidations
        <= stats.stores)
    end
  end)
end)

describe("tasks that ask, change and are cancelled at random", function()
  local before = async.default.reactor
  after_each(function() async.set_reactor(before) end)

  -- Each value tells when its computation began; nobody may get one that began before the last
  -- change that he knew of when he asked.
  local function world(seed)
    math.randomseed(seed)
    local reactor = fake.new()
    async.set_reactor(reactor)
    local c = cache.new { ttl = 3, max_entries = 4, clock = reactor.now }
    local computing, changed, version, finished = {}, {}, 0, 0
    local f = cache.wrap(function(key)
      version = version + 1
      local mine, generation = version, changed[key] or 0
      local slot = key .. ":" .. generation
      assert(not computing[slot], "two compute at once")
      computing[slot] = true
      local ok, err = wats.sleep(math.random(4) / 4)
      computing[slot] = nil
      if not ok then return nil, err end
      if math.random(6) == 1 then error("chance", 0) end
      if math.random(6) == 1 then return nil, "chance" end
      return mine
    end, { cache = c, key = function(key) return key end })

    local function worker()
      for _ = 1, 20 do
        local key = ("abcdef"):sub(math.random(6)):sub(1, 1)
        if math.random(10) == 1 then
          version = version + 1
          changed[key] = version
          c:delete(key)
        end
        local oldest, asked = changed[key] or 0, reactor.time
        local ok, value, err = pcall(f, key)
        if ok and value then
          assert(value > oldest, "older than the last change")
        else
          local text = tostring(ok and err or value)
          assert(text == "chance" or text:find("cancelled"), text)
          if text:find("cancelled") then return end
        end
        assert(reactor.time - asked <= 1.0 * 12, "was left waiting")
        if not wats.sleep(math.random(0, 2) / 4) then return end
      end
      finished = finished + 1
    end

    local tasks = {}
    for i = 1, 12 do tasks[i] = wats.spawn(worker) end
    for i = 1, 4 do
      wats.sleep(math.random(8) / 4)
      tasks[i]:cancel()
    end
    for i, task in ipairs(tasks) do
      local _, err = task:join(1000)
      assert(not err or i <= 4 and err.kind == "cancelled", tostring(err))
    end
    assert.is_true(finished >= 8)
    assert.is_nil(next(c.index.flights))
    assert.is_nil(next(c.led))
    local stats = c:stats()
    assert.equal(stats.requests, stats.hits + stats.misses)
    assert.is_true(stats.hits > 0 and stats.joined > 0)
  end

  it("get what is new enough, one computes, and nobody is left", function()
    for seed = 1, LONG and 1000 or 50 do world(seed) end
  end)
end)
