-- A process that works on a queue, for spec/support/queue_world.lua; how is said in JSON:
--   mode         "write": submits; "drain": delivers; "both"; "errand": submits, delivers, and
--                ends after `linger` seconds or when all is delivered; "finish": delivers until the
--                queue is empty, and prints how long that took (`unhurried`: lets things take their
--                time, no flush); "list": prints what is in the queue
--   path, url, token, acks (its own file), stop (a file: once it is there, the work ends)
--   count, until_refused (so often), pause (seconds between submits), units, size (of a body),
--   seed, linger_open (prints "written" and waits to be killed), plain (no batches, second bodies
--   or copies), concurrency, timeout (of a request), bound (of "finish"), tolerant (of a queue that
--   does not open)
--   queue        further options of wats.queue.open
--
-- Before each submit it appends a line "try" to its file, after it "ack" or "refused", each by one
-- write: uuid, SHA-256 of the body, unit, number, seconds that it took, when (monotonic), number of
-- the batch, message.

local core = require("wats.core")
local json = require("wats.json")
local wats = require("wats")

local options = json.decode(arg[1])
math.randomseed(options.seed or 1)
wats.log.set(function(level, message, fields) -- shown when the process ends badly
  io.stderr:write(level, ": ", message, " ", json.encode(fields), "\n")
end)

local acks = options.acks and assert(io.open(options.acks, "ab"))
if acks then acks:setvbuf("full", 1048576) end

local function stopped()
  local file = options.stop and io.open(options.stop)
  if file then file:close() end
  return file ~= nil
end

local function note(kind, reports, seconds, message)
  local now = ("%.9f"):format(core.monotonic())
  for _, report in ipairs(reports) do
    acks:write(table.concat({ kind, report.uuid, report.sha256, report.unit, report.number,
      ("%.6f"):format(seconds or 0), now, reports.batch or "",
      (tostring(message or ""):gsub("%s+", " ")) }, "\t"), "\n")
  end
  assert(acks:flush())
end

local function open()
  local all = { path = options.path, base_url = options.url }
  if options.mode ~= "write" and options.mode ~= "list" then
    all.client = assert(wats.connect { base_url = options.url, token = options.token,
      station = "S", timeout = options.timeout or 2, attempt_timeout = options.timeout or 2,
      connect_timeout = 1, rate_limit = false, cache = false,
      circuit_breaker = { min_calls = 10, open_for = 0.2 } })
    all.base_url = nil
    all.concurrency = options.concurrency or 4
    all.recovery_spread = 0
  end
  for name, value in pairs(options.queue or {}) do all[name] = value end
  local queue, err = require("wats.queue").open(all)
  if not queue and options.tolerant then -- the world may refuse once
    core.sleep(0.1)
    queue, err = require("wats.queue").open(all)
    if not queue then
      io.write("not opened: ", tostring(err), "\n")
      os.exit(0, true)
    end
  end
  return assert(queue, err)
end

-- ---- reports -----------------------------------------------------------------

local TEXT = '{"type":"%s","id":"%s","pn":"PCBA-100","sn":"%s","rev":"A","processCode":%d,'
  .. '"result":"P","machineName":"ICT-01","location":"Oslo","purpose":"Test",'
  .. '"start":"2026-01-30T10:00:00+01:00","root":{"id":1,"group":"M","stepType":"SequenceCall",'
  .. '"name":"Main","status":"P","steps":[]},"uut":{"user":"op","execTime":1.5},'
  .. '"number":%d,"padding":"%s"}'

local number = 0

local function text_of(uuid, unit)
  local size = math.random(options.size or 2000)
  return TEXT:format("T", uuid, unit, 50, number, ("x"):rep(size))
end

local function new_report(uuid, unit)
  number = number + 1
  unit = unit or ("%s-%d"):format(options.name, math.random(options.units or 5))
  uuid = uuid or core.uuid()
  local text = text_of(uuid, unit)
  return { uuid = uuid, unit = unit, number = number, text = text, sha256 = core.sha256(text) }
end

local recent = {}

-- Most are new; some are second bodies, some the very same once more.
local function next_report()
  local chance = math.random()
  local old = recent[math.random(8)]
  if options.plain or not old or chance > 0.2 then
    local report = new_report()
    recent[math.random(8)] = report
    return report
  elseif chance > 0.1 then
    return old
  end
  local report = new_report(old.uuid, old.unit)
  for place = 1, 8 do -- an older body does not come again
    if recent[place] and recent[place].uuid == old.uuid then recent[place] = report end
  end
  return report
end

local function submit_one(queue)
  local report = next_report()
  note("try", { report })
  local begun = core.monotonic()
  local id, err = queue:submit(report.text, { priority = math.random(10) })
  local seconds = core.monotonic() - begun
  assert(not id or id == report.uuid, "another id")
  note(id and "ack" or "refused", { report }, seconds, err)
  return id ~= nil
end

local function submit_some(queue)
  local reports, texts = { batch = number + 1 }, {}
  for i = 1, math.random(2, 5) do
    reports[i] = new_report()
    texts[i] = reports[i].text
  end
  note("try", reports)
  local begun = core.monotonic()
  local ids, err = queue:submit_batch(texts)
  note(ids and "ack" or "refused", reports, core.monotonic() - begun, err)
  return ids ~= nil
end

local function write(queue)
  local refused = 0
  for _ = 1, options.count or math.huge do
    if stopped() or refused == options.until_refused then break end
    local batch = not options.plain and math.random() < 0.05
    local taken = (batch and submit_some or submit_one)(queue)
    -- who is refused goes on with another report: the oracle knows
    refused = taken and refused or refused + 1
    core.sleep(taken and (options.pause or 0) or 0.02)
  end
end

-- ---- looking ------------------------------------------------------------------

local function remaining(queue)
  local stats, err = queue:stats()
  if not stats then return math.huge, err end
  return stats.pending + (stats.lifeboat or 0), stats
end

local function linger(queue)
  local begun = core.monotonic()
  while remaining(queue) > 0 and core.monotonic() - begun < options.linger do core.sleep(0.01) end
end

local function finish(queue)
  local begun = core.monotonic()
  local left, stats
  repeat
    if options.unhurried then core.sleep(0.05) else queue:flush(1) end
    left, stats = remaining(queue)
  until left == 0 or core.monotonic() - begun > options.bound
  io.write(json.encode({ emptied = left == 0 and core.monotonic() - begun or nil,
    left = left < math.huge and left or -1, dead = type(stats) == "table" and stats.dead or nil,
    paused = type(stats) == "table" and stats.paused or tostring(stats) }), "\n")
end

local function list(queue)
  local after = 0
  repeat
    local rows = assert(queue:list { after = after, limit = 500, all_targets = true })
    for _, row in ipairs(rows) do
      local whole = queue:get(row.id)
      after = row.seq
      if whole and whole.body then
        io.write(row.id, "\t", core.sha256(whole.body), "\t", row.state, "\n")
      end
    end
  until #rows == 0
end

-- ---- work -----------------------------------------------------------------------

local queue = open()
io.stdout:write("ready\n")
io.stdout:flush()
if options.mode == "write" or options.mode == "both" or options.mode == "errand" then
  write(queue)
  if options.linger_open then
    io.stdout:write("written\n")
    io.stdout:flush()
    core.sleep(600)
  end
end
if options.mode == "drain" or options.mode == "both" then
  while not stopped() do core.sleep(0.02) end
elseif options.mode == "errand" then
  linger(queue)
elseif options.mode == "finish" then
  finish(queue)
elseif options.mode == "list" then
  list(queue)
end
queue:close()
