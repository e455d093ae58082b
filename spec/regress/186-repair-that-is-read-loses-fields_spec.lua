-- A repair that is read, added to and sent again keeps what this side does not know or did not
-- make.
local json = require("wats.json")
local report = require("wats.report")

local TEXT = [[{"type":"R","id":"83ac0b8e-b575-4004-94de-f905774c3ed8","pn":"P","sn":"S","rev":"A",
"productName":"Module","origin":"x","result":"P","assetStats":[{"assetSN":"A1","runningCount":3}],
"uur":{"processCode":90,"execTimeFormat":"0.0","children":["c"]},
"binaryData":[{"id":"0b5c2f6e-93a4-4d27-8f11-5a6c7d8e9f00","name":"a","data":"","contentType":"b"}],
"subUnits":[{"idx":0,"pn":"P","sn":"S","partType":"Main","extra":1,
"failures":[{"category":"a","code":"b","refStepName":"5V","comRef":null}]}]}]]

describe("a repair that is read and added to", function()
  local uur = assert(report.parse(TEXT))
  uur:failure { category = "c", code = "d" }
  local record = json.decode(uur:to_json(), { nulls = "keep" })

  it("keeps ids, formats, statistics and names of steps", function()
    local expected = json.decode(TEXT, { nulls = "keep" })
    local failures = record.subUnits[1].failures
    assert.same({ category = "c", code = "d" }, failures[2])
    failures[2] = nil
    assert.same(expected, record)
  end)

  it("takes attachments where there were none but a null", function()
    local read = assert(report.parse((TEXT:gsub('"binaryData":%b[]', '"binaryData":null')
      :gsub('"comRef":null', '"attachments":null'))))
    read:attachment { name = "x", data = "y" }:attachment { name = "z", data = "", failure = 1 }
    assert.equal("x", read.record.binaryData[1].name)
    assert.equal("z", read.record.subUnits[1].failures[1].attachments[1].name)
  end)
end)
