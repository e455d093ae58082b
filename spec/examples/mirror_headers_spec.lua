-- examples/mirror_headers.lua runs as it stands; run again it goes on where it stopped, however it
-- was stopped.

local helper = require("spec.tools.helper")
local json = require("wats.json")
local needs = require("spec.support.needs")
local sites = require("spec.support.headers")

local LUA = os.getenv("LUA") or "lua5.4"

describe("examples/mirror_headers.lua", function()
  local it, setup, teardown, before_each, after_each = needs.sandbox(it, pending, setup, teardown,
    before_each, after_each)
  local site, directory

  setup(function() site = sites.start() end)
  teardown(function() site:stop() end)

  before_each(function()
    assert(site.sandbox:reset())
    directory = helper.directory()
  end)

  after_each(function() helper.remove(directory) end)

  local function run(before)
    return helper.sh((before or "") .. ("WATS_BASE_URL=%s WATS_AUTH_TOKEN=%s timeout 120 %s "
      .. "examples/mirror_headers.lua %s/headers"):format(site.sandbox.url, site.box.token, LUA,
      directory))
  end

  -- The headers in the file, by id, and how many lines it has.
  local function mirrored()
    local headers, count, last = {}, 0, 0
    for line in io.lines(directory .. "/headers") do
      local header = assert(json.decode(line))
      assert.is_nil(headers[header.uuid])
      assert.is_true(header.timeStamp > last)
      headers[header.uuid], count, last = header, count + 1, header.timeStamp
    end
    return headers, count
  end

  local function compare()
    local headers, count = mirrored()
    local there = 0
    for header in site.client.report:headers() do
      local own = assert(headers[header.uuid], "missing " .. header.serialNumber)
      assert.equal(header.timeStamp, own.timeStamp)
      assert.equal(header.receiveCount, own.receiveCount)
      there = there + 1
    end
    assert.equal(there, count)
  end

  it("prints what it should", function()
    local ok, output = helper.sh(("timeout 120 env -u WATS_BASE_URL %s "
      .. "examples/mirror_headers.lua %s/headers"):format(LUA, directory))
    assert.equal("12000 new, 0 changed, 12000 in the file\n30 new, 1 changed, 12030 in the file\n",
      output)
    assert.is_true(ok)
    assert.equal("headers\n", select(2, helper.sh("ls " .. directory)))
  end)

  it("follows what comes in between two runs, new and again", function()
    local report = site.client.report
    assert(site.sandbox:make_reports { count = 1500 })
    local ok, output = run()
    assert.is_true(ok, output)
    assert.equal("1500 new, 0 changed, 1500 in the file\n", output)
    compare()
    assert(site.sandbox:make_reports { count = 20, serialNumber = "N" })
    local some = assert(report:query_headers { top = 1000 })
    for i = 1, 3 do assert(report:submit(assert(report:get_report(some[i * 100].uuid)))) end
    site:post()
    assert.equal("21 new, 3 changed, 1521 in the file\n", select(2, run()))
    compare()
    assert.equal("0 new, 0 changed, 1521 in the file\n", select(2, run()))
    compare()
  end)

  it("leaves the file as it was when it is killed amid a write", function()
    assert(site.sandbox:make_reports { count = 1000 })
    assert.is_true((run()))
    assert(site.sandbox:make_reports { count = 2000, serialNumber = "N" })
    -- the system ends who writes beyond that size, some blocks into the new file
    assert.is_false((run("ulimit -f 200; ")))
    assert.equal(1000, select(2, mirrored()))
    local cut = assert(io.open(directory .. "/headers.new"))
    assert.is_true(cut:seek("end") > 0)
    cut:close()
    assert.equal("2000 new, 0 changed, 3000 in the file\n", select(2, run()))
    compare()
    assert.equal("headers\n", select(2, helper.sh("ls " .. directory)))
  end)

  it("goes on after a run that failed on the way", function()
    assert(site.sandbox:make_reports { count = 8000 })
    -- six pages are answered, the next one is not, however often it is asked for
    for _ = 1, 6 do
      assert(site.sandbox:fault { method = "GET", headers = { ["X-Fine"] = "1" } })
    end
    assert(site.sandbox:fault { method = "GET", status = 400, body = "no", times = 0 })
    local ok, output = run()
    assert.is_false(ok)
    assert.matches("400", output)
    assert(site.sandbox:clear_faults())
    local _, count = mirrored()
    assert.equal(5000, count)
    ok, output = run()
    assert.is_true(ok, output)
    assert.equal("3000 new, 0 changed, 8000 in the file\n", output)
    compare()
  end)
end)
