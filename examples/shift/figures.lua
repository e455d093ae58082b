-- shift.figures: how long calls took.

local core = require("wats.core")

local figures = {}

-- The middle one, or the mean of the two in the middle; nil of nothing.
---@param samples number[]
---@return number?
function figures.median(samples)
  local n = #samples
  if n == 0 then return nil end
  local sorted = table.move(samples, 1, n, 1, {})
  table.sort(sorted)
  return (sorted[(n + 1) // 2] + sorted[n // 2 + 1]) / 2
end

-- What 99 of 100 do not exceed (nearest rank: one of the samples); nil of nothing. Of fewer than
-- 100 samples it is the longest.
---@param samples number[]
---@return number?
function figures.p99(samples)
  local n = #samples
  if n == 0 then return nil end
  local sorted = table.move(samples, 1, n, 1, {})
  table.sort(sorted)
  return sorted[math.max(1, (n * 99 + 99) // 100)]
end

local function since(began, ...) return core.monotonic() - began, ... end

-- Calls fn and returns the seconds that it took, by a clock that nobody sets, then its results.
---@param fn function
---@param ... any  its arguments
---@return number seconds
---@return any ...
function figures.time(fn, ...)
  local began = core.monotonic()
  return since(began, fn(...))
end

return figures
