-- What the queue is put through: each trial takes a world (queue_world.lua), does something to it,
-- and leaves it settled, ready to be judged. The same trials are run on builds with one promise
-- broken, where the judge must find it.

local core = require("wats.core")
local helper = require("spec.tools.helper")
local programs = require("spec.support.programs")

local M = {}

local function with(options, more)
  for name, value in pairs(more or {}) do options[name] = value end
  return options
end

local function wait_until(condition, seconds)
  local deadline = core.monotonic() + seconds
  while not condition() and core.monotonic() < deadline do core.sleep(0.01) end
end

local function count_said(worker, said)
  local n = 0
  for _, s in ipairs(worker:submissions()) do n = n + (s.said == said and 1 or 0) end
  return n
end

-- ---- kill -9 ---------------------------------------------------------------------

--- Several processes submit and deliver, and are killed at random and begun again.
function M.kills(world, processes, kills, options)
  local workers = {}
  local function begin(i)
    workers[i] = world:start("both", with({ seed = i * 1000 + #world.workers, name = "S" .. i,
      pause = 0.001, size = 3000 }, options))
  end
  world.clock:step { rate = 10 } -- leases run out while others still work
  for i = 1, processes do begin(i) end
  for _ = 1, kills do
    core.sleep(0.02 + math.random() * 0.2)
    local i = math.random(processes)
    workers[i]:kill()
    begin(i)
  end
  world:settle()
end

-- ---- power cuts --------------------------------------------------------------------

-- The power fails, and the processes are ended before they have learnt much of it.
local function cut_power(world, disk, workers)
  local cut_at = disk:cut()
  local ahead = core.time() - core.monotonic()
  for _, worker in ipairs(workers) do
    worker.until_time = cut_at
    worker:kill()
  end
  table.insert(world.blackouts, { cut_at + ahead, core.time() })
  return cut_at
end

local function start_control(world, disk)
  world.control = world.control or programs.compile("control_writer", world.own)
  local file, said = disk.path .. "/control", world.own .. "/control-said"
  local process = assert(core.spawn { argv = { world.control, file }, stdin = "pipe",
    stdout = said })
  return { process = process, file = file, said = said, program = world.control }
end

-- How many records that were told as written are not there after the cut.
local function control_loss(control, cut_at)
  local told = 0
  for line in io.lines(control.said) do
    local number, at = line:match("^(%d+) ([%d.]+)$")
    if number and tonumber(at) < cut_at then told = tonumber(number) end
  end
  local _, kept = helper.sh(("%s %s check"):format(control.program, control.file))
  return math.max(0, told - tonumber(kept)), told
end

--- Processes work on a file system whose power fails so many times; beside them a program that
--- appends to a file and syncs. What that one loses is no fault of the queue's; how many it lost is
--- returned.
function M.cuts(world, disk, processes, cuts, options)
  local lost, told = 0, 0
  for cut = 1, cuts do
    local workers = {}
    local control = start_control(world, disk)
    for i = 1, processes do
      workers[i] = world:start(i == 1 and "both" or "write", with({ seed = cut * 100 + i,
        name = "S" .. i, size = 20000 }, options))
    end
    core.sleep(0.1 + math.random() * 0.4)
    local cut_at = cut_power(world, disk, workers)
    control.process:kill(9)
    control.process:wait(60)
    disk:again()
    world.clock:boot()
    local missing, all = control_loss(control, cut_at)
    lost, told = lost + missing, told + all
  end
  world:settle()
  world.control_figures = ("control: %d records, %d lost"):format(told, lost)
  return lost
end

-- ---- cuts while reports become files --------------------------------------------------

-- Holds the queue's lock while `f` runs, so that the database can take nothing.
local function while_locked(path, f)
  local process = assert(core.spawn { argv = { "flock", path .. "-lock", "sh", "-c",
    "echo held; cat" }, stdin = "pipe", stdout = "pipe" })
  assert(process:read(60))
  f()
  process:close()
end

--- As `cuts`, while another process has the queue's lock: what is accepted is in the lifeboat.
function M.boat_cuts(world, disk, cuts)
  for cut = 1, cuts do
    world:start("write", { count = 1, name = "T" .. cut }):wait()
    while_locked(world.path, function()
      local worker = world:start("write", { seed = cut, name = "B" .. cut, size = 5000,
        queue = { patience = 0.05 } })
      core.sleep(0.3 + math.random() * 0.3)
      cut_power(world, disk, { worker })
    end)
    disk:again()
    world.clock:boot()
  end
  world:settle()
end

-- ---- the server -------------------------------------------------------------------

M.PORTAL = "<!DOCTYPE html><html><body>Please log in to the guest network.</body></html>"

-- What a server may do for a while.
M.TROUBLES = {
  slow = { delay_ms = 300 },
  late = { delay_ms = 5000 },
  half = { drop = "mid" },
  unanswered = { drop = "after" },
  closed = { drop = "before" },
  broken = { status = 500, body = '{"Message":"An error has occurred."}' },
  unavailable = { status = 503, headers = { ["Retry-After"] = "1" } },
  unauthorized = { status = 401, body = '{"Message":"Authorization has been denied."}' },
  portal = { status = 200, body = M.PORTAL, headers = { ["Content-Type"] = "text/html" } },
  elsewhere = { status = 302, headers = { Location = "http://127.0.0.1:1/login" } },
  gone = { status = 404, body = M.PORTAL, headers = { ["Content-Type"] = "text/html" } },
}

--- While processes submit and deliver the server has one trouble for so many seconds.
function M.trouble(world, name, seconds)
  local workers = {}
  for i = 1, 2 do
    workers[i] = world:start("both", { name = name .. i, pause = 0.005, size = 1000 })
  end
  core.sleep(0.1)
  assert(world.sandbox:fault(with({ times = 0, path = "/api/Report/*" }, M.TROUBLES[name])))
  core.sleep(seconds)
  assert(world.sandbox:clear_faults())
  for _, worker in ipairs(workers) do worker:stop() end
end

--- The server is away for so many seconds, while processes submit and deliver.
function M.server_away(world, seconds)
  local workers = {}
  for i = 1, 2 do
    workers[i] = world:start("both", { name = "away" .. i, pause = 0.005, size = 1000 })
  end
  core.sleep(0.1)
  world:end_server()
  core.sleep(seconds)
  world:begin_server()
  for _, worker in ipairs(workers) do worker:stop() end
end

local function wait_for_requests(world, count)
  wait_until(function() return #assert(world.sandbox:journal()) >= count end, 20)
end

--- A process that delivers is stopped till its leases have run out, and goes on while another has
--- taken over what it had: what it says then must change nothing.
function M.overtaken(world)
  local every = { path = "/api/Report/*" }
  world:start("write", { count = 4, plain = true, units = 1000000 }):wait()
  assert(world.sandbox:fault(with({ status = 500, delay_ms = 1200, times = 4 }, every)))
  local first = world:start("drain", { timeout = 5 })
  wait_for_requests(world, 4)
  core.sleep(0.4) -- not while it holds the queue's lock: others would wait for it
  first.process:kill(19) -- SIGSTOP
  world.lost_leases, world.doubles = 4, 0 -- whoever lost them was told of failures only
  world.clock:step { boot = 600 }
  assert(world.sandbox:fault(with({ delay_ms = 1500, times = 0 }, every)))
  local second = world:start("drain", { timeout = 5 })
  wait_for_requests(world, 8)
  core.sleep(0.3)
  first.process:kill(18) -- SIGCONT
  core.sleep(1.5)
  assert(world.sandbox:clear_faults())
  first:stop()
  second:stop()
  world:settle()
end

-- ---- nothing goes wrong ------------------------------------------------------------------

--- Two processes submit reports of few units and deliver them to a server that takes its time.
function M.peace(world, count, delay_ms, options)
  assert(world.sandbox:fault { times = 0, path = "/api/Report/*", delay_ms = delay_ms or 20 })
  local workers = {}
  for i = 1, 2 do
    workers[i] = world:start("errand", with({ count = count, units = 6, name = "S" .. i,
      linger = 5, pause = 0.002 }, options))
  end
  for _, worker in ipairs(workers) do worker:wait() end
  assert(world.sandbox:clear_faults())
  world:settle()
end

-- ---- clocks ---------------------------------------------------------------------------

local YEAR = 365 * 86400

--- The wall clock is a year off while reports fail, then it is set right.
function M.wrong_wall(world, ahead)
  world.clock:step { wall = ahead * YEAR }
  assert(world.sandbox:fault { times = 0, path = "/api/Report/*", status = 500 })
  local worker = world:start("both", { pause = 0.005, size = 1000 })
  core.sleep(0.4)
  world.clock:step {}
  core.sleep(0.4)
  assert(world.sandbox:clear_faults())
  worker:stop()
  world:settle(60, { unhurried = true, clock = true })
end

--- The machine is started anew with reports under way.
function M.restart(world)
  assert(world.sandbox:fault { times = 4, path = "/api/Report/*", delay_ms = 1900 })
  local worker = world:start("both", { pause = 0.005, size = 1000, units = 1000000 })
  wait_for_requests(world, 4)
  worker:kill()
  world.clock:boot()
  world:settle(20, { unhurried = true, clock = true }) -- less than a lease
end

-- ---- calls that fail ---------------------------------------------------------------

M.CALLS = { "fsync", "fdatasync", "pwrite64", "ftruncate", "openat",
  "rename,renameat,renameat2" }
M.ERRORS = { "EIO", "ENOSPC" }

-- Of openat only those of the queue's own files: Lua opens its modules too.
local function files_of(path)
  local words = {}
  for _, suffix in ipairs { "", "-wal", "-shm", "-lock", "-ballast", "-journal", "-lifeboat" } do
    words[#words + 1] = "-P"
    words[#words + 1] = path .. suffix
  end
  return words
end

local function under_strace(path, log, call, failure, n)
  local words = { "strace", "-f", "-qq", "-o", log, "-e", "trace=" .. call, "-e",
    ("inject=%s:error=%s:when=%d"):format(call, failure, n) }
  if call == "openat" then
    for _, word in ipairs(files_of(path)) do words[#words + 1] = word end
  end
  return words
end

--- In a queue of its own the n-th call of a kind fails in each thread. Returns whether any did.
--- `locked`: reports have to go to the lifeboat.
---@param world table
---@return boolean
function M.failing_call(world, call, failure, n, locked)
  local name = ("%s-%s-%d%s"):format(call:match("%w+"), failure, n, locked and "-locked" or "")
  local directory = world.own .. "/" .. name
  assert(helper.sh("mkdir " .. directory))
  local usual = world.path
  world.path = directory .. "/outbox.db"
  local log = directory .. "/strace"
  local function errand()
    world:start(locked and "write" or "errand", { under = under_strace(world.path, log, call,
      failure, n), name = name, count = 8, size = 3000, seed = n, linger = 2, tolerant = true,
      unready = true, queue = { patience = locked and 0.05 or 2 } }):wait(60)
  end
  if locked then
    world:start("write", { count = 1, name = name }):wait()
    while_locked(world.path, errand)
  else
    errand()
  end
  local _, text = helper.sh("cat " .. log)
  world:settle()
  for _, row in ipairs(world:left()) do table.insert(world.kept, row) end
  world.path = usual
  helper.remove(directory)
  return text:find("(INJECTED)", 1, true) ~= nil
end

-- ---- no room ------------------------------------------------------------------------

--- The server is away until there is no room for more; then it comes back to a disk that is full to
--- the last byte, and all is delivered.
---@return table filling, table full, table after the submissions of these times
function M.no_room(world, disk)
  assert(world.sandbox:fault(with({ times = 0, path = "/api/Report/*" }, M.TROUBLES.broken)))
  local filling = world:start("both", { size = 30000, until_refused = 30, pause = 0.001 })
  wait_until(function() return count_said(filling, "refused") >= 30 end, 60)
  filling:stop()
  helper.sh(("dd if=/dev/zero of=%s/filler bs=4096 2>/dev/null"):format(disk.path))
  local full = world:start("write", { size = 30000, count = 5, plain = true })
  full:wait()
  assert(world.sandbox:clear_faults())
  world:settle()
  local after = world:start("write", { size = 30000, count = 5, plain = true })
  after:wait()
  world:settle()
  return filling:submissions(), full:submissions(), after:submissions()
end

-- ---- damage ---------------------------------------------------------------------------

--- Reports that wait, in files that nobody has open. `killed`: the last process did not close them.
function M.waiting(world, count, killed)
  local worker = world:start("write", { count = count, size = 6000, plain = true,
    units = 1000000, linger_open = killed })
  if killed then worker:line(60) worker:kill() else worker:wait() end
  helper.sh(("rm -rf %s/kept && mkdir %s/kept && cp -a %s* %s/kept/"):format(world.own, world.own,
    helper.quoted(world.path), world.own))
end

local function size_of(path)
  local file = io.open(path, "rb")
  local size = file and file:seek("end") or 0
  if file then file:close() end
  return size
end

--- The files as they were, with a bit changed or the end cut off at a place in one of them.
---@param where number a share of it; an integer: so many bytes from its beginning
function M.damage(world, suffix, how, where)
  helper.sh(("rm -rf %s* && cp -a %s/kept/* %s/"):format(helper.quoted(world.path), world.own,
    world.directory))
  local path = world.path .. suffix
  local place = math.type(where) == "integer" and where or math.floor(where * size_of(path))
  if how == "cut" then
    helper.sh(("truncate -s %d %s"):format(place, helper.quoted(path)))
  else
    local file = assert(io.open(path, "r+b"))
    file:seek("set", place)
    local byte = (file:read(1) or "\0"):byte()
    file:seek("set", place)
    file:write(string.char(byte ~ (1 << math.random(0, 7))))
    file:close()
  end
  world:forget_received()
  world:settle()
end

return M
