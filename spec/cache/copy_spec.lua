local copy = require "wats.cache.copy"
local errors = require "wats.errors"
local json = require "wats.json"

describe("a deep copy", function()
  it("is the very value of what is no table", function()
    local function f() end
    for _, value in ipairs { 1, 1.5, "a", true, false, f, json.null, coroutine.create(f) } do
      assert.equal(value, copy.deep(value))
    end
    assert.is_nil(copy.deep(nil))
    assert.equal("integer", math.type(copy.deep(1)))
  end)

  it("shares no table with its original", function()
    local original = { a = { b = { 1, 2, { c = "x" } } }, [1] = false }
    local made = copy.deep(original)
    assert.same(original, made)
    assert.not_equal(original, made)
    assert.not_equal(original.a.b[3], made.a.b[3])
    made.a.b[3].c = "y"
    assert.equal("x", original.a.b[3].c)
  end)

  it("goes in a circle where its original does, and shares what that shares", function()
    local original = { list = {} }
    original.self, original.list[1], original.list[2] = original, original.list, original
    original.again = original.list
    local made = copy.deep(original)
    assert.equal(made, made.self)
    assert.equal(made.list, made.list[1])
    assert.equal(made, made.list[2])
    assert.equal(made.list, made.again)
    assert.not_equal(original, made)
  end)

  it("copies keys that are tables, as the same copy", function()
    local key = { 1 }
    local made = copy.deep({ [key] = "x", key = key })
    assert.is_nil(made[key])
    assert.equal("x", made[made.key])
    assert.same({ 1 }, made.key)
  end)

  it("keeps null, marks of arrays and error objects", function()
    local made = copy.deep(json.decode('{ "list": [], "none": [null] }'))
    assert.equal('{"list":[],"none":[null]}', json.encode(made, { sorted = true }))
    assert.equal(json.null, made.none[1])
    assert.is_true(json.is_array(made.list))
    local err = errors.new { kind = "timeout", message = "too late" }
    assert.is_true(errors.is_error(copy.deep(err)))
    assert.equal(tostring(err), tostring(copy.deep(err)))
  end)

  it("calls no metamethod, and finds a protected metatable", function()
    local function never() error("called") end
    local metatable = { __index = never, __newindex = never, __pairs = never, __len = never,
      __metatable = "locked" }
    local made = copy.deep(setmetatable({ 1, x = 2 }, metatable))
    assert.equal(metatable, debug.getmetatable(made))
    assert.equal(1, rawget(made, 1))
    assert.equal(2, rawget(made, "x"))
  end)

  it("takes any depth", function()
    local original = {}
    local at = original
    for _ = 1, 300000 do
      at.next = {}
      at = at.next
    end
    local made, depth = copy.deep(original), 0
    while made.next do made, depth = made.next, depth + 1 end
    assert.equal(300000, depth)
  end)
end)
