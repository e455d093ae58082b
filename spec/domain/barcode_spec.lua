-- client.barcode: what scanned codes mean.

local boxed = require("spec.support.boxed")
local core = require("wats.core")
local json = require("wats.json")
local support = require("spec.support.client")
local wats = require("wats")

local blamed = support.blamed

describe("client.barcode", function()
  local it, box = boxed(it, pending, setup, teardown, before_each)
  local client
  before_each(function() client = box.client end)

  local function fields(found)
    return { found.serialNumber, found.partNumber, found.revision, found.batchNumber,
      found.process }
  end

  local function answered(body)
    assert(box.sandbox:fault { method = "GET", status = 200, body = body,
      headers = { ["Content-Type"] = "application/json" } })
  end

  describe("identify", function()
    it("reads the format that the server comes with", function()
      assert.same({ "SN-1", "PCBA-100", "A", "B7", "100" },
        fields(assert(client.barcode:identify("SN-1/PCBA-100/A/B7/100"))))
      assert.same({ "SN-1", "PCBA-100" }, fields(assert(client.barcode:identify("SN-1/PCBA-100"))))
      assert.same({ "SN-1" }, fields(assert(client.barcode:identify("SN-1\r\n"))))
      local found = assert(client.barcode:identify("SN-1//A"))
      assert.same({ "SN-1", nil, "A" }, { found.serialNumber, found.partNumber, found.revision })
    end)

    it("reads codes of any characters", function()
      for _, code in ipairs { "A #1?x", "O'Brien", "ø Å", "100%", "a+b&c=d", "%2F", "\u{1F600}",
        "\x1D01" } do
        assert.same({ code, code }, fields(assert(client.barcode:identify(code .. "/" .. code))))
      end
    end)

    it("has not_found where nothing fits, in whatever way the server says it", function()
      local value, err = client.barcode:identify("/PCBA-100")
      assert.is_nil(value)
      assert.same({ "not_found", 404 }, { err.kind, err.status })
      for _, body in ipairs { "null", "{}", '{"serialNumber":null,"partNumber":"","id":3}' } do
        client = support.connect(box, { cache = false })
        answered(body)
        value, err = client.barcode:identify("x")
        assert.is_nil(value)
        assert.equal("not_found", err.kind)
      end
    end)

    it("raises at the caller's line for what is no code", function()
      assert.equal('barcode:identify: code: a string that is not empty expected, got ""',
        blamed(function() client.barcode:identify("") end))
      for _, wrong in ipairs { 5, true, {} } do
        assert.matches("^barcode:identify: code: .*got " .. type(wrong),
          blamed(function() client.barcode:identify(wrong) end))
      end
    end)
  end)

  it("identifies many, each code once, in plain code and in tasks", function()
    local function ask()
      return client.barcode:identify_many({ "SN-1", "/x", "SN-2", "SN-1" }, { concurrency = 2 })
    end
    for _, run in ipairs { function(f) return f() end, wats.run } do
      local results, errs = run(ask)
      assert.same({ 4, "SN-1", "SN-2", "SN-1" }, { results.n, results[1].serialNumber,
        results[3].serialNumber, results[4].serialNumber })
      assert.same({ "not_found", 4 }, { errs[2].kind, errs.n })
    end
    local asked = 0
    for _, entry in ipairs(assert(box.sandbox:journal())) do
      if entry.query == "code=SN-1" then asked = asked + 1 end
    end
    assert.equal(1, asked)
    assert.matches("^barcode:identify_many: element 1: a string that is not empty expected, got ",
      blamed(function() client.barcode:identify_many { 5 } end))
  end)

  describe("identifiers", function()
    local GS1 = { serialNumber = "(?<=^SN:)\\w+", partNumber = "(?<=;PN:)[^;]+", order = 0,
      description = "SN:1;PN:O'Brien ø" }

    it("are added, changed and removed, and what was cached is not believed", function()
      assert.equal(1, #assert(client.barcode:get_identifiers()))
      assert.equal("SN:7;PN:A", client.barcode:identify("SN:7;PN:A").serialNumber)
      local given = json.encode(GS1)
      local created = assert(client.barcode:create_identifier(GS1))
      assert.equal(given, json.encode(GS1))
      assert.is_true(math.type(created.id) == "integer")
      assert.same({ "7", "A" }, fields(assert(client.barcode:identify("SN:7;PN:A"))))
      local list = assert(client.barcode:get_identifiers())
      assert.same({ 2, created.id, "SN:1;PN:O'Brien ø" },
        { #list, list[1].id, list[1].description })
      created.partNumber = nil
      created.serialNumber = "(?<=SN:).+"
      local changed = assert(client.barcode:update_identifier(created))
      assert.equal("(?<=SN:).+", changed.serialNumber)
      assert.equal("7;PN:A", client.barcode:identify("SN:7;PN:A").serialNumber)
      assert.is_true(client.barcode:delete_identifier(created.id))
      assert.equal("SN:7;PN:A", client.barcode:identify("SN:7;PN:A").serialNumber)
      assert.equal(1, #client.barcode:get_identifiers())
    end)

    it("are listed in the order in which they are tried", function()
      client = support.connect(box, { cache = false })
      answered('[{"id":1},{"id":2,"order":5},{"id":3,"order":-1},{"id":4,"order":5},{"id":5}]')
      local ids = {}
      for i, identifier in ipairs(assert(client.barcode:get_identifiers())) do
        ids[i] = identifier.id
      end
      assert.same({ 3, 2, 4, 1, 5 }, ids)
      answered("[]")
      assert.is_true(json.is_array(client.barcode:get_identifiers()))
    end)

    it("have the server's word: not found, refused", function()
      for kind, calls in pairs {
        not_found = {
          function() return client.barcode:delete_identifier(99) end,
          function() return client.barcode:update_identifier { id = 99, serialNumber = "x" } end,
        },
        invalid = {
          function() return client.barcode:create_identifier { serialNumber = "(" } end,
          function() return client.barcode:create_identifier { serialNumber = "x",
            process = "[z-a]" } end,
        },
      } do
        for _, call in ipairs(calls) do
          local value, err = call()
          assert.is_nil(value)
          assert.equal(kind, err.kind)
        end
      end
      assert(box.sandbox:fault { status = 500, body = "", times = 0 })
      assert.equal("server", select(2, client.barcode:get_identifiers()).kind)
    end)

    it("are not sent again when one might be added twice; changes are", function()
      client = support.connect(box, { retry = { max_attempts = 3, base_delay = 0.01 } })
      assert(box.sandbox:fault { method = "PUT", status = 503, body = "", times = 2 })
      assert.equal("server", select(2, client.barcode:create_identifier(GS1)).kind)
      assert(box.sandbox:clear_faults())
      local identifier = client.barcode:get_identifiers()[1]
      identifier.description = "changed"
      assert(box.sandbox:fault { method = "PUT", status = 503, body = "", times = 1 })
      assert.equal("changed", assert(client.barcode:update_identifier(identifier)).description)
      assert(box.sandbox:fault { method = "PUT", status = 503, body = "", times = 1 })
      assert.is_nil(client.barcode:update_identifier(identifier, { idempotent = false }))
    end)

    it("go back with what a newer server has told of them", function()
      assert(box.sandbox:fault { path = "/api/BarcodeIdentifiers/BarcodeIdentifiers", status = 200,
        body = '[{"id":1,"serialNumber":"^.+","isActive":true,"sites":[1]}]',
        headers = { ["Content-Type"] = "application/json" } })
      local identifier = assert(client.barcode:get_identifiers())[1]
      assert(box.sandbox:fault { method = "PUT", status = 200, body = "" })
      assert.is_true(client.barcode:update_identifier(identifier))
      local journal = assert(box.sandbox:journal())
      assert.equal(core.sha256(wats.json.encode(identifier)), journal[#journal].body_sha256)
      assert.matches('unknown member "isActive"$', blamed(function()
        client.barcode:create_identifier { serialNumber = "x", isActive = true }
      end))
    end)

    it("raise at the caller's line when they cannot be", function()
      local barcode = client.barcode
      for _, name in ipairs { "create_identifier", "update_identifier" } do
        local method = barcode[name]
        assert.equal("barcode:" .. name .. ": identifier: a table expected, got nil",
          blamed(function() method(barcode) end))
        assert.matches('unknown member "partnumber" %(did you mean "partNumber"%?%)',
          blamed(function() method(barcode, { serialNumber = "x", partnumber = "y" }) end))
        assert.matches("serialNumber: a regular expression that is not empty expected, got nil",
          blamed(function() method(barcode, {}) end))
        assert.matches("revision: a string expected, got number",
          blamed(function() method(barcode, { serialNumber = "x", revision = 5 }) end))
        assert.matches("order: an integer expected, got string",
          blamed(function() method(barcode, { serialNumber = "x", order = "1" }) end))
      end
      assert.matches("update_identifier changes one",
        blamed(function() barcode:create_identifier { serialNumber = "x", id = 1 } end))
      assert.matches("id: that of an identifier expected, got nil",
        blamed(function() barcode:update_identifier { serialNumber = "x" } end))
      assert.matches('^barcode:delete_identifier: .*parameter "id" is missing',
        blamed(function() barcode:delete_identifier() end))
      assert.matches('"id" must be integer',
        blamed(function() barcode:delete_identifier("1") end))
    end)
  end)
end)
