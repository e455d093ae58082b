-- wats.sandbox.time: ISO 8601 instants as whole numbers of 100 ns since 1970, as .NET counts, so
-- that the seven digits of a WATS time survive and times compare exactly.

local M = {}

M.TICKS = 10000000

local LENGTHS = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 }

local function is_leap(year)
  return year % 4 == 0 and (year % 100 ~= 0 or year % 400 == 0)
end

-- Days since 1970-01-01; the year is taken to begin in March, so that the leap day comes last.
local function days(year, month, day)
  if month <= 2 then
    year = year - 1
  end
  local era = year // 400
  local of_era = year - era * 400
  local of_year = (153 * ((month + 9) % 12) + 2) // 5 + day - 1
  return era * 146097 + of_era * 365 + of_era // 4 - of_era // 100 + of_year - 719468
end

local function date(text)
  local year, month, day, rest = text:match("^(%d%d%d%d)%-(%d%d)%-(%d%d)(.*)$")
  if not year then
    return nil
  end
  year, month, day = math.tointeger(year), math.tointeger(month), math.tointeger(day)
  local length = LENGTHS[month]
  if month == 2 and is_leap(year) then
    length = 29
  end
  if not length or day < 1 or day > length then
    return nil
  end
  return days(year, month, day) * 86400, rest
end

local function clock(text)
  local hour, minute, second, rest = text:match("^T(%d%d):(%d%d):(%d%d)(.*)$")
  if not hour then
    return nil
  end
  hour, minute, second = tonumber(hour), tonumber(minute), tonumber(second)
  if hour > 23 or minute > 59 or second > 59 then
    return nil
  end
  return hour * 3600 + minute * 60 + second, rest
end

-- Seconds east of UTC; nil = not an offset; false = there is none.
local function offset(text)
  if text == "Z" or text == "z" then
    return 0
  elseif text == "" then
    return false
  end
  local sign, hours, minutes = text:match("^([+-])(%d%d):(%d%d)$")
  if not sign or tonumber(hours) > 14 or tonumber(minutes) > 59 then
    return nil
  end
  local seconds = tonumber(hours) * 3600 + tonumber(minutes) * 60
  return sign == "+" and seconds or -seconds
end

--- Reads an instant. Without an offset it is taken as UTC; without a time of day as midnight.
---@param text string
---@return integer|nil ticks, boolean|nil has_offset
function M.parse(text)
  local seconds, rest = date(text)
  if not seconds then
    return nil
  elseif rest == "" then
    return math.tointeger(seconds) * M.TICKS, false
  end
  local of_day
  of_day, rest = clock(rest)
  if not of_day then
    return nil
  end
  local digits, zone = rest:match("^%.(%d+)(.*)$")
  local east = offset(zone or rest)
  if east == nil then
    return nil
  end
  local fraction = digits and math.tointeger((digits .. "0000000"):sub(1, 7)) or 0
  local whole = math.tointeger(seconds + of_day - (east or 0))
  return whole * M.TICKS + fraction, east ~= false
end

--- Writes an instant in UTC: "2026-01-30T21:01:41.4707353Z", without needless digits.
---@param ticks integer
---@return string
function M.format(ticks)
  local seconds, fraction = ticks // M.TICKS, ticks % M.TICKS
  local text = os.date("!%Y-%m-%dT%H:%M:%S", seconds)
  if fraction > 0 then
    text = text .. "." .. (string.format("%07d", fraction):gsub("0+$", ""))
  end
  return text .. "Z"
end

return M
