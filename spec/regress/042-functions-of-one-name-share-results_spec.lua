-- Keys were made of the function's name and the look of its arguments: two functions of one name
-- got each other's results, ("a, b") was ("a", "b"), and records were told apart by address.
local wats = require("wats")

describe("cached functions in one cache", function()
  local c
  before_each(function() c = wats.cache.new() end)

  local function load_as(prefix)
    local function load(name) return prefix .. name end
    return wats.cache.wrap(load, { cache = c })
  end

  it("keep to themselves, whatever they are called", function()
    local first, second = load_as("1"), load_as("2")
    assert.equal("1a", first("a"))
    assert.equal("2a", second("a"))
    assert.equal("1a", first("a"))
  end)

  it("tell arguments apart that look alike when written", function()
    local function look(...) return select("#", ...) .. type((...)) end
    local f = wats.cache.wrap(look, { cache = c })
    assert.equal("2string", f("a", "b"))
    assert.equal("1string", f("a, b"))
    assert.equal("1string", f("1"))
    assert.equal("1number", f(1))
    assert.equal("1string", f("nil"))
    assert.equal("1nil", f(nil))
  end)

  it("do not take a record for another at the same address, nor for itself once changed", function()
    local f = wats.cache.wrap(function(record) return record.name end, { cache = c })
    assert.has_error(function() f({ name = "a" }) end)
    local g = wats.cache.wrap(function(record) return record.name end, { cache = c,
      key = function(record) return record.name end })
    local record = { name = "a" }
    assert.equal("a", g(record))
    record.name = "b"
    assert.equal("b", g(record))
  end)
end)
