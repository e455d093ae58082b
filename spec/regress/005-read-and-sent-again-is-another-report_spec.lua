-- A report that is read and written again is the same report: nothing is dropped, replaced or
-- refused because this side does not know it.
local json = require("wats.json")
local report = require("wats.report")

local TEXT = [[{"type":"T","id":"33a2d408-3fc8-480b-b554-6866c77fd91c","result":"P",
"root":{"id":1,"status":"P","name":"r","seqCall":{"path":null,"name":null,"version":null},
"steps":[{"id":2,"stepType":"Brand_New","status":"U","name":"u","interactiveExeNum":4,
"loop":{"idx":0,"num":null,"endingIndex":null,"passed":null,"failed":null},
"messagePopup":{"response":null,"button":0}}]},
"uut":{"execTime":1.5,"execTimeFormat":"0.0","refUURs":[{"id":"x"}]}}]]

describe("a report that is read and written again", function()
  local record = json.decode(assert(report.parse(TEXT)):to_json(), { nulls = "keep" })
  local step = record.root.steps[1]

  it("keeps a status of U, and types of steps that are new", function()
    assert.equal("U", step.status)
    assert.equal("Brand_New", step.stepType)
  end)

  it("keeps nulls as nulls", function()
    assert.same({ path = json.null, name = json.null, version = json.null }, record.root.seqCall)
    assert.equal(json.null, step.messagePopup.response)
  end)

  it("keeps loops and what it does not know", function()
    assert.equal(0, step.loop.idx)
    assert.equal(json.null, step.loop.num)
    assert.equal(4, step.interactiveExeNum)
    assert.equal("0.0", record.uut.execTimeFormat)
    assert.equal("x", record.uut.refUURs[1].id)
  end)
end)
