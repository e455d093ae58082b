-- wats.wsbf: bills of materials as XML.

local blamed = require("spec.support.client").blamed
local json = require("wats.json")
local wsbf = require("wats.wsbf")

describe("wats.wsbf", function()
  local function build(components, more)
    local bom = { Partnumber = "P", Revision = "1", components = components }
    for name, value in pairs(more or {}) do bom[name] = value end
    return wsbf.build("f", bom)
  end

  it("writes members in order, and nothing for those that are not there", function()
    assert.equal('<?xml version="1.0" encoding="utf-8"?>\n'
      .. '<BOM xmlns="http://wats.virinco.com/schemas/WATS/wsbf" Partnumber="P" Revision="1">\n'
      .. '<Component Number="2" Rev="B" Qty="3" Desc="D" Ref="R1;R2" FunctionBlock="F"/>\n'
      .. '<Component Number="9"/>\n</BOM>\n', build {
        { FunctionBlock = "F", Ref = { "R1", "R2" }, Desc = "D", Qty = 3.0, Rev = "B", Number = 2 },
        { Number = "9", Desc = json.null, QtySpecified = false },
      })
  end)

  it("is read back as it was written, whatever the characters", function()
    local odd = "a<b>&\"c'\t\n\r ø ]]>"
    local bom = assert(wsbf.read(build({ { Number = odd, Rev = odd, Desc = odd, Ref = odd,
      FunctionBlock = odd, Qty = 0 } }, { Partnumber = odd, Revision = odd, Desc = odd })))
    assert.same({ Number = odd, Rev = odd, Desc = odd, Ref = odd, FunctionBlock = odd, Qty = 0 },
      bom.components[1])
    assert.same({ odd, odd, odd }, { bom.Partnumber, bom.Revision, bom.Desc })
  end)

  it("is found within another document", function()
    local bom = assert(wsbf.read('<Root><a Value="1"/><b:BOM xmlns:b="x " Partnumber="P">'
      .. '<b:Component Number="1" Qty="x"/><b:Other/>text</b:BOM></Root>'))
    assert.same({ Partnumber = "P", components = { { Number = "1", Qty = "x" } } }, bom)
    assert.is_true(json.is_array(bom.components))
    for text, problem in pairs { ["<Root/>"] = "no element BOM", ["<BOM>"] = "line 1" } do
      local value, message = wsbf.read(text)
      assert.is_nil(value)
      assert.matches(problem, message)
    end
  end)

  it("raises at the caller's line for what the format cannot tell", function()
    for problem, component in pairs {
      ["component 1: a table expected, got string"] = "x",
      ['component 1: unknown member "number" %(did you mean "Number"%?%)'] = { number = "1" },
      ["component 1: Qty: an integer of at least 0 expected, got 1.5"] =
        { Number = "1", Qty = 1.5 },
      ["component 1: Qty: an integer of at least 0 expected, got %-1"] = { Number = "1", Qty = -1 },
      ["component 1: Desc: a string expected, got boolean"] = { Number = "1", Desc = true },
      ["component 1: Desc: XML has no character of code 1"] = { Number = "1", Desc = "\1" },
      ["component 1: Ref: element 2: text without ';'"] = { Number = "1", Ref = { "a", "b;c" } },
      ["component 1: it has no Number"] = { Number = "" },
    } do
      assert.matches("^f: " .. problem, blamed(function() build({ component }) end))
    end
    assert.matches("^f: component 1: Ref: element 2: text without ';'",
      blamed(function() build({ { Number = "1", Ref = { "a", nil, "c" } } }) end))
    -- what stands behind a hole would be lost
    assert.matches("^f: components is a list with holes: 2 of 3",
      blamed(function() build({ { Number = "1" }, nil, { Number = "3" } }) end))
    assert.matches("^f: components must be a list; it has the key Number",
      blamed(function() build({ { Number = "1" }, Number = "3" }) end))
    assert.matches("^f: Desc: it is not UTF%-8",
      blamed(function() build({ { Number = "1" } }, { Desc = "\xFF" }) end))
  end)
end)
