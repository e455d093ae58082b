-- wats.async: tasks of this Lua state: many waits at once, without threads and without a second
-- API.
--
-- A call that waits blocks in plain code and suspends its task inside of one, so the same code runs
-- in both. Tasks advance while `run`, or any blocking call of plain code, waits; and by `step`.
-- docs/tasks.md shows how to use them. Nothing here is shared between Lua states.

local coalesce = require("wats.async.coalesce")
local combine = require("wats.async.combine")
local errors = require("wats.errors")
local log = require("wats.log")
local pollable = require("wats.async.pollable")
local scheduler = require("wats.async.scheduler")
local transfers = require("wats.async.transfers")

local async = {}

-- Hears of each error of a task that nobody joined, once, after the log: `fn(err)`.
---@type fun(err: wats.Error)?
async.on_unhandled = nil

---@class wats.Scheduler
---@field gather fun(self: wats.Scheduler, list: function[]): table[]
---@field map fun(self: wats.Scheduler, list: any[], fn: function, opts: table?): table, table?
---@field coalesce fun(self: wats.Scheduler, bulk_fn: function, opts: table?): function

local function tell_unhandled(err)
  log.write("error", "an error of a task that nobody joined", {
    error = err.kind, reason = err.message, method = err.method, url = err.url,
    status = err.status, traceback = err.traceback,
  })
  if async.on_unhandled then async.on_unhandled(err) end
end

-- A scheduler on its own: an object with spawn, run, sleep, gather, map, coalesce, step, timeout
-- and close as methods. Its `on_unhandled` is async's until it gets one.
---@param on wats.Reactor
---@return wats.Scheduler
function async.new(on)
  local self = scheduler.new(on)
  self.on_unhandled = tell_unhandled
  self.gather, self.map, self.coalesce = combine.gather, combine.map, coalesce.new
  return self
end

-- The scheduler that the functions below use.
async.default = async.new(transfers.reactor())
transfers.attach(async.default)

-- Lets transfers complete in the default scheduler. Not while it has tasks: they wait by the clock
-- and the tokens of the reactor that it had.
---@param on wats.Reactor
function async.set_reactor(on)
  scheduler.check_reactor("set_reactor", on)
  if async.default:busy() then errors.raise("set_reactor: there are unfinished tasks") end
  async.default.reactor = on
end

-- Makes a task of `fn(...)`; it begins at a later turn, never within this call.
---@param fn function
---@param ... any
---@return wats.Task
function async.spawn(fn, ...)
  return async.default:spawn(fn, ...)
end

-- Runs `fn(...)` as a task, and all others, until it has finished. Returns what it returned, raises
-- what it raised. Nests.
---@param fn function
---@param ... any
---@return any ...
function async.run(fn, ...)
  return async.default:run(fn, ...)
end

-- Waits `seconds`; other tasks go on. 0 lets all that are ready run first.
---@param seconds number
---@return true? ok
---@return wats.Error? err  of kind "cancelled"
function async.sleep(seconds)
  return async.default:sleep(seconds)
end

-- Runs all functions of a list at once and waits for them. Of each: `{ ok = true, n = ..., ... }`
-- with what it returned, or `{ ok = false, err = ... }` when it raised or returned nil and an
-- error.
---@param list function[]
---@return table[]
function async.gather(list)
  return combine.gather(async.default, list)
end

-- Calls `fn(item, index)` for all items, at most `concurrency` (16) at once. Returns the first
-- result of each in the order of the items, and their errors by the same index, or nil when there
-- is none; both have `n`, the number of items. `on_progress(done, n)` is called after each item.
---@param list any[]
---@param fn fun(item: any, index: integer): any, any
---@param opts? { concurrency: integer?, on_progress: function? }
---@return table results
---@return table? errors
function async.map(list, fn, opts)
  return combine.map(async.default, list, fn, opts)
end

-- Makes `fn(item)` of `bulk_fn(items)`: what tasks ask within `max_wait` (0.1) seconds, or
-- `max_batch` (100) different items, goes in one call. `bulk_fn` returns a list in the order of the
-- items, a table by item (`keyed = true` where items are numbers), or nil and an error.
---@param bulk_fn fun(items: any[]): table?, any
---@param opts? { max_batch: integer?, max_wait: number?, keyed: boolean? }
---@return fun(item: any): any, any
function async.coalesce(bulk_fn, opts)
  return coalesce.new(async.default, bulk_fn, opts)
end

-- The object by which a foreign event loop advances the tasks of this Lua state; always the same.
-- See wats.async.pollable and examples/loops.
---@return wats.Pollable? pollable
---@return wats.Error? err  of kind "io"
function async.pollable()
  return pollable.of(async.default)
end

return async
