-- client.report: what is sent arrives, what is asked for comes whole.

local boxed = require("spec.support.boxed")
local core = require("wats.core")
local errors = require("wats.errors")
local wats = require("wats")

local function line()
  return debug.getinfo(2, "l").currentline
end

describe("client.report", function()
  local it, box = boxed(it, pending, setup, teardown, before_each)
  local client

  before_each(function()
    client = assert(wats.connect { retry = false, rate_limit = false,
      base_url = box.sandbox.url, token = box.token,
      station = { name = "ICT-9", location = "Hall 2", purpose = "Production" },
    })
  end)

  local function build(serial, value, start)
    local uut = client.report:uut {
      part_number = "PCBA-100", revision = "B", serial_number = serial, process_code = 50,
      operator = "kari", start = start,
    }
    uut:sequence("Power"):numeric {
      name = "3V3", value = value or 3.3, unit = "V", low = 3.2, high = 3.4,
    }
    return uut
  end

  describe("uut", function()
    it("carries the client's station", function()
      local record = build("SN-1").record
      assert.equal("ICT-9", record.machineName)
      assert.equal("Hall 2", record.location)
      assert.equal("Production", record.purpose)
    end)

    it("blames the caller's line for a mistake", function()
      local at
      local ok, message = pcall(function()
        at = line() + 1
        client.report:uut { part_number = "PCBA-100", serial = "x" }
      end)
      assert.is_false(ok)
      assert.matches("report_spec%.lua:" .. at .. ": ", message)
    end)
  end)

  describe("submit", function()
    it("finishes the report, sends it, and returns what the server says", function()
      local uut = build("SN-1", 3.5)
      local result = assert(client.report:submit(uut))
      assert.is_true(uut.finished)
      assert.equal(uut.id, result.uuid:lower())
      assert.equal("F", assert(client.report:get_report(uut.id)).result)
    end)

    it("takes a record and a text as well, and sends the text as it is", function()
      local uut = build("SN-2")
      uut:finish()
      local text = assert(uut:to_json()) .. " \n"
      assert(client.report:submit(text))
      local journal = assert(box.sandbox:journal())
      assert.equal(core.sha256(text), journal[#journal].body_sha256)
      assert(client.report:submit(uut:to_table()))
      assert.equal(2, assert(client.report:query_headers { filter = { serialNumber = "SN-2" } })[1]
        .receiveCount)
    end)

    it("sends the caller's header fields with whatever it sends", function()
      local uut = build("SN-2")
      uut:finish()
      local opts = { headers = { ["X-Station-Job"] = "17" } }
      assert(client.report:submit(uut, opts))
      assert(client.report:submit(uut:to_table(), opts))
      assert(client.report:submit(uut:to_json(), opts))
      client.report:submit_report_xml("<Reports/>", opts)
      for i, request in ipairs(assert(box.sandbox:journal())) do
        assert.equal("17", request.headers["x-station-job"])
        assert.equal(i == 4 and "application/xml" or "application/json",
          request.headers["content-type"]:match("^[^;]+"))
      end
      assert.same({ headers = { ["X-Station-Job"] = "17" } }, opts)
    end)

    it("returns the server's refusal as an error, with its words", function()
      local result, err = client.report:submit({ type = "T" })
      assert.is_nil(result)
      assert.is_true(errors.is_error(err))
      assert.equal("invalid", err.kind)
      assert.equal(400, err.status)
      assert.is_false(err.retryable)
      assert.matches("/api/Report/WSJF: 400 invalid: %S", tostring(err))
    end)

    it("says so when nobody confirmed: before, amid and after the server took it", function()
      for _, drop in ipairs { "before", "mid", "after" } do
        -- twice: a kept connection that dies is tried once more with a new one
        assert(box.sandbox:clear_faults())
        assert(box.sandbox:fault { method = "POST", path = "/api/Report/WSJF", drop = drop,
          times = drop == "mid" and 1 or 2 })
        local uut = build("SN-" .. drop)
        local result, err = client.report:submit(uut)
        assert.is_nil(result)
        assert.equal("connection", err.kind)
        assert.is_true(err.retryable)
        -- once more is safe: the id identifies the report
        assert(box.sandbox:clear_faults())
        assert(client.report:submit(uut))
        local filter = { uuid = wats.odata.guid(uut.id) }
        assert.equal(1, #client.report:query_headers { filter = filter })
      end
    end)

    it("takes nothing but the report's id for a confirmation", function()
      local json_type = { ["Content-Type"] = "application/json" }
      for _, answer in ipairs {
        { body = "<title>Log in</title>", headers = { ["Content-Type"] = "text/html" } },
        { body = "[]", headers = json_type }, { body = "{}", headers = json_type },
        { body = "", headers = json_type }, { body = "null", headers = json_type },
        { body = '"ok"', headers = json_type }, { body = '[{"ID":"', headers = json_type },
        { body = '[{"ID":5}]', headers = json_type },
      } do
        assert(box.sandbox:fault { method = "POST", status = 200, body = answer.body,
          headers = answer.headers })
        local result, err = client.report:submit(build("SN-page"))
        assert.is_nil(result, answer.body)
        assert.equal("decode", err.kind, answer.body)
        assert.matches(answer.body:find("^<") and "text/html" or "did not confirm", tostring(err))
      end
    end)

    it("tells no credential that the answer repeats", function()
      assert(box.sandbox:fault { method = "POST", status = 200, times = 2,
        headers = { ["Content-Type"] = "application/json" },
        body = wats.json.encode("You sent: Authorization: Basic " .. box.token) })
      for name, what in pairs { submit = build("SN-echo"), submit_report_xml = "<Reports/>" } do
        local _, err = client.report[name](client.report, what)
        assert.matches("^You sent: ", err.body)
        assert.is_nil(err.body:find(box.token, 1, true))
      end
    end)

    it("takes a list of the one result", function()
      assert(box.sandbox:fault { method = "POST", status = 200, body = '[{"ID":"a","uuid":"b"}]',
        headers = { ["Content-Type"] = "application/json" } })
      assert.equal("b", client.report:submit(build("SN-list")).uuid)
    end)

    it("raises for what is no report, at the caller's line", function()
      for _, wrong in ipairs { 5, true, print } do
        local at
        local ok, message = pcall(function()
          at = line() + 1
          client.report:submit(wrong)
        end)
        assert.is_false(ok)
        assert.matches("report_spec%.lua:" .. at .. ": report:submit: ", message)
      end
      assert.has_error(function() client.report:submit() end)
    end)
  end)

  describe("get_report", function()
    it("gives the same report again, field by field", function()
      local uut = build("SN-3", 0.1 + 0.2)
      uut:misc("Fixture", "FIX-1")
      assert(client.report:submit(uut))
      local back = assert(client.report:get_report(uut.id))
      assert.same(uut:to_table(), back.record)
      assert.equal(0.1 + 0.2, back.record.root.steps[1].steps[1].numericMeas[1].value)
    end)

    it("returns an error of kind not_found for an unknown id", function()
      local back, err = client.report:get_report("00000000-0000-0000-0000-000000000000")
      assert.is_nil(back)
      assert.equal("not_found", err.kind)
    end)

    it("is never answered from the cache unless asked for", function()
      local uut = build("SN-4")
      assert(client.report:submit(uut))
      assert(client.report:get_report(uut.id))
      assert(client.report:get_report(uut.id))
      assert.equal(0, client.cache:stats().hits)
      assert(client.report:get_report(uut.id, { cache = { ttl = 60 } }))
      assert(client.report:get_report(uut.id, { cache = { ttl = 60 } }))
      assert.equal(1, client.cache:stats().hits)
    end)

    it("returns a decode error for a body that is no report", function()
      local uut = build("SN-5")
      for _, body in ipairs { "{}", "[1]", "{", '"x"', "<html></html>" } do
        assert(box.sandbox:fault { method = "GET", status = 200, body = body,
          headers = { ["Content-Type"] = "application/json" } })
        local back, err = client.report:get_report(uut.id)
        assert.is_nil(back, body)
        assert.same({ "decode", "GET" }, { err.kind, err.method }, body)
        assert.matches("/api/Report/Wsjf/" .. uut.id, err.url, 1, true)
      end
    end)
  end)

  describe("headers", function()
    local START = 1700000000

    local function fill(count)
      for i = 1, count do
        assert(client.report:submit(build(("SN-%03d"):format(i), i % 3 == 0 and 9 or 3.3,
          START + i * 60)))
      end
    end

    local function serials(query)
      local list = {}
      for header in client.report:headers(query) do list[#list + 1] = header.serialNumber end
      return list
    end

    it("pages to the end, each report once, in the order received", function()
      fill(25)
      local list = serials { page_size = 10 }
      assert.equal(25, #list)
      for i, serial in ipairs(list) do assert.equal(("SN-%03d"):format(i), serial) end
      assert.equal(25, #serials { page_size = 5 })
      assert.equal(25, #serials { page_size = 25 })
      assert.equal(25, #serials())
    end)

    it("heeds top, filter, from, to and type", function()
      fill(9)
      assert.equal(4, #serials { top = 4, page_size = 3 })
      assert.same({ "SN-003", "SN-006", "SN-009" }, serials { filter = { result = "Failed" } })
      assert.same({ "SN-003" }, serials { filter = "result eq 'Failed'", top = 1 })
      assert.same({ "SN-002", "SN-003" }, serials { from = START + 120, to = START + 240 })
      assert.same({}, serials { type = "uur" })
      assert.equal(9, #serials { type = "uut" })
      assert.equal(7, #serials { skip = 2 })
    end)

    it("has no row twice when a report comes in between two pages", function()
      fill(6)
      local list = {}
      for header in client.report:headers { page_size = 3, orderby = "start desc" } do
        list[#list + 1] = header.serialNumber
        if #list == 2 then assert(client.report:submit(build("SN-new", 3.3, START + 6000))) end
      end
      assert.same({ "SN-006", "SN-005", "SN-004", "SN-003", "SN-002", "SN-001" }, list)
    end)

    it("raises the error of a page that fails", function()
      fill(4)
      local ok, err = pcall(function()
        for _ in client.report:headers { page_size = 2 } do
          box.sandbox:fault { method = "GET", status = 503, body = "down" }
        end
      end)
      assert.is_false(ok)
      assert.is_true(errors.is_error(err))
      assert.equal("server", err.kind)
    end)

    it("lets no value break out of its quotes", function()
      assert.same({}, serials { filter = { serialNumber = "x' or 'a' eq 'a" } })
      assert(client.report:submit(build("O'Brien")))
      assert.same({ "O'Brien" }, serials { filter = { serialNumber = "O'Brien" } })
    end)

    it("raises for wrong queries at the caller's line", function()
      for _, wrong in ipairs { { tpo = 1 }, { top = 0 }, { top = "1" }, { page_size = 20000 },
        { select = "uuid" }, { type = "x" }, { from = {} }, 5, { filter = " " }, { select = {} },
        { select = { "uuid", nil, "run" } }, { expand = { "" } } } do
        local at
        local ok, message = pcall(function()
          at = line() + 1
          client.report:headers(wrong)
        end)
        assert.is_false(ok)
        assert.matches("report_spec%.lua:" .. at .. ": ", message)
      end
    end)
  end)

  describe("query_headers", function()
    it("asks for a thousand rows, not for the server's ten", function()
      for i = 1, 12 do assert(client.report:submit(build("SN-" .. i))) end
      assert.equal(12, #client.report:query_headers())
      assert.equal(3, #client.report:query_headers { top = 3 })
      local row = client.report:query_headers({ top = 1, select = { "uuid", "result" } })[1]
      assert.is_string(row.uuid)
      assert.is_nil(row.serialNumber)
    end)

    it("adds nothing where nothing is to be expanded", function()
      assert(client.report:submit(build("SN-1")))
      assert.equal(1, #assert(client.report:query_headers { expand = {} }))
    end)

    it("returns an empty list for nothing", function()
      assert.same({}, client.report:query_headers { filter = { serialNumber = "none" } })
    end)
  end)
end)
