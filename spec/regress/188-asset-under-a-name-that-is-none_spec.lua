-- The uses of assets are kept by the server only under the format's names; the read-only figures of
-- assets, and the repairs that refer to a test, come back as they were.
local json = require("wats.json")
local report = require("wats.report")

describe("an asset", function()
  it("is sent by assetSN and usageCount, and nothing that the format does not have", function()
    local uut = report.uut({ part_number = "P", serial_number = "S", revision = "",
      process_code = 10 }, { name = "ICT-01" })
    uut:asset("FIX-1"):asset("FIX-1", 2):asset("DMM-7")
    assert.same({ { assetSN = "FIX-1", usageCount = 3 }, { assetSN = "DMM-7", usageCount = 1 } },
      json.decode(uut:to_json()).assets)
    uut.record.assets[1] = { sn = "FIX-1" }
    assert.same({ "assets[0].assetSN: is missing" }, select(2, uut:validate()))
  end)

  it("keeps its figures, and a test its repairs, in a report that is read", function()
    local text = [[{"type":"T","assetStats":[{"assetSN":"A","totalCountExceeded":2}],
      "uut":{"refUURs":[{"id":"x","start":"y"}]},"root":null}]]
    local record = json.decode(assert(report.parse(text)):to_json())
    assert.same({ { assetSN = "A", totalCountExceeded = 2 } }, record.assetStats)
    assert.same({ { id = "x", start = "y" } }, record.uut.refUURs)
  end)
end)
