-- wats.queue.watch: a folder as the way into the queue, for programs that cannot load C modules or
-- do not speak Lua at all. docs/watch_folder.md tells their side.
--
-- What it promises
--   - A file leaves the folder only after the queue has committed its reports (then to done/), or
--     because it will never be one (then to error/, with the reason beside it).
--   - Nothing is doubled: a file whose taking in is cut short is read again, and its reports have
--     the ids that they had, so the queue knows them.
--   - Nothing is lost that is dropped under a name which is just being taken in: before a file is
--     put away it is claimed and compared with what was read.
--   - While the queue cannot take reports, files stay where they are and nothing overtakes.
--   - Half a file is not taken for a whole one; see formats.lua.
-- One watcher per folder, in whatever process; it belongs to one Lua state.

local async = require("wats.async")
local core = require("wats.core")
local errors = require("wats.errors")
local folders = require("wats.queue.folder")
local formats = require("wats.queue.formats")
local log = require("wats.log")
local options = require("wats.options")
local taking = require("wats.queue.taking")

local watch = {}

local LONGEST_DELAY = 30 -- seconds between attempts while the queue or the folder is in trouble

---@class wats.WatchOptions
---@field interval? number     seconds between looks; 1
---@field settle? number       seconds without change after which a file counts as complete; 5
---@field max_bytes? integer   larger files are refused; 64 MiB
---@field delete? boolean      what was taken in is deleted in place of moved to done/; false
---@field priority? integer    of the reports, 1 (first) to 10; 5
---@field formats? wats.FileFormat[]  besides WSJF and those that were registered
---@field on_file? fun(event: wats.WatchEvent)  hears of every event

---@class wats.WatchEvent
---@field kind "taken"|"refused"|"kept"|"ignored"|"unreadable"
---@field name? string     of the file; none of "unreadable": that is the folder
---@field path? string     where it is now; nil: it was deleted
---@field format? string
---@field ids? string[]    of its reports (taken)
---@field reason? string   why it was refused, is kept or ignored; of "taken": that it was before
---@field time number      seconds since 1970

---@class wats.Watcher
---@field path string      the folder, absolute
---@field taken integer    files so far
---@field refused integer
---@field waiting integer  files that the last pass left because they may not be complete yet
---@field closed boolean
---@field held? string     why files are kept waiting: the queue cannot take them now
local Watcher = {}
Watcher.__index = Watcher
Watcher.__name = "wats.watcher"

local OPTIONS = {
  interval = { "number", above = 0, max = 3600, default = 1 },
  settle = { "number", min = 0, max = 3600, default = 5 },
  max_bytes = { "integer", min = 1, max = 256 * 1024 * 1024, default = 64 * 1024 * 1024 },
  delete = { "boolean", default = false },
  priority = { "integer", min = 1, max = 10, default = 5 },
  formats = { "table" },
  on_file = { "function" },
}

-- `queue:watch(dir, opts)`: watches a directory, which must be there. Nothing is taken in yet: that
-- is `step` or `run`.
---@param queue wats.Queue
---@param dir string
---@param opts? wats.WatchOptions
---@return wats.Watcher? watcher
---@return wats.Error? err  of kind "io": no such directory, or another watcher has it
function watch.method(queue, dir, opts)
  if type(queue) ~= "table" or not queue.submit then
    errors.raise("a queue expected: call its methods with a colon, as in queue:watch(...)")
  end
  if type(dir) ~= "string" or dir == "" or dir:find("\0", 1, true) then
    errors.raise("queue:watch: the path of a directory expected, got %s",
      type(dir) == "string" and "an empty or broken one" or type(dir))
  end
  local checked, problem = options.read(opts, OPTIONS)
  if not checked then errors.raise("queue:watch: %s", problem) end
  local set
  set, problem = formats.set(checked.formats)
  if not set then errors.raise("queue:watch: %s", problem) end
  local folder, err = folders.open(dir)
  if not folder then return nil, err end
  return setmetatable({
    queue = queue, folder = folder, path = folder.path, options = checked, formats = set,
    taken = 0, refused = 0, waiting = 0, closed = false, pause = checked.interval,
    seen = {}, told = {}, unmoved = {}, unmet = {},
  }, Watcher)
end

local LEVELS = { taken = "debug", ignored = "info" }

local MESSAGES = {
  taken = "a file of the watch folder was taken in",
  refused = "a file of the watch folder was refused",
  kept = "a file of the watch folder cannot be taken in now",
  ignored = "a file of the watch folder is of no known format",
  unreadable = "the watch folder cannot be read",
}

-- Tells an event; of what lasts, once.
local function tell(self, event)
  local name = event.name or ""
  if event.kind == "taken" or event.kind == "refused" then
    self[event.kind] = self[event.kind] + 1
    self.told[name] = nil
  elseif self.told[name] == event.kind .. event.reason then
    return
  else
    self.told[name] = event.kind .. event.reason
  end
  event.time = core.time()
  local is_known = event.kind == "taken" and event.reason -- nobody expects it to go unconverted
  log.write(is_known and "info" or LEVELS[event.kind] or "warn", MESSAGES[event.kind], {
    folder = self.path, name = event.name, reason = event.reason, path = event.path,
  })
  self.events[#self.events + 1] = event
  if self.options.on_file then self.options.on_file(event) end
end

-- ---- what is to be done with a file ----------------------------------------------------------

-- How long it has been seen unchanged. By our own clock: the times of files may be those of another
-- machine.
local function rest_of(self, entry)
  local seen = self.seen[entry.path]
  return seen and seen.mark == entry.mark and core.monotonic() - seen.since or 0
end

-- So long that nobody can be writing it?
local function is_settled(self, entry, format)
  return rest_of(self, entry) >= (format and format.settle or self.options.settle)
end

-- Notes which files there are, and forgets the others.
local function look(self, entries)
  local seen, told, unmoved, unmet, now = {}, {}, {}, {}, core.monotonic()
  for _, entry in ipairs(entries) do
    local before = self.seen[entry.path]
    if not before or before.mark ~= entry.mark then before = { mark = entry.mark, since = now } end
    seen[entry.path], told[entry.name] = before, self.told[entry.name]
    unmoved[entry.mark], unmet[entry.mark] = self.unmoved[entry.mark], self.unmet[entry.mark]
  end
  self.seen, self.told, self.unmoved, self.unmet = seen, told, unmoved, unmet
end

-- ---- putting it away -------------------------------------------------------------------------

-- Is what was claimed still what was read?
local function is_same(claimed, entry, file)
  if file.content then
    local again = formats.file(claimed, file.max_bytes)
    return again:text() == file.content
  end
  return claimed.mark == entry.mark
end

local function reason_text(format, entry, reason)
  return ("%s\n\nFormat: %s\nSize: %d bytes\nRefused: %s\nTo try again, move the file back.\n")
    :format(reason, format.name, entry.size, folders.time())
end

-- The files that belong to one that was taken in go first: should a crash come in between, it is
-- still there, and the journal knows it. One that is missing was put away by an earlier attempt.
local function put_belongings(self, format, file)
  for _, pattern in ipairs(format.belongings or {}) do
    local other = file:sibling(pattern)
    local _, problem
    if other and self.options.delete then
      _, problem = self.folder:remove(other)
    elseif other then
      _, problem = self.folder:put_done(other)
    end
    if problem then return problem end
  end
  return nil
end

-- Moves or deletes what was claimed. Returns its path, and why it could not be put away.
local function put_away(self, claimed, format, file, outcome, detail)
  if outcome == "refused" then
    return self.folder:put_error(claimed, reason_text(format, claimed, detail))
  end
  local trouble = put_belongings(self, format, file)
  if trouble then return nil, trouble end
  if self.options.delete then
    local _, problem = self.folder:remove(claimed)
    return nil, problem
  end
  return self.folder:put_done(claimed)
end

local take -- a file that was replaced while it was taken in is taken in after it

-- Claims, compares, puts away.
local function settle(self, entry, format, file, outcome, detail, remark)
  local event = { kind = outcome, name = entry.name, format = format.name,
    ids = outcome == "taken" and detail or nil, reason = outcome == "refused" and detail or remark }
  local claimed, problem = self.folder:claim(entry)
  local same = claimed and is_same(claimed, entry, file)
  if same then
    event.path, problem = put_away(self, claimed, format, file, outcome, detail)
  end
  if problem then -- it lies there still; once is enough for the queue
    self.unmoved[(claimed or entry).mark] = outcome == "taken" and detail or nil
    tell(self, { kind = "kept", name = entry.name, format = format.name,
      reason = ("it was %s, but cannot be put away: %s"):format(outcome, problem) })
    return
  end
  if same then self.unmoved[claimed.mark] = nil end
  if outcome == "taken" or same then tell(self, event) end
  if claimed and not same then take(self, claimed) end
end

-- The format of a file, or nil: it was told why not, or it waits.
local function format_of(self, entry, file)
  local format, unsure, problem = self.formats:of(entry.name, file, is_settled(self, entry))
  if format then return format end
  if problem then
    if self.folder:is_there(entry) then
      tell(self, { kind = "kept", name = entry.name, reason = problem })
    end
  elseif unsure then
    self.waiting = self.waiting + 1
  elseif self.folder:is_there(entry) then -- else it went with one that it belongs to
    tell(self, { kind = "ignored", name = entry.name,
      reason = "no format for it; there are " .. self.formats:extensions() })
  end
  return nil
end

-- One file, as far as it can be done now. False: the queue takes none now.
function take(self, entry)
  local file = formats.file(entry, self.options.max_bytes)
  local format = format_of(self, entry, file)
  if not format then return true end
  local outcome, detail, remark
  if self.unmoved[entry.mark] then
    outcome, detail = "taken", self.unmoved[entry.mark]
  else
    outcome, detail, remark = taking.decide(self, entry, format, file,
      is_settled(self, entry, format), rest_of(self, entry))
  end
  if outcome == "taken" or outcome == "refused" then
    settle(self, entry, format, file, outcome, detail, remark)
  elseif outcome == "kept" then
    tell(self, { kind = "kept", name = entry.name, format = format.name, reason = detail })
  elseif outcome == nil then
    self.waiting = self.waiting + 1
  elseif outcome == "held" then
    self.held = detail.message
    tell(self, { kind = "kept", name = entry.name, format = format.name, reason = detail.message })
    return false, detail
  end
  return true
end

-- ---- passes ----------------------------------------------------------------------------------

local function closed_error(what)
  return errors.new { kind = "closed", message = "watch folder: " .. what }
end

-- An empty folder, too, must not be watched on for a queue that is closed. Slot 1 is the core's.
local function is_closed(queue)
  return queue[1] ~= nil and core.queue_methods.is_closed { queue[1] }
end

local function pass(self)
  if is_closed(self.queue) then return nil, closed_error("the queue is closed") end
  local entries, err = self.folder:list()
  if not entries then
    tell(self, { kind = "unreadable", reason = err.message })
    return nil, err
  end
  self.held, self.waiting = nil, 0
  look(self, entries)
  for _, entry in ipairs(entries) do
    local going
    going, err = take(self, entry)
    if not going and (err.kind == "closed" or err.kind == "cancelled") then return nil, err end
    if not going or self.closed then break end
  end
  return self.events
end

local function check_self(self, name)
  if getmetatable(self) ~= Watcher then
    errors.raise("a watcher expected: call its methods with a colon, as in watcher:%s(...)", name)
  end
end

-- However a pass is left, the next one may begin.
local Pass = {
  __close = function(guard) guard.watcher.stepping = false end,
}

-- One pass: takes in all files that can be taken in now. Waits for the disk, in a task also for
-- others. Returns what is to be told of it, in order; most of it "taken".
---@return wats.WatchEvent[]? events
---@return wats.Error? err  of kind "io": it cannot be read; "closed": it or the queue is
function Watcher:step()
  check_self(self, "step")
  if self.closed then return nil, closed_error("it is closed") end
  if self.stepping then errors.raise("watcher:step: a pass is under way already") end
  local guard <close> = setmetatable({ watcher = self }, Pass) -- luacheck: ignore guard
  self.stepping, self.events = true, {}
  local events, err = pass(self)
  local interval = self.options.interval
  local longest = math.max(LONGEST_DELAY, interval)
  self.pause = events and not self.held and interval or math.min(self.pause * 2, longest)
  return events, err
end

-- Seconds until the next pass is worth while: the interval, more while there is trouble.
---@return number
function Watcher:delay()
  check_self(self, "delay")
  return self.pause
end

-- Passes until the watcher is closed: in a task it yields, in plain code it blocks, and Ctrl-C ends
-- it. A folder that cannot be read is tried again.
---@return true? ok         it was closed
---@return wats.Error? err  of kind "closed" (the queue) or "cancelled" (the task)
function Watcher:run()
  check_self(self, "run")
  while not self.closed do
    local events, err = self:step()
    if self.closed then break end
    if not events and err.kind ~= "io" then return nil, err end
    local left = self.pause
    while left > 0 and not self.closed do
      local slept
      slept, err = async.sleep(math.min(left, 1))
      if not slept then return nil, err end
      left = left - 1
    end
  end
  return true
end

-- Ends it: `run` returns, and others may watch the folder. Files stay where they are. May be called
-- more than once, in a pass too.
function Watcher:close()
  check_self(self, "close")
  self.closed = true
  self.folder:close()
end
Watcher.__close = Watcher.close
Watcher.__gc = Watcher.close

return watch
