-- shift.summary: prints how the shift went.

local figures = require("shift.figures")

local summary = {}

-- What this client set out to beat, each as a fraction.
local SEED = { hit_rate = 0.70, faster = 0.50, fewer = 0.30 }

local function say(format, ...) print(format:format(...)) end

local function percent(fraction) return ("%.1f %%"):format(fraction * 100) end

-- Seconds, in the unit that suits them.
local function duration(seconds)
  if not seconds then return "-" end
  if seconds < 1e-3 then return ("%.1f us"):format(seconds * 1e6) end
  if seconds < 1 then return ("%.2f ms"):format(seconds * 1e3) end
  return ("%.2f s"):format(seconds)
end

local function number(value)
  return value == math.huge and "OL" or ("%.14g"):format(value)
end

local function with_unit(text, unit) return unit and text .. " " .. unit or text end

local function limits(test)
  if test.low and test.high then
    return ("limits %s .. %s"):format(number(test.low), number(test.high))
  end
  return test.low and "low limit " .. number(test.low) or "high limit " .. number(test.high)
end

-- What was measured, and what would have been right.
---@param test wats.station_log.Test
---@return string
function summary.measurement(test)
  if test.kind == "P" then
    return ("%s: %s (must be PASS)"):format(test.name, test.value and "PASS" or "FAIL")
  elseif test.kind == "S" then
    return ('%s: "%s" (must be "%s")'):format(test.name, test.value, test.expected)
  end
  return ("%s: %s (%s)"):format(test.name, number(test.value),
    with_unit(limits(test), test.unit))
end

---@param tally shift.Tally
function summary.units(tally)
  say("\nunits: %d in %d runs, %d passed, %d failed", tally.units, tally.runs, tally.passed,
    tally.failed)
  say("first-pass yield: %d/%d = %s", tally.first_passed, tally.units,
    percent(tally:first_pass_yield()))
  say("runs that failed: %d", #tally.failures)
  for _, failure in ipairs(tally.failures) do
    local run = failure.run
    local note = run.note and " (" .. run.note .. ")" or ""
    for _, test in ipairs(failure.tests) do
      say("  %s %s%s  %s", run.part_number, run.serial_number, note, summary.measurement(test))
    end
  end
end

---@param read_back { reports: integer, read: integer, compared: integer, equal: integer,
---  added: integer, problems: string[] }
function summary.read_back(read_back)
  say("\nread back: %d of %d reports, %d of %d fields equal%s", read_back.read, read_back.reports,
    read_back.equal, read_back.compared,
    read_back.added > 0 and (", %d fields added by the server"):format(read_back.added) or "")
  for _, problem in ipairs(read_back.problems) do say("  %s", problem) end
end

local function row(name, samples)
  say("  %-32s %5d %12s %12s", name, #samples, duration(figures.median(samples)),
    duration(figures.p99(samples)))
end

local function ratio(name, slow, fast)
  if #slow == 0 or #fast == 0 then
    say("  %-32s %5s %12s %12s", name, "", "-", "-")
  else
    say("  %-32s %5s %10.1f x %10.1f x", name, "",
      figures.median(slow) / figures.median(fast), figures.p99(slow) / figures.p99(fast))
  end
end

-- cached, missed, submits: of the shift's own calls; uncached: of the sample.
---@param times table<string, number[]>  seconds
function summary.times(times)
  say("\n%-34s %5s %12s %12s", "calls, from Lua to Lua", "n", "median", "p99")
  row("look-ups from the cache", times.cached)
  row("look-ups that the cache missed", times.missed)
  row("uncached look-ups (sample)", times.uncached)
  row("submits", times.submits)
  ratio("uncached over cached", times.uncached, times.cached)
  ratio("submit over cached look-up", times.submits, times.cached)
  ratio("submit over uncached look-up", times.submits, times.uncached)
  if #times.uncached > 0 then
    print('The sample repeats look-ups of the shift with cache = "bypass", after it; none of the'
      .. " figures\nbelow counts it. The p99 of fewer than 100 calls is the slowest.")
  else
    print("There is no sample of uncached look-ups: the server does not answer any more.")
  end
end

local function verdict(measured, seed)
  if not measured then return "not measured" end
  return measured > seed and "beaten" or "not beaten"
end

---@param times table<string, number[]>
---@param asked table  client:stats() of the shift
---@param cache table  client.cache:stats() of the shift
function summary.requests(times, asked, cache)
  local uncached, cached = figures.median(times.uncached), figures.median(times.cached)
  local faster = uncached and cached and 1 - cached / uncached or nil
  local fewer = asked.requests > 0 and cache.hits / asked.requests or 0
  say("\ncalls: %d (%d look-ups); requests made: %d; requests saved by the cache: %d",
    asked.requests, cache.requests, asked.exchanges, cache.hits)
  -- Programs read this line.
  say("hit rate: %s (seed: 70 %%)", percent(cache.hit_rate))
  say("cached answers: %s (seed: 50 %%)",
    faster and percent(faster) .. " faster" or "not measured")
  say("requests: %s fewer (seed: 30 %%)", percent(fewer))
  say("seed figures: hit rate %s, cached answers %s, fewer requests %s",
    verdict(cache.hit_rate, SEED.hit_rate), verdict(faster, SEED.faster),
    verdict(fewer, SEED.fewer))
end

---@param both_ways { count: integer, delay: number, loop: number, map: number }?
---@param concurrency integer
function summary.at_once(both_ways, concurrency)
  if not both_ways then
    say("\nall reports read again: not measured")
    return
  end
  say("\nall %d reports read again%s:", both_ways.count, both_ways.delay > 0
    and (" from a server %.0f ms away"):format(both_ways.delay * 1000) or "")
  say("  one after the other %15s", duration(both_ways.loop))
  say("  wats.map, %2d at once %15s", concurrency, duration(both_ways.map))
  say("  wats.map is faster by %13.1f x", both_ways.loop / both_ways.map)
end

-- What went wrong: nothing is left out.
---@param failed_lookups integer
---@param unsent { run: wats.station_log.Run, id: string, err: any, kept: boolean }[]
---@param directory string  where those that are not sent are kept
function summary.problems(failed_lookups, unsent, directory)
  if failed_lookups > 0 then say("\nlook-ups that failed: %d", failed_lookups) end
  if #unsent == 0 then return end
  say("\nnot sent: %d reports, kept as files in %s, named by their ids", #unsent, directory)
  for _, report in ipairs(unsent) do
    say("  %s %s  %s%s  %s: %s", report.run.part_number, report.run.serial_number, report.id,
      report.kept and "" or " NOT KEPT", report.err.kind, report.err.message)
  end
  print("Nobody sends them by himself. A file is the text that client.report:submit(text) takes;"
    .. "\na report that is sent twice is stored once.")
end

return summary
