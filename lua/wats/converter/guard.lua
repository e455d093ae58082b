-- wats.converter.guard: calls a function that somebody else wrote, and gets it back: what it raises
-- names a line, and it ends after so many seconds.
--
-- The limit is a debug hook that looks at the clock every few thousand instructions, in the
-- coroutine that calls, and in plain code in coroutines that are made meanwhile. Once the time is
-- over it raises at every instruction, so that no pcall in the function holds it up for long. What
-- it cannot end is a call that does not come back from C: a pattern that tries for ever, a read
-- from a pipe. A hook that was there before is put back; where a debugger in C has one, there is no
-- limit.

local core = require("wats.core")
local errors = require("wats.errors")

local guard = {}

local COUNT = 10000 -- instructions, about 0.1 ms

---@class wats.Guard
---@field seconds number
---@field deadline number  on the monotonic clock
---@field message? string  the time is over
---@field ended boolean

local run -- the frame at which the guarded function begins

local function place_of(level)
  local info = debug.getinfo(level + 1, "Sl")
  while info and info.currentline <= 0 do
    level = level + 1
    info = debug.getinfo(level + 1, "Sl")
  end
  return info and ("%s:%d"):format(info.short_src, info.currentline) or "?"
end

local function make_hook(state)
  local function hook()
    local frame = debug.getinfo(2, "f")
    if state.ended or frame and frame.func == run then return debug.sethook() end
    if core.monotonic() < state.deadline then return end
    state.message = state.message or ("it took longer than %g s (at %s)"):format(state.seconds,
      place_of(2))
    debug.sethook(hook, "", 1)
    error(state.message, 0)
  end
  return hook
end

-- Coroutines get no hook from whoever makes them, so for the time of a call they are made by these.
-- Not in a task: others make theirs while it waits.
local function watch_coroutines(hook)
  if coroutine.isyieldable() then return function() end end
  local create, wrap = coroutine.create, coroutine.wrap
  local function hooked(fn)
    local co = create(fn)
    debug.sethook(co, hook, "", COUNT)
    return co
  end
  coroutine.create = hooked -- luacheck: ignore 122
  coroutine.wrap = function(fn) -- luacheck: ignore 122
    local co = hooked(fn)
    local function pass(ok, ...)
      if ok then return ... end
      coroutine.close(co)
      error((...), 0)
    end
    return function(...) return pass(coroutine.resume(co, ...)) end
  end
  return function()
    coroutine.create, coroutine.wrap = create, wrap -- luacheck: ignore 122
  end
end

-- For xpcall: a text without a place gets that of the frame of the guarded file that is on top.
local function locate(source)
  return function(message)
    if errors.is_error(message) then return message end
    if type(message) ~= "string" then
      message = ("an error that is no text (a %s)"):format(type(message))
    elseif message:find("^[^\n]-:%d+: ") or message:find("interrupted!$") then
      return message
    end
    for level = 2, 200 do
      local info = debug.getinfo(level, "Sl")
      if not info then break end
      if info.source == source and info.currentline > 0 then
        return ("%s (%s:%d)"):format(message, info.short_src, info.currentline)
      end
    end
    return message
  end
end

function run(fn, ...)
  local results = table.pack(xpcall(fn, locate(debug.getinfo(fn, "S").source), ...))
  return results
end

-- Calls `fn(...)`; returns what it returns. What it raises is raised anew, with a place in its file
-- where it is text without one; error objects of requests stay what they are.
---@param seconds number
---@param fn function
---@param ... any
---@return any ...
function guard.call(seconds, fn, ...)
  local before, mask, count = debug.gethook()
  local state = { seconds = seconds, deadline = core.monotonic() + seconds, ended = false }
  local limited = before == nil or type(before) == "function"
  local hook, restore = make_hook(state), nil
  if limited then
    restore = watch_coroutines(hook)
    debug.sethook(hook, "", COUNT)
  end
  local results = run(fn, ...)
  state.ended = true
  if limited then
    restore()
    local now = debug.gethook()
    if now == hook or now == nil then debug.sethook(before, mask, count) end
  end
  if results[2] == "not enough memory" then collectgarbage() end -- C has no room before that
  if state.message then error(state.message, 0) end
  if not results[1] then error(results[2], 0) end
  return table.unpack(results, 2, results.n)
end

return guard
