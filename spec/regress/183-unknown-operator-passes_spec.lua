-- An operator that the format does not have (EQT) compares nothing: it must neither pass everything
-- nor be sent.
local report = require("wats.report")

describe("an operator that is not the format's", function()
  it("is refused when it is said, and told of when it was read", function()
    local uut = report.uut({ part_number = "P", serial_number = "S", revision = "",
      process_code = 10 }, { name = "ICT-01" })
    assert.has_error(function() uut:numeric { name = "x", value = 9, comp = "EQT", limit = 1 } end)
    assert.equal(0, uut:count_steps())
    uut:numeric({ name = "x", value = 9, comp = "EQ", limit = 9 }).numericMeas[1].compOp = "EQT"
    local read = assert(report.parse(uut:to_json()))
    local _, problems = read:validate()
    assert.same({ 'root.steps[0].numericMeas[0].compOp: unknown operator "EQT"' }, problems)
  end)
end)
