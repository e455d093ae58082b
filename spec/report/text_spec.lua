-- wats.report.text: small reports against what a person would write down.

local text = require("wats.report.text")

local RECORD = {
  type = "T", pn = "PN-1", sn = "SN-1", rev = "A", result = "F", processCode = 10,
  processName = "Final", machineName = "ICT-01", location = "Oslo", start = "2026-01-30T22:01:41Z",
  uut = { user = "K\u{E5}re", execTime = 1.5 },
  root = { name = "Main", status = "F", steps = {
    { name = "Power", status = "F", steps = {
      { name = "3V3", status = "P", numericMeas = { { compOp = "GELE", status = "P", unit = "V",
        value = 3.31, lowLimit = 3.2, highLimit = 3.4 } } },
      { name = "Leak \u{65E5}\u{672C}", status = "F", errorCode = -17, reportText = "one\n\27two",
        numericMeas = { { compOp = "LE", status = "F", unit = "\u{B5}A", value = 125,
          lowLimit = 10 } } } } },
    { name = "LED", status = "P", booleanMeas = { { status = "P" } } } } },
  miscInfos = { { description = "T", text = "23" } },
}

local EXPECTED = [[
Test report: FAILED
  Part number    PN-1
  Serial number  SN-1
  Revision       A
  Operation      10 Final
  Station        ICT-01, Oslo
  Operator       K]] .. "\u{E5}" .. [[re
  Start          2026-01-30 22:01:41 Z
  Duration       1.5 s

Failing steps (1)
   step         value  unit  comp  high   off
   Power
F    Leak ]] .. "\u{65E5}\u{672C}" .. [[  125    ]] .. "\u{B5}" .. [[A    LE    <= 10  +115
       error: -17
       | one
       | \x1Btwo

5 steps: 2 passed, 3 failed
   step           value   unit  comp  low     high
F  Main
F    Power
P      3V3          3.31  V     GELE  >= 3.2  <=  3.4
F      Leak ]] .. "\u{65E5}\u{672C}" .. [[  125     ]] .. "\u{B5}" .. [[A    LE            <= 10
         error: -17
         | one
         | \x1Btwo
P    LED

Misc infos
  Description  Value
  T            23
]]

describe("wats.report.text", function()
  it("shows verdict, unit, failing steps, all steps, and the rest", function()
    assert.equal(EXPECTED, text.of(RECORD, true, { width = 100, tree = true }))
  end)

  it("without the tree has only what fails", function()
    local expected = EXPECTED:gsub("(5 steps[^\n]*\n).*(\nMisc)", "%1%2")
    assert.equal(expected, text.of(RECORD, true, { width = 100, tree = false }))
  end)

  it("keeps to the width, and loses nothing for it", function()
    local name = ("Voltage at test point "):rep(8):sub(1, -2)
    local record = { root = { name = "Main", status = "F", steps = { { name = name, status = "F",
      stringMeas = { { compOp = "EQ", status = "F", value = ("value"):rep(30), limit = "x" } },
      numericMeas = { { name = ("n"):rep(90), value = 1 } } } } } }
    for _, width in ipairs { 60, 80, 100 } do
      local page = text.of(record, true, { width = width, tree = true })
      for line in page:gmatch("[^\n]+") do assert.is_true(#line <= width, line) end
      local letters = page:gsub("[^vn]", "")
      assert.is_true(#letters >= 90 + 2 * 30)
    end
  end)

  it("counts what is hidden, and steps of every kind", function()
    local root = { name = "r", status = "P" }
    root.steps = { root, { name = "s", status = "S" }, { name = "odd", status = 7 } }
    local page = text.of({ root = root }, true, { width = 100, tree = true })
    assert.matches("3 steps: 1 passed, 1 skipped, 1 without status (1 more lie too deep", page, 1,
      true)
  end)

  it("keeps a number in one piece where its column is too narrow to stand in line", function()
    local steps = {}
    for i, value in ipairs { 5.61, 1.23456789012345e-12, 123456789012 } do
      steps[i] = { name = ("A name of some length "):rep(3), status = "F", numericMeas = { {
        compOp = "GELE", status = "F", value = value, unit = "V", lowLimit = 4.9,
        highLimit = i == 1 and 5.1 or 100000 } } }
    end
    local record = { type = "T", root = { name = "Main", status = "F", steps = steps } }
    local narrow = text.of(record, true, { width = 60, tree = false })
    assert.matches(">= 4.9  <= 5.1\n", narrow, 1, true)
    assert.is_nil(narrow:find("off", 1, true))
    assert.matches(" off\n", text.of(record, true, { width = 80, tree = false }), 1, true)
    assert.is_nil(text.of(record, true, { width = 80, tree = true }):match("steps:.*"):find(" off"))
  end)
end)
