-- What is sent under a name that the format does not have is lost on the server.
local report = require("wats.report")

describe("the format's names", function()
  local uut = report.uut({
    part_number = "P", serial_number = "S", revision = "", process_code = 10,
    start = "2026-01-30T22:01:41+01:00",
  }, { name = "ICT-01" })

  it("has an asset's serial number as assetSN", function()
    uut:asset("FIX-1", 2)
    assert.same({ assetSN = "FIX-1", usageCount = 2 }, uut.record.assets[1])
  end)

  it("has calls and popups under their own names, a button as a number", function()
    assert.same({ exitCode = 1 }, uut:call_exe({ name = "c", exit_code = 1 }).callExe)
    assert.same({ response = "ok", button = 2 },
      uut:message_popup({ name = "m", response = "ok", button = 2 }).messagePopup)
    assert.has_error(function() uut:message_popup { name = "m", button = "2" } end)
  end)

  it("has startUTC beside start", function()
    assert.equal("2026-01-30T21:01:41Z", uut.record.startUTC)
  end)

  it("keeps a number in the misc infos a number", function()
    uut:misc("Cycles", 5)
    assert.same({ description = "Cycles", numeric = 5 }, uut.record.miscInfos[1])
  end)
end)
