-- client.product:get_box_build_template: editing, saving, and saves that fail half-way.

local boxed = require("spec.support.boxed")
local json = require("wats.json")
local support = require("spec.support.client")

local blamed = support.blamed

describe("a box build template", function()
  local it, box = boxed(it, pending, setup, teardown, before_each)
  local client

  before_each(function()
    client = box.client
    for _, name in ipairs { "BOX", "ODD/1 #?" } do
      assert(client.product:create_product { partNumber = name })
      assert(client.product:create_revision(name, { revision = "A" }))
    end
  end)

  local function load(part_number, revision)
    return assert(client.product:get_box_build_template(part_number or "BOX", revision or "A"))
  end

  -- "PCBA-100/A x2 [mask]" for each part, in the order of the server.
  local function parts_of(rows)
    local texts = {}
    for i, row in ipairs(rows) do
      local mask = row.RevisionMask and (" [%s]"):format(row.RevisionMask) or ""
      texts[i] = ("%s/%s x%d%s"):format(row.PartNumber, row.Revision, row.Quantity, mask)
    end
    return texts
  end

  -- As another client sees it.
  local function on_server()
    return parts_of(assert(support.connect(box).product:get_box_build_subunits("BOX", "A")))
  end

  local function writes()
    local list = {}
    for _, entry in ipairs(assert(box.sandbox:journal())) do
      if entry.path:find("ProductRevisionRelation", 1, true) then
        list[#list + 1] = entry.method
      end
    end
    return table.concat(list, " ")
  end

  local function actions(template)
    local list = {}
    for i, change in ipairs(template:pending_changes()) do
      list[i] = change.action .. " " .. change.subunit.PartNumber
    end
    return list
  end

  it("is of the revision that the server has now, not of one that was cached", function()
    local revision = assert(client.product:get_revision("BOX", "A"))
    assert.equal(revision.productRevisionId, load().revision_id)
    revision.productRevisionId = "another"
    assert(box.sandbox:fault { method = "GET", path = "/api/Product/BOX/A", status = 200,
      body = json.encode(revision), headers = { ["Content-Type"] = "application/json" } })
    assert.equal("another", load().revision_id)
  end)

  it("begins empty, and has not_found for what is no revision", function()
    local template = load()
    assert.same({ "BOX", "A", false },
      { template.part_number, template.revision, template:has_pending_changes() })
    assert.is_true(json.is_array(template:subunits()))
    assert.same({}, template:subunits())
    assert.equal("wats.box_build (BOX/A, 0 parts, 0 changes pending)", tostring(template))
    for _, name in ipairs { { "BOX", "Z" }, { "none", "A" } } do
      local value, err = client.product:get_box_build_template(name[1], name[2])
      assert.is_nil(value)
      assert.equal("not_found", err.kind)
    end
  end)

  it("keeps changes until they are saved", function()
    local template = load()
    assert.equal(template, assert(template:add_subunit("PCBA-100", "B", { quantity = 2,
      revision_mask = "B,C%" })))
    assert(template:add_subunit("ODD/1 #?", "A"))
    assert.same({ "add PCBA-100", "add ODD/1 #?" }, actions(template))
    assert.same({}, on_server())
    assert.equal(template, assert(template:save()))
    assert.is_false(template:has_pending_changes())
    assert.same({ "PCBA-100/B x2 [B,C%]", "ODD/1 #?/A x1" }, on_server())
    assert.same(on_server(), parts_of(template:subunits()))
    assert.is_string(template:subunits()[1].ProductRevisionRelationId)
    assert(template:save())
    assert.equal("POST POST", writes())
  end)

  it("updates, removes and clears", function()
    local template = load()
    assert(template:add_subunit("PCBA-100", "A", { quantity = 2, revision_mask = "A" }))
    assert(template:add_subunit("PSU-24V-5A", "A"))
    assert(template:add_subunit("RADIO-868", "C"))
    assert(template:save())
    assert(template:set_quantity("PCBA-100", "A", 3))
    assert(template:update_subunit("PSU-24V-5A", "A", { revision_mask = "A,B" }))
    assert(template:remove_subunit("RADIO-868", "C"))
    assert.same({ "remove RADIO-868", "update PCBA-100", "update PSU-24V-5A" }, actions(template))
    assert.equal(2, #template:subunits())
    assert(template:save())
    assert.same({ "PCBA-100/A x3 [A]", "PSU-24V-5A/A x1 [A,B]" }, on_server())
    assert(template:update_subunit("PCBA-100", "A", { revision_mask = false }))
    assert(template:save())
    assert.same({ "PCBA-100/A x3", "PSU-24V-5A/A x1 [A,B]" }, on_server())
    assert(template:clear_all():save())
    assert.same({}, on_server())
    assert.same({}, template:subunits())
  end)

  it("has nothing to do where nothing changes in the end", function()
    local template = load()
    assert(template:add_subunit("PCBA-100", "A", { quantity = 2 }):save())
    assert(template:set_quantity("PCBA-100", "A", 5))
    assert(template:set_quantity("PCBA-100", "A", 2))
    assert(template:remove_subunit("PCBA-100", "A"))
    assert(template:add_subunit("PCBA-100", "A", { quantity = 2 }))
    assert(template:add_subunit("RADIO-868", "A"))
    assert(template:remove_subunit("RADIO-868", "A"))
    assert.is_false(template:has_pending_changes())
    assert(template:save())
    assert.equal("POST", writes())
  end)

  it("gives a part that is there already the quantity of the second time", function()
    local template = load()
    assert(template:add_subunit("PCBA-100", "A", { quantity = 2, revision_mask = "A%" }))
    assert(template:add_subunit("PCBA-100", "A", { quantity = 4 }))
    assert.same({ "PCBA-100/A x4 [A%]" }, parts_of(template:subunits()))
    assert(template:remove_subunit("PCBA-100", "A"))
    assert(template:add_subunit("PCBA-100", "A"))
    assert.same({ "PCBA-100/A x1" }, parts_of(template:subunits()))
  end)

  it("takes a part again that was removed, with the mask and the quantity of now", function()
    local template = load()
    assert(template:add_subunit("PCBA-100", "A", { quantity = 2, revision_mask = "A%" }):save())
    for mask, shown in pairs { ["B,C"] = " [B,C]", [false] = "" } do
      assert(template:remove_subunit("PCBA-100", "A"))
      assert(template:add_subunit("PCBA-100", "A", { revision_mask = mask or nil }):save())
      assert.same({ "PCBA-100/A x1" .. shown }, on_server())
      assert(template:set_quantity("PCBA-100", "A", 3):set_quantity("PCBA-100", "A", 1))
      assert.is_false(template:has_pending_changes())
    end
  end)

  it("has not_found for parts that are nowhere, and forgets nothing over it", function()
    local template = load()
    for _, call in ipairs {
      function() return template:add_subunit("none", "A") end,
      function() return template:add_subunit("PCBA-100", "Z") end,
      function() return template:update_subunit("PCBA-100", "A", { quantity = 2 }) end,
      function() return template:set_quantity("PCBA-100", "A", 2) end,
      function() return template:remove_subunit("PCBA-100", "A") end,
    } do
      local value, err = call()
      assert.is_nil(value)
      assert.equal("not_found", err.kind)
    end
    assert(template:add_subunit("PCBA-100", "A"):save())
    assert(template:remove_subunit("PCBA-100", "A"))
    assert.is_nil(template:remove_subunit("PCBA-100", "A"))
    assert.is_nil(template:set_quantity("PCBA-100", "A", 2))
  end)

  it("forgets what is pending: discard and reload", function()
    local template = load()
    assert(template:add_subunit("PCBA-100", "A", { quantity = 2, revision_mask = "A" }):save())
    assert(template:update_subunit("PCBA-100", "A", { quantity = 9, revision_mask = "B" }))
    assert(template:add_subunit("RADIO-868", "A"))
    assert.equal(template, template:discard())
    assert.same({ "PCBA-100/A x2 [A]" }, parts_of(template:subunits()))
    assert.is_false(template:has_pending_changes())
    assert(template:clear_all())
    assert(client.product:add_subunit("BOX", "A", "PSU-24V-5A", "A"))
    assert(template:reload())
    assert.same({ "PCBA-100/A x2 [A]", "PSU-24V-5A/A x1" }, parts_of(template:subunits()))
  end)

  it("keeps all when it cannot be reloaded", function()
    local template = load()
    assert(template:add_subunit("PCBA-100", "A"))
    assert(box.sandbox:fault { method = "GET", status = 500, body = "" })
    local value, err = template:reload()
    assert.is_nil(value)
    assert.equal("server", err.kind)
    assert.same({ "add PCBA-100" }, actions(template))
  end)

  describe("whose save fails half-way", function()
    local template

    before_each(function()
      if not box then return end
      template = load()
      assert(template:add_subunit("PCBA-100", "A"):add_subunit("PSU-24V-5A", "A"):save())
      assert(template:remove_subunit("PCBA-100", "A"))
      assert(template:set_quantity("PSU-24V-5A", "A", 7))
      assert(template:add_subunit("RADIO-868", "A"):add_subunit("RADIO-868", "B"))
    end)

    local function is_finished()
      assert(template:save())
      assert.is_false(template:has_pending_changes())
      assert.same({ "PSU-24V-5A/A x7", "RADIO-868/A x1", "RADIO-868/B x1" }, on_server())
      assert(template:save())
    end

    for method, left in pairs {
      DELETE = { "remove PCBA-100", "update PSU-24V-5A", "add RADIO-868", "add RADIO-868" },
      PUT = { "update PSU-24V-5A", "add RADIO-868", "add RADIO-868" },
      POST = { "add RADIO-868", "add RADIO-868" },
    } do
      it("has the rest pending: " .. method, function()
        assert(box.sandbox:fault { method = method, status = 503, body = "" })
        local value, err = template:save()
        assert.is_nil(value)
        assert.same({ "server", 503 }, { err.kind, err.status })
        assert.same(left, actions(template))
        is_finished()
      end)

      it("does nothing twice when the answer was lost: " .. method, function()
        -- for ever: a connection that breaks is tried once more
        assert(box.sandbox:fault { method = method, drop = "after", times = 0 })
        local value, err = template:save()
        assert.is_nil(value)
        assert.equal("connection", err.kind)
        assert.same(left, actions(template))
        assert(box.sandbox:clear_faults())
        is_finished()
      end)
    end

    it("can still be discarded", function()
      assert(box.sandbox:fault { method = "PUT", status = 503, body = "" })
      assert.is_nil(template:save())
      template:discard()
      assert.same({ "PSU-24V-5A/A x1" }, parts_of(template:subunits()))
    end)

    it("takes out again what came in unseen", function()
      assert(box.sandbox:fault { method = "POST", drop = "after" })
      assert.is_nil(template:save())
      assert(template:remove_subunit("RADIO-868", "A"))
      assert(template:remove_subunit("RADIO-868", "B"))
      assert(template:save())
      assert.same({ "PSU-24V-5A/A x7" }, on_server())
    end)

    it("fails when it cannot be told what came in", function()
      assert(box.sandbox:fault { method = "POST", drop = "after" })
      assert.is_nil(template:save())
      assert(box.sandbox:fault { method = "GET", status = 500, body = "" })
      assert.is_nil(template:save())
      assert.same({ "add RADIO-868", "add RADIO-868" }, actions(template))
      is_finished()
    end)
  end)

  it("has a conflict where another was quicker, and goes on after a reload", function()
    local template = load()
    assert(template:add_subunit("PCBA-100", "A", { quantity = 2 }))
    assert(client.product:add_subunit("BOX", "A", "PCBA-100", "A"))
    local _, err = template:save()
    assert.equal("conflict", err.kind)
    assert(template:reload():set_quantity("PCBA-100", "A", 2):save())
    assert.same({ "PCBA-100/A x2" }, on_server())
  end)

  it("takes for done what another has removed", function()
    local template = load()
    assert(template:add_subunit("PCBA-100", "A"):save())
    assert(client.product:remove_subunit(template:subunits()[1].ProductRevisionRelationId))
    assert(template:clear_all():save())
    assert.same({}, template:subunits())
  end)

  it("learns the ids of parts when the server tells nothing of them", function()
    local template = load()
    assert(box.sandbox:fault { method = "POST", status = 200, body = "" })
    assert(template:add_subunit("PCBA-100", "A"):save())
    assert.is_false(template:has_pending_changes())
    -- the fault has answered in the server's place, so it is not there
    assert(client.product:add_subunit("BOX", "A", "PCBA-100", "A", { quantity = 1 }))
    assert(template:set_quantity("PCBA-100", "A", 3):save())
    assert.same({ "PCBA-100/A x3" }, on_server())
  end)

  it("tells which revisions will do, by any definition of a part", function()
    local template = load()
    assert(template:add_subunit("RADIO-868", "A", { revision_mask = "A, 1.%" }))
    assert(template:add_subunit("RADIO-868", "B"))
    for revision, fits in pairs { A = true, B = true, C = false, ["1.7b"] = true, ["2.1"] = false,
      ["1."] = true, a = false } do
      assert.equal(fits, template:validate_subunit("RADIO-868", revision))
    end
    assert.is_false(template:validate_subunit("PCBA-100", "A"))
    assert.equal(2, #template:get_matching_subunits("RADIO-868"))
    assert.same({}, template:get_matching_subunits("PCBA-100"))
    assert.same({
      { part_number = "RADIO-868", default_revision = "A", quantity = 1, revision_mask = "A, 1.%" },
      { part_number = "RADIO-868", default_revision = "B", quantity = 1 },
    }, template:get_required_parts())
    template:remove_subunit("RADIO-868", "B")
    assert.is_false(template:validate_subunit("RADIO-868", "B"))
  end)

  it("hands out copies", function()
    local template = load()
    assert(template:add_subunit("PCBA-100", "A"))
    template:subunits()[1].Quantity = 99
    template:pending_changes()[1].subunit.Quantity = 99
    template:get_matching_subunits("PCBA-100")[1].Quantity = 99
    assert.equal(1, template:subunits()[1].Quantity)
  end)

  it("raises at the caller's line for wrong arguments", function()
    local template = load()
    for name, method in pairs {
      add_subunit = template.add_subunit, update_subunit = template.update_subunit,
      remove_subunit = template.remove_subunit, validate_subunit = template.validate_subunit,
    } do
      assert.equal(
        "template:" .. name .. ": part_number: a string that is not empty expected, got nil",
        blamed(function() method(template) end))
      assert.equal('template:' .. name .. ': revision: a string that is not empty expected, got ""',
        blamed(function() method(template, "A", "") end))
    end
    assert.matches("^template:get_matching_subunits: part_number: ",
      blamed(function() template:get_matching_subunits(true) end))
    assert.equal('template:add_subunit: unknown option "quantitiy" (did you mean "quantity"?)',
      blamed(function() template:add_subunit("PCBA-100", "A", { quantitiy = 2 }) end))
    assert.matches('option "quantity" must be at least 1, got 0',
      blamed(function() template:add_subunit("PCBA-100", "A", { quantity = 0 }) end))
    assert.matches('option "revision_mask" must be string or false, got number',
      blamed(function() template:update_subunit("PCBA-100", "A", { revision_mask = 1 }) end))
    assert.equal("template:set_quantity: quantity: an integer of at least 1 expected, got 1.5",
      blamed(function() template:set_quantity("PCBA-100", "A", 1.5) end))
    assert.matches("got nil$", blamed(function() template:set_quantity("PCBA-100", "A") end))
    assert.equal(
      "product:get_box_build_template: revision: a string that is not empty expected, got nil",
      blamed(function() client.product:get_box_build_template("BOX") end))
  end)
end)
