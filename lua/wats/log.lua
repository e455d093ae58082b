-- wats.log: what the library tells of itself. Silent until a function is set.
--
-- Each Lua state has its own function. Entries of the core's threads wait for it in a bounded queue
-- and come when a request begins or ends, at each turn of the scheduler, or by `deliver`. No entry
-- holds a credential. docs/log.md lists the entries and the rules that the function lives by.

local core = require("wats.core")
local errors = require("wats.errors")
local format = require("wats.log.format")
local sink = require("wats.log.sink")

local log = {}

---@alias wats.log.Level "debug"|"info"|"warn"|"error"
---@alias wats.log.Function fun(level: wats.log.Level, message: string, fields: table<string, any>)

local LEVELS = { debug = true, info = true, warn = true, error = true }

local function is_callable(value)
  if type(value) == "function" then return true end
  local meta = getmetatable(value)
  return type(meta) == "table" and type(rawget(meta, "__call")) == "function"
end

-- Calls `fn(level, message, fields)` for each entry from now on, in place of the function that was
-- set before; nil: silent again. `fields.time` is when it happened, in seconds since 1970. The
-- function may make requests, which block and are not logged; it cannot yield, and what it raises
-- is swallowed and told once on stderr.
---@param fn wats.log.Function?
function log.set(fn)
  if fn ~= nil and not is_callable(fn) then
    errors.raise("wats.log.set: a function or nil expected, got %s", type(fn))
  end
  core.log:set(fn)
end

-- Tells the function of this state, after what waits for it. Does nothing where there is none.
---@param level wats.log.Level
---@param message string
---@param fields? table<string, any>  not changed
function log.write(level, message, fields)
  if not LEVELS[level] then
    errors.raise('wats.log.write: level: "debug", "info", "warn" or "error" expected, got %s',
      type(level) == "string" and ("%q"):format(level) or type(level))
  end
  if type(message) ~= "string" then
    errors.raise("wats.log.write: message: string expected, got %s", type(message))
  end
  if fields ~= nil and type(fields) ~= "table" then
    errors.raise("wats.log.write: fields: table expected, got %s", type(fields))
  end
  if not core.log:heard() then return end
  local own = {}
  for name, value in pairs(fields or {}) do own[name] = value end
  core.log:write(level, message, own)
end

-- Hands over what the core's threads have logged so far: for a program that makes no requests and
-- runs no tasks for a while.
function log.deliver()
  core.log:deliver()
end

-- The forms of a sink's lines: for people, and JSON for machines.
log.text, log.json = format.text, format.json

-- A log function that writes lines to standard error:
--   wats.log.set(wats.log.stderr { level = "warn" })
---@param given? wats.log.SinkOptions
---@return wats.log.Sink
function log.stderr(given)
  local result = sink.stderr(given)
  return result
end

-- A log function that writes lines to a file, which several processes may share, and rotates it:
--   wats.log.set(assert(wats.log.file("station.log", { format = wats.log.json })))
---@param path string
---@param given? wats.log.FileOptions
---@return wats.log.Sink? sink
---@return wats.Error? err  where the file cannot be written
function log.file(path, given)
  local result, err = sink.file(path, given)
  return result, err
end

return log
