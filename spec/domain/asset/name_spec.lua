-- wats.domain.asset.name and .values: which asset a caller means, and which numbers.

local json = require("wats.json")
local name = require("wats.domain.asset.name")
local support = require("spec.support.client")
local values = require("wats.domain.asset.values")

local blamed = support.blamed

describe("an asset's name", function()
  local function read(which)
    local parameter, text = name.read(which)
    return parameter and parameter .. "=" .. text or "none"
  end

  it("is a serial number, a selector or a record", function()
    assert.equal("serialNumber=A", read("A"))
    assert.equal("serialNumber=12", read(12))
    assert.equal("id=12", read { id = 12 })
    assert.equal("serialNumber=12", read { serial_number = 12 })
    assert.equal("id=7", read { assetId = "7", serialNumber = "A" })
    assert.equal("serialNumber=A", read { serialNumber = "A" })
    assert.equal("serialNumber=A", read { assetId = json.null, serialNumber = "A" })
  end)

  it("is nothing else", function()
    for _, wrong in ipairs { "", 1.5, true, print, {}, { id = "" }, { id = {} }, { id = 1.5 },
      { id = "1", serial_number = "A" }, { serialNumber = json.null }, { serial_number = "" } } do
      assert.equal("none", read(wrong))
      assert.matches("^x:y: asset: a serial number, ",
        blamed(function() name.check("x:y", "asset", wrong) end))
    end
    assert.equal("none", read(nil))
  end)

  it("makes parameters and conditions", function()
    assert.same({ id = "1", level = 2 }, name.params("x", { id = 1 }, { level = 2 }))
    assert.same({ serialNumber = "A" }, name.params("x", "A"))
    assert.equal("serialNumber eq 'O''Brien'", name.condition("x", "O'Brien"))
    assert.equal("assetId eq '1'", name.condition("x", { id = 1 }))
  end)
end)

describe("the numbers that have names", function()
  it("are taken one by one or in a list", function()
    assert.same({ 4 }, values.list("x", "states", values.STATES, "in_calibration"))
    assert.same({ 0, 6 }, values.list("x", "states", values.STATES, { "unknown", 6 }))
    assert.matches("^x: states: a value or a list of at least one expected$",
      blamed(function() values.list("x", "states", values.STATES, {}) end))
    assert.equal("x: states is a list with holes: 2 of 3 elements are there",
      blamed(function() values.list("x", "states", values.STATES, { 1, nil, 3 }) end))
    assert.matches('did you mean "scrapped"',
      blamed(function() values.list("x", "states", values.STATES, { "scraped" }) end))
  end)
end)
