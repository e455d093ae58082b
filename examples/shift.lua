#!/usr/bin/env lua5.4
-- shift.lua: a shift at a test station. Reads the logs of its tester; for each unit looks up
-- process and product, builds the report and submits it; reads some reports back and compares
-- them with what was sent; prints how it went.
--
--   make demo                                    against a server that runs on this machine
--   make demo DEMO_FLAGS=--stop-server           which goes away half-way
--   lua5.4 examples/shift.lua --help
--
-- What is here is what a station's own program would do. Reading the logs, adding up and printing
-- lie in shift/ beside it.

-- The modules lie beside this file, wherever it is started from.
local here = arg[0]:match("^(.*)/[^/]*$") or "."
package.path = here .. "/?.lua;" .. package.path

local at_once = require("shift.at_once")
local compare = require("shift.compare")
local figures = require("shift.figures")
local log = require("shift.log")
local options = require("shift.options")
local progress = require("shift.progress")
local server = require("shift.server")
local summary = require("shift.summary")
local tally = require("shift.tally")
local unsent = require("shift.unsent")
local wats = require("wats")

local STATION = { name = "ICT-01", location = "Oslo", purpose = "Demo" }

-- Every unit is looked up anew, as if it were the first: that is what the cache is for. What
-- someone changes on the server meanwhile is seen as soon as the cached answer is too old.
local function find_process(client, run, opts)
  return client.process:get_test_operation(run.process_code, opts)
end

local function find_product(client, run, opts)
  return client.product:get_product(run.part_number, opts)
end

-- One look-up, timed. One that fails must not stop the test: it is told and counted.
local function look_up(shift, what, find, run)
  local cache = shift.client.cache
  local hits = cache:stats().hits
  local seconds, found, err = figures.time(find, shift.client, run)
  if not found then
    shift.failed_lookups = shift.failed_lookups + 1
    shift.progress:say(("look-up failed: %s (for %s): %s"):format(what, run.serial_number,
      tostring(err)))
    return nil
  end
  local from_cache = cache:stats().hits > hits
  table.insert(from_cache and shift.times.cached or shift.times.missed, seconds)
  return found
end

local function warn_of_product(shift, run, product)
  local known = false
  for _, revision in ipairs(product.revisions or {}) do
    known = known or revision.revision == run.revision
  end
  local warning = not shift.client.product:is_active(product)
    and ("product %s is not active"):format(run.part_number)
    or not known and ("the server knows no revision %s of product %s"):format(run.revision,
      run.part_number)
  if not warning or shift.warned[warning] then return end
  shift.warned[warning] = true
  shift.progress:say("warning: " .. warning)
end

-- The report of a run, and the tests that failed in it. `log.adder` adds each test as a step, by
-- uut:numeric { name = ..., value = ..., low = ..., high = ... } and the like. A program that tests
-- by itself leaves out `start` and `exec_time`: the report then takes the time while it is built.
local function build_report(client, run, process)
  local uut = client.report:uut {
    part_number = run.part_number, serial_number = run.serial_number, revision = run.revision,
    process_code = run.process_code, process_name = process and process.name,
    operator = run.operator, start = run.start, exec_time = run.seconds,
    fixture_id = run.fixture, sequence_name = run.part_number .. " in-circuit test",
  }
  -- The server can search for these.
  uut:misc("Fixture", run.fixture)
  if run.note then uut:misc("Note", run.note) end
  local add, failed = log.adder(uut), {}
  for _, test in ipairs(run.tests) do
    local step = add(test)
    if step.status == "F" then failed[#failed + 1] = test end
  end
  return uut, failed
end

-- What the server did not confirm is kept as a file at once, so that it outlives this program.
local function keep(shift, run, uut, err)
  local name, problem, text = unsent.keep(shift.args.keep, uut)
  local kept = name and "kept as " .. name or "NOT KEPT: " .. problem
  table.insert(shift.unsent, { run = run, id = uut.id, err = err, kept = name ~= nil })
  shift.progress:say(("not sent: %s %s: %s; %s"):format(run.part_number, run.serial_number,
    tostring(err), kept))
  if text then io.stderr:write(text, "\n") end -- the last place that is left
end

local function submit(shift, run, uut)
  local service = shift.client.report
  -- pcall: Ctrl-C raises, and this report is not to be lost with it.
  local seconds, returned, sent, err = figures.time(pcall, service.submit, service, uut)
  if returned and sent then
    table.insert(shift.times.submits, seconds)
    table.insert(shift.sent, { run = run, uut = uut })
  else
    keep(shift, run, uut, returned and err or sent)
    if not returned then error(sent, 0) end
  end
end

local function report_run(shift, run)
  local process = look_up(shift, ("process %d"):format(run.process_code), find_process, run)
  local product = look_up(shift, "product " .. run.part_number, find_product, run)
  if product then warn_of_product(shift, run, product) end
  -- Without them the test is reported all the same, by what the log says.
  local uut, failed = build_report(shift.client, run, process)
  local passed = uut:finish() == "P"
  shift.tally:add(run, passed, failed)
  submit(shift, run, uut)
  return passed
end

local function report_all(shift, runs)
  for i, run in ipairs(runs) do
    if shift.args.stop_server and i == #runs // 2 + 1 then
      shift.server:stop()
      shift.progress:say(("the server was stopped after %d of %d runs"):format(i - 1, #runs))
    end
    local seconds, passed = figures.time(report_run, shift, run)
    shift.progress:show(i, ("%s %s %s"):format(run.part_number, run.serial_number,
      passed and "passed" or "failed"))
    if shift.health then shift.health:beat() end
    if seconds < shift.args.pace then wats.sleep(shift.args.pace - seconds) end
  end
end

local function has_overload(run)
  for _, test in ipairs(run.tests) do
    if test.value == math.huge then return true end
  end
  return false
end

-- Of the reports that were sent: the first, the first that failed, one of a unit that came back
-- from repair, one with an overload, the last.
local function pick(sent)
  local picked, taken = {}, {}
  local function take(fits)
    for _, report in ipairs(sent) do
      if not taken[report] and fits(report) then
        taken[report] = true
        picked[#picked + 1] = report
        return
      end
    end
  end
  take(function(report) return report == sent[1] end)
  take(function(report) return report.uut.result == "F" end)
  take(function(report) return report.run.note == "rework" end)
  take(function(report) return has_overload(report.run) end)
  take(function(report) return report == sent[#sent] end)
  return picked
end

-- Reads some reports back from the server and compares every field with what was built.
local function read_back(shift)
  local picked = pick(shift.sent)
  local result = { reports = #picked, read = 0, compared = 0, equal = 0, added = 0, problems = {} }
  for _, report in ipairs(picked) do
    local title = ("%s %s"):format(report.run.part_number, report.run.serial_number)
    local read, err = shift.client.report:get_report(report.uut.id)
    if read then
      local same = compare.documents(report.uut:to_table(), read.record)
      result.read = result.read + 1
      result.compared = result.compared + same.compared
      result.equal = result.equal + same.equal
      result.added = result.added + #same.added
      for _, difference in ipairs(same.differences) do
        table.insert(result.problems, title .. ": " .. difference)
      end
    else
      table.insert(result.problems, ("%s: not read: %s"):format(title, tostring(err)))
    end
  end
  return result
end

-- How long the same look-ups take when the server is asked each time: those of every fourth run.
local function sample_uncached(client, runs)
  local seconds, bypass = {}, { cache = "bypass" }
  for i = 1, #runs, 4 do
    for _, find in ipairs { find_process, find_product } do
      local took, found = figures.time(find, client, runs[i], bypass)
      if not found then return seconds end
      seconds[#seconds + 1] = took
    end
  end
  return seconds
end

local function fail(code, problem)
  io.stderr:write("shift.lua: ", tostring(problem), "\n")
  return code
end

-- Reports the runs and prints how that went. Returns whether all is well.
local function work(shift, runs)
  local client = shift.client
  report_all(shift, runs)
  local back = read_back(shift)
  -- All figures are taken here, so that the sample that follows is in none of them.
  local asked, cache = client:stats(), client.cache:stats()
  local metrics = wats.metrics.default():render()
  shift.times.uncached = sample_uncached(client, runs)
  local ids = {}
  for i, report in ipairs(shift.sent) do ids[i] = report.uut.id end
  local both_ways = at_once.compare(shift.server, client, ids)

  summary.units(shift.tally)
  summary.read_back(back)
  summary.times(shift.times)
  summary.requests(shift.times, asked, cache)
  summary.at_once(both_ways, at_once.CONCURRENCY)
  summary.problems(shift.failed_lookups, shift.unsent, shift.args.keep)
  io.write("\nmetrics:\n\n", metrics)
  return #shift.unsent == 0 and shift.failed_lookups == 0 and #back.problems == 0
end

-- The pages are answered by a thread of the library's, whatever the shift is busy with. It is alive
-- as long as a unit ends each minute.
local function serve_health(args, client)
  if not args.health then return nil end
  return assert(wats.health.serve { port = args.health, client = client,
    heartbeat_timeout = args.pace + 60 })
end

local function main(argv)
  local args = options.read(argv, here)
  if not args then return 2 end
  local runs, problem = log.read(args.data)
  if not runs then return fail(1, problem) end
  local wats_server <close>, err = server.open(args, runs)
  if not wats_server then return fail(1, err) end
  -- connect raises for wrong options, and here these come from the command line.
  local good, client, why = pcall(wats.connect, {
    base_url = wats_server.url, token = wats_server.token, station = STATION,
  })
  if not good then return fail(2, client) end
  if not client then return fail(1, why) end

  local health <close> = serve_health(args, client)
  print(("%d runs in %s, to %s"):format(#runs, args.data, wats_server.url))
  if health then print("health: " .. health.url .. "/health/details") end
  local well = work({
    args = args, server = wats_server, client = client, progress = progress.new(#runs),
    health = health,
    tally = tally.new(), sent = {}, unsent = {}, failed_lookups = 0, warned = {},
    times = { cached = {}, missed = {}, submits = {} },
  }, runs)
  client:close()
  return well and 0 or 1
end

os.exit(main(arg), true)
