local async = require "wats.async"
local blamed = require "spec.support.blamed"
local errors = require "wats.errors"
local json = require "wats.json"
local many = require "wats.many"

local function fetch(list, fn, opts, key_of)
  local results, errs = many.fetch("thing:get_many", list, fn, opts, key_of)
  return results, errs
end

local function gone(item)
  return errors.new { kind = "not_found", message = tostring(item) }
end

describe("many.fetch", function()
  it("gives results in the order of what was given", function()
    local results, errs = fetch({ "c", "a", "b" }, function(item)
      async.sleep(item == "c" and 0.02 or 0)
      return { name = item }
    end)
    assert.same({ { name = "c" }, { name = "a" }, { name = "b" }, n = 3 }, results)
    assert.is_nil(errs)
  end)

  it("asks once for what is given twice, and hands out tables of their own", function()
    local asked = {}
    local results = fetch({ "a", "b", "a", 1, "1" }, function(item)
      asked[#asked + 1] = item
      return { name = item, list = json.array { item } }
    end)
    assert.same({ "a", "b", 1, "1" }, asked)
    assert.same(results[1], results[3])
    assert.not_equal(results[1], results[3])
    assert.not_equal(results[1].list, results[3].list)
    assert.is_true(json.is_array(results[3].list))
    assert.equal(5, results.n)
  end)

  it("has errors by index, also of what is given twice, and goes on", function()
    local results, errs = fetch({ "x", "ok", "x", "loud", "nil" }, function(item)
      if item == "ok" then return true end
      if item == "loud" then error("loud", 0) end
      if item == "nil" then return nil end
      return nil, gone(item)
    end)
    assert.same({ [2] = true, n = 5 }, results)
    assert.same({ "not_found", "not_found", "loud" },
      { errs[1].kind, errs[3].kind, errs[4].message })
    assert.is_nil(errs[2])
    assert.is_nil(errs[5])
    assert.equal(5, errs.n)
  end)

  it("has at most `concurrency` under way, 16 unless told", function()
    local function most(opts)
      local now, top = 0, 0
      local items = {}
      for i = 1, 40 do items[i] = i end
      fetch(items, function()
        now = now + 1
        top = math.max(top, now)
        async.sleep(0.001)
        now = now - 1
        return true
      end, opts)
      return top
    end
    assert.equal(16, most())
    assert.equal(3, most { concurrency = 3 })
    assert.equal(16, async.run(most))
  end)

  it("hands what is an option of requests to each, and keeps its own", function()
    local seen
    fetch({ "a" }, function(_, opts) seen = opts return true end,
      { concurrency = 2, cache = "bypass", timeout = 3 })
    assert.same({ cache = "bypass", timeout = 3 }, seen)
    fetch({ "a" }, function(_, opts) seen = opts return true end, { concurrency = 2 })
    assert.is_nil(seen)
  end)

  it("has no sink, into which all would go", function()
    for _, name in ipairs { "fetch", "bulk" } do
      blamed(function()
        many[name]("a:b", { "x" }, function() return true end, { sink = "file" }, { size = 5 })
      end, "a:b: sink: many answers do not go into one$")
    end
  end)

  it("tells its progress by different items", function()
    local told = {}
    fetch({ "a", "b", "a" }, function() return true end,
      { concurrency = 1, on_progress = function(done, n) told[#told + 1] = done .. "/" .. n end })
    assert.same({ "1/2", "2/2" }, told)
  end)

  it("takes items of any kind by a key", function()
    local asked = 0
    local pairs_of = { { "A", "1" }, { "A", "2" }, { "A", "1" } }
    local results = fetch(pairs_of, function(item)
      asked = asked + 1
      return item[2]
    end, nil, function(item) return item[1] .. "\0" .. item[2] end)
    assert.same({ "1", "2", "1", n = 3 }, results)
    assert.equal(2, asked)
  end)

  it("of nothing is nothing", function()
    local results, errs = fetch({}, error)
    assert.same({ n = 0 }, results)
    assert.is_nil(errs)
  end)

  it("raises mistakes at the caller's line, before anything is asked", function()
    local function never() error("asked") end
    blamed(function() fetch("a", never) end, "thing:get_many: argument #1 must be a list")
    blamed(function() fetch({ "a", 1.5 }, never) end,
      "thing:get_many: element 2: a string that is not empty, or an integer expected, got number")
    blamed(function() fetch({ "" }, never) end, 'thing:get_many: element 1: .* got ""$')
    blamed(function() fetch({ "a", nil, "b" }, never) end, "thing:get_many: .*holes")
    blamed(function() fetch({ "a" }, never, 5) end,
      "thing:get_many: a table of options expected, got number")
    blamed(function() fetch({ "a" }, never, { concurrency = 0 }) end,
      'thing:get_many: option "concurrency" must be at least 1')
    blamed(function() fetch({ "a" }, never, { on_progress = 1 }) end,
      "thing:get_many: .*must be a function")
    blamed(function() fetch({ "a" }, never, { sink = "file" }) end, "thing:get_many: sink: ")
    -- what is wrong with all requests is found when they are made; what is wrong with one is not
    blamed(function() fetch({ "a", "b" }, never) end, "thing:get_many: .*asked$")
    local _, errs = fetch({ "a", "b" }, function(item)
      if item == "a" then never() end
      return nil, { kind = "error", message = "of the world" }
    end)
    assert.same({ "error", "of the world" }, { errs[1].kind, errs[2].message })
    blamed(function()
      fetch({ "a" }, never, nil, function() return nil, "a pair" end)
    end, "thing:get_many: element 1: a pair expected, got string")
  end)
end)

describe("many.bulk", function()
  local BY_NAME = { size = 2, of = function(record) return record.name end }

  local function bulk(list, fn, opts)
    local results, errs = many.bulk("thing:get_many", list, fn, opts, BY_NAME)
    return results, errs
  end

  it("asks for many at once and puts each answer in its place", function()
    local asked = {}
    local results, errs = bulk({ "c", "a", "b", "a", "d", "e" }, function(items)
      asked[#asked + 1] = table.concat(items, ",")
      local list = {}
      for i = #items, 1, -1 do list[#list + 1] = { name = items[i] } end
      return list
    end, { concurrency = 1 })
    assert.same({ "c,a", "b,d", "e" }, asked)
    assert.is_nil(errs)
    local names = {}
    for i = 1, results.n do names[i] = results[i].name end
    assert.equal("c,a,b,a,d,e", table.concat(names, ","))
    assert.not_equal(results[2], results[4])
  end)

  it("has not_found for what is not in the answer, and the error of a request for all its items",
    function()
      local results, errs = bulk({ "a", "b", "c", "d" }, function(items)
        if items[1] == "c" then return nil, gone("both") end
        return { { name = "b" }, { name = "stranger" }, { name = "b", second = true } }
      end)
      assert.same({ [2] = { name = "b" }, n = 4 }, results)
      assert.same({ "not_found", 'the server\'s answer holds no "a"' },
        { errs[1].kind, errs[1].message })
      assert.same({ "both", "both" }, { errs[3].message, errs[4].message })
    end)

  it("takes another batch size, and hands on options of requests", function()
    local sizes, seen = {}, nil
    bulk({ "a", "b", "c" }, function(items, opts)
      sizes[#sizes + 1], seen = #items, opts
      return {}
    end, { batch = 3, timeout = 1 })
    assert.same({ 3 }, sizes)
    assert.same({ timeout = 1 }, seen)
    blamed(function() bulk({ "a" }, error, { batch = 0 }) end,
      'thing:get_many: option "batch" must be at least 1')
  end)
end)
