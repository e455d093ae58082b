-- What counting costs, as ratios of medians measured side by side: against a method call into C
-- that does nothing, and for a page of 100,000 series against the same lines by snprintf.
--
--   make bench     (or: lua5.4 bench/metrics.lua, with wats found by LUA_PATH and LUA_CPATH)

local metrics = require "wats.metrics"
local turns = require "bench.support.turns"

local TURNS = { rounds = 25, collector = "off" }
local CALLS = 300000
local FAMILIES, CHILDREN = 100, 1000

-- Built here and now: the module that users get carries no yardsticks.
local function load_yardstick()
  local directory = os.getenv("BUILD") or "build/plain"
  local file = directory .. "/metrics_yardstick.so"
  local lua = (os.getenv("LUA") or "lua5.4"):match("[^/]*$")
  local compile = "mkdir -p %s && %s -std=c11 -O2 -fPIC -shared $(pkg-config --cflags %s) -o %s %s"
  local command = compile:format(directory, os.getenv("CC") or "cc", lua, file,
    "bench/metrics_yardstick.c")
  assert(os.execute(command), "cannot build the yardstick")
  return assert(package.loadlib(file, "luaopen_metrics_yardstick"))()
end

---Without a target the line only informs.
local function report(what, seconds, yardstick, unit, scale, target)
  local ratio = seconds / yardstick
  local verdict = not target and "" or ("at most %.2fx  %s"):format(target,
    ratio <= target and "ok" or "MISSED")
  print(("%-26s %8.2f %s %10.2f %s %8.2fx   %s"):format(what, seconds * scale, unit,
    yardstick * scale, unit, ratio, verdict))
end

local function bench_calls(yardstick)
  local object = yardstick.object()
  local reg = metrics.new()
  local counter = reg:counter("c_total", "help", { "a" }):labels("x")
  local histogram = reg:histogram("h", "help", { "a" }):labels("x")
  local inc = counter:bind()
  local nothing = yardstick.nothing
  local empty, call, method, bound, observe = turns.measure({
    function() for _ = 1, CALLS do object:nothing() end end,
    function() for _ = 1, CALLS do nothing() end end,
    function() for _ = 1, CALLS do counter:inc() end end,
    function() for _ = 1, CALLS do inc() end end,
    function() for _ = 1, CALLS do histogram:observe(0.03) end end,
  }, TURNS)
  local scale = 1e9 / CALLS
  report("child:inc()", method, empty, "ns", scale, 1.5)
  -- A bound function cannot cost less than this, nor be told from it by much.
  report("empty C function (floor)", call, empty, "ns", scale)
  report("bound inc()", bound, empty, "ns", scale, 0.5)
  report("histogram:observe(0.03)", observe, empty, "ns", scale, 1.7)
end

local function fill(reg)
  for f = 0, FAMILIES - 1 do
    local family = reg:counter(("m%05d_total"):format(f), "help", { "method", "route", "status" })
    for c = 0, CHILDREN - 1 do
      family:labels("GET", "/api/Product/" .. c, 200):inc((f * CHILDREN + c) * 7 % 1000003)
    end
  end
end

local function bench_page(yardstick)
  local reg = metrics.new()
  fill(reg)
  local page = yardstick.page(FAMILIES, CHILDREN)
  assert(reg:render():gsub("#[^\n]*\n", "") == page:text(), "not the same lines")
  local ours, floor = turns.measure({ function() reg:render() end, function() page:write() end },
    TURNS)
  report("render, 100,000 series", ours, floor, "ms", 1e3, 0.5)
end

print("metrics                          ours     yardstick     ratio   target")
local found = load_yardstick()
bench_calls(found)
bench_page(found)
