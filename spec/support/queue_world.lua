-- A station for the proof of the queue: a server that writes down all that it receives, processes
-- that submit and deliver (spec/support/queue_worker.lua), what may happen to them, and the judge.
--
--   local world <close> = worlds.new()
--   local worker = world:start("both", { count = 100 })
--   worker:kill()
--   world:settle()
--   local verdict = world:judge()
--
-- Options of worlds.new, all optional: directory (of the queue; default: one in the world's own),
-- cpath (put before the usual one: of another build of the module), concurrency, timeout (of a
-- request), bound (in seconds, in which the queue gets empty once there is no trouble; 60).

local clock = require("spec.support.clock")
local core = require("wats.core")
local helper = require("spec.tools.helper")
local json = require("wats.json")
local oracle = require("spec.support.oracle")

local M = {}
local World, Worker = {}, {}
World.__index, Worker.__index = World, Worker

M.LONG = os.getenv("WATS_TEST_LONG") ~= nil

-- A lease ends so many seconds after its request's deadline at the latest: whoever looks at the
-- clock later than that finds none that holds.
local AHEAD = 3600

function M.new(options)
  options = options or {}
  local self = setmetatable({ options = options, workers = {}, kills = 0, lost_leases = 0,
    concurrency = options.concurrency or 4, timeout = options.timeout or 2, problems = {},
    kept = {}, blackouts = {} }, World)
  self.own = helper.directory()
  self.directory = options.directory or self.own
  self.path = self.directory .. "/outbox.db"
  self.journal = self.own .. "/journal"
  self:begin_server()
  self.clock = clock.new(self.own)
  return self
end

--- The server starts, for the second time as what it was.
function World:begin_server()
  self.sandbox = assert(require("wats.sandbox").spawn { lua = os.getenv("LUA"),
    journal = self.journal, port = self.sandbox and self.sandbox.port,
    token = self.sandbox and self.sandbox.token })
end

function World:end_server()
  self.sandbox:stop()
end

function World:close()
  for _, worker in ipairs(self.workers) do worker.process:close() end
  self.sandbox:stop()
  if not os.getenv("WATS_TEST_KEEP") then helper.remove(self.own) end
end
World.__close = World.close

-- ---- processes ---------------------------------------------------------------

function World:environment()
  local cpath = (self.options.cpath or "") .. package.cpath
  local environment = { LUA_PATH = package.path, LUA_CPATH = cpath,
    LUA_INIT = false, LUA_PATH_5_4 = false, LUA_CPATH_5_4 = false, WATS_BASE_URL = false,
    WATS_AUTH_TOKEN = false, WATS_CONFIG = false, WATS_QUEUE = false }
  for name, value in pairs(self.clock:environment()) do environment[name] = value end
  return environment
end

--- Starts a process. Besides what queue_worker.lua takes: `under`, a list of words that its command
--- begins with; `unready`: does not wait until it is at work.
function World:start(mode, options)
  local n = #self.workers + 1
  local all = { mode = mode, path = self.path, url = self.sandbox.url, token = self.sandbox.token,
    acks = ("%s/acks-%d"):format(self.own, n), stop = ("%s/stop-%d"):format(self.own, n),
    seed = n, name = "U" .. n, concurrency = self.concurrency, timeout = self.timeout }
  for name, value in pairs(options or {}) do all[name] = value end
  local words = {}
  for _, word in ipairs(all.under or {}) do words[#words + 1] = word end
  words[#words + 1] = os.getenv("LUA") or "lua5.4"
  words[#words + 1] = "spec/support/queue_worker.lua"
  words[#words + 1] = json.encode(all)
  local errors = ("%s/errors-%d"):format(self.own, n)
  local environment = self:environment()
  local sanitizer = os.getenv("ASAN_OPTIONS")
  if sanitizer and all.under then -- nobody can look for leaks who is being traced
    environment.ASAN_OPTIONS = sanitizer .. ":detect_leaks=0"
  end
  local process = assert(core.spawn { argv = words, env = environment, stdin = "pipe",
    stdout = "pipe", stderr = errors })
  local worker = setmetatable({ world = self, number = n, mode = mode, process = process,
    options = all, errors = errors, received = "" }, Worker)
  self.workers[n] = worker
  if not all.unready and not worker:line(60) then error(worker:complaint()) end
  return worker
end

function Worker:complaint()
  local file = io.open(self.errors)
  local text = file and file:read("a") or ""
  if file then file:close() end
  return text:sub(1, 2000)
end

--- The next line that it prints; nil at its end.
function Worker:line(timeout)
  local deadline = core.monotonic() + (timeout or 60)
  while true do
    local text, rest = self.received:match("^([^\n]*)\n(.*)$")
    if text then
      self.received = rest
      return text
    end
    local bytes, problem = self.process:read(math.max(0, deadline - core.monotonic()))
    if not bytes then return nil, problem end
    self.received = self.received .. bytes
  end
end

function Worker:delivers()
  return self.mode ~= "write" and self.mode ~= "list"
end

--- Ends it by force, wherever it is. If it has ended by itself, that is a failure.
function Worker:kill()
  local code, how = self.process:wait(0)
  if code then
    self.failed = ("process %d (%s) ended by itself: %s %s: %s"):format(self.number, self.mode, how,
      code, self:complaint())
    table.insert(self.world.problems, self.failed)
  end
  self.process:kill(9)
  self.process:wait(60)
  self.over = true
  if self:delivers() then self.world.kills = self.world.kills + 1 end
end

--- Has it end in order, and takes its end for a failure if it is none.
function Worker:stop(timeout)
  helper.write(self.options.stop, "")
  return self:wait(timeout)
end

function Worker:wait(timeout)
  local code, how = self.process:wait(timeout or 120)
  self.over = true
  if code ~= 0 then
    self.process:kill(9)
    self.process:wait(60)
    if self:delivers() then self.world.kills = self.world.kills + 1 end
    self.failed = ("process %d (%s) ended badly: %s %s: %s"):format(self.number, self.mode,
      tostring(how), tostring(code), self:complaint())
    table.insert(self.world.problems, self.failed)
  end
  return code == 0
end

-- ---- the end --------------------------------------------------------------------

--- Has the queue delivered, by a process for which all leases have run out, and notes how long it
--- took, if it came to an end. `options` are further ones of that process.
function World:settle(bound, options)
  self.bound = bound or self.options.bound or 60
  for _, worker in ipairs(self.workers) do
    if not worker.over then worker:stop() end
  end
  if not (options and options.clock) then
    self.ahead = (self.ahead or 0) + AHEAD
    self.clock:step { boot = self.ahead }
  end
  local all = { bound = self.bound, unready = true }
  for name, value in pairs(options or {}) do all[name] = value end
  local worker = self:start("finish", all)
  if worker:line(60) then
    local said = json.decode(worker:line(self.bound + 60) or "{}") or {}
    self.emptied, self.finished = said.emptied, said
  end
  worker:wait()
  return self.emptied
end

local function lines_of(path)
  local file = io.open(path, "rb")
  local text = file and file:read("a") or ""
  if file then file:close() end
  return text:gmatch("([^\n]*)\n") -- a last line without end was never written whole
end

function Worker:submissions()
  return M.submissions(self.options.acks, self.until_time)
end

local SAID = { ack = "ack", refused = "refused" }

--- What one process wrote down. What it was told since `until_time` (monotonic) does not count.
function M.submissions(path, until_time)
  local list, open = {}, {}
  for line in lines_of(path) do
    local kind, uuid, sha256, unit, number, seconds, at, batch, message = line:match(
      "^(%l+)\t([^\t]+)\t([^\t]+)\t([^\t]+)\t(%d+)\t([%d.]+)\t([%d.]+)\t(%d*)\t(.*)$")
    if kind == "try" then
      local s = { uuid = uuid, sha256 = sha256, unit = unit, number = tonumber(number),
        batch = batch ~= "" and path .. " " .. batch or nil }
      list[#list + 1], open[uuid] = s, s
    elseif kind and tonumber(at) < (until_time or math.huge) then
      local s = open[uuid]
      s.said, s.elapsed, s.message = SAID[kind], tonumber(seconds), message
    end
  end
  return list
end

-- Files that reports were written to because the database could not take them; hidden ones were
-- not finished.
local function lifeboat(path)
  local list = {}
  local _, names = helper.sh(("find %s-lifeboat -name '[!.]*.wsjf' 2>/dev/null"):format(
    helper.quoted(path)))
  for name in names:gmatch("[^\n]+") do
    local file = assert(io.open(name, "rb"))
    local text = file:read("a")
    file:close()
    list[#list + 1] = { uuid = (json.decode(text) or {}).id, sha256 = core.sha256(text),
      state = name:find("/damaged/", 1, true) and "dead" or "lifeboat" }
  end
  return list
end

--- What is still in the queue.
function World:left()
  local list = lifeboat(self.path)
  local worker = self:start("list", { unready = true })
  worker:line(60)
  for line in function() return worker:line(60) end do
    local uuid, sha256, state = line:match("^(%S+)\t(%S+)\t(%S+)$")
    list[#list + 1] = { uuid = uuid, sha256 = sha256, state = state }
  end
  worker:wait()
  return list
end

--- From here on it is another story: what was received before is forgotten.
function World:forget_received()
  self.from = 0
  for _ in lines_of(self.journal) do self.from = self.from + 1 end
end

--- All that has happened, for the judge.
function World:history(more)
  local history = { submissions = {}, journal = {}, kills = self.kills,
    concurrency = self.concurrency, lost_leases = self.lost_leases, doubles = self.doubles,
    blackouts = self.blackouts,
    timeout = self.timeout,
    bound = self.bound, emptied = self.emptied, patience = 60, left = self:left() }
  for _, row in ipairs(self.kept) do table.insert(history.left, row) end
  for _, worker in ipairs(self.workers) do
    for _, s in ipairs(worker:submissions()) do
      table.insert(history.submissions, s)
    end
  end
  local number = 0
  for line in lines_of(self.journal) do
    number = number + 1
    if number > (self.from or 0) then table.insert(history.journal, json.decode(line)) end
  end
  for name, value in pairs(more or {}) do history[name] = value end
  return history
end

--- The verdict over all that has happened. Processes that ended badly count too.
function World:judge(more)
  local verdict = oracle.judge(self:history(more))
  for _, problem in ipairs(self.problems) do verdict:add("process", "%s", problem) end
  return verdict
end

--- Prints the figures, and raises when a promise was broken.
function World:prove(name, more)
  local verdict = self:judge(more)
  print(("figures: %s: %s"):format(name, tostring(verdict)))
  if not verdict.ok then error(tostring(verdict), 2) end
  return verdict
end

return M
