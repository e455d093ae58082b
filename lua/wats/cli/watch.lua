-- wats.cli.watch: `wats watch DIR`: takes in what is dropped in a directory, and delivers it.

local common = require("wats.cli.common")
local core = require("wats.core")
local progress = require("wats.cli.progress")

local M = {}

local FLUSH = 30 -- seconds that --once waits for the server

local DESCRIPTION = [[
Watches a directory: reports that are dropped there, by renaming a file into
it, are put into the durable queue and sent to the server. The files go to
done/ below it, or to error/ with the reason beside them. Runs until it is
interrupted (Ctrl-C, SIGTERM); what is not sent by then stays in the queue.]]

--- Adds the subparser.
function M.describe(parser)
  local command = parser:command("watch", DESCRIPTION)
  command:summary("Take in reports that are dropped in a directory.")
  command:argument("dir", "The directory."):convert(function(text)
    if text ~= "" then return text end
    return nil, "'' is no directory"
  end)
  command:flag("--once", "Take in what is there, wait up to 30 seconds for the server, and end.")
  command:flag("--store-only", "Do not send: some other program delivers the queue.")
  command:flag("--delete", "Delete what was taken in, in place of moving it to done/.")
  command:option("--interval", "Seconds between looks."):default("1")
    :convert(common.number(0.01, 3600))
  command:option("--settle", "Seconds without change after which a file counts as complete.")
    :default("5"):convert(common.number(0, 3600))
  command:option("--max-size", "Refuse larger files (bytes)."):default(tostring(64 * 1024 * 1024))
    :convert(common.number(1, 256 * 1024 * 1024, true))
  common.add_with(common.add_report_options(command))
  common.add_queue_options(command)
  return command:epilog(common.QUEUE_EXIT_CODES)
end

-- What an event of folder or queue says, on one line.
local function line(event)
  local parts = { common.time(event.time), event.kind }
  if event.name then parts[#parts + 1] = common.shown(event.name) end
  if event.ids then parts[#parts + 1] = table.concat(event.ids, " ") end
  if event.id then parts[#parts + 1] = event.id end
  if event.count then parts[#parts + 1] = ("%d events"):format(event.count) end
  if event.status then parts[#parts + 1] = tostring(event.status) end
  if event.reason then parts[#parts + 1] = common.shown(event.reason) end
  return table.concat(parts, "  ")
end

---@class wats.cli.Watch
---@field args table
---@field queue wats.Queue
---@field watcher wats.Watcher
---@field bar wats.cli.Progress
---@field ended boolean  somebody asked for it
---@field kept table<string, true>  names of files that could not be taken in, or not be put away

local function tell(self, event)
  self.bar:clear()
  if self.args.json then
    common.print_json(event)
  else
    common.print(line(event))
    common.flush()
  end
end

-- One pass. Between two files it looks whether it is to end: there may be thousands.
local function on_file(self, event)
  tell(self, event)
  if event.name then self.kept[event.name] = event.kind == "kept" or nil end
  if common.stopped(0) then
    self.ended = true
    self.watcher:close()
  end
end

local function show(self)
  local stats = self.queue:stats()
  self.bar:show(0, ("%d taken, %d refused%s%s"):format(self.watcher.taken, self.watcher.refused,
    stats and (", %d to be sent"):format(stats.pending) or "",
    stats and stats.paused and ", held up: " .. common.shown(stats.paused) or ""))
end

-- Until it is to end. Returns the exit code.
local function run(self)
  while not self.ended do
    local events, err = self.watcher:step()
    if self.ended then break end
    if not events and err.kind ~= "io" then
      common.complain(self.args, "%s", err.message)
      return common.FAILED
    end
    local next_pass = core.monotonic() + self.watcher:delay()
    repeat -- half a second is how long events of the queue may wait to be told
      show(self)
      local left = next_pass - core.monotonic()
      self.ended = common.stopped(math.max(0, math.min(left, 0.5)))
    until self.ended or core.monotonic() >= next_pass
  end
  return common.OK
end

-- Passes until all is taken in that can be. Returns the exit code.
local function take_in(self)
  repeat
    local events, err = self.watcher:step()
    if self.ended then return common.LEFT end
    if not events then
      common.complain(self.args, "%s", err.message)
      return common.FAILED
    elseif self.watcher.held then
      return common.FAILED -- it was told
    end
    show(self)
    if self.watcher.waiting == 0 then break end
    self.ended = common.stopped(math.min(self.args.interval, 0.2))
  until self.ended
  if self.ended then return common.LEFT end
  return (self.watcher.refused > 0 or next(self.kept)) and common.FAILED or common.OK
end

-- Waits for the server, as long as that may take. Returns the exit code. `died`: how many there
-- were before that it will never take.
local function deliver(self, died)
  local deadline = core.monotonic() + FLUSH
  local _, _, stats = self.queue:flush(0)
  while stats and stats.pending > 0 and core.monotonic() < deadline do
    show(self)
    if common.stopped(0.1) then break end
    stats = self.queue:stats()
  end
  if not stats or stats.pending > 0 then return common.LEFT end
  return stats.died > died and common.FAILED or common.OK
end

local function run_once(self)
  local before = self.queue:stats() -- nil: busy; what comes may go to the lifeboat still
  local code = take_in(self)
  if self.args.store_only or self.ended then return code end
  local delivered = deliver(self, before and before.died or math.huge)
  return code == common.OK and delivered or code
end

local function open_watcher(self, list)
  local args = self.args
  local watcher, err = self.queue:watch(args.dir, {
    interval = args.interval, settle = args.settle, max_bytes = args.max_size,
    delete = args.delete or false, priority = args.priority, formats = list,
    on_file = function(event) on_file(self, event) end,
  })
  if not watcher then common.complain(args, "%s", err.message) end
  return watcher
end

local function run_with(args, client, list)
  local queue, code = common.open_queue(args, { client = client })
  if not queue then return code end
  local self = { args = args, queue = queue, ended = false, kept = {},
    bar = progress.new { quiet = true } }
  self.watcher = open_watcher(self, list)
  if self.watcher then
    common.stopped(0) -- from here on a signal is a wish
    if client then queue:on_event(function(event) tell(self, event) end) end
    if args.json then
      common.print_json { kind = "watching", path = self.watcher.path, queue = queue.path,
        target = queue.target }
    else
      common.print(("watching %s for %s"):format(common.shown(self.watcher.path), queue.target))
      common.flush()
    end
    code = (args.once and run_once or run)(self)
    self.bar:clear()
    self.watcher:close()
  end
  queue:close()
  return code or common.FAILED
end

--- Watches; returns the exit code.
function M.run(args)
  local set, list = common.load_formats(args)
  if not set then return list end
  local client, code
  if not args.store_only then
    client, code = common.connect(args)
    if not client then
      io.stderr:write("wats: watch: with --store-only it needs no server and no token\n")
      return code
    end
  end
  code = run_with(args, client, list)
  if client then client:close() end
  return code
end

M.line = line -- for its spec

return M
