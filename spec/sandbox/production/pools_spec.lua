-- Pools of serial numbers: their order, gaps and states.

local pools = require("wats.sandbox.production.pools")

local function pool(identifier)
  return pools.new { name = "T", identifier = identifier }
end

local function ids(numbers)
  local list = {}
  for i, number in ipairs(numbers) do list[i] = number.id end
  return table.concat(list, " ")
end

describe("a pool of serial numbers", function()
  it("takes each number in once, in order of their values", function()
    local p = pool()
    assert.equal(4, (p:add { "SN-10", "SN-9", "A-2", "SN-8" }))
    local added, rejected = p:add { "SN-9", "SN-11", "SN-11" }
    assert.same({ 1, 2, "SN-9", "SN-11" }, { added, #rejected, rejected[1], rejected[2] })
    assert.equal("A-2 SN-8 SN-9 SN-10 SN-11", ids(p.numbers))
  end)

  it("knows MAC addresses by their value, however they are written", function()
    local p = pool(1)
    assert.equal(3, (p:add { "00-00-00-00-00-0A", "00:00:00:00:00:09", "000000000100" }))
    assert.equal("00:00:00:00:00:09 00-00-00-00-00-0A 000000000100", ids(p.numbers))
    local added, problem = p:add { "00-00-00-00-00-0B", "00-00-00-00-00" }
    assert.is_nil(added)
    assert.matches("is no serial number of type 'T'", problem)
    assert.equal(3, #p.numbers)
  end)

  it("makes ranges of them, as the first is written", function()
    local p = pool(1)
    p:add_range("00-00-00-00-00-FE", "00-00-00-00-01-01")
    assert.equal("00-00-00-00-00-FE 00-00-00-00-00-FF 00-00-00-00-01-00 00-00-00-00-01-01",
      ids(p.numbers))
    p = pool()
    p:add_range("SN-098", "SN-101", "reserved")
    assert.equal("SN-098 SN-099 SN-100 SN-101", ids(p.numbers))
    assert.equal("reserved", p.numbers[1].state)
  end)

  it("gives the first free ones, and none a second time", function()
    local p = pool()
    p:add_range("1", "5")
    assert.equal("1 2", ids(p:take(2, false, {})))
    assert.equal("3 4 5", ids(p:take(9, false, { refSN = "S" })))
    assert.equal("", ids(p:take(1, false, {})))
    assert.equal("S", p.by_id["3"].refSN)
  end)

  it("gives numbers without a gap where that is wanted, or nothing", function()
    local p = pool()
    p:add { "1", "2", "4", "5", "6", "9" }
    assert.equal("4 5 6", ids(p:take(3, true, {})))
    assert.is_nil(p:take(3, true, {}))
    assert.equal("1 2", ids(p:take(2, true, {})))
    assert.equal("9", ids(p:take(2, false, {})))
    -- another width is another row of numbers
    p = pool()
    p:add { "9", "10" }
    assert.is_nil(p:take(2, true, {}))
  end)

  it("tells its ranges and counts", function()
    local p = pool()
    p:add { "1", "2", "4" }
    p:add_range("7", "8", "reserved")
    p:take(1, false, {})
    local ranges = p:ranges {}
    assert.equal(3, #ranges)
    assert.same({ "1", "2", 2, 1, 1, 0 }, { ranges[1].startAddress, ranges[1].endAddress,
      ranges[1].total, ranges[1].free, ranges[1].taken, ranges[1].reserved })
    assert.equal(2, ranges[3].reserved)
    local all = p:statistics()
    assert.same({ "1", "8", 5, 2, 1, 2 }, { all.startAddress, all.endAddress, all.total, all.free,
      all.taken, all.reserved })
    assert.equal(0, pool():statistics().total)
    assert.same({}, pool():ranges {})
  end)

  it("gives back what is reserved and deletes what is free, within limits", function()
    local p = pool()
    p:add_range("1", "4")
    p:add_range("5", "8", "reserved")
    p:take(1, false, {})
    assert.equal(2, p:release("1", "6"))
    assert.equal(2, p:delete_free("1", "3"))
    assert.equal("1 4 5 6 7 8", ids(p.numbers))
    assert.is_nil(p.by_id["2"])
    assert.equal("4 5 6", ids(p:select({ first = "2", last = "7" }, function(number)
      return number.state == "free"
    end)))
    assert.equal("", ids(p:select { to = 5 }))
    assert.equal(6, #p:select { from = 5 })
  end)
end)
