-- wats.report.extras: what a report carries beside its steps.

local extras = require("wats.report.extras")
local json = require("wats.json")
local outline = require("wats.report.outline")

describe("wats.report.extras", function()
  it("has a table for each list in which something stands, without empty columns", function()
    local tables = extras.tables {
      miscInfos = { { description = "T", text = "23" }, { description = "N", numeric = 7 } },
      subUnits = { { partType = "PCBA", pn = "P", sn = "S", rev = json.null } },
      assets = { { assetSN = "DMM", usageCount = 3 } }, assetStats = json.array {},
      additionalData = { { name = "Env", props = { { name = "Room", type = "Obj", props = {
        { name = "T", type = "Number", value = "23.4" } } }, { name = "L", type = "Array",
        array = { indexes = { { text = "[0]", value = { value = "x" } } } } } } } },
    }
    assert.same({ "Units", "Misc infos", "Assets", "Additional data: Env" },
      { tables[1].title, tables[2].title, tables[3].title, tables[4].title })
    assert.equal(4, #tables)
    assert.same({ { "Type", "Part number", "Serial number" }, { { "PCBA", "P", "S" } } },
      { tables[1].columns, tables[1].rows })
    assert.same({ { "T", "23" }, { "N", "7" } }, tables[2].rows)
    assert.is_true(tables[3].right[2])
    assert.same({ { "Room", "", "Obj" }, { "\u{A0}\u{A0}T", "23.4", "Number" },
      { "L", "", "Array" }, { "\u{A0}\u{A0}[0]", "x", "" } }, tables[4].rows)
  end)

  it("ends where additional data lies within itself", function()
    local property = { name = "p" }
    property.props = { property }
    assert.equal(1, #extras.additional({ { props = { property } } })[1].rows)
  end)

  it("tells the failures of a repair, each with its unit", function()
    local tables = extras.tables { type = "R", subUnits = { { partType = "Main", sn = "S1", idx = 0,
      failures = { { category = "Component", code = "Burned", comRef = "U1", artNumber = "A-1",
        artRev = "2", attachments = { { name = "photo.png" } } } } } } }
    assert.equal("Failures", tables[1].title)
    assert.same({ "Unit", "Category", "Code", "Reference", "Article", "Attachments" },
      tables[1].columns)
    assert.same({ { "Main, S1", "Component", "Burned", "U1", "A-1, 2", "photo.png" } },
      tables[1].rows)
  end)

  it("finds attachments wherever they hang, and says how large they are", function()
    local failure = { code = "C", attachments = { { name = "b", data = "*" } } }
    local self = outline.of({ root = { name = "step", attachment = { name = "a", data = "QUJD" } },
      subUnits = { { failures = { failure } } },
      binaryData = { { name = "c", contentType = "text/plain", data = json.null } } }, true)
    local shown = {}
    for i, file in ipairs(extras.attachments(self)) do
      shown[i] = table.concat({ file.name, file.owner, extras.size(file) }, "|")
    end
    assert.same({ "a|step|3 bytes", "b|C|no data that can be read",
      "c|report|no data that can be read" }, shown)
  end)
end)
