local async = require "wats.async"
local blamed = require "spec.support.blamed"
local errors = require "wats.errors"
local fake = require "spec.support.reactor"

local reactor, s, calls

before_each(function()
  reactor = fake.new()
  s = async.new(reactor)
  calls = {}
end)

local function upper(items)
  calls[#calls + 1] = table.concat(items, " ")
  s:sleep(1)
  local answers = {}
  for i, item in ipairs(items) do answers[i] = item:upper() end
  return answers
end

local function ask(fn, items)
  return s:map(items, fn, { concurrency = 1000 })
end

describe("coalesce", function()
  it("makes one call of many, each item once", function()
    local results = ask(s:coalesce(upper), { "a", "b", "a", "c", "b" })
    assert.same({ n = 5, "A", "B", "A", "C", "B" }, results)
    assert.same({ "a b c" }, calls)
    assert.equal(101.1, reactor.time)
  end)

  it("answers who asked for the same in the order they asked", function()
    local get, order, expected = s:coalesce(upper), {}, {}
    for i = 1, 30 do
      expected[i] = i
      s:spawn(function()
        get "a"
        order[#order + 1] = i
      end)
    end
    s:sleep(5)
    assert.same(expected, order)
  end)

  it("waits max_wait after the first, and takes in who comes meanwhile", function()
    local get = s:coalesce(upper, { max_wait = 2 })
    s:gather {
      function() get "a" end,
      function() s:sleep(1.5) get "b" end,
      function() s:sleep(2.5) get "c" end,
    }
    assert.same({ "a b", "c" }, calls)
    assert.equal(105.5, reactor.time)
  end)

  it("goes at once when the batch is full", function()
    local results = ask(s:coalesce(upper, { max_batch = 2, max_wait = 50 }), { "a", "b", "c", "d" })
    assert.same({ n = 4, "A", "B", "C", "D" }, results)
    assert.same({ "a b", "c d" }, calls)
    assert.equal(101, reactor.time)
    assert.equal(0, s.timers.count)
  end)

  it("takes answers by item, and says nil where there is none", function()
    local get = s:coalesce(function() return { b = 2 } end)
    local slots = s:gather { function() return get "a" end, function() return get "b" end }
    assert.is_nil(slots[1][1])
    assert.is_true(slots[1].ok)
    assert.equal(2, slots[2][1])
  end)

  it("takes a list with holes by its n", function()
    local get = s:coalesce(function() return { n = 2, nil, "B" } end)
    assert.same({ n = 2, nil, "B" }, (ask(get, { "a", "b" })))
  end)

  it("takes numbers for items, by position or by item as told", function()
    local listed = s:coalesce(function() return { "first", "second" } end)
    assert.same({ n = 2, "first", "second" }, (ask(listed, { 2, 1 })))
    local keyed = s:coalesce(function() return { "one", "two" } end, { keyed = true })
    assert.same({ n = 2, "two", "one" }, (ask(keyed, { 2, 1 })))
  end)

  it("gives the bulk call's error to each", function()
    local made = errors.new { kind = "server", message = "down" }
    local _, failed = ask(s:coalesce(function() return nil, made end), { "a", "b", "a" })
    for i = 1, 3 do assert.equal(made, failed[i]) end
    _, failed = ask(s:coalesce(function() error("loud", 0) end), { "a", "b" })
    assert.equal("loud", failed[1].message)
    assert.matches("stack traceback", failed[1].traceback)
    assert.equal(failed[1], failed[2])
    _, failed = ask(s:coalesce(function() return true end), { "a" })
    assert.matches("returned no table but boolean", failed[1].message)
    _, failed = ask(s:coalesce(function() end), { "a" })
    assert.matches("returned no table but nil", failed[1].message)
  end)

  it("gives everyone the error of a table that raises where it is looked into", function()
    local strict = setmetatable({ a = 1 }, { __index = function(_, name)
      error("no " .. name, 0)
    end })
    local results, failed = ask(s:coalesce(function() return strict end), { "a", "b" })
    assert.equal(2, results.n)
    assert.equal(1, s:coalesce(function() return strict end)("a"))
    for i = 1, 2 do assert.equal("no b", failed[i].message) end
    assert.equal("no b", select(2, s:coalesce(function() return strict end)("b")).message)
  end)

  it("lets the bulk function change its list", function()
    local get = s:coalesce(function(items)
      local answers = {}
      while items[1] do answers[items[1]] = table.remove(items, 1) .. "!" end
      return answers
    end)
    assert.same({ n = 2, "a!", "b!" }, (ask(get, { "a", "b" })))
  end)

  it("in plain code calls with the one item", function()
    local get = s:coalesce(upper)
    assert.equal("A", get "a")
    assert.same({ "a" }, calls)
    assert.equal(101, reactor.time)
    local value, err = s:coalesce(function() error("loud", 0) end)("a")
    assert.is_nil(value)
    assert.equal("loud", err.message)
  end)

  it("in a generator of a task calls with the one item", function()
    local get = s:coalesce(upper)
    s:run(function()
      for value in coroutine.wrap(function() coroutine.yield(get "a") end) do
        assert.equal("A", value)
      end
    end)
    assert.same({ "a" }, calls)
  end)

  it("asks no more for who was cancelled, and leaves the others alone", function()
    local get, got = s:coalesce(upper), {}
    local tasks = {}
    for i, item in ipairs { "a", "b", "b" } do
      tasks[i] = s:spawn(function() got[i] = table.pack(get(item)) end)
    end
    s:step()
    tasks[1]:cancel()
    tasks[2]:cancel()
    tasks[3]:join()
    assert.same({ "b" }, calls)
    assert.equal("cancelled", got[1][2].kind)
    assert.equal("cancelled", got[2][2].kind)
    assert.equal("B", got[3][1])
  end)

  it("calls nobody when all were cancelled", function()
    local get = s:coalesce(upper)
    local task = s:spawn(get, "a")
    s:step()
    task:cancel()
    s:sleep(10)
    assert.same({}, calls)
    assert.is_false(s:busy())
  end)

  it("is quiet after the scheduler was closed", function()
    local task = s:spawn(s:coalesce(upper), "a")
    s:step()
    s:close()
    s:sleep(10)
    assert.equal("closed", select(2, task:join()).kind)
    assert.same({}, calls)
  end)

  it("may ask another coalesced function", function()
    local inner = s:coalesce(upper)
    local outer = s:coalesce(function(items) return (s:map(items, inner)) end)
    assert.same({ n = 2, "A", "B" }, (ask(outer, { "a", "b" })))
    assert.same({ "a b" }, calls)
  end)

  it("refuses wrong arguments, at the caller's line", function()
    blamed(function() s:coalesce(5) end, "coalesce: argument #1 must be a function")
    blamed(function() s:coalesce(upper, { max_bach = 1 }) end, 'coalesce: .*mean "max_batch"')
    blamed(function() s:coalesce(upper, { max_batch = 0 }) end, "coalesce: .*max_batch")
    blamed(function() s:coalesce(upper, { max_wait = -1 }) end, "coalesce: .*max_wait")
    blamed(function() s:coalesce(upper)() end, "coalesce: an item expected, got nil")
    blamed(function() s:coalesce(upper)(0 / 0) end, "coalesce: an item expected, got %-?nan")
  end)
end)
