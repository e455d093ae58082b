local json = require "wats.json"
local keys = require "wats.cache.keys"

local null = json.null
local NAN = 0 / 0

describe("a key", function()
  it("is what compares by value", function()
    for _, key in ipairs { "", "a", 0, 1.5, -0.0, math.huge, true, false, null } do
      assert.is_nil(keys.problem(key))
    end
  end)

  it("is nothing else", function()
    assert.equal("nil", keys.problem(nil))
    assert.equal("nan, which equals nothing", keys.problem(NAN))
    assert.equal("nan, which equals nothing", keys.problem(-NAN))
    for kind, value in pairs { table = {}, ["function"] = print, userdata = io.stdout,
      thread = coroutine.create(print) } do
      assert.equal("a " .. kind .. ", which cannot be compared by value", keys.problem(value))
    end
    local equal = setmetatable({}, { __eq = function() return true end })
    assert.truthy(keys.problem(equal))
  end)
end)

describe("the key of several arguments", function()
  local encode = keys.encode

  it("is another for every other list of arguments", function()
    local lists = {
      { n = 0 }, { n = 1 }, { n = 2 }, { n = 3 },
      { n = 1, "" }, { n = 2, "", "" }, { n = 1, "ab" }, { n = 2, "a", "b" }, { n = 2, "ab", "" },
      { n = 2, "", "ab" }, { n = 1, "n" }, { n = 1, "t" }, { n = 1, "a,b" }, { n = 1, "a\0b" },
      { n = 3, "a", nil, "b" }, { n = 3, "a", "b" }, { n = 3, nil, "a", "b" },
      { n = 1, 1 }, { n = 1, "1" }, { n = 1, 1.5 }, { n = 1, "1.5" }, { n = 1, -1 },
      { n = 2, 1, 1 }, { n = 1, 11 }, { n = 2, 11, 1 }, { n = 2, 1, 11 }, { n = 2, 1 },
      { n = 1, true }, { n = 1, false }, { n = 1, null }, { n = 1, "true" }, { n = 1, "z" },
      { n = 1, math.huge }, { n = 1, -math.huge }, { n = 1, 2 ^ 53 }, { n = 1, 2 ^ 53 + 2 },
      { n = 1, math.maxinteger }, { n = 1, 2 ^ 63 }, { n = 1, 0.1 }, { n = 1, 0.1 + 2 ^ -56 },
      { n = 1, "s1:a" }, { n = 2, "s1:a", 1 }, { n = 1, "1:a" }, { n = 2, "a;", 1 },
    }
    local seen = {}
    for i, list in ipairs(lists) do
      local key = encode(table.unpack(list, 1, list.n))
      assert.is_nil(seen[key], ("%d and %s"):format(i, seen[key]))
      seen[key] = i
    end
  end)

  it("is the same for arguments that are equal", function()
    assert.equal(encode("a", 1), encode("a", 1.0))
    assert.equal(encode("a", 0), encode("a", -0.0))
    assert.equal(encode("a", 2 ^ 53), encode("a", 2 ^ 53 | 0))
    assert.equal(encode(1.5, nil, null), encode(1.5, nil, null))
  end)

  it("is no other than what random lists say", function()
    math.randomseed(7)
    local pool = { "a", "b", "ab", "", ":", "s1:", "1", 1, 2, 12, -1, 0.5, true, false, null }
    local seen = {}
    for _ = 1, 5000 do
      local list = { n = math.random(0, 4) }
      for i = 1, list.n do list[i] = pool[math.random(0, #pool)] end
      local key = encode(table.unpack(list, 1, list.n))
      if seen[key] then
        assert.equal(seen[key].n, list.n)
        for i = 1, list.n do assert.is_true(seen[key][i] == list[i]) end
      end
      seen[key] = list
    end
  end)

  it("raises for what is none", function()
    assert.error_matches(function() encode("a", {}) end, "argument #2 is a table, which cannot")
    assert.error_matches(function() encode(1, nil, 2, print) end, "argument #4 is a function")
    assert.error_matches(function() encode(NAN, 1) end, "argument #1 is nan")
    assert.error_matches(function() keys.check_only(io.stdout) end, "argument #1 is a userdata")
  end)
end)

describe("what a function `key` returned", function()
  it("is one key", function()
    assert.equal("a", keys.only("a"))
    assert.equal(null, keys.only(null))
    assert.equal(false, keys.only(false))
  end)

  it("raises otherwise", function()
    assert.error_matches(function() keys.only() end, "must return one value, it returned 0")
    assert.error_matches(function() keys.only("a", 1) end, "must return one value, it returned 2")
    assert.error_matches(function() keys.only(nil) end, "it returned nil")
    assert.error_matches(function() keys.only({}) end, "it returned a table, which cannot")
  end)
end)

describe("arguments in a message", function()
  it("are short and on one line", function()
    assert.equal('("a", 1, nil, true, null)', keys.show("a", 1, nil, true, null))
    assert.equal("()", keys.show())
    assert.equal('("a?b??")', keys.show("a\nb\xC3\xA6"))
    assert.equal("(1, 2, 3, 4, 5, ...)", keys.show(1, 2, 3, 4, 5, 6, 7))
    assert.is_true(#keys.show(("x"):rep(1000)) < 60)
  end)
end)
