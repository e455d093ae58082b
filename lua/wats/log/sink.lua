-- wats.log.sink: where entries go: a log function with a level, a form and a memory for repeats,
-- over something that takes lines.
--
-- A sink raises nothing and never waits for room: what cannot be written is dropped and counted,
-- and as soon as there is room again an entry says how many were lost.

local core = require("wats.core")
local format = require("wats.log.format")
local options = require("wats.options")
local repeats = require("wats.log.repeats")

local sink = {}

local LEVELS = { debug = 1, info = 2, warn = 3, error = 4 }

---@class wats.log.SinkOptions
---@field level? wats.log.Level   what is below it is left out (default "info")
---@field format? wats.log.Format  wats.log.text (default), wats.log.json, or your own
---@field repeat_within? number   seconds (default 10): the same entry within them is only counted;
---                               0: all are written

---@class wats.log.FileOptions : wats.log.SinkOptions
---@field max_bytes? integer  a file beyond that becomes <path>.1 (default 10 MiB); 0: never
---@field keep? integer       how many such files are kept (default 5, 1 to 100)

---@alias wats.log.Format fun(level: wats.log.Level, message: string, fields: table): string

---@class wats.log.Sink
---@field stats fun(self): { written: integer, dropped: integer, repeated: integer }
---@field flush fun(self)  tells what was counted as repeated so far
---@field close fun(self)  flushes; what comes afterwards is left out
---@operator call: nil
local Sink = {}
Sink.__index = Sink
Sink.__name = "wats.log.sink"

local function level_rule()
  return { "string", default = "info", choices = { "debug", "info", "warn", "error" } }
end

local RULES = {
  level = level_rule(),
  format = { "function", default = format.text },
  repeat_within = { "number", default = 10, min = 0, max = 86400 },
}

local FILE_RULES = {
  level = RULES.level, format = RULES.format, repeat_within = RULES.repeat_within,
  max_bytes = { "integer", default = 10 * 1024 * 1024, min = 0 },
  keep = { "integer", default = 5, min = 1, max = 100 },
}

local PATH_RULE = { "string", min = 1, check = function(path)
  -- the core would write to the file named before it
  if path:find("\0", 1, true) then return "must not hold a NUL" end
end }

-- A line, or nothing where the caller's own form fails.
local function line_of(self, level, message, fields)
  local ok, line = pcall(self.format, level, message, fields)
  if not ok or type(line) ~= "string" then return nil end
  return line:gsub("[\r\n]", " ") .. "\n"
end

local function drop(self)
  self.dropped = self.dropped + 1
  self.lost = self.lost + 1
end

-- True: there is nothing more to tell of lost ones.
local function tell_lost(self)
  local count = self.lost
  local line = line_of(self, "warn", "log entries were dropped: they could not be written",
    { time = core.time(), dropped = count })
  if not line or not self.write(line) then return false end
  self.lost = 0
  return true
end

local function put(self, level, message, fields)
  local line = line_of(self, level, message, fields)
  if not line or self.lost > 0 and not tell_lost(self) or not self.write(line) then
    drop(self)
  else
    self.written = self.written + 1
  end
end

---@param level wats.log.Level
---@param message string
---@param fields? table<string, any>
function Sink:__call(level, message, fields)
  if self.closed or (LEVELS[level] or 0) < self.least then return end
  fields = fields or {}
  fields.time = fields.time or core.time()
  if self.repeats:passes(level, message, fields, core.monotonic()) then
    put(self, level, message, fields)
  else
    self.repeated = self.repeated + 1
  end
end

function Sink:flush()
  if not self.closed then self.repeats:flush(core.monotonic()) end
end

function Sink:close()
  if self.closed then return end
  self:flush()
  if self.lost > 0 then tell_lost(self) end
  self.closed = true
  self.release()
end

Sink.__gc, Sink.__close = Sink.close, Sink.close

-- `written`: lines, repeats that were told included; `dropped`: what could not be written;
-- `repeated`: what was counted in place of being written.
function Sink:stats()
  return { written = self.written, dropped = self.dropped, repeated = self.repeated }
end

local function new(checked, write, release)
  local self = {
    format = checked.format, least = LEVELS[checked.level], write = write, release = release,
    written = 0, dropped = 0, repeated = 0, lost = 0, closed = false,
  }
  self.repeats = repeats.new(checked.repeat_within, function(...) put(self, ...) end)
  return setmetatable(self, Sink)
end

-- See wats.log.stderr.
---@param given? wats.log.SinkOptions
---@return wats.log.Sink
function sink.stderr(given)
  local checked = options.check(3, "wats.log.stderr", given, RULES)
  local stream = io.stderr
  return new(checked, function(line) return stream:write(line) end, function() end)
end

-- See wats.log.file.
---@param path string
---@param given? wats.log.FileOptions
---@return wats.log.Sink?
---@return wats.Error?
function sink.file(path, given)
  options.argument(3, "wats.log.file", 1, path, PATH_RULE)
  local checked = options.check(3, "wats.log.file", given, FILE_RULES)
  local file, err = core.log_file(path, checked.max_bytes, checked.keep)
  if not file then return nil, err end
  return new(checked, function(line) return file:write(line) end, function() file:close() end)
end

return sink
