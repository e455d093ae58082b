-- bench.support.turns: how the benchmarks in Lua measure: all functions take turns, so that a slow
-- moment of the machine hits all of them, and the median of the rounds counts.

local core = require("wats.core")

local turns = {}

---The middle one of a list of numbers, which is sorted.
---@param values number[]
---@return number
function turns.median(values)
  table.sort(values)
  return values[(#values + 1) // 2]
end

---@class bench.TurnsOptions
---@field rounds integer         besides the first one, which only warms up
---@field calls? integer         of each turn; seconds are told for one of them
---@field clock? fun(): number   in seconds; time that passes when left out
---@field collector? "before"|"off"  garbage is collected before each turn; "off": and not in it

---What each function costs: the median of its turns.
---@param functions fun(calls: integer?)[]
---@param options bench.TurnsOptions
---@return number ...  seconds
function turns.measure(functions, options)
  local times, medians, clock = {}, {}, options.clock or core.monotonic
  for i = 1, #functions do times[i] = {} end
  for round = 0, options.rounds do
    for i, f in ipairs(functions) do
      if options.collector then collectgarbage() end
      if options.collector == "off" then collectgarbage("stop") end
      local start = clock()
      f(options.calls)
      times[i][round] = (clock() - start) / (options.calls or 1)
      if options.collector == "off" then collectgarbage("restart") end
    end
  end
  for i, list in ipairs(times) do
    list[0] = nil
    medians[i] = turns.median(list)
  end
  return table.unpack(medians)
end

return turns
