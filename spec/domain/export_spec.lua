-- client.export: certificates are ordered, waited for and fetched.

local boxed = require("spec.support.boxed")
local core = require("wats.core")
local helper = require("spec.tools.helper")
local support = require("spec.support.client")
local unzip = require("spec.support.unzip")
local wats = require("wats")

local blamed = support.blamed

describe("client.export", function()
  local it, box = boxed(it, pending, setup, teardown, before_each)
  local export
  before_each(function() export = box.client.export end)

  local function order(filter, certificate)
    certificate = certificate or {}
    certificate.email = "kari@example.com"
    return assert(export:queue_certificate(filter, certificate)).exportFileName
  end

  it("orders, waits and fetches", function()
    assert(box.sandbox:make_reports { count = 3, partNumber = "O'Brien" })
    local name = order({ partNumber = "O'Brien" }, { individual_files = true })
    assert.same({}, export:get_list())
    assert.is_true(export:wait_for(name, { interval = 0.01, timeout = 30 }))
    assert.same({ name }, export:get_list())
    local _, count = unzip.read(assert(export:get_file(name)))
    assert.equal(3, count)
    assert.is_true(export:wait_for(name .. ".zip"))
    _, count = unzip.read(assert(export:get_file(name .. ".zip")))
    assert.equal(3, count)
  end)

  it("writes a file where a sink is named", function()
    local name = order({ partNumber = "A" })
    assert.is_true(export:wait_for(name, { interval = 0.01 }))
    local directory = helper.directory()
    assert.is_true(export:get_file(name, { sink = directory .. "/x.zip" }))
    local file = assert(io.open(directory .. "/x.zip", "rb"))
    local members = unzip.read(file:read("a"))
    file:close()
    helper.remove(directory)
    assert.matches("^%%PDF", members["certificates.pdf"])
  end)

  it("takes an empty filter", function()
    assert(box.sandbox:make_reports { count = 2 })
    local name = order({}, { individual_files = true })
    assert.is_true(export:wait_for(name, { interval = 0.01 }))
    assert.equal(2, select(2, unzip.read(assert(export:get_file(name)))))
  end)

  it("sends what was asked for, by the API's names", function()
    order({ serialNumber = "A" }, { header_data_only = true, numeric_format = "hexadecimal",
      dimensions = { "operator", "xy_graph", "subUnitInfo" }, body_footer_tag = "A/B #1?x",
      document_footer_tag = "ø" })
    local journal = assert(box.sandbox:journal())
    assert.equal("asIndividualFiles=false&bodyFooterTag=A%2FB%20%231%3Fx"
      .. "&dimensions=operator%3BxyGraph%3BsubUnitInfo&documentFooterTag=%C3%B8"
      .. "&email=kari%40example.com&headerDataOnly=true&numericFormat=hexadecimal",
      journal[#journal].query)
  end)

  it("takes instants as numbers, and no name that the server would leave out", function()
    assert(box.sandbox:make_reports { count = 2 })
    local name = order({ dateFrom = os.time() + 3600 }, { individual_files = true })
    assert.is_true(export:wait_for(name, { interval = 0.01 }))
    assert.equal(0, select(2, unzip.read(assert(export:get_file(name)))))
    for wrong, meant in pairs { partnumber = "partNumber", serialNumbr = "serialNumber" } do
      assert.matches(('unknown field "%s" of the filter %%(did you mean "%s"'):format(wrong, meant),
        blamed(function() export:queue_certificate({ [wrong] = "A" }, { email = "a@b" }) end))
    end
    assert.matches('unknown field "headerDataOnly" of the filter',
      blamed(function() export:queue_certificate({ headerDataOnly = true }) end))
    assert.matches("dateTo: epoch seconds or ISO 8601 text with an offset expected",
      blamed(function() export:queue_certificate { dateTo = "2026-01-30" } end))
  end)

  it("tells what is refused, and what is not there", function()
    local answer, err = export:queue_certificate({ serialNumber = "A" })
    assert.is_nil(answer)
    assert.equal("invalid", err.kind)
    assert.matches("email", tostring(err))
    for _, name in ipairs { "none", "A/B #1?x", "O'Brien", "ø" } do
      local bytes
      bytes, err = export:get_file(name)
      assert.is_nil(bytes)
      assert.equal("not_found", err.kind)
    end
    assert(box.sandbox:fault { method = "GET", status = 401, body = "" })
    answer, err = export:wait_for("x", { timeout = 30 })
    assert.is_nil(answer)
    assert.equal("auth", err.kind)
    assert(box.sandbox:fault { method = "GET", status = 200, body = "{}",
      headers = { ["Content-Type"] = "application/json" } })
    answer, err = export:get_list()
    assert.is_nil(answer)
    assert.equal("decode", err.kind)
  end)

  it("gives up waiting, and stops when its task is cancelled", function()
    local ready, err = export:wait_for("none", { timeout = 0.05, interval = 0.01 })
    assert.is_nil(ready)
    assert.equal("timeout", err.kind)
    wats.run(function()
      local task = wats.spawn(function() return export:wait_for("none", { interval = 60 }) end)
      wats.sleep(0.05)
      task:cancel()
      local done
      done, err = task:join(30)
      assert.is_nil(done)
      assert.equal("cancelled", err.kind)
    end)
  end)

  it("waits no longer than it was told, though the server hangs", function()
    assert(box.sandbox:fault { method = "GET", delay_ms = 20000, times = 0 })
    local start = core.monotonic()
    for _, opts in ipairs { {}, { timeout = 60 } } do
      local ready, err = export:wait_for("none", { timeout = 0.1 }, opts)
      assert.is_nil(ready)
      assert.equal("timeout", err.kind)
    end
    assert.equal("timeout", select(2, export:wait_for("none", nil, { timeout = 0.1 })).kind)
    assert.is_true(core.monotonic() - start < 15)
    assert(box.sandbox:clear_faults())
    assert.matches("timeout",
      blamed(function() export:wait_for("none", nil, { timeout = "soon" }) end))
  end)

  it("orders once, though no answer came: it may have been heard", function()
    local client = support.connect(box, { retry = { max_attempts = 3, base_delay = 0.001 } })
    assert(box.sandbox:clear_journal())
    assert(box.sandbox:fault { method = "POST", drop = "after", times = 0 })
    local answer, err = client.export:queue_certificate({}, { email = "a@b" })
    assert.is_nil(answer)
    assert.equal("connection", err.kind)
    assert.equal(1, #box.sandbox:journal())
    assert(box.sandbox:clear_faults())
  end)

  it("raises for mistakes at the caller's line", function()
    assert.matches("filter: a table expected",
      blamed(function() export:queue_certificate("A") end))
    assert.matches('dimensions: one of .*got "xygraf" %(did you mean "xy_graph"',
      blamed(function() export:queue_certificate({}, { dimensions = { "xygraf" } }) end))
    assert.matches("dimensions: the list has holes",
      blamed(function() export:queue_certificate({}, { dimensions = { "asset", nil, "units" } })
      end))
    assert.matches("numeric_format: one of",
      blamed(function() export:queue_certificate({}, { numeric_format = "roman" }) end))
    assert.matches('unknown option "mail" %(did you mean "email"',
      blamed(function() export:queue_certificate({}, { mail = "a" }) end))
    assert.matches("file_name: a string", blamed(function() export:get_file("") end))
    assert.matches("file_name: a string", blamed(function() export:wait_for() end))
    assert.matches('"timeout" must be above 0',
      blamed(function() export:wait_for("a", { timeout = 0 }) end))
  end)
end)
