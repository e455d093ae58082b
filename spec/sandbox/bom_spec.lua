-- The sandbox's bills of materials.

local sandboxes = require("spec.support.sandbox")

describe("the sandbox's bills of materials", function()
  local it, box = sandboxes.open(it, pending, setup, teardown, before_each)

  local function put(body, path, kind)
    return assert(box:request("PUT", path or "/api/Product/BOM", { body = body,
      headers = { ["Content-Type"] = kind or "application/xml" } }))
  end

  local function bom()
    return box:get_json("/api/internal/Product/Bom?partNumber=PCBA-100&revision=A")
  end

  local EXAMPLE = '<?xml version="1.0" encoding="utf-16"?>\n<BOM Partnumber="PCBA-100" '
    .. 'Revision="A" xmlns="http://wats.virinco.com/schemas/WATS/wsbf ">\n '
    .. '<Component Number="1" Rev="1.0" Qty="2" Desc="&lt;d&gt;" Ref="A30;A31" '
    .. 'FunctionBlock="A" />\n <Component Number="2"/>\n</BOM>'

  it("are taken as the API's own example has them", function()
    assert.equal(200, put(EXAMPLE).status)
    local rows = bom()
    assert.equal(2, #rows)
    assert.same({ "1", "1.0", 2, true, "<d>", "A30;A31", "A" }, { rows[1].Number, rows[1].Rev,
      rows[1].Qty, rows[1].QtySpecified, rows[1].Desc, rows[1].Ref, rows[1].FunctionBlock })
    assert.is_false(rows[2].QtySpecified)
  end)

  it("replace the one before, and no tag beside it", function()
    local revision = box:get_json("/api/Product/PCBA-100/A")
    revision.xmlData = '<Root><Site Value="1"/><Deep><x/></Deep></Root>'
    assert.equal(200, box:request("PUT", "/api/Product/Revision", { json = revision }).status)
    assert.equal(200, put(EXAMPLE).status)
    assert.equal(200, put((EXAMPLE:gsub('Number="1"', 'Number="new"'))).status)
    assert.equal("new", bom()[1].Number)
    local text = box:get_json("/api/Product/PCBA-100/A").xmlData
    assert.matches('^<Root><Site Value="1"/><Deep><x/></Deep><BOM .*</BOM></Root>$', text)
    assert.is_nil(text:find("BOM.*<BOM"))
    assert.equal("Site", box:get_json("/api/Product/PCBA-100/A").tags[1].key)
  end)

  it("are answered with 500 where they are not valid, and change nothing", function()
    assert.equal(200, put(EXAMPLE).status)
    for from, to in pairs {
      [' Partnumber="PCBA%-100"'] = "", [' Revision="A"'] = "", ['Number="2"'] = 'Rev="2"',
      ['Qty="2"'] = 'Qty="two"', ["</BOM>"] = "", ["<Component.*/>\n"] = "",
    } do
      local response = put((EXAMPLE:gsub(from, to)))
      assert.equal(500, response.status)
      assert.matches("ExceptionMessage", response.body)
    end
    assert.equal(500, put("<Root>" .. EXAMPLE:match("<BOM.*") .. "</Root>").status)
    assert.equal(2, #bom())
  end)

  it("are taken by the internal call in the format that it names", function()
    local path = "/api/internal/Product/BOM?partNumber=PCBA-100&revision=A&format="
    assert.equal(200, put('[{"Number":"7","Qty":3}]', path .. "json", "application/json").status)
    assert.same({ "7", 3 }, { bom()[1].Number, bom()[1].Qty })
    assert.equal(200, put(EXAMPLE, path .. "WSBF").status)
    assert.equal(2, #bom())
    for body, format in pairs { ["{}"] = "json", ["[]"] = "json", ['[{"Qty":1}]'] = "json",
      ["x"] = "csv" } do
      assert.equal(400, put(body, path .. format, "application/json").status)
    end
  end)

  it("are empty for a revision that has none, and not found for no revision", function()
    assert.same({}, bom())
    assert.equal(404, box:get("/api/internal/Product/Bom?partNumber=PCBA-100&revision=Z").status)
  end)
end)
