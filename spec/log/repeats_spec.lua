-- What passes, what is counted, and when it is told.

local repeats = require("wats.log.repeats")

describe("repeats", function()
  local told, r
  before_each(function()
    told = {}
    r = repeats.new(10, function(level, message, fields)
      told[#told + 1] = { level, message, fields }
    end)
  end)

  it("are counted, and told when their time is over, by the last of them", function()
    assert.is_true(r:passes("warn", "a", { x = 1, time = 1, request_id = "1" }, 0))
    for i = 2, 6 do
      assert.is_false(r:passes("warn", "a", { x = 1, time = i, request_id = i, delay = i }, i))
    end
    assert.is_true(r:passes("warn", "b", {}, 9))
    assert.same({}, told)
    assert.is_false(r:passes("warn", "a", { x = 1, time = 10 }, 10))
    assert.same({ { "warn", "a", { x = 1, time = 6, request_id = 6, delay = 6, repeated = 5 } } },
      told)
    r:flush(11)
    assert.equal(2, #told)
    assert.equal(1, told[2][3].repeated)
    assert.is_true(r:passes("warn", "a", { x = 1 }, 11))
  end)

  it("are of the same level, message and fields", function()
    for _, entry in ipairs { { "warn", "a", { x = 1 } }, { "info", "a", { x = 1 } },
      { "warn", "b", { x = 1 } }, { "warn", "a", { x = 2 } }, { "warn", "a", { x = 1, y = 1 } },
      { "warn", "a", {} }, { "warn", "a", { t = { 1 } } }, { "warn", "a", { t = { 2 } } } } do
      assert.is_true(r:passes(entry[1], entry[2], entry[3], 0))
    end
    assert.is_false(r:passes("warn", "a", { t = { 2 } }, 0))
  end)

  it("that stop are forgotten without a word", function()
    assert.is_true(r:passes("warn", "a", {}, 0))
    assert.is_true(r:passes("warn", "a", {}, 10))
    assert.is_true(r:passes("warn", "b", {}, 100))
    assert.is_true(r:passes("warn", "a", {}, 100))
    assert.same({}, told)
  end)

  it("are known of so many kinds only", function()
    for i = 1, 1000 do assert.is_true(r:passes("warn", "m" .. i, {}, 0)) end
    assert.is_false(r:passes("warn", "m1000", {}, 0))
    assert.is_true(r:passes("warn", "m1", {}, 0))
    local kinds = 0
    for _ in pairs(r.kinds) do kinds = kinds + 1 end
    assert.equal(200, kinds)
    for i = 1, 200 do r:passes("warn", "n" .. i, {}, 1) end
    assert.equal(1, #told)
    assert.equal("m1000", told[1][2])
  end)

  it("all pass where no time is given", function()
    local none = repeats.new(0, error)
    for _ = 1, 3 do assert.is_true(none:passes("warn", "a", {}, 0)) end
  end)
end)
