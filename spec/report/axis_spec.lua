-- wats.report.axis: marks at numbers that a person would choose, for numbers of any size.

local axis = require("wats.report.axis")

local function labels(ticks)
  local list = {}
  for i, tick in ipairs(ticks) do list[i] = tick[2] end
  return table.concat(list, " ")
end

describe("wats.report.axis", function()
  it("marks round numbers", function()
    assert.equal("0 2 4 6 8 10", labels(axis.ticks(axis.new(0, 10, false), 5)))
    assert.equal("-0.5 0 0.5 1", labels(axis.ticks(axis.new(-0.5, 1, false), 4)))
    assert.equal("1 10 100 1000 10000 100000", labels(axis.ticks(axis.new(1, 1e5, true), 7)))
    assert.equal("1 2 5 10 20 50", labels(axis.ticks(axis.new(1, 60, true), 7)))
  end)

  it("has room at both ends, and for numbers that are all the same", function()
    local scale = axis.new(0, 10, false)
    assert.is_true(axis.place(scale, 0) > 0 and axis.place(scale, 10) < 1)
    assert.equal(0.5, axis.place(scale, 5))
    for _, value in ipairs { 0, 3, -7e300, 5e-324 } do
      local place = axis.place(axis.new(value, value, false), value)
      assert.is_true(place > 0 and place < 1)
    end
    assert.equal(0.5, axis.place(axis.new(100, 100, true), 100))
  end)

  it("bears numbers of every size", function()
    local sizes = { 5e-324, 1.5e-323, 1e-310, 1e-9, 1, 1e17, 1e308, 1.7976931348623157e308 }
    for _, least in ipairs(sizes) do
      for _, most in ipairs(sizes) do
        for _, log in ipairs { true, false } do
          if least <= most then
            local scale = axis.new(log and least or -least, most, log)
            local ticks = axis.ticks(scale, 6)
            assert.is_true(#ticks <= 30)
            for i, tick in ipairs(ticks) do
              assert.is_true(i == 1 or tick[1] > ticks[i - 1][1])
              local place = axis.place(scale, tick[1])
              assert.is_true(place >= -1e-9 and place <= 1 + 1e-9)
              assert.is_nil(tick[2]:find("n"), tick[2])
            end
          end
        end
      end
    end
  end)
end)
