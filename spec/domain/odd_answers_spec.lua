-- Products, barcodes and production: answers that lack what a method needs, and options that would
-- take it away. Neither may end in an error of our own.

local boxed = require("spec.support.boxed")
local support = require("spec.support.client")

local blamed = support.blamed

describe("an answer of products or production", function()
  local it, world = boxed(it, pending, setup, teardown, before_each)

  local function product() return world.client.product end
  local function production() return world.client.production end

  local function answer(path, body, content_type)
    assert(world.sandbox:clear_faults())
    world.client.cache:clear()
    world.serve("GET", path, { body = body,
      headers = { ["Content-Type"] = content_type or "application/json" } })
  end

  local function is_decode_error(value, err)
    assert.is_nil(value)
    assert.equal("decode", err.kind)
  end

  it("that lacks the ids is not edited", function()
    for _, body in ipairs { "{}", '{"partNumber":"P","revision":"A","productId":5}' } do
      answer("/api/Product/*", body)
      is_decode_error(product():set_product_tags("P", { a = "1" }))
      is_decode_error(product():add_product_tag("P", "a", "1"))
      is_decode_error(product():set_revision_tags("P", "A", { a = "1" }))
      is_decode_error(product():add_revision_tag("P", "A", "a", "1"))
      is_decode_error(product():create_revision("P", { revision = "B" }))
    end
    for _, entry in ipairs(assert(world.sandbox:journal())) do assert.equal("GET", entry.method) end
  end)

  it("has tags that are none", function()
    for _, tags in ipairs { "[null]", "[1]", '["x"]', '[{"value":"1"}]' } do
      answer("/api/Product/*", '{"tags":' .. tags .. "}")
      is_decode_error(product():get_product_tags("P"))
      is_decode_error(product():get_revision_tags("P", "A"))
    end
  end)

  it("has revisions that are no list", function()
    answer("/api/Product/*", '{"revisions":{"a":1}}')
    assert.same({}, product():get_revisions("P"))
  end)

  it("has none of the one record that was saved", function()
    assert(world.sandbox:fault { method = "PUT", path = "/api/Production/*", status = 200,
      body = "[null]", headers = { ["Content-Type"] = "application/json" }, times = 0 })
    assert.is_table(production():update_unit { serialNumber = "S", partNumber = "P" })
    assert.is_table(production():create_batch { batchNumber = "B" })
  end)

  it("has phases without numbers", function()
    for _, body in ipairs { '[{"Name":"Foo"}]', '[{"Name":"Foo","UnitPhaseId":"x"}]' } do
      answer("/api/internal/Mes/GetUnitPhases", body)
      is_decode_error(production():get_phase_id("foo"))
      is_decode_error(production():set_unit_phase("S", "P", "foo"))
      is_decode_error(production():create_unit("S", "P", "A", { phase = "foo" }))
    end
  end)

  it("has changes without numbers", function()
    for _, body in ipairs { "[{}]", '[{"id":"5"}]' } do
      answer("/api/Production/Units/Changes", body)
      is_decode_error(production():get_unit_history("S"))
      for _, acknowledge in ipairs { true, false } do
        local ok, err = pcall(production():unit_changes { acknowledge = acknowledge })
        assert.is_false(ok)
        assert.equal("decode", err.kind)
      end
    end
  end)

  it("is no count, or one in text", function()
    local path = "/api/internal/Production/SerialNumbers/Count"
    for _, body in ipairs { "", "true", "{}", "[1]", '"many"', "1.5" } do
      answer(path, body)
      is_decode_error(production():get_serial_number_count("T"))
    end
    for _, body in ipairs { "12", '"12"', "12.0" } do
      answer(path, body)
      assert.equal("integer", math.type(production():get_serial_number_count("T")))
    end
  end)

  it("is no serial numbers, and repeats our credential", function()
    local body = "Authorization: Basic " .. support.TOKEN
    assert(world.sandbox:fault { path = "/api/Production/SerialNumbers/*", status = 200,
      body = body, headers = { ["Content-Type"] = "text/plain" }, times = 0 })
    for _, call in ipairs {
      function() return production():allocate_serial_numbers("T", 1) end,
      function() return production():find_serial_numbers_by_reference("T", "S") end,
      function() return production():find_serial_numbers_in_range("T", "a", "b") end,
    } do
      local numbers, err = call()
      is_decode_error(numbers, err)
      assert.matches("^Authorization: ", err.body)
      assert.is_nil(err.body:find(support.TOKEN, 1, true))
    end
  end)

  it("is no export, but a page", function()
    answer("/api/Production/SerialNumbers", "<!DOCTYPE html><title>Log in</title>", "text/html")
    is_decode_error(production():export_serial_numbers("T"))
    answer("/api/Production/SerialNumbers", "")
    assert.equal("", production():export_serial_numbers("T"))
  end)

  it("is no word on the connection", function()
    local path = "/api/internal/Production/isConnected"
    for body, expected in pairs { ['"False"'] = false, ["false"] = false, ['"true"'] = true } do
      answer(path, body)
      assert.equal(expected, production():is_connected())
    end
    answer(path, "service unavailable", "text/plain")
    is_decode_error(production():is_connected())
  end)

  it("goes into no sink where it is to be read", function()
    local into = { sink = function() end }
    for _, call in ipairs {
      function() product():get_revisions("P", into) end,
      function() product():create_revision("P", { revision = "B" }, into) end,
      function() product():get_product_tags("P", into) end,
      function() product():get_revision_tags("P", "A", into) end,
      function() product():set_product_tags("P", { a = "1" }, into) end,
      function() product():add_revision_tag("P", "A", "a", "1", into) end,
      function() product():get_bom("P", "A", into) end,
      function() product():get_wsbf("P", "A", into) end,
      function() product():get_all_products(into) end,
      function() product():get_active_products(into) end,
      function() product():get_box_build_subunits("P", "A", into) end,
      function() product():get_box_build_template("P", "A", into) end,
      function() product():add_subunit("P", "A", "Q", "B", nil, into) end,
      function() world.client.barcode:identify("C", into) end,
      function() world.client.barcode:get_identifiers(into) end,
      function() production():get_phase(16, into) end,
      function() production():get_phase_by_name("Foo", into) end,
      function() production():is_unit_passing("S", "P", into) end,
      function() production():is_connected(into) end,
      function() production():unit_changes(nil, into) end,
      function() production():get_unit_history("S", nil, into) end,
      function() production():get_serial_number_count("T", nil, into) end,
    } do
      assert.matches(": sink: this call returns what it reads$", blamed(call))
    end
    assert.matches("^options of the request: table expected, got number",
      blamed(function() production():get_phase("foo", 5) end))
    assert.matches("^options of the request: table expected, got number",
      blamed(function() product():update_bom("P", "A", { { Number = "1" } }, nil, 5) end))
    assert.equal(0, world.asked())
  end)
end)
