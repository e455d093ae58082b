-- to_text and to_html, as methods of reports.

local blamed = require("spec.support.blamed")
local report = require("wats.report")

local function build()
  local uut = report.uut({ part_number = "PN", serial_number = "SN", revision = "A",
    process_code = 10 }, { name = "ICT" })
  uut:sequence("Power"):numeric { name = "3V3", value = 9, unit = "V", low = 3, high = 4 }
  return uut
end

describe("a report to be looked at", function()
  it("may be looked at while it is built, and changes nothing by it", function()
    local uut = build()
    assert.matches("^Test report: NOT FINISHED\n", uut:to_text())
    assert.matches("Not finished", uut:to_html(), 1, true)
    assert.is_false(uut.finished)
    uut:finish()
    assert.matches("^Test report: FAILED\n", uut:to_text())
    assert.matches("Failing steps (1)", uut:to_html(), 1, true)
  end)

  it("looks the same after it was written and read", function()
    local uut = build()
    uut:finish()
    local read = assert(report.parse(uut:to_json()))
    assert.equal(uut:to_text(), read:to_text())
    assert.equal(uut:to_html(), read:to_html())
  end)

  it("takes options, and raises at the caller's line for those that are none", function()
    local uut = build()
    uut:finish()
    assert.is_nil(uut:to_text { tree = false }:find("MainSequence"))
    assert.is_nil(uut:to_html { open = "none" }:find('open="open"', 1, true))
    blamed(function() uut:to_text { widht = 80 } end, 'to_text: unknown option "widht"')
    blamed(function() uut:to_text { width = 10 } end, 'to_text: option "width" must be at least 60')
    blamed(function() uut:to_html { open = "some" } end, 'to_html: option "open" must be one of')
    blamed(function() uut.to_html {} end, "to_html: this is no report")
  end)
end)
