-- client.production: serial numbers from the server's pools.

local boxed = require("spec.support.boxed")
local helper = require("spec.tools.helper")
local production = require("spec.support.production")
local support = require("spec.support.client")
local wats = require("wats")

local asked, blamed = production.asked, support.blamed

local TAKE = "/api/Production/SerialNumbers/Take"
local MAC = "02-57-41-54-53-%02X"

local function mac(from, to)
  local list = {}
  for i = from, to do list[#list + 1] = MAC:format(i) end
  return list
end

local function ids(list)
  local texts = {}
  for i, one in ipairs(list) do texts[i] = one.id end
  return texts
end

describe("client.production: serial numbers", function()
  local it, world = boxed(it, pending, setup, teardown, before_each)

  local function service() return world.client.production end

  it("have types, which are reference data", function()
    for _ = 1, 2 do
      local types = assert(service():get_serial_number_types())
      assert.same({ "SerialNumber", 0, "MACAddress", 1 }, { types[1].name, types[1].identifier,
        types[2].name, types[2].identifier })
    end
    assert.equal(1, world.asked())
    assert.equal(1, service().IDENTIFIERS.mac_address)
  end)

  describe("are taken", function()
    it("one or many, as XML or CSV, and never twice", function()
      assert.same(mac(0, 0), service():allocate_serial_numbers("MACAddress"))
      assert.same(mac(1, 3), service():allocate_serial_numbers("MACAddress", 3))
      assert.same(mac(4, 5),
        service():allocate_serial_numbers("MACAddress", 2, { format = "csv" }))
      assert.same(mac(6, 6), service():take_serial_numbers("MACAddress", 1, { format = "XML" }))
    end)

    it("by many tasks at once, all different", function()
      local seen, count = {}, 0
      local lists = wats.map({ 1, 2, 3, 4, 5, 6, 7, 8 }, function()
        return assert(service():allocate_serial_numbers("SerialNumber", 5))
      end)
      for _, list in ipairs(lists) do
        for _, number in ipairs(list) do
          assert.is_nil(seen[number])
          seen[number], count = true, count + 1
        end
      end
      assert.equal(40, count)
    end)

    it("for somebody, who finds them again", function()
      local first = assert(service():allocate_serial_numbers("MACAddress", 2,
        { reference_sn = "O'Brien #1?", reference_pn = "PCBA-100" }))
      assert(service():allocate_serial_numbers("MACAddress", 1,
        { reference_pn = "PCBA-100", station_name = false }))
      local found = assert(service():find_serial_numbers_by_reference("MACAddress", "O'Brien #1?"))
      assert.same(first, ids(found))
      assert.same({ "O'Brien #1?", "PCBA-100", "S" },
        { found[1].refSN, found[1].refPN, found[1].stationName })
      found = assert(service():find_serial_numbers_by_reference("MACAddress", nil, "PCBA-100"))
      assert.same({ 3, nil }, { #found, found[3].stationName })
      assert.same({}, service():find_serial_numbers_by_reference("MACAddress", "x", "PCBA-100"))
      local later = { start_date = "2099-01-01T00:00:00Z" }
      assert.same({}, service():find_serial_numbers_by_reference("MACAddress", nil, "PCBA-100",
        later))
    end)

    it("as many as there are where there are not enough; in sequence all or none", function()
      assert(service():import_serial_numbers("SerialNumber", { "Z7", "Z8", "Z10" }))
      local few, err = service():allocate_serial_numbers("SerialNumber", 101,
        { only_in_sequence = true })
      assert.is_nil(few)
      assert.same({ "invalid", 400 }, { err.kind, err.status })
      assert.equal(100, #assert(service():allocate_serial_numbers("SerialNumber", 100,
        { only_in_sequence = true })))
      few, err = service():allocate_serial_numbers("SerialNumber", 3, { only_in_sequence = true })
      assert.is_nil(few)
      assert.matches("no 3 free serial numbers in sequence", err.message)
      assert.same({ "Z7", "Z8", "Z10" }, service():allocate_serial_numbers("SerialNumber", 50))
      assert.same({}, service():allocate_serial_numbers("SerialNumber", 1))
      assert.same({}, service():allocate_serial_numbers("SerialNumber", 1, { format = "csv" }))
    end)

    it("of a type that there is", function()
      local list, err = service():allocate_serial_numbers("none")
      assert.is_nil(list)
      assert.equal("not_found", err.kind)
    end)

    it("and told in the error when they cannot be read", function()
      for _, text in ipairs { "02-57 and 02-58", "<SerialNumbers><SN id='02-57'", '{"a":1}' } do
        assert(world.sandbox:fault { path = TAKE, status = 200, body = text })
        local list, err = service():allocate_serial_numbers("MACAddress", 2)
        assert.is_nil(list)
        assert.same({ "decode", "POST", text }, { err.kind, err.method, err.body })
        assert.matches(TAKE, err.url, 1, true)
      end
    end)

    it("without a credential that the answer repeats", function()
      assert(world.sandbox:fault { method = "POST", path = TAKE, status = 200,
        body = "You sent: Basic " .. world.sandbox.token })
      local _, err = service():allocate_serial_numbers("MACAddress")
      assert.matches("^You sent: Basic ", err.body)
      assert.is_nil(err.body:find(world.sandbox.token, 1, true))
    end)

    it("in JSON too", function()
      assert(world.sandbox:fault { path = TAKE, status = 200,
        headers = { ["Content-Type"] = "application/json" },
        body = [["<SerialNumbers><SN id=\"A-1\"/></SerialNumbers>"]] })
      assert.same({ "A-1" }, service():allocate_serial_numbers("MACAddress"))
    end)
  end)

  it("are found in a range", function()
    assert(service():allocate_serial_numbers("MACAddress", 2))
    for _, name in ipairs { "find_serial_numbers_in_range", "find_serial_numbers" } do
      local find = service()[name]
      local list = assert(find(service(), "MACAddress", MAC:format(1), MAC:format(4)))
      assert.same(mac(1, 4), ids(list))
      assert.same({ "taken", "free" }, { list[1].status, list[2].status })
      assert.same({}, find(service(), "MACAddress", MAC:format(1), MAC:format(4), { end_date = 0 }))
      local _, err = find(service(), "none", "a", "b")
      assert.equal("not_found", err.kind)
      _, err = find(service(), "MACAddress", "x", "y")
      assert.equal("invalid", err.kind)
    end
  end)

  it("are exported as text or into a file, and imported again", function()
    local csv = assert(service():export_serial_numbers("MACAddress"))
    assert.matches("^id,status,", csv)
    local xml = assert(service():export_serial_numbers("MACAddress", "xml",
      { start_address = MAC:format(2), end_address = MAC:format(3) }))
    assert.matches('<SerialNumbers serialNumberType="MACAddress"><SN id="02-57-41-54-53-02"', xml,
      1, true)
    assert.matches('53%-03" status="free"/></SerialNumbers>\n$', xml)

    local directory = helper.directory()
    local name = directory .. "/numbers.csv"
    assert.is_true(service():export_serial_numbers("MACAddress", "csv", nil, { sink = name }))
    local file <close> = assert(io.open(name, "rb"))
    assert.equal(csv, file:read("a"))
    assert.same({ added = 0, alreadyExists = mac(0, 0x4F) },
      service():import_serial_numbers("MACAddress", { file = name }))
    helper.remove(directory)
    local _, err = service():export_serial_numbers("none")
    assert.equal("not_found", err.kind)
  end)

  it("are imported from a list, a text and a file", function()
    local function added(...)
      return assert(service():import_serial_numbers("SerialNumber", ...)).added
    end
    local odd = { "A/B #1?x", "O'Brien", "ø & <x>" }
    assert.equal(3, added(odd))
    assert.same(odd[2],
      service():find_serial_numbers_in_range("SerialNumber", odd[2], odd[2])[1].id)
    assert.equal(2, added("T1\r\nT2\r\n"))
    assert.equal(1, added('<SerialNumbers><SN id="U1"/></SerialNumbers>'))
    assert.equal(1, added("V1\n", "csv"))
    assert.same({ added = 1, alreadyExists = { "V1" } },
      service():import_serial_numbers("SerialNumber", { "V1", "V2" }))
    local directory = helper.directory()
    helper.write(directory .. "/numbers", "W1\nW2\n")
    assert.equal(2, added({ file = directory .. "/numbers" }, "csv"))
    helper.write(directory .. "/n.xml", '<SerialNumbers><SN id="X1"/></SerialNumbers>')
    assert.equal(1, added({ file = directory .. "/n.xml" }))
    helper.remove(directory)
    local done, err = service():import_serial_numbers("SerialNumber", { file = "/no/such.csv" })
    assert.is_nil(done)
    assert.is_string(err.message)
  end)

  it("are refused where they are none", function()
    local done, err = service():import_serial_numbers("MACAddress", { "02-57-41-54-53-99", "x" })
    assert.is_nil(done)
    assert.same({ "invalid", 400 }, { err.kind, err.status })
    assert.matches("'x' is no serial number", err.message)
    assert.same({}, service():find_serial_numbers_in_range("MACAddress", MAC:format(0x99),
      MAC:format(0x99)))
    done, err = service():import_serial_numbers("SerialNumber", "<SerialNumbers>")
    assert.is_nil(done)
    assert.equal("invalid", err.kind)
    done, err = service():import_serial_numbers("none", { "a" })
    assert.is_nil(done)
    assert.equal("not_found", err.kind)
  end)

  it("are counted, in ranges and in all, as they are now", function()
    assert.equal(80, service():get_serial_number_count("MACAddress"))
    assert.equal(5, service():get_serial_number_count("MACAddress",
      { start_address = MAC:format(0), end_address = MAC:format(4), start_date = 0 }))
    assert.equal(0, service():get_serial_number_count("MACAddress", { end_date = 5 }))
    assert.equal(2, #assert(service():get_serial_number_ranges()))
    for i = 1, 2 do
      local range = assert(service():get_serial_number_ranges("MACAddress"))[1]
      assert.same({ MAC:format(0), MAC:format(0x4F), 80, i - 1, 16 },
        { range.startAddress, range.endAddress, range.total, range.taken, range.reserved })
      assert.equal(i - 1, assert(service():get_serial_number_statistics("MACAddress"))[1].taken)
      assert(service():allocate_serial_numbers("MACAddress"))
    end
    assert.equal(2, #assert(service():get_serial_number_statistics()))
    for _, name in ipairs { "get_serial_number_count", "get_serial_number_ranges",
      "get_serial_number_statistics" } do
      local value, err = service()[name](service(), "none")
      assert.is_nil(value)
      assert.equal("not_found", err.kind)
    end
  end)

  it("that are reserved are given back, and what is free is deleted", function()
    local range = { type = "MACAddress", startAddress = MAC:format(0x38),
      endAddress = MAC:format(0x44) }
    assert.equal(5, assert(service():free_serial_numbers { range }).count)
    assert.equal(11, assert(service():get_serial_number_ranges("MACAddress"))[1].reserved)
    assert.equal(13, assert(service():delete_free_serial_numbers { range }).count)
    assert.equal(67, service():get_serial_number_count("MACAddress"))
    local ranges = assert(service():get_serial_number_ranges("MACAddress"))
    assert.equal(0, assert(service():free_serial_numbers { ranges[1] }).count)
    for _, name in ipairs { "free_serial_numbers", "delete_free_serial_numbers" } do
      local done, err = service()[name](service(),
        { { type = "none", startAddress = "a", endAddress = "b" } })
      assert.is_nil(done)
      assert.equal("invalid", err.kind)
    end
  end)

  it("are not given back or deleted twice where no answer came", function()
    local client = support.connect(world, { retry = { max_attempts = 3, base_delay = 0.01 } })
    local range = { type = "MACAddress", startAddress = MAC:format(0), endAddress = MAC:format(1) }
    for method, name in pairs { PUT = "free_serial_numbers",
      DELETE = "delete_free_serial_numbers" } do
      assert(world.sandbox:fault { method = method, drop = "after" })
      local done, err = client.production[name](client.production, { range })
      assert.is_nil(done)
      assert.equal("connection", err.kind)
      assert.equal(1, asked(world.sandbox, method, "/api/internal/Production/SerialNumbers/Free"))
    end
  end)

  it("are not imported twice where no answer came", function()
    local client = support.connect(world, { retry = { max_attempts = 3, base_delay = 0.01 } })
    assert(world.sandbox:fault { method = "PUT", drop = "after" })
    local done, err = client.production:import_serial_numbers("SerialNumber", { "W1" })
    assert.is_nil(done)
    assert.equal("connection", err.kind)
    assert.equal(1, asked(world.sandbox, "PUT", "/api/Production/SerialNumbers"))
  end)

  it("raise at the caller's line for what is none", function()
    local function raises(pattern, f) assert.matches(pattern, blamed(f)) end
    raises("^production:allocate_serial_numbers: type_name: ",
      function() service():allocate_serial_numbers() end)
    raises("at least 1", function() service():allocate_serial_numbers("T", 0) end)
    raises("integer", function() service():allocate_serial_numbers("T", "3") end)
    raises('unknown option "refSN"',
      function() service():allocate_serial_numbers("T", 1, { refSN = "x" }) end)
    raises("format: one of .* got \"json\"",
      function() service():allocate_serial_numbers("T", 1, { format = "json" }) end)
    raises("sink", function() service():allocate_serial_numbers("T", 1, nil, { sink = "f" }) end)
    raises("reference_sn or reference_pn expected",
      function() service():find_serial_numbers_by_reference("T") end)
    raises("type_name: ", function() service():find_serial_numbers_by_reference("", "S") end)
    raises("reference_sn: ", function() service():find_serial_numbers_by_reference("T", "") end)
    raises("reference_pn: ",
      function() service():find_serial_numbers_by_reference("T", nil, {}) end)
    raises("to_serial: ", function() service():find_serial_numbers_in_range("T", "a") end)
    raises("type_name: ", function() service():find_serial_numbers_in_range("", "a", "b") end)
    raises("from_serial: ", function() service():find_serial_numbers("T") end)
    raises("sink", function() service():find_serial_numbers("T", "a", "b", nil, { sink = "f" }) end)
    raises('unknown option "start"',
      function() service():find_serial_numbers("T", "a", "b", { start = 1 }) end)
    for _, none in ipairs { math.huge, 0 / 0, -1e18, 2 ^ 63 } do
      raises('parameter "startDate" must be datetime', function()
        service():export_serial_numbers("T", "csv", { start_date = none })
      end)
    end
    raises("format: ", function() service():export_serial_numbers("T", "json") end)
    raises("type_name: ", function() service():export_serial_numbers("") end)
    raises("type_name: ", function() service():import_serial_numbers("", { "a" }) end)
    raises("type_name: ", function() service():get_serial_number_statistics("") end)
    raises('numbers%[1%]: .* got ""$', function() service():import_serial_numbers("T", { "" }) end)
    raises("^production:import_serial_numbers: numbers: a list of .* got nil$",
      function() service():import_serial_numbers("T") end)
    raises("got a table without any", function() service():import_serial_numbers("T", {}) end)
    raises("numbers%[2%]: ", function() service():import_serial_numbers("T", { "a", 5 }) end)
    raises("element 1: ", function() service():import_serial_numbers("T", { "\0" }) end)
    raises("the file's name does not tell",
      function() service():import_serial_numbers("T", { file = "numbers.txt" }) end)
    raises("format: ", function() service():import_serial_numbers("T", "a", "json") end)
    raises("ranges: a list of ranges expected, got nil",
      function() service():free_serial_numbers() end)
    raises("ranges%[1%]%.endAddress: ", function()
      service():delete_free_serial_numbers { { type = "T", startAddress = "a" } }
    end)
    raises("type_name: ", function() service():get_serial_number_ranges("") end)
    raises("type_name: ", function() service():get_serial_number_count() end)
    assert.equal(0, world.asked())
  end)
end)
