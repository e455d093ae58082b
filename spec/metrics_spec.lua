local metrics = require "wats.metrics"
local parser = dofile("spec/exposition_parser.lua")

---The message with which f fails; it must name this file and the line of the call.
local function fault(f)
  local ok, message = pcall(f)
  assert.is_false(ok)
  local line = debug.getinfo(f, "S").linedefined
  assert.truthy(message:find(("metrics_spec.lua:%d: "):format(line), 1, true), message)
  return (message:gsub("^.-:%d+: ", ""))
end

local function same_double(a, b)
  return string.pack("<d", a) == string.pack("<d", b)
end

describe("metrics", function()
  local reg
  before_each(function() reg = metrics.new() end)

  describe("a counter", function()
    it("counts, alone and by labels in each form", function()
      local plain = reg:counter("plain_total", "help")
      plain:inc()
      plain:inc(2)
      plain:inc(0.5)
      assert.equal(3.5, plain:value())
      local c = reg:counter("c_total", "help", { "method", "code" })
      c:inc { method = "GET", code = 200 }
      c:inc(2, { method = "GET", code = "200" })
      c:labels("GET", 200):inc()
      c:labels({ code = 200, method = "GET" }):inc()
      c:labels("GET", true):inc(0)
      assert.equal(5, c:value { method = "GET", code = 200 })
      assert.equal("integer", math.type(c:value { method = "GET", code = 200 }))
      assert.equal(0, c:value { method = "GET", code = true })
    end)

    it("is bound to a function that keeps it alive", function()
      local inc = metrics.new():counter("c_total", "help", { "a" }):labels("x"):bind()
      collectgarbage()
      collectgarbage()
      for _ = 1, 1000 do inc() end
      inc(2)
      local c = reg:counter("c_total", "help", { "a" })
      local bound, child = c:labels("x"):bind(), c:labels("x")
      bound()
      bound(1.5)
      assert.equal(2.5, child:value())
    end)

    it("refuses what would make it smaller or no number", function()
      local c = reg:counter("c_total", "help")
      local expected = "a counter only grows: finite number >= 0 expected"
      assert.equal("bad argument #1 to 'inc' (" .. expected .. ")",
        fault(function() c:inc(-1) end))
      assert.truthy(fault(function() c:inc(0 / 0) end):find(expected, 1, true))
      assert.truthy(fault(function() c:inc(math.huge) end):find(expected, 1, true))
      local inc = c:bind()
      assert.equal("bad argument #1 to 'inc' (" .. expected .. ")",
        fault(function() inc(-1) end))
      assert.truthy(fault(function() inc("x") end):find("number expected, got string", 1, true))
      assert.truthy(fault(function() c:inc("x") end):find("number expected, got string", 1, true))
      assert.equal(0, c:value())
    end)
  end)

  it("a gauge goes up and down", function()
    local g = reg:gauge("g", "help", { "slot" })
    g:set(5, { slot = 1 })
    g:inc { slot = 1 }
    g:dec(2.5, { slot = 1 })
    local child = g:labels(1)
    child:dec()
    assert.equal(2.5, child:value())
    child:bind()(-0.0)
    assert.truthy(same_double(-0.0, child:value()))
    assert.truthy(fault(function() child:set() end):find("number expected, got no value", 1, true))
  end)

  it("a histogram tells how many and how much", function()
    local h = reg:histogram("h", "help", { "a" }, { buckets = { 1, 2 } })
    h:observe(0.5, { a = "x" })
    h:labels("x"):observe(1)
    h:labels("x"):bind()(7)
    local count, sum = h:value { a = "x" }
    assert.equal(3, count)
    assert.equal(8.5, sum)
    local families = parser.parse(reg:render())
    assert.same({ { le = 1, count = 2 }, { le = 2, count = 2 }, { le = math.huge, count = 3 } },
      families.h.histograms[1].buckets)
  end)

  it("removes children, and shows them again from 0", function()
    local c = reg:counter("c_total", "help", { "a", "b" })
    local kept = c:labels("x", 1)
    kept:inc(5)
    c:inc { a = "y", b = 2 }
    assert.is_true(c:remove("x", 1))
    assert.is_false(c:remove { a = "x", b = 1 })
    assert.is_false(c:remove("never", 1))
    kept:inc()
    assert.equal(1, #parser.parse(reg:render()).c_total.samples)
    assert.equal(0, c:value { a = "x", b = 1 })
    kept:inc()
    assert.equal(1, kept:value())
    c:clear()
    assert.equal("", reg:render())
    local h = reg:histogram("h", "help")
    h:observe(2)
    h:clear()
    assert.same({ 0, 0 }, { h:value() })
    h:observe(3)
    assert.same({ 1, 3 }, { h:value() })
    assert.truthy(fault(function() c:remove("x") end):find("2 label values expected", 1, true))
    assert.truthy(fault(function() h:remove("x") end):find("has no labels", 1, true))
    assert.truthy(fault(function() kept:remove("x", 1) end):find("has no labels", 1, true))
    assert.truthy(fault(function() kept:clear() end):find("clear the whole", 1, true))
  end)

  describe("a mistake", function()
    it("in labels says what was expected", function()
      local c = reg:counter("c_total", "help", { "a", "b" })
      assert.equal("bad argument #2 to 'inc' (c_total: table of labels expected, labels are: a, b)",
        fault(function() c:inc() end))
      assert.equal(
        "bad argument #1 to 'inc' (c_total: text for label \"b\" expected, labels are: a, b)",
        fault(function() c:inc { a = 1 } end))
      assert.equal("bad argument #1 to 'inc' (c_total: no label \"d\" expected, labels are: a, b)",
        fault(function() c:inc { a = 1, b = 2, d = 3 } end))
      assert.equal("bad argument #2 to 'inc' (c_total: no label \"c\" expected, labels are: a, b)",
        fault(function() c:inc(1, { a = 1, b = 2, c = 3 }) end))
      assert.truthy(fault(function() c:inc { a = {}, b = 1 } end):find('label "a" expected'))
      assert.truthy(fault(function() c:labels("x") end):find("2 label values expected", 1, true))
      assert.truthy(fault(function() c:bind() end):find("child (see labels) expected", 1, true))
      local plain = reg:counter("plain_total", "help")
      assert.equal("bad argument #2 to 'inc' (plain_total: no labels expected here)",
        fault(function() plain:inc(1, { a = 1 }) end))
      assert.equal("plain_total has no labels to be chosen",
        fault(function() plain:labels("x") end))
      assert.truthy(fault(function() c:labels(1, 2):labels(3, 4) end):find("has no labels"))
    end)

    it("in a definition says what was expected", function()
      assert.equal("bad metric name \"9\"", fault(function() reg:gauge("9", "help") end))
      assert.equal("c: a counter's name must end in \"_total\"",
        fault(function() reg:counter("c", "help") end))
      assert.truthy(fault(function() reg:gauge("g") end)
        :find("#2 to 'gauge' (string expected", 1, true))
      assert.truthy(fault(function() reg:gauge("g", "h", "l") end):find("table expected", 1, true))
      assert.truthy(fault(function() reg:gauge("g", "h", { l = 1 }) end)
        :find("list of label names"))
      assert.truthy(fault(function() reg:gauge("g", "h", { 1 }) end):find("list of label names"))
      assert.truthy(fault(function() reg:gauge("g\0", "h") end):find("without NUL"))
      assert.equal("g: bad label \"__a\"", fault(function() reg:gauge("g", "h", { "__a" }) end))
      assert.truthy(fault(function() reg:gauge("g", "h", {}, {}) end):find("no options expected"))
      assert.truthy(fault(function() reg:histogram("h", "h", {}, { bucket = {} }) end)
        :find('unknown option "bucket", only "buckets" expected', 1, true))
      assert.truthy(fault(function() reg:histogram("h", "h", {}, { buckets = {} }) end)
        :find("buckets: list of numbers expected", 1, true))
      assert.equal("h: buckets must be finite and ascending",
        fault(function() reg:histogram("h", "h", {}, { buckets = { 2, 1 } }) end))
      reg:gauge("g", "h", { "a" })
      assert.equal("g is already there with other label names",
        fault(function() reg:gauge("g", "h", { "b" }) end))
      assert.equal("g is already there with other type",
        fault(function() reg:histogram("g", "h", { "a" }) end))
    end)

    it("in the object raises, whatever stands in for it", function()
      local c, g = reg:counter("c_total", "help"), reg:gauge("g", "help")
      for _, wrong in ipairs { g, {}, "c", 1, io.stdout, reg, coroutine.create(print) } do
        assert.truthy(fault(function() c.inc(wrong) end):find("counter expected", 1, true))
        assert.is_false(pcall(c.value, wrong) and wrong ~= g)
      end
      assert.truthy(fault(function() c.inc() end):find("counter expected, got no value", 1, true))
      assert.truthy(fault(function() reg.render(c) end):find("metrics registry expected", 1, true))
      -- A finalizer called by hand leaves a closed object, not a dangling one.
      getmetatable(c).__gc(c)
      getmetatable(c).__gc(c)
      assert.truthy(fault(function() c:inc() end):find("counter expected", 1, true))
      getmetatable(reg).__gc(reg)
      assert.truthy(fault(function() reg:render() end):find("metrics registry expected", 1, true))
      g:inc()
    end)
  end)

  it("objects say what they are", function()
    local c = reg:counter("c_total", "help", { "a" })
    assert.equal("counter c_total{a}", tostring(c))
    assert.equal('counter c_total{a="x"}', tostring(c:labels("x")))
    assert.equal("gauge g", tostring(reg:gauge("g", "help")))
    assert.truthy(tostring(reg):find("^metrics registry: "))
  end)

  it("the default registry is one, with the process's figures and the build's", function()
    assert.equal(metrics.default(), metrics.default())
    assert.not_equal(metrics.default(), metrics.new())
    metrics.default():counter("spec_total", "help"):inc(3)
    local families = parser.parse(metrics.default():render())
    assert.equal(3, families.spec_total.samples[1].value)
    assert.truthy(families.process_cpu_seconds_total.samples[1].value > 0)
    local info = families.wats_build_info.samples[1]
    assert.equal(1, info.value)
    assert.truthy(_VERSION:find("Lua " .. info.labels.lua:match("^%d+%.%d+"), 1, true))
    assert.truthy(info.labels.libcurl:find("^%d+%.%d+"))
    assert.truthy(info.labels.version:find("^%d+%.%d+%.%d+"))
  end)

  describe("render", function()
    it("refuses an unknown format", function()
      assert.equal("bad argument #1 to 'render' (\"prometheus\", \"openmetrics\" or \"json\" "
        .. "expected, got \"xml\")", fault(function() reg:render("xml") end))
    end)

    it("is empty when there is nothing", function()
      assert.equal("", reg:render())
      assert.equal("", reg:render("prometheus"))
      assert.equal("# EOF\n", reg:render("openmetrics"))
      assert.equal('{"families":[],"http_cache":{"enabled":false,"size":0,"max_size":0,'
        .. '"requests":0,"hits":0,"misses":0,"hit_rate":0,"evictions":0},"queue":null}',
        reg:render("json"))
    end)

    it("bounds the children of a family and says so", function()
      local c = reg:counter("c_total", "help", { "serial" })
      for i = 1, 1200 do c:inc { serial = i } end
      local families = parser.parse(reg:render())
      assert.equal(1001, #families.c_total.samples)
      assert.equal(200, c:value { serial = "overflow" })
      assert.truthy(families.wats_metrics_overflow_total.samples[1].value >= 200)
      assert.equal("c_total", families.wats_metrics_overflow_total.samples[1].labels.family)
    end)
  end)

  it("tells what metrics there are, those without children too", function()
    reg:histogram("h", "help h", { "b", "a" })
    reg:counter("c_total", "help c")
    assert.same({ { name = "c_total", type = "counter", help = "help c", labels = {} },
      { name = "h", type = "histogram", help = "help h", labels = { "b", "a" } } }, reg:families())
  end)

  it("writes a page as a file, whole or not at all", function()
    local name = os.tmpname()
    finally(function() os.remove(name) end)
    reg:counter("c_total", "help"):inc(3)
    assert.is_true(reg:write_file(name))
    local file = assert(io.open(name))
    assert.equal(reg:render(), file:read("a"))
    file:close()
    assert.is_true(reg:write_file(name, "json"))
    file = assert(io.open(name))
    assert.equal("{", file:read(1))
    file:close()
    local done, err = reg:write_file(name .. "/none")
    assert.is_nil(done)
    assert.equal("io", err.kind)
    assert.truthy(err.message:find(name .. "/none: ", 1, true))
    local left = assert(io.popen("ls " .. name .. ".* 2>/dev/null"))
    assert.equal("", left:read("a"))
    left:close()
    assert.truthy(fault(function() reg:write_file(name, "xml") end):find("expected, got \"xml\""))
    assert.truthy(fault(function() reg:write_file() end):find("string expected"))
  end)

  it("sums up caches and queues in JSON", function()
    local cjson = require("cjson")
    for name, value in pairs { requests = 8, hits = 6, misses = 2, evictions = 1 } do
      reg:counter(("wats_http_cache_%s_total"):format(name), "help"):inc(value)
    end
    reg:gauge("wats_http_cache_entries", "help"):set(3)
    reg:gauge("wats_http_cache_max_entries", "help"):set(1000)
    local depth = reg:gauge("wats_queue_depth", "help", { "state" })
    for state, rows in pairs { ready = 1, waiting = 2, blocked = 3, in_flight = 4, dead = 50 } do
      depth:set(rows, { state = state })
    end
    reg:counter("wats_queue_sent_total", "help"):inc(20)
    reg:counter("wats_queue_dead_total", "help"):inc(2)
    local page = cjson.decode(reg:render("json"))
    assert.same({ enabled = true, size = 3, max_size = 1000, requests = 8, hits = 6, misses = 2,
      hit_rate = 0.75, evictions = 1 }, page.http_cache)
    assert.same({ size = 10, active_workers = 4, total_processed = 22 }, page.queue)
  end)
end)
