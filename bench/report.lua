-- What building a report costs, as ratios of medians: a step among 10,000 beside a step among 1,000
-- (constant work per step), and beside the same tables written out by hand.
--
--   make bench     (or: lua5.4 bench/report.lua, with wats found by LUA_PATH and LUA_CPATH)

local core = require("wats.core")
local json = require("wats.json")
local report = require("wats.report")

local ROUNDS = 7

local function median(values)
  table.sort(values)
  return values[(#values + 1) // 2]
end

-- Medians of seconds per step, the functions taking turns.
local function measure(cases)
  local times, medians = {}, {}
  for i = 1, #cases do times[i] = {} end
  for round = 0, ROUNDS do
    for i, case in ipairs(cases) do
      collectgarbage()
      local start = core.monotonic()
      case[2](case[1])
      times[i][round] = (core.monotonic() - start) / case[1] -- round 0 only warms up
    end
  end
  for i, list in ipairs(times) do
    list[0] = nil
    medians[i] = median(list)
  end
  return table.unpack(medians)
end

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
local many, few, hand, judged, written = measure {
  { 10000, build }, { 1000, build }, { 10000, by_hand },
  { 10000, function() assert(built:validate()) end }, { 10000, function() built:to_json() end },
}
print(("%-34s %11s %11s %9s   %s"):format("per step", "ours", "yardstick", "ratio", "target"))
print_row("built, 10,000 beside 1,000", many, few, 2)
print_row("built, beside tables by hand", many, hand)
print_row("judged, beside building", judged, many)
print_row("written as JSON, beside building", written, many)
print(("a report of 10,000 steps is built in %.0f ms"):format(many * 1e7))
