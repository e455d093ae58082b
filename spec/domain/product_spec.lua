-- client.product: part numbers and their revisions.

local boxed = require("spec.support.boxed")
local core = require("wats.core")
local json = require("wats.json")
local support = require("spec.support.client")
local wats = require("wats")

local blamed = support.blamed

describe("client.product", function()
  local it, box = boxed(it, pending, setup, teardown, before_each)
  local client
  before_each(function() client = box.client end)

  -- What the last write sent.
  local function sent_sha()
    local journal = assert(box.sandbox:journal())
    for i = #journal, 1, -1 do
      if journal[i].method == "PUT" then return journal[i].body_sha256 end
    end
  end

  describe("reading", function()
    it("gives a product with its revisions", function()
      local product = assert(client.product:get_product("PCBA-100"))
      assert.same({ "PCBA-100", "Controller board", 1, false },
        { product.partNumber, product.name, product.state, product.nonSerial })
      assert.equal(2, #product.revisions)
      assert.equal("B", assert(client.product:get_revision("PCBA-100", "B")).revision)
      assert.same(product.revisions, assert(client.product:get_revisions("PCBA-100")))
    end)

    it("has not_found for what is not there", function()
      for _, call in ipairs {
        function() return client.product:get_product("none") end,
        function() return client.product:get_revision("PCBA-100", "Z") end,
        function() return client.product:get_revision("none", "A") end,
        function() return client.product:get_revisions("none") end,
      } do
        local value, err = call()
        assert.is_nil(value)
        assert.same({ "not_found", 404, false }, { err.kind, err.status, err.retryable })
      end
    end)

    it("finds part numbers of any characters", function()
      for _, name in ipairs { "A/B #1?x", "ø Å", "100%", "a+b&c=d", "  x  ", "..", "%2F", "a;b" } do
        assert(client.product:create_product { partNumber = name, name = "of any characters" })
        assert.equal(name, assert(client.product:get_product(name)).partNumber)
        assert(client.product:create_revision(name, { revision = "R/1 ?" }))
        assert.equal("R/1 ?", assert(client.product:get_revision(name, "R/1 ?")).revision)
      end
    end)

    it("takes an integer for a part number, and nothing else but text", function()
      assert(client.product:create_product { partNumber = "1234" })
      assert.equal("1234", client.product:get_product(1234).partNumber)
      for _, wrong in ipairs { 1.5, true, {}, print } do
        assert.equal("product:get_product: part_number: a string that is not empty expected, got "
          .. type(wrong), blamed(function() client.product:get_product(wrong) end))
      end
      assert.matches('got ""$', blamed(function() client.product:get_product("") end))
      assert.matches("got nil$", blamed(function() client.product:get_product() end))
      assert.matches("^product:get_revision: revision: ",
        blamed(function() client.product:get_revision("A") end))
      assert.matches("^product:get_revision: part_number: ",
        blamed(function() client.product:get_revision(nil, "A") end))
      assert.matches("^product:get_revisions: part_number: ",
        blamed(function() client.product:get_revisions({}) end))
    end)

    it("queries by OData", function()
      assert.equal(3, #assert(client.product:get_products()))
      local list = assert(client.product:get_products { query = {
        ["$filter"] = wats.odata.filter { partNumber = "PSU-24V-5A" } } })
      assert.same({ 1, "Power supply 24 V 5 A" }, { #list, list[1].name })
      list = assert(client.product:get_products { query = { ["$top"] = 2, ["$skip"] = 1,
        ["$orderby"] = "partNumber" } })
      assert.same({ "PSU-24V-5A", "RADIO-868" }, { list[1].partNumber, list[2].partNumber })
      local none = assert(client.product:get_products { query = { ["$filter"] = "name eq 'x'" } })
      assert.is_true(json.is_array(none))
      local _, err = client.product:get_products { query = { ["$filter"] = "((" } }
      assert.equal("invalid", err.kind)
    end)

    it("has an empty list where a product has no revisions", function()
      for _, body in ipairs { '{"partNumber":"A"}', '{"revisions":null}', '{"revisions":[]}',
        '{"revisions":5}' } do
        assert(box.sandbox:fault { method = "GET", status = 200, body = body,
          headers = { ["Content-Type"] = "application/json" } })
        local list = assert(client.product:get_revisions("A", { cache = "bypass" }))
        assert.equal("[]", json.encode(list))
      end
    end)

    it("takes no page of a proxy for a product", function()
      for _, name in ipairs { "get_product", "get_revisions", "get_products" } do
        assert(box.sandbox:fault { method = "GET", status = 200, body = "<html>log in</html>",
          headers = { ["Content-Type"] = "text/html" } })
        local argument = name ~= "get_products" and "A" or nil
        local value, err = client.product[name](client.product, argument)
        assert.is_nil(value)
        assert.equal("decode", err.kind)
      end
    end)

    it("knows whether one is in use", function()
      assert.is_true(client.product:is_active { state = 1 })
      assert.is_true(client.product:is_active {})
      assert.is_true(client.product:is_active { state = json.null })
      assert.is_false(client.product:is_active { state = 0 })
      assert.is_false(client.product:is_active { state = 2 })
      assert.equal("product:is_active: product: a table expected, got nil",
        blamed(function() client.product:is_active() end))
    end)
  end)

  describe("create_product", function()
    it("adds one, and returns it as the server has it", function()
      local given = { partNumber = "NEW-1", name = "New", state = 1 }
      local product = assert(client.product:create_product(given))
      assert.is_string(product.productId)
      assert.equal("NEW-1", product.partNumber)
      assert.same({ partNumber = "NEW-1", name = "New", state = 1 }, given)
      assert.equal("New", assert(client.product:get_product("NEW-1")).name)
    end)

    it("has a conflict where there is one", function()
      local product, err = client.product:create_product { partNumber = "PCBA-100" }
      assert.is_nil(product)
      assert.same({ "conflict", 409, "PUT" }, { err.kind, err.status, err.method })
    end)

    it("shows the new one where its absence was asked for", function()
      assert.is_nil(client.product:get_product("NEW-2"))
      assert.equal(3, #client.product:get_products())
      assert(client.product:create_product { partNumber = "NEW-2" })
      assert(client.product:get_product("NEW-2"))
      assert.equal(4, #client.product:get_products())
    end)

    it("raises at the caller's line for what is no new product", function()
      assert.equal("product:create_product: product: a table expected, got string",
        blamed(function() client.product:create_product("A") end))
      assert.equal(
        "product:create_product: partNumber: a string that is not empty expected, got nil",
        blamed(function() client.product:create_product {} end))
      assert.matches('partNumber: .*got ""$',
        blamed(function() client.product:create_product { partNumber = "" } end))
      assert.matches("partNumber: .*got number$",
        blamed(function() client.product:create_product { partNumber = 5 } end))
      assert.matches("update_product", blamed(function() client.product:create_product {
        partNumber = "A", productId = "x" } end))
      assert.matches("bad", blamed(function() client.product:create_product {
        partNumber = "A", bad = print } end))
    end)
  end)

  describe("update_product", function()
    it("sends back all that came, known or not", function()
      local body = '{"partNumber":"PCBA-100","productId":"11111111-1111-1111-1111-111111111111",'
        .. '"weight":12.50,"future":{"a":[1,[],{}]},"xml":"<x/>","big":9007199254740993}'
      assert(box.sandbox:fault { method = "GET", status = 200, body = body,
        headers = { ["Content-Type"] = "application/json" } })
      local product = assert(client.product:get_product("PCBA-100"))
      product.description = "changed"
      assert(box.sandbox:fault { method = "PUT", status = 200, body = "" })
      assert.is_true(client.product:update_product(product))
      assert.equal(core.sha256(json.encode(product)), sent_sha())
      assert.same({ 1, {}, {} }, product.future.a)
      assert.is_true(json.is_array(product.future.a[2]))
      assert.is_false(json.is_array(product.future.a[3]))
      assert.equal(9007199254740993, product.big)
    end)

    it("changes one, and the next look-up sees it", function()
      local product = assert(client.product:get_product("PCBA-100"))
      product.description = "changed"
      local updated = assert(client.product:update_product(product))
      assert.equal(product.productId, updated.productId)
      assert.equal("changed", assert(client.product:get_product("PCBA-100")).description)
    end)

    it("has not_found for an id that is not there", function()
      local _, err = client.product:update_product { partNumber = "A",
        productId = "00000000-0000-0000-0000-000000000000" }
      assert.equal("not_found", err.kind)
    end)

    it("returns the server's words for a product that it refuses", function()
      local product = assert(client.product:get_product("PCBA-100"))
      product.name = 5
      local _, err = client.product:update_product(product)
      assert.same({ "invalid", 400 }, { err.kind, err.status })
      assert.matches("name", err.message)
    end)

    it("raises at the caller's line for one without its id", function()
      assert.equal(
        "product:update_product: productId: a string that is not empty expected, got nil",
        blamed(function() client.product:update_product { partNumber = "A" } end))
      assert.matches("a table expected", blamed(function() client.product:update_product() end))
    end)
  end)

  describe("create_revision", function()
    it("adds one to the product as the server has it now", function()
      assert(client.product:get_product("PSU-24V-5A"))
      local given = { revision = "B", name = "second", future = 1 }
      local revision = assert(client.product:create_revision("PSU-24V-5A", given))
      assert.equal("B", revision.revision)
      assert.is_string(revision.productRevisionId)
      assert.same({ revision = "B", name = "second", future = 1 }, given)
      assert.equal("second", assert(client.product:get_revision("PSU-24V-5A", "B")).name)
      assert.equal(2, #assert(client.product:get_revisions("PSU-24V-5A")))
      -- the id came from the server, not from the cache
      local journal = assert(box.sandbox:journal())
      assert.equal("GET", journal[2].method)
    end)

    it("has a conflict where there is one, not_found without the product", function()
      local _, err = client.product:create_revision("PCBA-100", { revision = "A" })
      assert.equal("conflict", err.kind)
      _, err = client.product:create_revision("none", { revision = "A" })
      assert.equal("not_found", err.kind)
      for _, entry in ipairs(assert(box.sandbox:journal(2))) do
        assert.equal("GET", entry.method)
      end
    end)

    it("raises at the caller's line for what is no new revision", function()
      assert.matches("^product:create_revision: part_number: ",
        blamed(function() client.product:create_revision("", { revision = "A" }) end))
      assert.matches("^product:create_revision: revision: a table expected, got string",
        blamed(function() client.product:create_revision("A", "B") end))
      assert.matches("^product:create_revision: revision: a string that is not empty",
        blamed(function() client.product:create_revision("A", {}) end))
      assert.matches("update_revision", blamed(function() client.product:create_revision("A",
        { revision = "A", productRevisionId = "x" }) end))
    end)
  end)

  it("adds nothing twice where the answer was lost", function()
    client = support.connect(box, { retry = { max_attempts = 3, base_delay = 0.01 } })
    for path, add in pairs {
      ["/api/Product"] = function(opts)
        return client.product:create_product({ partNumber = "NEW" }, opts)
      end,
      ["/api/Product/Revision"] = function(opts)
        return client.product:create_revision("PCBA-100", { revision = "Z" }, opts)
      end,
    } do
      for _, case in ipairs { { "connection" }, { "conflict", { idempotent = true } } } do
        assert(box.sandbox:reset())
        assert(box.sandbox:fault { method = "PUT", path = path, drop = "after" })
        local value, err = add(case[2])
        assert.is_nil(value)
        assert.equal(case[1], err.kind)
      end
    end
    -- a change by id is the same when done twice
    local product = assert(client.product:get_product("PCBA-100"))
    for _, path in ipairs { "/api/Product", "/api/Product/Revision" } do
      assert(box.sandbox:fault { method = "PUT", path = path, drop = "after" })
    end
    assert.is_table(client.product:update_product(product))
    assert.is_table(client.product:update_revision(product.revisions[1]))
  end)

  describe("update_revision", function()
    it("changes one", function()
      local revision = assert(client.product:get_revision("PCBA-100", "A"))
      revision.description = "changed"
      assert(client.product:update_revision(revision))
      assert.equal("changed", assert(client.product:get_revision("PCBA-100", "A")).description)
      assert.equal(2, #assert(client.product:get_revisions("PCBA-100")))
    end)

    it("raises at the caller's line for one without its id", function()
      assert.matches("^product:update_revision: productRevisionId: ",
        blamed(function() client.product:update_revision { revision = "A" } end))
      assert.matches("^product:update_revision: revision: ",
        blamed(function() client.product:update_revision {} end))
    end)
  end)

  it("returns the error of a write that nobody confirmed", function()
    for _, drop in ipairs { "before", "after" } do
      assert(box.sandbox:clear_faults())
      assert(box.sandbox:fault { method = "PUT", drop = drop, times = 0 })
      local value, err = client.product:create_product { partNumber = "P-" .. drop }
      assert.is_nil(value)
      assert.same({ "connection", false, "PUT" }, { err.kind, err.retryable, err.method })
    end
  end)

  it("leaves the caller's options as they were", function()
    local options = { timeout = 20 }
    assert(client.product:create_revision("PCBA-100", { revision = "X" }, options))
    assert.same({ timeout = 20 }, options)
  end)
end)
