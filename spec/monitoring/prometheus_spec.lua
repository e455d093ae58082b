-- A real Prometheus reads our pages and says the right things; so does promtool, and the reference
-- reader in Python.

local core = require("wats.core")
local helper = require("spec.tools.helper")
local instant = require("wats.instant")
local needs = require("spec.support.needs")
local prometheus = require("spec.support.prometheus")
local shifts = require("spec.support.shift")
local support = require("spec.support.client")
local wats = require("wats")

local function that(available, word) return needs.that(available, word, it, pending) end

-- A page with all that a client shows, after some trouble.
local function real_page(box, format)
  local registry = wats.metrics.default()
  local client = support.connect(box, { metrics = registry, retry = { base_delay = 0.001 },
    cache = { ttl = 60 } })
  assert(box.sandbox:fault { status = 503, headers = { ["Retry-After"] = "0" } })
  client:get("/api/App/Version")
  client:get("/api/App/Version")
  client:get('/api/Product/"%5C%22%0A')
  client:post("/odd/path", { body = "x" })
  client:close()
  local page = registry:render(format)
  return page
end

-- What the server has confirmed so far.
local function confirmed(box)
  local count = 0
  for _, entry in ipairs(assert(box.sandbox:journal())) do
    local fits = entry.method == "POST" and entry.path:lower() == "/api/report/wsjf"
      and entry.status == 200
    if fits then count = count + 1 end
  end
  return count
end

-- A scrape is younger than a second, and the figures go on while we look.
local function check_queue(box, server)
  local before = confirmed(box)
  core.sleep(1)
  for _, job in ipairs { "text", "openmetrics", "health" } do
    local of = ('{job="%s"}'):format(job)
    local sent = server:value("wats_queue_sent_total" .. of)
    assert.is_true(sent >= before and sent <= confirmed(box), job)
    assert.is_true(server:value("wats_queue_enqueued_total" .. of) >= before)
    assert.is_true(server:value(("rate(wats_queue_sent_total%s[3s])"):format(of)) > 0)
    assert.equal(0, server:value(('wats_queue_depth{job="%s",state="dead"}'):format(job)))
    assert.is_true(server:value("wats_queue_oldest_age_seconds" .. of) < 60)
  end
end

describe("our pages", function()
  local box
  local _, set_up, tear_down = needs.sandbox(it, pending, setup, teardown)
  set_up(function() box = support.sandbox() end)
  tear_down(function() box:stop() end)

  that(prometheus.has_promtool and needs.has_sandbox, "no promtool here: make deps-full")(
    "pass promtool without a word", function()
      local ok, said = prometheus.feed("promtool check metrics", real_page(box, "prometheus"))
      assert.is_true(ok, said)
      assert.equal("", said)
    end)

  local READER = [[%s -c '
import sys
from prometheus_client.parser import text_string_to_metric_families as text
from prometheus_client.openmetrics.parser import text_string_to_metric_families as openmetrics
for family in %s(sys.stdin.read()):
    for sample in family.samples:
        print(sample.name, sorted(sample.labels.items()), float(sample.value))
']]

  that(prometheus.python and needs.has_sandbox, "no prometheus_client for Python: make deps-full")(
    "are read alike in both formats by the reference reader", function()
      local registry = wats.metrics.new()
      real_page(box, "prometheus")
      registry:counter("c_total", 'help "x" \\ \n y', { "l" }):inc(2 ^ 60, { l = '"\\\n' })
      local g = registry:gauge("g", "", { "l" })
      g:set(0 / 0, { l = "nan" })
      g:set(-math.huge, { l = "-inf" })
      g:set(5e-324, { l = "small" })
      local h = registry:histogram("h_seconds", "help")
      for i = 1, 100 do h:observe(i / 10) end
      for _, shown in ipairs { registry, wats.metrics.default() } do
        local pages = {}
        for _, format in ipairs { "prometheus", "openmetrics" } do
          local reads = format == "prometheus" and "text" or "openmetrics"
          local ok, said = prometheus.feed(READER:format(prometheus.python, reads),
            shown:render(format))
          assert.is_true(ok, said)
          local lines = {}
          for line in said:gmatch("[^\n]+") do
            -- OpenMetrics writes the bound 1 as 1.0
            line = line:gsub("%('le', '(%d+)%.0'%)", "('le', '%1')")
            if not line:find("^process_") then lines[#lines + 1] = line end
          end
          table.sort(lines)
          pages[format] = lines
          assert.is_true(#lines >= 18)
        end
        -- of a figure of this process that changes while it is read, the name is enough
        for i, line in ipairs(pages.prometheus) do
          if not line:find("^wats_lua_memory") then assert.equal(line, pages.openmetrics[i]) end
        end
      end
    end)

  -- A shift at the pace of a tester, scraped all the while.
  that(prometheus.has_server and needs.has_sandbox, "no prometheus here: make deps-full")(
    "are scraped through a shift, and say what the server has seen", function()
      local home = shifts.start_server()
      local shift = shifts.start({ "--health", "0", "--pace", "0.4", "--url", home.sandbox.url },
        { WATS_AUTH_TOKEN = home.token })
      local server
      finally(function()
        shift:kill()
        if server then server:stop() end
        home:stop()
      end)
      server = prometheus.start {
        shift = shift:until_printed("health: http://([^/]+)/health") .. "/metrics" }
      local reports = '{job="shift",method="POST",route="/api/Report/WSJF",status="200"}'
      local total = "wats_http_requests_total" .. reports
      assert.truthy(server:wait(function() -- a rate is right once its time is full of scrapes
        local scrapes = server:value(("count_over_time(%s[5s])"):format(total))
        return (scrapes or 0) >= 20
      end))
      local before = confirmed(home)
      core.sleep(1) -- a scrape is younger than that
      local shown, after = server:value(total), confirmed(home)
      assert.is_true(shown >= before and shown <= after, before .. " " .. shown .. " " .. after)
      local rate = server:value(("rate(%s[5s])"):format(total))
      assert.is_true(rate > 1 / 0.4 / 3 and rate < 1 / 0.4 * 2, tostring(rate))
      assert.equal(1, server:value('up{job="shift"}'))
      assert.is_true(server:value('wats_http_cache_hits_total{job="shift"} / '
        .. 'wats_http_cache_requests_total{job="shift"}') > 0.7)
      local slow = server:value('histogram_quantile(0.99, rate('
        .. 'wats_http_request_duration_seconds_bucket{job="shift",route="/api/Report/WSJF"}[5s]))')
      assert.is_true(slow > 0 and slow < 10)
      assert.is_true(server:value('wats_health_heartbeat_age_seconds{job="shift"}') < 30)
    end)

  that(prometheus.has_server and needs.has_sandbox, "no prometheus here: make deps-full")(
    "are scraped by a server, which answers rightly", function()
      assert(box.sandbox:reset())
      local directory = helper.directory()
      local child = assert(core.spawn { stdin = "pipe", stdout = "pipe",
        argv = { os.getenv("LUA") or "lua5.4", "spec/support/monitored_child.lua",
          box.sandbox.url, box.token, directory },
        env = { LUA_PATH = package.path, LUA_CPATH = package.cpath } })
      local server
      finally(function()
        if server then server:stop() end
        child:close()
        helper.remove(directory)
      end)
      local port, health_port = child:read(20):match("(%d+)%s+(%d+)")
      local host = "127.0.0.1:" .. port
      server = prometheus.start { text = host .. "/metrics", openmetrics = host .. "/openmetrics",
        health = "127.0.0.1:" .. health_port .. "/metrics" }
      local jobs = { "text", "openmetrics", "health" }
      assert.truthy(server:wait(function()
        local enough = true
        for _, job in ipairs(jobs) do
          local scrapes = server:value(('count_over_time(up{job="%s"}[1m])'):format(job))
          enough = enough and (scrapes or 0) >= 20
        end
        return enough
      end))
      assert.is_true(server:value('wats_health_heartbeat_age_seconds{job="health"}') >= 0)
      for _, job in ipairs(jobs) do
        local function value(expression) return server:value((expression:gsub("JOB", job))) end
        assert.equal(1, value('up{job="JOB"}'))
        assert.equal(2 ^ 39 + 1, value('spec_total{job="JOB"}'))
        assert.equal(1.5, value('histogram_quantile(0.75, spec_seconds_bucket{job="JOB"})'))
        assert.equal(1, value('spec_seconds_sum{job="JOB"} / spec_seconds_count{job="JOB"}'))
        assert.equal('with "quotes", \\ and\nlines',
          server:query(('spec_seconds_count{job="%s"}'):format(job))[1].labels.kind)
        assert.equal(1, value('wats_build_info{job="JOB"}'))
        local of = 'job="JOB",route="/api/Product/{partNumber}"'
        -- what the server saw in about the same time
        local now, seen = core.time(), 0
        local rate = value(("rate(wats_http_requests_total{%s}[3s])"):format(of))
        for _, entry in ipairs(assert(box.sandbox:journal())) do
          local fits = instant.parse(entry.time) >= now - 3 and entry.path:find("Product", 1, true)
          if fits then seen = seen + 1 end
        end
        assert.is_true(rate > seen / 3 / 2 and rate < seen / 3 * 2, rate .. " and " .. seen / 3)
        local slow = value(("histogram_quantile(0.99, rate(%s{%s}[10s]))"):format(
          "wats_http_request_duration_seconds_bucket", of))
        assert.is_true(slow > 0 and slow < 10)
        assert.is_true(value('wats_http_cache_hits_total{job="JOB"}') > 10)
        assert.is_true(value('time() - process_start_time_seconds{job="JOB"}') < 120)
      end
      assert.equal(1, server:value('wats_health_check{job="health",check="power_supply"}'))
      if needs.has_sqlite then check_queue(box, server) end
      child:kill(9)
      assert.truthy(server:wait(function() return server:value('up{job="text"}') == 0 end))
    end)
end)
