-- client.report: headers of a unit, a product, a day, and by what hangs on a report.

local boxed = require("spec.support.boxed")
local cjson = require("cjson")
local sandboxes = require("spec.support.sandbox")
local support = require("spec.support.client")
local wats = require("wats")

local blamed = support.blamed

local ODD = { "A/B #1?x", "O'Brien", "ø & % + '", "x' or 'a' eq 'a" }

describe("client.report", function()
  local it, box = boxed(it, pending, setup, teardown, before_each)
  local client, report

  before_each(function()
    client = box.client
    report = client.report
  end)

  local function post(changes)
    local record = sandboxes.report(changes)
    assert(report:submit(cjson.encode(record)))
    return record
  end

  local function repair(changes)
    local record = { type = "R", processCode = 500, root = cjson.null, uut = cjson.null,
      uur = { user = "op", processCode = 50 },
      subUnits = { { idx = 0, partType = "Main", pn = "P", sn = "S", rev = "A" } } }
    for name, value in pairs(changes or {}) do record[name] = value end
    return post(record)
  end

  -- The serial numbers of headers: "a b".
  local function serials(rows, err)
    assert(rows, err)
    local list = {}
    for i, row in ipairs(rows) do list[i] = row.serialNumber end
    return table.concat(list, " ")
  end

  local function last_query()
    local journal = assert(box.sandbox:journal())
    local text = journal[#journal].query
    return (text:gsub("%%(%x%x)", function(hex) return string.char(tonumber(hex, 16)) end))
  end

  it("finds the reports of a unit and of a product, whatever its number", function()
    for _, odd in ipairs(ODD) do
      post { sn = odd, pn = "P" }
      post { sn = "plain", pn = odd }
      assert.equal(odd, serials(report:get_headers_by_serial(odd)))
      local rows = assert(report:get_headers_by_part_number(odd))
      assert.equal(1, #rows)
      assert.equal(odd, rows[1].partNumber)
    end
    assert.same({}, report:get_headers_by_serial("none"))
    assert.same({}, report:get_headers_by_part_number("none"))
  end)

  it("gives all of them, newest first, or the newest that are asked for", function()
    assert(box.sandbox:make_reports { count = 2500, partNumber = "MANY" })
    post { pn = "MANY", sn = "newest", start = "2026-06-01T00:00:00.25Z" }
    post { pn = "MANY", sn = "old", start = "2025-06-01T00:00:00Z" }
    post { pn = "MANY", sn = "newer", start = "2026-06-01T00:00:00Z" }
    local rows = assert(report:get_headers_by_part_number("MANY"))
    assert.equal(2503, #rows)
    assert.equal("newest", rows[1].serialNumber)
    assert.equal("newer", rows[2].serialNumber)
    assert.equal("M-002500", rows[3].serialNumber)
    assert.equal("M-000001", rows[2502].serialNumber)
    assert.equal("old", rows[2503].serialNumber)
    local plain = assert(report:get_headers_by_part_number("MANY", { select = { "serialNumber" } }))
    for i, row in ipairs(rows) do
      if row.serialNumber ~= plain[i].serialNumber then error("another order at " .. i) end
    end
    assert.same({ serialNumber = "newest" }, plain[1])
    assert.equal("newest newer M-002500",
      serials(report:get_headers_by_part_number("MANY", { top = 3 })))
    assert.equal(12, #report:get_headers_by_part_number("MANY", { top = 12 }))
  end)

  it("narrows them, and gives the fields that are selected", function()
    local first = post { sn = "A", result = "F" }
    post { sn = "A" }
    repair { sn = "A" }
    assert.equal(3, #report:get_headers_by_serial("A"))
    assert.equal(1, #report:get_headers_by_serial("A", { type = "uur" }))
    assert.equal(1, #report:get_headers_by_serial("A", { filter = { result = "Failed" } }))
    local rows = assert(report:get_headers_by_serial("A",
      { select = { "uuid" }, filter = { result = "Failed" }, expand = { "subUnits" } }))
    assert.same({ { uuid = first.id, subUnits = {} } }, rows)
    rows = assert(report:get_headers_by_serial("A", { select = { "result" }, top = 1 }))
    assert.is_string(rows[1].result)
    assert.is_nil(rows[1].uuid)
    assert.is_nil(rows[1].start)
  end)

  describe("by date", function()
    it("takes a range that begins at its first instant and ends before its last", function()
      for serial, start in pairs {
        before = "2026-03-01T22:59:59.999Z", first = "2026-03-01T23:00:00Z",
        last = "2026-03-02T22:59:59.999Z", after = "2026-03-02T23:00:00Z",
      } do post { sn = serial, start = start } end
      for _, range in ipairs {
        { "2026-03-02", "2026-03-03", { zone = "+01:00" } },
        { "2026-03-02", "2026-03-03", { zone = 3600 } },
        { "2026-03-01T23:00:00Z", "2026-03-03T00:00:00+01:00" },
        { wats.odata and 1772406000, 1772492400 },
      } do
        assert.equal("last first",
          serials(report:get_headers_by_date_range(range[1], range[2], range[3])))
      end
      assert.equal("after last", serials(report:get_headers_by_date_range("2026-03-02",
        "2026-03-03", { zone = "Z" })))
      assert.same({}, report:get_headers_by_date_range(5, 5))
    end)

    it("takes the last days, by the hour", function()
      local now = os.time()
      for serial, age in pairs { fresh = 60, today = 20 * 3600, week = 6.9 * 86400,
        older = 7.1 * 86400, ahead = -3600 } do
        post { sn = serial, start = os.date("!%Y-%m-%dT%H:%M:%SZ", math.floor(now - age)) }
      end
      assert.equal("ahead fresh today week", serials(report:get_recent_headers()))
      assert.equal("ahead fresh today", serials(report:get_recent_headers(1)))
      assert.equal("ahead fresh", serials(report:get_recent_headers(0.5)))
      assert.equal("ahead fresh today week older", serials(report:get_recent_headers(8)))
      assert.equal("ahead", serials(report:get_recent_headers(8, { top = 1 })))
    end)

    it("takes today, in any zone", function()
      local now = os.time()
      -- a zone in which it is half past noon: yesterday and tomorrow are far away
      local zone = (12 * 3600 + 1800 - now % 86400 + 43200) % 86400 - 43200
      zone = zone // 60 * 60
      for serial, distance in pairs { yesterday = -13 * 3600, early = -12 * 3600, now = 0,
        late = 11 * 3600, tomorrow = 12 * 3600 } do
        post { sn = serial, start = os.date("!%Y-%m-%dT%H:%M:%SZ", now + distance) }
      end
      assert.equal("late now early", serials(report:get_todays_headers { zone = zone }))
      assert.equal("late", serials(report:get_todays_headers { zone = zone, top = 1 }))
      assert.matches("start ge %d+%-%d+%-%d+T%d+:%d+:%d+Z and start lt ", last_query())
    end)

    it("asks for whole days of this machine's time zone", function()
      report:get_todays_headers()
      local from, to = last_query():match("start ge ([%d-]+T[%d:]+Z) and start lt ([%d-]+T[%d:]+Z)")
      from, to = require("wats.instant").parse(from), require("wats.instant").parse(to)
      assert.equal("00:00", os.date("%H:%M", from))
      assert.equal("00:00", os.date("%H:%M", to))
      assert.is_true(from <= os.time() and os.time() < to + 86400)
    end)
  end)

  describe("by sub-unit", function()
    it("finds tests and repairs by part number and serial number", function()
      for i, odd in ipairs(ODD) do
        post { sn = "T" .. i, subUnits = {
          { partType = "A", pn = "other", sn = "other" }, { partType = "A", pn = odd, sn = odd } } }
        repair { sn = "R" .. i, subUnits = { { idx = 0, partType = "A", pn = odd, sn = odd } } }
        assert.equal("T" .. i, serials(report:query_headers_by_subunit_part_number(odd)))
        assert.equal("T" .. i, serials(report:query_headers_by_subunit_serial(odd)))
        assert.equal("R" .. i,
          serials(report:query_headers_by_subunit_serial(odd, { type = "uur" })))
        assert.equal("R" .. i,
          serials(report:query_headers_by_subunit_part_number(odd, { type = "uur" })))
      end
      assert.same({}, report:query_headers_by_subunit_serial("none"))
      assert.equal(4, #report:query_headers_by_subunit_part_number("other"))
    end)

    it("gives the sub-units with the headers", function()
      post { sn = "T", subUnits = { { partType = "A", pn = "P1", sn = "S1", rev = "B" } } }
      repair { sn = "R" }
      local rows = assert(report:query_headers_with_subunits { type = "uut" })
      assert.same({ { partType = "A", partNumber = "P1", serialNumber = "S1", revision = "B" } },
        rows[1].subUnits)
      assert.is_nil(rows[1].uurSubUnits)
      rows = assert(report:query_headers_with_subunits { filter = { serialNumber = "R" },
        expand = { "assets", "uursubunits" } })
      assert.equal("S", rows[1].uurSubUnits[1].serialNumber)
      assert.same({}, rows[1].assets)
      assert.same({}, rows[1].subUnits)
    end)
  end)

  it("finds tests by a misc info, by its name, its value, or both", function()
    for i, odd in ipairs(ODD) do
      post { sn = "U" .. i, miscInfos = {
        { description = odd, text = "v" .. i }, { description = "Lot", text = odd } } }
    end
    post { sn = "N", miscInfos = { { description = "Lot", numeric = 7 } }, processCode = 10 }
    for i, odd in ipairs(ODD) do
      assert.equal("U" .. i, serials(report:query_headers_by_misc_info("Lot", odd)))
      assert.equal("U" .. i, serials(report:query_headers_by_misc_info(odd)))
      assert.equal("U" .. i, serials(report:query_headers_by_misc_info(nil, "v" .. i)))
    end
    local rows = assert(report:query_headers_by_misc_info("Lot", "7"))
    assert.same({ { description = "Lot", data = "7" } }, rows[1].miscData)
    assert.equal(5, #report:query_headers_by_misc_info("Lot"))
    assert.equal("N", serials(report:query_headers_by_misc_info("Lot", nil, { process_code = 10 })))
    assert.equal("U1", serials(report:query_headers_by_misc_info("Lot", nil,
      { serial_number = "U1" })))
    assert.same({}, report:query_headers_by_misc_info("Lot", "none"))
  end)

  it("tells tests from repairs", function()
    post { sn = "T" }
    repair { sn = "R" }
    assert.equal("T", serials(report:query_uut_headers()))
    assert.equal("R", serials(report:query_uur_headers()))
    assert.equal("", serials(report:query_uur_headers { filter = { serialNumber = "T" } }))
    assert.equal("T", serials(report:query_uut_headers { type = "uut" }))
  end)

  it("returns what went wrong as an error, never half a list", function()
    assert(box.sandbox:make_reports { count = 1500 })
    for _, call in ipairs {
      function() return report:get_headers_by_serial("x") end,
      function() return report:get_recent_headers(30000) end,
      function() return report:query_headers_by_misc_info("x") end,
      function() return report:query_headers { filter = "nothing eq 1" } end,
      function() return report:get_headers_by_part_number("x", { filter = "nothing eq 1" }) end,
    } do
      assert(box.sandbox:fault { method = "GET", status = 400, body = '{"Message":"no"}' })
      local rows, err = call()
      assert.is_nil(rows)
      assert.equal("invalid", err.kind)
      assert(box.sandbox:clear_faults())
    end
    -- the second page of two
    assert(box.sandbox:fault { method = "GET", headers = { ["X-First"] = "1" } })
    assert(box.sandbox:fault { method = "GET", status = 503, body = "down" })
    local rows, err = report:get_recent_headers(30000)
    assert.is_nil(rows)
    assert.equal("server", err.kind)
  end)

  it("is never answered from the cache", function()
    post { sn = "A" }
    assert.equal(1, #report:get_headers_by_serial("A"))
    post { sn = "A" }
    assert.equal(2, #report:get_headers_by_serial("A"))
    assert.equal(0, client.cache:stats().hits)
  end)

  it("raises for mistakes at the caller's line", function()
    for _, wrong in ipairs { "", 5, {}, false } do
      assert.matches("serial_number: a string that is not empty expected",
        blamed(function() report:get_headers_by_serial(wrong) end))
      assert.matches("part_number: a string",
        blamed(function() report:get_headers_by_part_number(wrong) end))
      assert.matches("part_number: a string",
        blamed(function() report:query_headers_by_subunit_part_number(wrong) end))
      assert.matches("serial_number: a string",
        blamed(function() report:query_headers_by_subunit_serial(wrong) end))
      assert.matches("description: a string",
        blamed(function() report:query_headers_by_misc_info(wrong) end))
    end
    assert.matches("both are nil", blamed(function() report:query_headers_by_misc_info() end))
    assert.matches('unknown option "expnd" %(did you mean "expand"',
      blamed(function() report:get_headers_by_serial("a", { expnd = {} }) end))
    assert.matches('unknown option "from"',
      blamed(function() report:get_todays_headers { from = 1 } end))
    assert.matches("must be an offset such as",
      blamed(function() report:get_todays_headers { zone = "Europe/Oslo" } end))
    assert.matches("at most 18 hours",
      blamed(function() report:get_todays_headers { zone = 100000 } end))
    assert.matches("zone",
      blamed(function() report:get_todays_headers { zone = math.mininteger } end))
    assert.matches("from is after to",
      blamed(function() report:get_headers_by_date_range(6, 5) end))
    assert.matches('to: epoch seconds.*got "2026%-02%-30"',
      blamed(function() report:get_headers_by_date_range(5, "2026-02-30") end))
    assert.matches('from: .*got "2026%-02%-01T00:00:00"',
      blamed(function() report:get_headers_by_date_range("2026-02-01T00:00:00", 5) end))
    assert.matches("got nil", blamed(function() report:get_headers_by_date_range() end))
    for _, days in ipairs { 0, -1, "7", 0 / 0, 1e9 } do
      assert.matches("days: a number above 0",
        blamed(function() report:get_recent_headers(days) end))
    end
    assert.matches("the method itself says uut",
      blamed(function() report:query_uut_headers { type = "uur" } end))
    assert.matches('"a b" is no field',
      blamed(function() report:get_headers_by_serial("a", { filter = { ["a b"] = 1 } }) end))
    assert.matches('"a b" is no field',
      blamed(function() report:headers { filter = { ["a b"] = 1 } } end))
    assert.matches("not UTF%-8", blamed(function() report:get_headers_by_serial("\xff") end))
  end)
end)
