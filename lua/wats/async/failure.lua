-- wats.async.failure: what went wrong in a task, as an error object.
--
-- A raised value is kept beside the traceback of the place that raised it, so that `join` can tell
-- where and `run` can raise the very same value again. Keeps no state and never raises.

local errors = require("wats.errors")

local failure = {}

---@class wats.async.Raised
---@field value any         what was raised
---@field traceback string
local Raised = {}

-- A broken __tostring must not hide the error.
local function text_of(value)
  local ok, text = pcall(tostring, value)
  return ok and text or "a " .. type(value) .. " that cannot be shown"
end

-- A message handler for xpcall.
---@param value any
---@return wats.async.Raised
function failure.catch(value)
  return setmetatable({ value = value, traceback = debug.traceback(text_of(value), 2) }, Raised)
end

-- What a failed xpcall or resume gave: Lua skips the handler when the stack is exhausted, and then
-- the traceback is that of `co`, if any.
---@param value any
---@param co? thread
---@return wats.async.Raised
function failure.of(value, co)
  if getmetatable(value) == Raised then return value end
  local text = text_of(value)
  local traceback = co and debug.traceback(co, text) or text
  return setmetatable({ value = value, traceback = traceback }, Raised)
end

-- The error object of a raised value: itself where it is one, else one of kind "error" whose
-- `cause` is the value. Either has `traceback`.
---@param raised wats.async.Raised
---@return wats.Error
function failure.object(raised)
  local value = raised.value
  if errors.is_error(value) then
    if rawget(value, "traceback") == nil then value.traceback = raised.traceback end
    return value
  end
  return errors.new {
    kind = "error", message = text_of(value), cause = value, traceback = raised.traceback,
  }
end

---@return wats.Error
function failure.cancelled()
  return errors.new { kind = "cancelled", message = "the task was cancelled" }
end

---@return wats.Error
function failure.closed()
  return errors.new { kind = "closed", message = "the scheduler was closed" }
end

---@param seconds number
---@return wats.Error
function failure.join_timeout(seconds)
  return errors.new {
    kind = "timeout", retryable = true,
    message = ("the task has not finished within %.14g s"):format(seconds),
  }
end

return failure
