-- A path, a version, a response that nobody gave must not be invented, neither when a report is
-- built nor when it is read.
local json = require("wats.json")
local report = require("wats.report")

describe("what nobody said", function()
  it("is not in a report that was built", function()
    local uut = report.uut({ part_number = "P", serial_number = "S", revision = "",
      process_code = 10 }, { name = "ICT-01" })
    uut:sequence("s")
    uut:message_popup("m")
    uut:call_exe("c")
    local steps = json.decode(uut:to_json()).root.steps
    assert.same({ name = "s" }, steps[1].seqCall)
    assert.same({}, steps[2].messagePopup)
    assert.same({}, steps[3].callExe)
  end)

  it("is null after reading and writing, where it was null", function()
    local text = [[{"type":"T","root":{"id":1,"seqCall":{"path":null,"name":null,"version":null},
      "steps":[{"id":2,"messagePopup":{"response":null,"button":1}}]}}]]
    local root = json.decode(assert(report.parse(text)):to_json(), { nulls = "keep" }).root
    assert.same({ path = json.null, name = json.null, version = json.null }, root.seqCall)
    assert.equal(json.null, root.steps[1].messagePopup.response)
  end)
end)
