-- What has no field of its own in a report read from XML is kept, also where two elements are read
-- into one table: the second neither replaces nor hides what the first said.

local report = require("wats.report")

local function read(inner)
  return assert(report.parse('<Reports><Report type="UUR" odd="1">' .. inner
    .. "</Report></Reports>")).record
end

describe("a repair read from XML", function()
  it("keeps the process that it named first, and the second beside it", function()
    local unit = read('<UUR><Process Code="10" Name="ICT"/><Process Code="11"/></UUR>').uur
    assert.same({ 10, "ICT" }, { unit.processCode, unit.processName })
    assert.equal("11", unit.wsxf.elements[1].attributes.Code)
  end)

  it("tells what its process has beside from what it has itself", function()
    local record = read('mine<Process Code="500" odd="2">its</Process>')
    assert.same({ odd = "1" }, record.wsxf.attributes)
    assert.equal("mine", record.wsxf.text)
    assert.same({ name = "Process", attributes = { odd = "2" }, content = { "its" } },
      record.wsxf.elements[1])
  end)

  it("keeps the number of the failure that a file belongs to and that is not there", function()
    local file = read('<Binary FailIdx="3"><Data>eA==</Data></Binary>').binaryData[1]
    assert.same({ "eA==", "3" }, { file.data, file.wsxf.attributes.FailIdx })
    assert.is_nil(read('<Binary FailIdx=""><Data>eA==</Data></Binary>').binaryData[1].wsxf)
  end)
end)
