-- A report in XML stands in a namespace of the format's, and its steps lie within steps: who reads
-- another namespace, or one level only, gets an empty report.
local report = require("wats.report")

local TEXT = [[<?xml version="1.0" encoding="utf-8"?>
<Reports xmlns="http://wats.virinco.com/schemas/WATS/Report/wsxf">
  <Report type="UUT" ID="33a2d408-3fc8-480b-b554-6866c77fd91c" SN="S" PN="P" Rev="A"
      Result="Failed" MachineName="ICT-01" Location="" Purpose=""
      Start="2026-01-30T22:01:41+01:00" Start_utc="2026-01-30T21:01:41Z">
    <UUT UserLoginName="kari" ExecutionTime="1.5" />
    <Process Code="10" Name="ICT" />
    <Step Id="1" Group="Main" Name="Main" StepType="SequenceCall" Status="Failed">
      <SequenceCall Name="Main" Filename="main.seq" />
      <Step Id="2" Group="Main" Name="Power" StepType="SequenceCall" Status="Failed">
        <SequenceCall Name="Power" />
        <Step Id="3" Group="Main" Name="5V" StepType="ET_NLT" Status="Failed">
          <NumericLimit NumericValue="5.9" Units="V" CompOperator="GELE" LowLimit="4.8"
            HighLimit="5.2" Status="Failed" />
        </Step>
      </Step>
    </Step>
  </Report>
</Reports>]]

describe("a report in XML", function()
  local function check(text)
    local read = assert(report.parse(text))
    assert.same({ "P", "S", "F", 10, "kari" }, { read.record.pn, read.record.sn, read.result,
      read.record.processCode, read.record.uut.user })
    local power = read.record.root.steps[1]
    assert.equal("Power", power.name)
    local measured = power.steps[1].numericMeas[1]
    assert.same({ 5.9, 4.8, 5.2, "V", "GELE", "F" }, { measured.value, measured.lowLimit,
      measured.highLimit, measured.unit, measured.compOp, measured.status })
    assert.is_true(read:validate())
  end

  it("has all its steps, in their places", function() check(TEXT) end)

  it("has them whatever prefix its namespace goes by", function()
    check((TEXT:gsub("<(/?)(%a)", "<%1w:%2"):gsub("xmlns=", "xmlns:w=")))
  end)
end)
