-- wats.report.axis: one axis of a plot: which numbers it spans, where they lie on it, and where
-- its marks are. Pure; never raises for finite numbers, whatever their size.

local shown = require("wats.report.shown")

local axis = {}

---@class wats.report.Axis
---@field log boolean
---@field low number    of a logarithmic axis: exponents of ten
---@field high number

local MOST = 1.7976931348623157e308
local TINY = 1e-290 -- what is closer together has no steps between

-- 1, 2 or 5 times a power of ten, not much below `rough`.
local function nice(rough)
  local power = 10.0 ^ math.floor(math.log(rough, 10))
  for _, factor in ipairs { 1, 2, 5 } do
    if factor * power >= rough * 0.8 then return factor * power end
  end
  return 10 * power
end

-- An axis for numbers from `least` to `most` (logarithmic: above 0). A little is added at both
-- ends so that no curve lies on the frame.
---@param least number
---@param most number
---@param log boolean
---@return wats.report.Axis
function axis.new(least, most, log)
  local low, high = least, most
  if log then low, high = math.log(least, 10), math.log(most, 10) end
  -- halves: the difference of two numbers may be none
  local half = high / 2 - low / 2
  if half <= math.max(math.abs(low), math.abs(high)) * 1e-13 or half < TINY then
    local wide = log and 0.5 or math.max(math.abs(low) * 0.05, TINY)
    if low == 0 and high == 0 then wide = 1 end
    low, high = low - wide, high + wide
  else
    low, high = low - half * 0.08, high + half * 0.08
  end
  return { log = log, low = math.max(low, -MOST), high = math.min(high, MOST) }
end

-- Where a number lies, 0 at the lower end, 1 at the upper one.
---@param self wats.report.Axis
---@param value number
---@return number
function axis.place(self, value)
  if self.log then value = math.log(value, 10) end
  local place = (value / 2 - self.low / 2) / (self.high / 2 - self.low / 2)
  return place == place and place or 0.5
end

-- What a mark is called.
local function label(value, step)
  local size = math.abs(value)
  if size <= step * 1e-6 then return "0" end
  if size >= 1e5 or size < 1e-3 then
    local text = ("%.6g"):format(value)
    if size >= 1e15 or size < 1e-4 or #text > 7 then
      text = ("%.5e"):format(value):gsub("%.?0+e", "e"):gsub("e([+-])0*(%d)", "e%1%2")
      return (text:gsub("e%+", "e"))
    end
    return text
  end
  return shown.number(tonumber(("%.10g"):format(value)) or value)
end

local function linear(self, count)
  local ticks, step = {}, nice((self.high / 2 - self.low / 2) / count * 2)
  local first = math.ceil(self.low / step)
  if first ~= first or math.abs(first) > 2 ^ 52 then first = nil end
  for i = 0, 3 * count do
    -- steps that are lost beside numbers of this size: from the lower end on
    local value = first and (first + i) * step or self.low + i * step
    if value > self.high then break end
    if value >= self.low then ticks[#ticks + 1] = { value, label(value, step) } end
  end
  return ticks
end

local function logarithmic(self, count)
  local decades = self.high - self.low
  local ticks, every = {}, math.max(1, math.ceil(decades / count))
  local factors = decades > 3 and { 1 } or decades > 1.2 and { 1, 2, 5 }
    or { 1, 1.5, 2, 3, 4, 5, 6, 7, 8, 9 }
  for exponent = math.floor(self.low), math.floor(self.high) do
    if exponent % every == 0 then
      for _, factor in ipairs(factors) do
        local place = exponent + math.log(factor, 10)
        local value = factor * 10.0 ^ exponent
        if place >= self.low and place <= self.high and value > 0 and value <= MOST then
          ticks[#ticks + 1] = { value, label(value, 0) }
        end
      end
    end
  end
  -- less than a step between two factors: as on any other axis
  if #ticks >= 2 then return ticks end
  local low, high = 10.0 ^ self.low, math.min(10.0 ^ self.high, MOST)
  return low > 0 and linear({ low = low, high = high }, count) or ticks
end

-- The marks: about `count` numbers with their texts.
---@param self wats.report.Axis
---@param count integer
---@return { [1]: number, [2]: string }[]
function axis.ticks(self, count)
  return (self.log and logarithmic or linear)(self, count)
end

return axis
