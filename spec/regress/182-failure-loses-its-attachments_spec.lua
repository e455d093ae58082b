-- What is attached to a failure of a repair belongs to that failure, not to the report, and not
-- nowhere.
local core = require("wats.core")
local json = require("wats.json")
local report = require("wats.report")

describe("an attachment of a failure", function()
  local uur = report.uur({
    uut = core.uuid(), part_number = "P", serial_number = "S", revision = "",
    test_process_code = 10,
  }, { name = "REP-01" })
  uur:failure { category = "a", code = "b" }
  uur:failure { category = "c", code = "d", attachments = { { name = "one", data = "1" } } }
  uur:attachment { name = "two", data = "2", failure = 2 }
  local record = json.decode(uur:to_json())

  it("stands in the failure", function()
    local failures = record.subUnits[1].failures
    assert.is_nil(failures[1].attachments)
    assert.same({ "one", "two" },
      { failures[2].attachments[1].name, failures[2].attachments[2].name })
    assert.equal("2", core.base64_decode(failures[2].attachments[2].data))
    assert.is_nil(record.binaryData)
  end)

  it("is there after reading and writing", function()
    assert.same(record, json.decode(assert(report.parse(uur:to_json())):to_json()))
  end)
end)
