local given = require("wats.report.given")

local RULES = {
  name = { "string", required = true },
  value = { "string", bytes = true },
  station = { "table", fields = { name = { "string" } } },
}

describe("given.read", function()
  it("takes text in UTF-8, and bytes where they were measured", function()
    assert.same({ name = "ø", value = "\xFF" }, given.read({ name = "ø", value = "\xFF" }, RULES))
    local checked, problem = given.read({ name = "\xFF" }, RULES)
    assert.is_nil(checked)
    assert.equal('option "name" is not UTF-8', problem)
    checked, problem = given.read({ name = "a", station = { name = "\xFF" } }, RULES)
    assert.is_nil(checked)
    assert.equal('option "station.name" is not UTF-8', problem)
  end)

  it("says what is wrong with the options", function()
    local checked, problem = given.read({ nme = "a" }, RULES)
    assert.is_nil(checked)
    assert.equal('unknown option "nme" (did you mean "name"?)', problem)
  end)

  it("takes a step's name alone", function()
    assert.same({ name = "a" }, given.read_step("a", RULES))
    assert.same({ name = "a" }, given.read_step({ name = "a" }, RULES))
  end)
end)
