-- client.product: hierarchies, and relations of revisions without a template.

local boxed = require("spec.support.boxed")
local json = require("wats.json")
local support = require("spec.support.client")

local blamed = support.blamed
local NOBODY = "00000000-0000-0000-0000-000000000000"

describe("client.product", function()
  local it, box = boxed(it, pending, setup, teardown, before_each)
  local client
  before_each(function() client = box.client end)

  local function id_of(part_number, revision)
    return assert(client.product:get_revision(part_number, revision)).productRevisionId
  end

  local function texts(rows)
    local result = {}
    for i, row in ipairs(rows) do
      result[i] = ("%d %s/%s x%s"):format(row.hlevel, row.PartNumber, row.Revision,
        row.Quantity or "-")
    end
    return result
  end

  it("shows what a revision is built of, and what that is built of", function()
    assert.same({ "0 PCBA-100/A x-" }, texts(client.product:get_product_hierarchy("PCBA-100", "A")))
    assert(client.product:add_subunit("PCBA-100", "A", "RADIO-868", "B", { quantity = 2 }))
    assert(client.product:add_subunit("PSU-24V-5A", "A", "PCBA-100", "A"))
    assert.same({ "0 PSU-24V-5A/A x-", "1 PCBA-100/A x1", "2 RADIO-868/B x2" },
      texts(client.product:get_product_hierarchy("PSU-24V-5A", "A")))
    assert.same({ "1 PCBA-100/A x1" },
      texts(client.product:get_box_build_subunits("PSU-24V-5A", "A")))
    assert.is_true(json.is_array(client.product:get_box_build_subunits("RADIO-868", "A")))
  end)

  it("adds, changes and removes relations, and the next look shows it", function()
    local odd = "A/B #1?x O'B ø"
    assert(client.product:update_bom(odd, "R/1", { { Number = "1" } }))
    assert.same({}, client.product:get_box_build_subunits(odd, "R/1"))
    local relation = assert(client.product:add_subunit(odd, "R/1", "RADIO-868", "A",
      { quantity = 3, revision_mask = "A,B%" }))
    assert.same({ 3, "A,B%", id_of("RADIO-868", "A"), id_of(odd, "R/1") }, { relation.Quantity,
      relation.RevisionMask, relation.ProductRevisionId, relation.ParentProductRevisionId })
    local row = assert(client.product:get_box_build_subunits(odd, "R/1"))[1]
    assert.equal(relation.ProductRevisionRelationId, row.ProductRevisionRelationId)
    local changed = assert(client.product:update_revision_relation {
      ProductRevisionRelationId = row.ProductRevisionRelationId, Quantity = 4 })
    assert.same({ 4, "A,B%" }, { changed.Quantity, changed.RevisionMask })
    assert.equal(4, client.product:get_box_build_subunits(odd, "R/1")[1].Quantity)
    assert.is_true(client.product:remove_subunit(row.ProductRevisionRelationId))
    assert.same({}, client.product:get_box_build_subunits(odd, "R/1"))
  end)

  it("tells of the relation that was made, where the server tells of all there are", function()
    local ids = {}
    for i, part in ipairs { { "RADIO-868", "A" }, { "RADIO-868", "B" }, { "PSU-24V-5A", "A" } } do
      local made = assert(client.product:add_subunit("PCBA-100", "A", part[1], part[2]))
      assert.same({ id_of(part[1], part[2]), id_of("PCBA-100", "A") },
        { made.ProductRevisionId, made.ParentProductRevisionId })
      ids[i] = made.ProductRevisionRelationId
    end
    -- the same part below another parent
    local other = assert(client.product:add_subunit("RADIO-868", "B", "PSU-24V-5A", "A"))
    assert.equal(id_of("RADIO-868", "B"), other.ParentProductRevisionId)
    local again = assert(client.product:delete_revision_relation(ids[3])
      and client.product:add_subunit("PCBA-100", "A", "PSU-24V-5A", "A"))
    assert.equal(id_of("PCBA-100", "A"), again.ParentProductRevisionId)
  end)

  it("creates a relation by ids", function()
    local given = { ParentProductRevisionId = id_of("PCBA-100", "A"):upper(),
      ProductRevisionId = id_of("RADIO-868", "A") }
    local relation = assert(client.product:create_revision_relation(given))
    assert.equal(1, relation.Quantity)
    assert.is_nil(given.Quantity)
    assert(client.product:delete_revision_relation(relation.ProductRevisionRelationId))
    -- a server that answers with the relation alone, or with nothing
    for body, expected in pairs { ["{}"] = true, [""] = true, ["[]"] = true } do
      assert(box.sandbox:fault { method = "POST", status = 200, body = body,
        headers = { ["Content-Type"] = "application/json" } })
      assert.equal(expected, client.product:create_revision_relation(given))
    end
    given.ProductRevisionRelationId = "x"
    assert(box.sandbox:fault { method = "POST", status = 200, body = json.encode(given),
      headers = { ["Content-Type"] = "application/json" } })
    assert.equal("x", client.product:create_revision_relation(given).ProductRevisionRelationId)
  end)

  it("has the server's word: not found, conflict, refused", function()
    local product = client.product
    assert(product:add_subunit("PCBA-100", "A", "RADIO-868", "A"))
    for kind, calls in pairs {
      not_found = {
        function() return product:get_product_hierarchy("PCBA-100", "Z") end,
        function() return product:get_box_build_subunits("none", "A") end,
        function() return product:get_product_with_relations("none") end,
        function() return product:add_subunit("PCBA-100", "Z", "RADIO-868", "A") end,
        function() return product:add_subunit("PCBA-100", "A", "RADIO-868", "Z") end,
        function() return product:remove_subunit(NOBODY) end,
        function() return product:delete_revision_relation(NOBODY) end,
        function()
          return product:update_revision_relation { ProductRevisionRelationId = NOBODY }
        end,
        function() return product:create_revision_relation { ParentProductRevisionId = NOBODY,
          ProductRevisionId = NOBODY } end,
      },
      conflict = { function() return product:add_subunit("PCBA-100", "A", "RADIO-868", "A") end },
      invalid = {
        function() return product:add_subunit("PCBA-100", "A", "PCBA-100", "A") end,
        function() return product:add_subunit("RADIO-868", "A", "PCBA-100", "A") end,
        function() return product:create_revision_relation { ParentProductRevisionId = "x",
          ProductRevisionId = "y" } end,
      },
    } do
      for _, call in ipairs(calls) do
        local value, err = call()
        assert.is_nil(value)
        assert.equal(kind, err.kind)
      end
    end
  end)

  it("gives a product as the server's own pages have it", function()
    assert(client.product:add_product_tag("PCBA-100", "Site", "1"))
    local product = assert(client.product:get_product_with_relations("PCBA-100"))
    assert.same({ "PCBA-100", "PCBA", 2, "Site" }, { product.PartNumber, product.Category,
      #product.ProductRevisions, product.Settings[1].key })
  end)

  it("makes nothing of a revision whose id the server does not tell", function()
    client = support.connect(box, { cache = false })
    for _, call in ipairs {
      function() return client.product:add_subunit("PCBA-100", "A", "RADIO-868", "A") end,
      function() return client.product:get_box_build_template("PCBA-100", "A") end,
    } do
      assert(box.sandbox:fault { method = "GET", status = 200, body = '{"revision":"A"}',
        headers = { ["Content-Type"] = "application/json" } })
      local value, err = call()
      assert.is_nil(value)
      assert.equal("decode", err.kind)
      assert.matches("productRevisionId of PCBA%-100/A", err.message)
    end
  end)

  it("judges rows that tell no parent by their level", function()
    assert(box.sandbox:fault { method = "GET", status = 200, body = json.encode {
      { hlevel = 0, ProductRevisionId = "p" },
      { hlevel = 1, ProductRevisionId = "a", ProductRevisionRelationId = "1" },
      { hlevel = 2, ProductRevisionId = "b", ProductRevisionRelationId = "2" },
      { hlevel = 1, ProductRevisionId = "c" },
    }, headers = { ["Content-Type"] = "application/json" } })
    local rows = assert(client.product:get_box_build_subunits("PCBA-100", "A"))
    assert.same({ 1, "a" }, { #rows, rows[1].ProductRevisionId })
  end)

  it("raises at the caller's line for wrong arguments", function()
    local product = client.product
    local text = ": a string that is not empty expected, got "
    for message, call in pairs {
      ["product:get_product_hierarchy: revision" .. text .. "nil"] =
        function() product:get_product_hierarchy("A") end,
      ["product:get_product_with_relations: part_number" .. text .. '""'] =
        function() product:get_product_with_relations("") end,
      ["product:get_box_build_subunits: part_number" .. text .. "table"] =
        function() product:get_box_build_subunits({}, "A") end,
      ["product:add_subunit: revision" .. text .. "nil"] =
        function() product:add_subunit("A", "1", "B") end,
      ["product:add_subunit: parent_revision" .. text .. "nil"] =
        function() product:add_subunit("A") end,
      ["product:remove_subunit: relation_id" .. text .. "nil"] =
        function() product:remove_subunit() end,
      ["product:delete_revision_relation: relation_id" .. text .. "nil"] =
        function() product:delete_revision_relation() end,
      ["product:update_revision_relation: ProductRevisionRelationId" .. text .. "nil"] =
        function() product:update_revision_relation {} end,
      ["product:create_revision_relation: ProductRevisionId" .. text .. "nil"] =
        function() product:create_revision_relation { ParentProductRevisionId = "x" } end,
      ["product:create_revision_relation: relation: a table expected, got nil"] =
        function() product:create_revision_relation() end,
      ["product:create_revision_relation: Quantity: an integer of at least 1 expected, got 0"] =
        function() product:create_revision_relation { ParentProductRevisionId = "x",
          ProductRevisionId = "y", Quantity = 0 } end,
    } do
      assert.equal(message, blamed(call))
    end
    assert.matches('option "quantity" must be',
      blamed(function() product:add_subunit("A", "1", "B", "1", { quantity = "2" }) end))
  end)
end)
