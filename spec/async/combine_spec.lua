local async = require "wats.async"
local blamed = require "spec.support.blamed"
local errors = require "wats.errors"
local fake = require "spec.support.reactor"

local reactor, s

before_each(function()
  reactor = fake.new()
  s = async.new(reactor)
end)

describe("gather", function()
  it("tells of each how it ended, in order", function()
    local made = errors.new { kind = "not_found", message = "gone" }
    local slots = s:gather {
      function() s:sleep(3) return 1, nil, nil end,
      function() s:sleep(1) error("loud", 0) end,
      function() s:sleep(2) return nil, made end,
      function() return nil end,
      function() end,
      function() return false, "not an error" end,
    }
    assert.equal(103, reactor.time)
    assert.same({ ok = true, n = 3, 1 }, slots[1])
    assert.is_false(slots[2].ok)
    assert.equal("loud", slots[2].err.message)
    assert.matches("stack traceback", slots[2].err.traceback)
    assert.same({ ok = false, err = made }, slots[3])
    assert.equal(made, slots[3].err)
    assert.same({ ok = true, n = 1 }, slots[4])
    assert.same({ ok = true, n = 0 }, slots[5])
    assert.same({ ok = true, n = 2, false, "not an error" }, slots[6])
    assert.is_false(s:busy())
  end)

  it("of nothing is nothing", function()
    assert.same({}, s:gather {})
  end)

  it("works in a task, and nests", function()
    local slots = s:run(function()
      return s:gather {
        function() return s:gather { function() s:sleep(1) return "deep" end } end,
        function() s:sleep(1) end,
      }
    end)
    assert.equal("deep", slots[1][1][1][1])
    assert.equal(101, reactor.time)
  end)

  it("runs one after the other where other tasks stand still", function()
    local slots = s:run(function()
      return coroutine.wrap(function()
        coroutine.yield(s:gather {
          function() s:sleep(1) return 1 end,
          function() s:sleep(1) error("x", 0) end,
        })
      end)()
    end)
    assert.equal(102, reactor.time)
    assert.equal(1, slots[1][1])
    assert.equal("x", slots[2].err.message)
  end)

  it("of a cancelled task cancels what has not ended", function()
    local slots, inner
    local task = s:spawn(function()
      slots = s:gather {
        function() return "quick" end,
        function() inner = select(2, reactor.transfer(s, 50)) return "late" end,
      }
    end)
    s:sleep(1)
    task:cancel()
    task:join()
    s:step()
    assert.same({ ok = true, n = 1, "quick" }, slots[1])
    assert.equal("cancelled", slots[2].err.kind)
    assert.equal("cancelled", inner.kind)
    assert.equal(1, #reactor.cancelled)
    assert.is_false(s:busy())
  end)

  it("refuses what is no list of functions", function()
    blamed(function() s:gather() end, "gather: argument #1 must be a list, got nil")
    blamed(function() s:gather { print, nil, print } end, "gather: .* list with holes")
    blamed(function() s:gather { print, 5 } end,
      "gather: element 2 must be a function, got number")
    blamed(function() s:gather { a = print } end, "gather: .* it has the key a")
  end)
end)

describe("map", function()
  it("keeps the order, and passes the index", function()
    local results, failed = s:map({ 3, 1, 2 }, function(item, index)
      s:sleep(item)
      return item * 10 + index
    end)
    assert.same({ n = 3, 31, 12, 23 }, results)
    assert.is_nil(failed)
    assert.equal(103, reactor.time)
  end)

  it("runs at most `concurrency` at once, and as many where it can", function()
    for _, width in ipairs { 1, 3, 16, 100 } do
      local list, running, most = {}, 0, 0
      for i = 1, 50 do list[i] = i end
      local begun = reactor.time
      s:map(list, function(i)
        running = running + 1
        most = math.max(most, running)
        reactor.transfer(s, 1, i)
        running = running - 1
      end, width ~= 16 and { concurrency = width } or nil)
      assert.equal(math.min(width, 50), most)
      assert.equal(math.ceil(50 / width), reactor.time - begun)
    end
  end)

  it("tells errors by index, both kinds of them", function()
    local results, failed = s:map({ "a", "b", "c", "d" }, function(item)
      if item == "b" then return nil, "no b" end
      if item == "c" then error("bang", 0) end
      if item == "d" then return nil end
      return item
    end)
    assert.same({ n = 4, "a" }, results)
    assert.equal(4, failed.n)
    assert.equal("no b", failed[2])
    assert.equal("bang", failed[3].message)
    assert.matches("stack traceback", failed[3].traceback)
    assert.is_nil(failed[1])
    assert.is_nil(failed[4])
  end)

  it("of nothing is nothing", function()
    local results, failed = s:map({}, print)
    assert.same({ n = 0 }, results)
    assert.is_nil(failed)
  end)

  it("takes the results of another map", function()
    local first = s:map({ 1, 2 }, function(i) return i end)
    assert.same({ n = 2, 2, 4 }, (s:map(first, function(i) return i * 2 end)))
    local holed = s:map({ 1, 2 }, function() return nil end)
    blamed(function() s:map(holed, print) end, "map: .* list with holes: 0 of 2")
  end)

  it("tells its progress after each item", function()
    local told = {}
    s:map({ 1, 2, 3 }, function(i) s:sleep(i) end, { on_progress = function(done, total)
      told[#told + 1] = ("%d/%d"):format(done, total)
    end })
    assert.same({ "1/3", "2/3", "3/3" }, told)
  end)

  it("stops when on_progress raises, and raises the same", function()
    local value, kinds, begun, told = { "stop" }, {}, 0, 0
    local ok, raised = pcall(s.map, s, { 1, 2, 3, 4, 5 }, function(i)
      begun = begun + 1
      local _, err = reactor.transfer(s, i)
      kinds[i] = err and err.kind or "fine"
    end, { concurrency = 3, on_progress = function()
      told = told + 1
      error(value)
    end })
    assert.is_false(ok)
    assert.equal(value, raised)
    assert.same({ "fine", "cancelled", "cancelled" }, kinds)
    assert.equal(3, begun)
    assert.equal(1, told)
    assert.equal(101, reactor.time)
    assert.is_false(s:busy())
    assert.equal(2, #reactor.cancelled)
  end)

  it("of a cancelled task tells which items have not ended", function()
    local results, failed
    local task = s:spawn(function()
      results, failed = s:map({ 1, 2, 30, 40 }, function(i) s:sleep(i) return i end,
        { concurrency = 2 })
    end)
    s:sleep(5)
    task:cancel()
    task:join()
    s:step()
    assert.same({ n = 4, 1, 2 }, results)
    assert.equal("cancelled", failed[3].kind)
    assert.equal("cancelled", failed[4].kind)
    assert.is_false(s:busy())
  end)

  it("of a cancelled task begins no more items", function()
    local begun = 0
    local task = s:spawn(function()
      s:map({ 1, 2, 3, 4, 5, 6 }, function()
        begun = begun + 1
        s:sleep(9)
      end, { concurrency = 2 })
    end)
    s:sleep(1)
    task:cancel()
    s:sleep(50)
    assert.equal(2, begun)
    assert.is_false(s:busy())
  end)

  it("cancels what runs when an interrupt passes through", function()
    local ok, message = pcall(s.map, s, { 1, 2 }, function()
      reactor.interrupt = "interrupted!"
      reactor.transfer(s, 1)
    end)
    reactor.interrupt = nil
    assert.is_false(ok)
    assert.equal("interrupted!", message)
    s:step()
    assert.is_false(s:busy())
    assert.equal(2, #reactor.cancelled)
  end)

  it("goes one after the other where other tasks stand still", function()
    local results = s:run(function()
      local list = { 2, 1 }
      return coroutine.wrap(function()
        coroutine.yield((s:map(list, function(i) s:sleep(i) return i end)))
      end)()
    end)
    assert.same({ n = 2, 2, 1 }, results)
    assert.equal(103, reactor.time)
  end)

  it("of ten thousand items costs no more than its items", function()
    local list = {}
    for i = 1, 10000 do list[i] = i end
    local results = s:map(list, function(i) reactor.transfer(s, 1) return -i end,
      { concurrency = 64 })
    for i = 1, 10000 do assert(results[i] == -i) end
    assert.equal(100 + math.ceil(10000 / 64), reactor.time)
  end)

  it("refuses wrong arguments, at the caller's line", function()
    blamed(function() s:map("x", print) end, "map: argument #1 must be a list, got string")
    blamed(function() s:map({ 1, nil, 3 }, print) end, "map: .* holes: 2 of 3 elements")
    blamed(function() s:map({ [2] = 1 }, print) end, "map: .* holes: 1 of 2 elements")
    blamed(function() s:map({ 1 }) end, "map: argument #2 must be a function, got nil")
    blamed(function() s:map({ 1 }, print, 5) end, "map: a table of options expected, got number")
    blamed(function() s:map({ 1 }, print, { concurency = 5 }) end, 'map: .*did you mean "conc')
    blamed(function() s:map({ 1 }, print, { concurrency = 0 }) end, "map: .*concurrency")
    blamed(function() s:map({ 1 }, print, { on_progress = 1 }) end, "map: .*on_progress")
  end)
end)
