-- client.product: bills of materials.

local boxed = require("spec.support.boxed")
local core = require("wats.core")
local json = require("wats.json")
local support = require("spec.support.client")
local wsbf = require("wats.wsbf")

local blamed = support.blamed

describe("client.product", function()
  local it, box = boxed(it, pending, setup, teardown, before_each)
  local client
  before_each(function() client = box.client end)

  local COMPONENTS = {
    { Number = "100200", Rev = "1.0", Qty = 2, Desc = "Resistor <5% & \"thin\">",
      Ref = { "R30", "R31" }, FunctionBlock = "A" },
    { Number = "O'Brien/1 #?ø", Rev = "A" },
  }

  local function last(method)
    local journal = assert(box.sandbox:journal())
    for i = #journal, 1, -1 do
      if journal[i].method == method then return journal[i] end
    end
  end

  it("sends a bill as WSBF, and reads it as JSON", function()
    assert.is_true(client.product:update_bom("PCBA-100", "B", COMPONENTS, "Board, \"new\""))
    local entry = last("PUT")
    assert.equal(core.sha256(wsbf.build("x", { Partnumber = "PCBA-100", Revision = "B",
      Desc = 'Board, "new"', components = COMPONENTS })), entry.body_sha256)
    for _, name in ipairs { "get_bom", "get_bom_items" } do
      local bom = assert(client.product[name](client.product, "PCBA-100", "B"))
      assert.equal(2, #bom)
      assert.same({ "100200", "1.0", 2, "R30;R31", "A", 'Resistor <5% & "thin">' }, { bom[1].Number,
        bom[1].Rev, bom[1].Qty, bom[1].Ref, bom[1].FunctionBlock, bom[1].Desc })
      assert.equal("O'Brien/1 #?ø", bom[2].Number)
    end
    local bom = assert(client.product:get_wsbf("PCBA-100", "B"))
    assert.same({ "PCBA-100", "B", 'Board, "new"' }, { bom.Partnumber, bom.Revision, bom.Desc })
    assert.same({ Number = "O'Brien/1 #?ø", Rev = "A" }, bom.components[2])
  end)

  it("adds product and revision where they are not there", function()
    local odd = "A/B #1?x ø"
    assert.is_nil(client.product:get_product(odd))
    assert(client.product:update_bom(odd, "R'1", { { Number = "1" } }))
    assert.equal("R'1", assert(client.product:get_product(odd)).revisions[1].revision)
    assert.equal("1", assert(client.product:get_bom(odd, "R'1"))[1].Number)
  end)

  it("makes stale what a new product makes stale", function()
    for _, bill in ipairs { function(part)
      return client.product:update_bom(part, "A", { { Number = "1" } })
    end, function(part)
      return client.product:upload_bom(part, "A", { { Number = "1" } })
    end } do
      client.cache:clear()
      assert(client.product:get_groups_for_product("NEW"))
      assert.equal(1, client.cache:stats().size)
      assert(bill("NEW"))
      assert.equal(0, client.cache:stats().size)
    end
  end)

  it("shows the new bill, not the cached one", function()
    for i = 1, 2 do
      assert(client.product:update_bom("PCBA-100", "A", { { Number = "N-" .. i } }))
      local bom = assert(client.product:get_bom("PCBA-100", "A"))
      assert.same({ 1, "N-" .. i }, { #bom, bom[1].Number })
    end
    assert(client.product:upload_bom("PCBA-100", "A", { { Number = "N-3", Ref = { "a", "b" } } }))
    assert.same({ "N-3", "a;b" }, { client.product:get_bom("PCBA-100", "A")[1].Number,
      client.product:get_bom("PCBA-100", "A")[1].Ref })
  end)

  it("uploads text of a format that is named", function()
    local text = wsbf.build("x",
      { Partnumber = "PCBA-100", Revision = "A", components = COMPONENTS })
    assert(client.product:upload_bom("PCBA-100", "A", text, "wsbf"))
    assert.equal(2, #assert(client.product:get_bom("PCBA-100", "A")))
    assert(client.product:upload_bom("PCBA-100", "A", '[{"Number":"5"}]'))
    assert.equal("5", assert(client.product:get_bom("PCBA-100", "A"))[1].Number)
    local _, err = client.product:upload_bom("PCBA-100", "A", text, "csv")
    assert.equal("invalid", err.kind)
  end)

  it("says once what it sends, and as the caller says it", function()
    for _, bill in ipairs { function(opts)
      return client.product:update_bom("PCBA-100", "A", { { Number = "1" } }, nil, opts)
    end, function(opts)
      return client.product:upload_bom("PCBA-100", "A", "<BOM/>", "wsbf", opts)
    end } do
      for _, headers in ipairs { { ["content-type"] = "text/xml; charset=utf-8" },
        { { "CONTENT-TYPE", "text/xml; charset=utf-8" } } } do
        bill { headers = headers }
        assert.equal("text/xml; charset=utf-8", last("PUT").headers["content-type"])
      end
      bill()
      assert.equal("application/xml", last("PUT").headers["content-type"])
    end
  end)

  it("keeps the caller's own header fields", function()
    for _, headers in ipairs { { ["X-Note"] = "1" }, { { "X-Note", "1" } } } do
      assert(client.product:update_bom("PCBA-100", "A", { { Number = "1" } }, nil,
        { headers = headers }))
      local sent = last("PUT").headers
      assert.same({ "1", "application/xml" }, { sent["x-note"], sent["content-type"] })
    end
  end)

  it("has an empty list for a revision without a bill", function()
    local bom = assert(client.product:get_bom("PCBA-100", "A"))
    assert.is_true(json.is_array(bom))
    assert.equal(0, #bom)
    local none, err = client.product:get_wsbf("PCBA-100", "A")
    assert.is_nil(none)
    assert.equal("not_found", err.kind)
  end)

  it("has not_found for what is no revision", function()
    for _, name in ipairs { "get_bom", "get_bom_items", "get_wsbf" } do
      local value, err = client.product[name](client.product, "PCBA-100", "Z")
      assert.is_nil(value)
      assert.equal("not_found", err.kind)
    end
  end)

  it("understands a bill in the other shapes that a server may give it", function()
    client = support.connect(box, { cache = false })
    local function answered(body)
      assert(box.sandbox:fault { method = "GET", status = 200, body = body,
        headers = { ["Content-Type"] = "application/json" } })
      return client.product:get_bom("PCBA-100", "A")
    end
    assert.equal("7", answered('{"Component":[{"Number":"7"}]}')[1].Number)
    assert.equal(8, answered(json.encode('<BOM><Component Number="7" Qty="8"/></BOM>'))[1].Qty)
    assert.equal("[]", json.encode(assert(answered(""))))
    for _, wrong in ipairs { '"<BOM>"', '"<a/>"', "5", "{}" } do
      local value, err = answered(wrong)
      assert.is_nil(value)
      assert.equal("decode", err.kind)
    end
  end)

  it("returns the server's words for a bill that it refuses", function()
    assert(box.sandbox:fault { method = "PUT", status = 500,
      body = '{"Message":"An error has occurred.","ExceptionMessage":"The BOM is odd."}' })
    local value, err = client.product:update_bom("PCBA-100", "A", COMPONENTS)
    assert.is_nil(value)
    assert.same({ "server", 500 }, { err.kind, err.status })
    assert.matches("The BOM is odd", err.message)
  end)

  it("raises at the caller's line for a bill that cannot be sent", function()
    local product = client.product
    assert.equal("product:update_bom: a list with at least one component expected, got nil",
      blamed(function() product:update_bom("A", "1") end))
    assert.matches("got an empty table", blamed(function() product:update_bom("A", "1", {}) end))
    assert.matches("^product:upload_bom: a list with at least one",
      blamed(function() product:upload_bom("A", "1", {}) end))
    assert.matches('^product:upload_bom: a list goes out as "json"',
      blamed(function() product:upload_bom("A", "1", COMPONENTS, "wsbf") end))
    assert.equal("product:update_bom: component 1: it has no Number",
      blamed(function() product:update_bom("A", "1", { { Rev = "A" } }) end))
    assert.matches('unknown member "Quantity"',
      blamed(function() product:update_bom("A", "1", { { Number = "1", Quantity = 2 } }) end))
    assert.matches("^product:update_bom: part_number: ",
      blamed(function() product:update_bom("", "1", COMPONENTS) end))
    assert.equal("product:update_bom: description: a string expected, got number",
      blamed(function() product:update_bom("A", "1", COMPONENTS, 5) end))
    assert.matches("^product:get_bom: revision: ", blamed(function() product:get_bom("A") end))
    assert.matches("^product:get_bom_items: rev", blamed(function() product:get_bom_items("A") end))
    assert.matches("^product:get_wsbf: part", blamed(function() product:get_wsbf() end))
    assert.equal(0, #assert(box.sandbox:journal()))
  end)
end)
