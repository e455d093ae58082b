-- wats.async.combine: many functions at once: gather and map.
--
-- Both wait for all of them, keep their order, and tell of each how it ended. When the waiting task
-- is cancelled, so is what has not ended, and counts as failed. Where the caller cannot be
-- suspended inside a task, other tasks stand still: the functions then run one after the other.

local check = require("wats.async.check")
local failure = require("wats.async.failure")

local combine = {}

local MAP_RULES = {
  concurrency = { "integer", min = 1, default = 16 },
  on_progress = { "any", check = function(value)
    if not check.is_callable(value) then return "must be a function" end
  end },
}

local Workers = {}

function Workers.__close(workers)
  for _, task in ipairs(workers) do task:cancel() end
end

-- Calls work(1) .. work(count) in at most `width` tasks, until all have ended or one returned
-- false. `work` raises nothing. Returns true, or nil and an error when the caller was cancelled.
local function each(scheduler, count, width, work)
  if scheduler.current and not scheduler:can_yield() then
    for i = 1, count do
      if work(i) == false then break end
    end
    return true
  end
  local workers <close> = setmetatable({}, Workers)
  local begun, running = 0, math.min(width, count)
  local function worker()
    local task = scheduler.current
    while begun < count and not task.cancelled do
      begun = begun + 1
      if work(begun) == false then
        for _, other in ipairs(workers) do other:cancel() end
      end
    end
  end
  for k = 1, running do workers[k] = scheduler:spawn(worker) end
  for _, task in ipairs(workers) do
    local _, err = task:join()
    if not task.finished then return nil, err end
  end
  return true
end

-- Of what xpcall gave: did the function fail, by an error or by returning nil and one?
local function slot_of(ok, ...)
  if not ok then return { ok = false, err = failure.object(failure.of((...))) } end
  local slot = table.pack(...)
  if slot[1] == nil and slot[2] ~= nil then return { ok = false, err = slot[2] } end
  slot.ok = true
  return slot
end

-- Runs all functions of a list at once and waits for them. Of each: `{ ok = true, n = ..., ... }`
-- with what it returned, or `{ ok = false, err = ... }` when it raised or returned nil and an
-- error.
---@param scheduler wats.Scheduler
---@param list function[]
---@return table[]
function combine.gather(scheduler, list)
  local count = check.list("gather", list)
  for i = 1, count do check.callable("gather", ("element %d"):format(i), list[i]) end
  local slots = {}
  local _, err = each(scheduler, count, math.max(count, 1), function(i)
    slots[i] = slot_of(xpcall(list[i], failure.catch))
  end)
  -- another table: what was cancelled may still end, and must not change what is told now
  local told = {}
  for i = 1, count do told[i] = slots[i] or { ok = false, err = err or failure.cancelled() } end
  return told
end

-- Calls `fn(item, index)` for all items, at most `concurrency` at once. Returns the first result of
-- each in the order of the items, and their errors by the same index, or nil when there is none;
-- both have `n`, the number of items. `on_progress(done, n)` is called after each item; when it
-- raises, what runs is cancelled and map raises the same.
---@param scheduler wats.Scheduler
---@param list any[]
---@param fn fun(item: any, index: integer): any, any
---@param opts? { concurrency: integer?, on_progress: function? }
---@return table results
---@return table? errors
function combine.map(scheduler, list, fn, opts)
  local count = check.list("map", list)
  check.callable("map", "argument #2", fn)
  opts = check.options("map", opts, MAP_RULES)
  local values, errs, ended, done, broken = {}, {}, {}, 0, nil
  local function keep(i, ok, first, second)
    if not ok then
      errs[i] = failure.object(failure.of(first))
    elseif first == nil and second ~= nil then
      errs[i] = second
    else
      values[i], ended[i] = first, true
    end
  end
  local _, err = each(scheduler, count, opts.concurrency, function(i)
    keep(i, xpcall(fn, failure.catch, list[i], i))
    done = done + 1
    if opts.on_progress and not broken then
      local fine, problem = pcall(opts.on_progress, done, count)
      if not fine then broken = { problem } end
    end
    return not broken
  end)
  if broken then error(broken[1], 0) end
  -- other tables: what was cancelled may still end, and must not change what is told now
  local results, failed, failures = { n = count }, { n = count }, 0
  for i = 1, count do
    if ended[i] then
      results[i] = values[i]
    else
      failed[i], failures = errs[i] or err or failure.cancelled(), failures + 1
    end
  end
  return results, failures > 0 and failed or nil
end

return combine
