-- wats.cli.progress: how far the work is, on standard error. On a terminal a bar on one line that
-- is written again and again; elsewhere (a file, a pipe) a plain line now and then, so that nothing
-- garbles a log.

local core = require("wats.core")

local progress = {}

local BAR = 24      -- characters
local EVERY = 5     -- seconds between plain lines
local REFRESH = 0.1 -- seconds between two states of the bar

---@class wats.cli.Progress
---@field total? integer
---@field package rewrites boolean
---@field package out file*
---@field package now fun(): number
---@field package last number
---@field package shown string
local Progress = {}
Progress.__index = Progress

---@class wats.cli.ProgressOptions
---@field total? integer      without one there is no bar, only text
---@field terminal? boolean   else it is asked for
---@field quiet? boolean      no plain lines
---@field out? file*          standard error
---@field now? fun(): number
---@field columns? integer    COLUMNS, else of the terminal, else 80

-- Rows and columns of the terminal, which may have changed.
---@return integer rows
---@return integer columns
function progress.terminal_size()
  local pipe = io.popen("stty size 2>/dev/null </dev/tty")
  local rows, columns = (pipe and pipe:read("a") or ""):match("^(%d+) (%d+)")
  if pipe then pipe:close() end
  rows, columns = math.tointeger(rows), math.tointeger(columns)
  return rows and rows > 0 and rows or 24, columns and columns > 0 and columns or 80
end

-- Shells keep COLUMNS to themselves mostly; a bar that is wider would leave a line each time.
local function columns_of(rewrites)
  local said = math.tointeger(tonumber(os.getenv("COLUMNS")))
  if said and said > 1 then return said end
  return rewrites and select(2, progress.terminal_size()) or 80
end

---@param options wats.cli.ProgressOptions
---@return wats.cli.Progress
function progress.new(options)
  local rewrites = options.terminal
  if rewrites == nil then rewrites = core.is_terminal(2) end
  return setmetatable({
    total = options.total, rewrites = rewrites, quiet = options.quiet,
    out = options.out or io.stderr, now = options.now or core.monotonic,
    columns = options.columns or columns_of(rewrites),
    last = -math.huge, shown = "",
  }, Progress)
end

local function cut(text, columns)
  local at = utf8.offset(text, columns + 1)
  return at and text:sub(1, at - 1) or text
end

local function line(self, done, text)
  local total = self.total
  if not total then return text end
  local count = ("%d/%d  %s"):format(done, total, text)
  if not self.rewrites then return count end
  local full = total > 0 and math.min(BAR, BAR * done // total) or BAR
  return ("[%s%s] %s"):format(("#"):rep(full), ("."):rep(BAR - full), count)
end

-- `done` of the total; shown if it is time for it, and at the end.
---@param done integer
---@param text string  one line of UTF-8
function Progress:show(done, text)
  local now, last = self.now(), done == self.total
  if self.quiet and not self.rewrites then return end
  if not last and now - self.last < (self.rewrites and REFRESH or EVERY) then return end
  local wanted = line(self, done, text)
  if wanted == self.shown then return end
  self.last, self.shown = now, wanted
  if self.rewrites then
    self.out:write("\r", cut(wanted, self.columns - 1), "\27[K")
  else
    self.out:write(wanted, "\n")
  end
  self.out:flush()
end

-- Takes the bar away, so that something else can be written; `show` brings it back.
function Progress:clear()
  if self.rewrites and self.shown ~= "" then
    self.out:write("\r\27[K")
    self.out:flush()
  end
  self.shown, self.last = "", self.rewrites and -math.huge or self.last
end

return progress
