-- wats.report.measures: the measurements of a step as they are shown: value, unit and limits as
-- texts, each limit with the sign of its comparison. Never raises; keeps nothing.

local shown = require("wats.report.shown")
local status = require("wats.report.status")

local measures = {}

---@class wats.report.Measure
---@field name? string
---@field letter string
---@field word string
---@field fails boolean
---@field value string
---@field unit string
---@field comp string
---@field low string       "" or a sign and a number: ">= 3.2"
---@field high string
---@field off string       how far a failing value lies above (+) or below (-) its limit; or ""
---@field text boolean     what was measured is text, of any length
---@field low_number? number   where the limits are, for a plot
---@field high_number? number

local SIGNS = { EQ = "=", NE = "!=", GT = ">", GE = ">=", LT = "<", LE = "<=" }

-- Which limit an operator with one takes, as a person sees it: the format keeps all in the low one.
local HIGH = { LT = true, LE = true }

local function with_sign(sign, value)
  local text = shown.line(value)
  if not text then return "" end
  return sign and sign .. " " .. text or text
end

local function number(value)
  if type(value) ~= "number" or value ~= value or value == math.huge or value == -math.huge then
    return nil
  end
  return value
end

-- The limits of a numeric measurement. What an operator has no use for is shown all the same: it
-- stands in the record.
local function set_limits(measure, record, comp)
  local low, high = shown.value(record.lowLimit), shown.value(record.highLimit)
  if SIGNS[comp] and HIGH[comp] and high == nil then low, high = nil, low end
  local low_sign, high_sign = SIGNS[comp], HIGH[comp] and SIGNS[comp] or nil
  if HIGH[comp] then low_sign = nil end
  if #comp == 4 then low_sign, high_sign = SIGNS[comp:sub(1, 2)], SIGNS[comp:sub(3, 4)] end
  measure.low, measure.high = with_sign(low_sign, low), with_sign(high_sign, high)
  measure.low_number, measure.high_number = number(low), number(high)
end

-- How far a value lies beyond the limit that it misses; where it should lie outside of two, how
-- far it lies from the nearer one.
local function off(value, comp, low, high)
  value = number(value)
  if not value then return "" end
  local by
  if comp:find("^L[TE]G[TE]$") and low and high then
    by = value - low < high - value and value - low or value - high
  elseif low and comp == "EQ" or low and comp:find("^G[TE]") and value < low then
    by = value - low
  elseif high and comp:find("L[TE]$") and value > high then
    by = value - high
  end
  return by and by ~= 0 and number(by) and ("%+.3g"):format(by) or ""
end

local function fails(letter)
  return letter ~= "?" and status.fails(letter)
end

local function base(record)
  local letter, word = shown.status(record.status)
  return {
    name = shown.filled(shown.value(record.name)), letter = letter, word = word,
    fails = fails(letter), value = "", unit = "", comp = "", low = "", high = "", off = "",
    text = false,
  }
end

local function numeric(record)
  local measure = base(record)
  local comp = shown.line(shown.value(record.compOp)) or ""
  measure.comp = comp:upper()
  measure.value = shown.line(shown.value(record.value)) or ""
  measure.unit = shown.line(shown.value(record.unit)) or ""
  set_limits(measure, record, measure.comp)
  if measure.fails then
    measure.off = off(shown.value(record.value), measure.comp, measure.low_number,
      measure.high_number)
  end
  return measure
end

local function text(record)
  local measure = base(record)
  measure.text = true
  measure.comp = (shown.line(shown.value(record.compOp)) or ""):upper()
  measure.value = shown.line(shown.value(record.value)) or ""
  measure.low = shown.line(shown.value(record.limit)) or ""
  return measure
end

local KINDS = {
  { "numericMeas", numeric }, { "stringMeas", text }, { "booleanMeas", base },
}

-- All measurements of a step, in the order of the record; nil where there are none.
---@param step table
---@return wats.report.Measure[]?
function measures.of(step)
  local list
  for _, kind in ipairs(KINDS) do
    if type(step[kind[1]]) == "table" then
      for _, record in ipairs(shown.objects(step[kind[1]])) do
        list = list or {}
        list[#list + 1] = kind[2](record)
      end
    end
  end
  return list
end

return measures
