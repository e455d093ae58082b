-- What building a report costs, as ratios of medians: a step among 10,000 beside a step among 1,000
-- (constant work per step), and beside the same tables written out by hand.
--
--   make bench     (or: lua5.4 bench/report.lua, with wats found by LUA_PATH and LUA_CPATH)

local json = require("wats.json")
local report = require("wats.report")
local turns = require("bench.support.turns")

local ROUNDS = 7

local function build(count)
  local uut = report.uut({ part_number = "P", serial_number = "S", revision = "",
    process_code = 10 }, { name = "ICT-01" })
  local seq = uut:sequence("s")
  for _ = 1, count do
    seq:numeric { name = "3V3", value = 3.31, unit = "V", low = 3.2, high = 3.4 }
  end
  uut:finish()
  return uut
end

local function by_hand(count)
  local steps = json.array {}
  for i = 1, count do
    steps[i] = { id = i, group = "M", stepType = "ET_NLT", name = "3V3", status = "P",
      numericMeas = json.array { { compOp = "GELE", status = "P", unit = "V", value = 3.31,
        lowLimit = 3.2, highLimit = 3.4 } } }
  end
end

local function print_row(what, seconds, yardstick, target)
  local ratio = seconds / yardstick
  local verdict = target and ("at most %.1fx  %s"):format(target,
    ratio <= target and "ok" or "MISSED") or ""
  print(("%-34s %8.0f ns %8.0f ns %8.2fx   %s"):format(what, seconds * 1e9, yardstick * 1e9, ratio,
    verdict))
end

local built = build(10000)
local many, few, hand, judged, written = turns.measure({
  function() build(10000) end,
  function() for _ = 1, 10 do build(1000) end end,
  function() by_hand(10000) end,
  function() assert(built:validate()) end,
  function() built:to_json() end,
}, { rounds = ROUNDS, calls = 10000, collector = "before" })
print(("%-34s %11s %11s %9s   %s"):format("per step", "ours", "yardstick", "ratio", "target"))
print_row("built, 10,000 beside 1,000", many, few, 2)
print_row("built, beside tables by hand", many, hand)
print_row("judged, beside building", judged, many)
print_row("written as JSON, beside building", written, many)
print(("a report of 10,000 steps is built in %.0f ms"):format(many * 1e7))
