-- The example examples/shift.lua, run as its users run it; in trouble: shift_trouble_spec.lua.

local needs = require("spec.support.needs")
local sandboxes = require("spec.support.sandbox")
local support = require("spec.support.shift")

package.path = "examples/?.lua;" .. package.path
local log = require("shift.log")

local CANARY, run, contains, count = support.CANARY, support.run, support.contains, support.count
local metrics_of, sum = support.metrics_of, support.sum
local start_server, new_directory = support.start_server, support.new_directory

describe("the shift", function()
  local it, setup = needs.sandbox(it, pending, setup)
  local code, text

  setup(function() code, text = run() end)

  it("reports every unit and tells what became of it", function()
    assert.equal(0, code, text)
    contains(text, "79 runs in examples/data, to http://127.0.0.1:",
      "\nunits: 68 in 79 runs, 67 passed, 1 failed\n",
      "\nfirst-pass yield: 58/68 = 85.3 %\n",
      "\nruns that failed: 12\n",
      "PCB-4100 4100-2501222 (rework)  +3V3: 2.71 (limits 3.201 .. 3.399 V)",
      "PCB-4100 4100-2501217  L2: OL (limits 1.76 .. 2.64 µH)",
      "PSU-1030 1030-2500089 (retest)  overcurrent trips: FAIL (must be PASS)",
      'PCB-2205 2205-2500407  firmware version: "2.4.0" (must be "2.4.1")')
    assert.is_nil(text:find("not sent", 1, true))
    assert.is_nil(text:find("look-up failed", 1, true))
  end)

  it("shows its progress in plain lines where it is not on a terminal", function()
    contains(text, "\n10/79  ", "\n70/79  ", "\n79/79  ")
    assert.is_nil(text:find("[\r\27]"))
  end)

  it("reads reports back as they were sent", function()
    local reports, all, equal, fields =
      text:match("\nread back: (%d+) of (%d+) reports, (%d+) of (%d+) fields equal\n")
    assert.same({ "5", "5" }, { reports, all })
    assert.equal(fields, equal)
    assert.is_true(tonumber(fields) > 5 * 31 * 8)
  end)

  it("reads all reports again, one by one and many at once", function()
    contains(text, "\nall 79 reports read again from a server 20 ms away:\n")
    local ratio = text:match("\n  wats.map is faster by +(%d+%.%d) x\n")
    assert.is_true(tonumber(ratio) > 2, ratio)
  end)

  it("beats the hit rate, and tells it as it was", function()
    local families = metrics_of(text)
    local hits = sum(families, "wats_http_cache_hits_total")
    local lookups = sum(families, "wats_http_cache_requests_total")
    local rate = tonumber(text:match("\nhit rate: (%d+%.%d) %% %(seed: 70 %%%)\n"))
    assert.is_true(rate >= 70)
    assert.is_true(math.abs(rate - hits / lookups * 100) <= 0.0501)
    local calls, asked, made, saved = text:match(
      "\ncalls: (%d+) %((%d+) look%-ups%); requests made: (%d+); requests saved .-: (%d+)\n")
    assert.equal(lookups, tonumber(asked))
    assert.equal(hits, tonumber(saved))
    assert.equal(sum(families, "wats_http_requests_total"), tonumber(made))
    assert.equal(tonumber(calls), tonumber(made) + tonumber(saved))
    contains(text, "seed figures: hit rate beaten, cached answers beaten, fewer requests beaten")
  end)

  it("measures look-ups and submits", function()
    for _, row in ipairs { "look%-ups from the cache +154", "look%-ups that the cache missed +4",
      "uncached look%-ups %(sample%) +40", "submits +79" } do
      local median, unit = text:match("\n  " .. row .. " +([%d.]+) (%a+) +[%d.]+ %a+\n")
      assert.is_true(tonumber(median) > 0, row)
      assert.is_true(unit == "us" or unit == "ms" or unit == "s")
    end
    for _, row in ipairs { "uncached over cached", "submit over cached look%-up",
      "submit over uncached look%-up" } do
      assert.matches("\n  " .. row .. " +[%d.]+ x +[%d.]+ x\n", text)
    end
  end)

  it("ends with the metrics, routes as templates, its sample not among them", function()
    local families = metrics_of(text)
    local expected = {
      ["GET /api/App/Processes"] = 1,
      ["GET /api/Product/{partNumber}"] = 3,
      ["POST /api/Report/WSJF"] = 79,
      ["GET /api/Report/Wsjf/{id}"] = 5,
    }
    local found = {}
    for _, sample in ipairs(families.wats_http_requests_total.samples) do
      assert.equal("200", sample.labels.status)
      found[sample.labels.method .. " " .. sample.labels.route] = sample.value
    end
    assert.same(expected, found)
    for _, family in pairs(families) do
      for _, sample in ipairs(family.samples) do
        local route = sample.labels.route
        assert.is_true(not route or expected[sample.labels.method .. " " .. route] ~= nil, route)
      end
    end
  end)
end)

describe("the shift, to a server", function()
  local it, before_each, after_each = needs.sandbox(it, pending, before_each, after_each)
  local box

  before_each(function() box = start_server() end)
  after_each(function() box:stop() end)

  local function to_server(...)
    return run({ "--url", box.sandbox.url, ... }, { WATS_AUTH_TOKEN = CANARY })
  end

  it("sends every run once, with what was measured", function()
    local code, text = to_server()
    assert.equal(0, code, text)
    local sent = {}
    for _, entry in ipairs(box.sandbox:journal()) do
      if entry.method == "POST" then sent[#sent + 1] = entry end
    end
    assert.equal(79, #sent)
    local headers = box:get_json("/api/Report/Query/Header" ..
      sandboxes.query { "$top", "1000", "$orderby", "start" })
    local runs = assert(log.read("examples/data"))
    assert.equal(#runs, #headers)
    local failed = 0
    for i, header in ipairs(headers) do
      assert.equal(runs[i].serial_number, header.serialNumber)
      assert.equal(runs[i].part_number, header.partNumber)
      assert.equal(runs[i].revision, header.revision)
      if header.result ~= "P" and header.result ~= "Passed" then failed = failed + 1 end
    end
    assert.equal(12, failed)
  end)

  it("nests the groups, and keeps an overload by a word", function()
    to_server()
    local header = box:get_json("/api/Report/Query/Header" ..
      sandboxes.query { "$filter", "serialNumber eq '4100-2501217'", "$orderby", "start" })[1]
    local report = box:get_json("/api/Report/Wsjf/" .. header.uuid)
    assert.same({ "4100-2501217", "C", 50, "PCBA test", "kari", "FIX-4100-2", "F" },
      { report.sn, report.rev, report.processCode, report.processName, report.uut.user,
        report.uut.fixtureId, report.result })
    assert.same({ { description = "Fixture", text = "FIX-4100-2" } }, report.miscInfos)
    local function child(step, name)
      for _, candidate in ipairs(step.steps) do
        if candidate.name == name then return candidate end
      end
    end
    local open_inductor = child(child(child(report.root, "Analog"), "Inductors"), "L2")
    assert.equal("F", open_inductor.status)
    assert.equal("measured Inf", open_inductor.reportText)
    assert.same(
      { { compOp = "GELE", status = "F", unit = "µH", lowLimit = 1.76, highLimit = 2.64 } },
      open_inductor.numericMeas)
    assert.equal("P", child(child(report.root, "Contact"), "fixture vacuum").status)
  end)

  it("shows the token nowhere, given either way, right or wrong", function()
    local keep = new_directory()
    local _, text, errors = to_server()
    assert.is_nil((text .. errors):find(CANARY, 1, true))
    local wrong = "d3Jvbmc6d3JvbmctY2FuYXJ5LXdvcmQ="
    local code
    code, text, errors = run { "--url", box.sandbox.url, "--token", wrong, "--keep", keep }
    assert.equal(1, code)
    contains(text, "401 auth", "not sent: 79 reports")
    assert.is_nil((text .. errors):find(wrong, 1, true))
    assert(os.execute(("! grep -rqF '%s' %s"):format(wrong, keep)))
    os.execute("rm -r " .. keep)
  end)

  it("reports a test though its look-ups fail, and says so", function()
    box.sandbox:fault { method = "GET", path = "/api/Product/PSU-1030", status = 404, times = 0 }
    local code, text = to_server()
    assert.equal(1, code)
    contains(text, "look-up failed: product PSU-1030 (for 1030-2500077): GET http",
      "\nlook-ups that failed: 21\n")
    assert.is_nil(text:find("not sent", 1, true))
    assert.equal(79, sum(metrics_of(text), "wats_http_requests_total", { method = "POST" }))
  end)

  it("warns of a product that is not active, and of a revision that is not known", function()
    assert(box.sandbox:seed { products = { { partNumber = "PCB-4100", state = 0 } } })
    box.sandbox:fault { method = "GET", path = "/api/Product/PSU-1030", times = 0, status = 200,
      headers = { ["Content-Type"] = "application/json" },
      body = '{"partNumber":"PSU-1030","revisions":[{"revision":"A"}]}' }
    local code, text = to_server()
    assert.equal(0, code, text)
    assert.equal(1, count(text, "warning: product PCB%-4100 is not active\n"))
    assert.equal(1, count(text, "warning: the server knows no revision B of product PSU%-1030\n"))
  end)

  it("fails when a report that is read back is another", function()
    box.sandbox:fault { method = "GET", path = "/api/Report/Wsjf/*",
      body = '{"type":"T","result":"X","root":{"steps":[]}}' }
    local code, text = to_server()
    assert.equal(1, code)
    contains(text, '4100-2501201: result: "P" became "X"',
      "4100-2501201: root.steps[1]: table became nothing",
      '4100-2501201: sn: "4100-2501201" became nothing')
    assert.matches("\nread back: 5 of 5 reports, %d+ of %d+ fields equal\n", text)
  end)
end)
