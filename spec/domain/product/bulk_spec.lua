-- client.product: many products at once.

local boxed = require("spec.support.boxed")
local json = require("wats.json")
local support = require("spec.support.client")
local wats = require("wats")

local blamed = support.blamed

describe("client.product", function()
  local it, box = boxed(it, pending, setup, teardown, before_each)
  local client
  before_each(function() client = box.client end)

  local function numbers(list)
    local result = {}
    for i, record in ipairs(list) do result[i] = record.partNumber end
    return result
  end

  local function requests(path)
    local count = 0
    for _, entry in ipairs(assert(box.sandbox:journal())) do
      if entry.path:find(path, 1, true) == 1 then count = count + 1 end
    end
    return count
  end

  -- Products P-0001 ... in one request.
  local function add(count, state)
    local list = {}
    for i = 1, count do
      list[i] = { partNumber = ("P-%04d"):format(i), name = "number " .. i, state = state }
    end
    assert(client.product:bulk_save_products(list))
  end

  describe("bulk_save_products", function()
    it("adds and updates in one request, and leaves alone what is left out", function()
      assert.is_true(client.product:bulk_save_products {
        { partNumber = "A/B #1?x", name = "new" }, { partNumber = "PCBA-100", description = "x" } })
      assert.equal("new", assert(client.product:get_product("A/B #1?x")).name)
      local old = assert(client.product:get_product("PCBA-100"))
      assert.same({ "Controller board", "x", 2 }, { old.name, old.description, #old.revisions })
      assert.equal(1, requests("/api/Products"))
    end)

    it("is seen at once where the cache had the old", function()
      assert(client.product:get_product("PCBA-100"))
      assert.is_nil(client.product:get_product("NEW"))
      assert.equal(3, #client.product:get_products())
      assert(client.product:bulk_save_products {
        { partNumber = "NEW" }, { partNumber = "PCBA-100", name = "changed" } })
      assert.equal("changed", client.product:get_product("PCBA-100").name)
      assert(client.product:get_product("NEW"))
      assert.equal(4, #client.product:get_products())
    end)

    it("saves nothing when one is refused", function()
      local value, err = client.product:bulk_save_products {
        { partNumber = "NEW" }, { partNumber = "PCBA-100", name = 5 } }
      assert.is_nil(value)
      assert.same({ "invalid", 400 }, { err.kind, err.status })
      assert.is_nil(client.product:get_product("NEW"))
    end)

    it("raises at the caller's line for what is no list of products", function()
      local product = client.product
      assert.matches("^product:bulk_save_products: products: a list with at least one",
        blamed(function() product:bulk_save_products() end))
      assert.matches("got an empty table", blamed(function() product:bulk_save_products {} end))
      assert.matches("products: element 2: a table with partNumber expected",
        blamed(function() product:bulk_save_products { { partNumber = "A" }, {} } end))
      assert.matches("element 1", blamed(function() product:bulk_save_products { "A" } end))
    end)
  end)

  describe("bulk_save_revisions", function()
    it("adds and updates in one request", function()
      assert(client.product:get_revision("PCBA-100", "A"))
      assert(client.product:bulk_save_revisions {
        { PartNumber = "PCBA-100", revision = "A", description = "x" },
        { PartNumber = "PCBA-100", revision = "R/2 ?" },
        { PartNumber = "PSU-24V-5A", revision = "O'B" } })
      assert.equal("x", assert(client.product:get_revision("PCBA-100", "A")).description)
      assert.equal("Controller board A", client.product:get_revision("PCBA-100", "A").name)
      assert(client.product:get_revision("PCBA-100", "R/2 ?"))
      assert(client.product:get_revision("PSU-24V-5A", "O'B"))
      assert.equal(1, requests("/api/Products/Revisions"))
    end)

    it("saves nothing when one has no product", function()
      local value, err = client.product:bulk_save_revisions {
        { PartNumber = "PCBA-100", revision = "N" }, { PartNumber = "none", revision = "A" } }
      assert.is_nil(value)
      assert.equal("invalid", err.kind)
      assert.is_nil(client.product:get_revision("PCBA-100", "N"))
    end)

    it("raises at the caller's line for what is no list of revisions", function()
      local product = client.product
      assert.matches("^product:bulk_save_revisions: revisions: a list",
        blamed(function() product:bulk_save_revisions(5) end))
      assert.matches("element 1: a table with revision expected",
        blamed(function() product:bulk_save_revisions { { PartNumber = "A" } } end))
      assert.matches("revisions: element 1: it has no PartNumber, and no id$",
        blamed(function() product:bulk_save_revisions { { revision = "A" } } end))
    end)
  end)

  describe("get_many", function()
    it("gives whole records in the order asked for, each asked for once", function()
      local results, errs = client.product:get_many { "RADIO-868", "none", "PCBA-100", "RADIO-868" }
      assert.same({ "RADIO-868", nil, "PCBA-100", "RADIO-868", n = 4 }, {
        results[1].partNumber, nil, results[3].partNumber, results[4].partNumber, n = results.n })
      assert.equal(3, #results[1].revisions)
      assert.is_not_equal(results[1], results[4])
      assert.same({ n = 4, "not_found" }, { n = errs.n, errs[2].kind })
      assert.equal(3, requests("/api/Product/"))
      assert.is_nil(select(2, client.product:get_many { "PCBA-100" }))
      assert.equal(3, requests("/api/Product/"))
    end)

    it("gives rows of a query by the fifty", function()
      add(120)
      local names = {}
      for i = 1, 120 do names[i] = ("P-%04d"):format(121 - i) end
      names[60] = "none O'Brien/ø"
      local results, errs = client.product:get_many(names, { view = true })
      assert.same({ 120, "P-0120", "P-0001" },
        { results.n, results[1].partNumber, results[120].partNumber })
      assert.is_nil(results[60])
      assert.equal("not_found", errs[60].kind)
      assert.is_nil(errs[59])
      assert.equal(3, requests("/api/Product/Query"))
      assert.equal(0, requests("/api/Product/P-"))
    end)

    it("makes no query that a server finds too long", function()
      local names = {}
      for i = 1, 20 do names[i] = ("'"):rep(60) .. i end
      assert(client.product:bulk_save_products {
        { partNumber = names[7] }, { partNumber = names[20] } })
      local results, errs = client.product:get_many(names, { view = true })
      for i = 1, 20 do
        assert.equal((i == 7 or i == 20) and names[i] or nil, results[i] and results[i].partNumber)
        assert.equal(i ~= 7 and i ~= 20, errs[i] ~= nil)
      end
      for _, entry in ipairs(assert(box.sandbox:journal())) do
        assert.is_true(#(entry.query or "") < 2048)
      end
      assert.is_true(requests("/api/Product/Query") > 1)
    end)

    it("finds a row whose part number has another case on the server", function()
      assert(box.sandbox:fault { method = "GET", status = 200, times = 0,
        body = '[{"partNumber":"AB-1"},{"partNumber":"x-2"},{"partNumber":"X-2"}]',
        headers = { ["Content-Type"] = "application/json" } })
      local results = client.product:get_many({ "ab-1", "X-2", "x-2" }, { view = true })
      assert.same({ "AB-1", "X-2", "x-2" }, numbers(results))
    end)

    it("tells every place of a request that failed", function()
      assert(box.sandbox:fault { method = "GET", status = 500, body = "" })
      local results, errs = client.product:get_many({ "PCBA-100", "RADIO-868" }, { view = true })
      assert.same({ { n = 2 }, "server", "server" }, { results, errs[1].kind, errs[2].kind })
      assert(box.sandbox:fault { path = "/api/Product/RADIO-868", status = 500, body = "" })
      results, errs = client.product:get_many { "PCBA-100", "RADIO-868" }
      assert.same({ "PCBA-100", "server" }, { results[1].partNumber, errs[2].kind })
    end)

    it("works in tasks, tells how far it is, and leaves the options alone", function()
      local opts, seen = { view = true, timeout = 20 }, {}
      local results = wats.run(function()
        return client.product:get_many({ "PCBA-100" }, opts)
      end)
      assert.equal("PCBA-100", results[1].partNumber)
      assert.same({ view = true, timeout = 20 }, opts)
      client.product:get_many({ "PCBA-100", "RADIO-868" }, { concurrency = 1,
        on_progress = function(done, n) seen[#seen + 1] = done .. "/" .. n end })
      assert.same({ "1/2", "2/2" }, seen)
    end)

    it("raises at the caller's line for what is no list of part numbers", function()
      local product = client.product
      for _, opts in ipairs { {}, { view = true } } do
        assert.matches("^product:get_many: element 2: ",
          blamed(function() product:get_many({ "A", {} }, opts) end))
        assert.matches('got ""$', blamed(function() product:get_many({ "" }, opts) end))
        opts.chache = "bypass"
        assert.matches('^product:get_many: unknown option "chache" %(did you mean "cache"',
          blamed(function() product:get_many({ "A", "B" }, opts) end))
        assert.matches('^product:get_many: unknown option "chache"', wats.run(function()
          return blamed(function() product:get_many({ "A" }, opts) end)
        end))
      end
      assert.matches("product:get_many", blamed(function() product:get_many("A") end))
      assert.matches("product:get_many", blamed(function() product:get_many({ "A" }, 5) end))
    end)
  end)

  describe("all products", function()
    it("come page by page, past the end of one query", function()
      add(2100)
      local all = assert(client.product:get_all_products())
      assert.equal(2103, #all)
      local seen = {}
      for _, name in ipairs(numbers(all)) do
        assert.is_nil(seen[name])
        seen[name] = true
      end
      assert.equal(3, requests("/api/Product/Query"))
    end)

    it("end where a server gives the same page for ever", function()
      local rows = {}
      for i = 1, 1000 do rows[i] = ('{"partNumber":"P%d"}'):format(i) end
      assert(box.sandbox:fault { method = "GET", status = 200, times = 0,
        body = "[" .. table.concat(rows, ",") .. "]",
        headers = { ["Content-Type"] = "application/json" } })
      assert.equal(1000, #assert(client.product:get_all_products()))
    end)

    it("are those in use, of all or of a query", function()
      add(3, 0)
      assert.equal(6, #assert(client.product:get_all_products()))
      assert.same({ "PCBA-100", "PSU-24V-5A", "RADIO-868" },
        numbers(assert(client.product:get_active_products())))
      assert.same({ "RADIO-868" }, numbers(assert(client.product:get_active_products {
        query = { ["$filter"] = "startswith(partNumber,'R') or startswith(partNumber,'P-')" } })))
      assert.equal("[]", json.encode(assert(client.product:get_active_products {
        query = { ["$filter"] = "state eq 0" } })))
    end)

    it("come as whole records too", function()
      local progress
      local list = assert(client.product:get_products_full { concurrency = 2,
        on_progress = function(done, n) progress = done .. "/" .. n end })
      assert.same({ "PCBA-100", "PSU-24V-5A", "RADIO-868" }, numbers(list))
      assert.same({ 2, "3/3" }, { #list[1].revisions, progress })
    end)

    it("have the error of a page or a record", function()
      for _, path in ipairs { "/api/Product/Query", "/api/Product/RADIO-868" } do
        client = support.connect(box)
        assert(box.sandbox:fault { path = path, status = 500, body = "" })
        local value, err = client.product:get_products_full()
        assert.is_nil(value)
        assert.equal("server", err.kind)
      end
      assert(box.sandbox:fault { path = "/api/Product/RADIO-868", status = 404, body = "" })
      client = support.connect(box)
      assert.equal(2, #assert(client.product:get_products_full()))
      assert(box.sandbox:fault { method = "GET", status = 500, body = "" })
      assert.is_nil(client.product:get_active_products { cache = "bypass" })
    end)

    it("take no query where they would be asked for by page", function()
      assert.equal("product:get_all_products: it takes no query: get_products does",
        blamed(function() client.product:get_all_products { query = { ["$top"] = 5 } } end))
    end)
  end)
end)
