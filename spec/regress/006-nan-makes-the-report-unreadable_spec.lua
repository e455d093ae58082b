-- JSON has no NaN: a measured one must neither make invalid JSON, nor pass, nor vanish.
local json = require("wats.json")
local report = require("wats.report")

describe("a report with a NaN", function()
  it("is valid JSON, fails, and says what was measured", function()
    local uut = report.uut(
      { part_number = "P", serial_number = "S", revision = "", process_code = 10 },
      { name = "ICT-01" })
    uut:numeric { name = "open", value = 0 / 0, comp = "NE", limit = 0 }
    local record = assert(json.decode(uut:to_json()))
    local step = record.root.steps[1]
    assert.equal("F", step.status)
    assert.is_nil(step.numericMeas[1].value)
    assert.equal("measured NaN", step.reportText)
    assert.equal("F", record.result)
    assert.is_true(uut:validate())
  end)
end)
