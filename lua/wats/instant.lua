-- wats.instant: points in time, between epoch seconds and the ISO 8601 text that the server
-- speaks. Pure but for the machine's time zone.
--
-- A double holds epoch seconds of our age to about a quarter of a microsecond, so six digits are
-- what may be trusted: text is written with at most six, and read with any number.

local instant = {}

-- Days from 1970-01-01 to a date of the Gregorian calendar. Counts in years that begin in March,
-- so that the leap day is the last of its year.
local function days_from_civil(year, month, day)
  if month <= 2 then year = year - 1 end
  local era_year = year % 400
  local day_of_year = (153 * ((month + 9) % 12) + 2) // 5 + day - 1
  local day_of_era = era_year * 365 + era_year // 4 - era_year // 100 + day_of_year
  return (year // 400) * 146097 + day_of_era - 719468
end

local function split(epoch)
  local seconds = math.floor(epoch)
  local micros = math.floor((epoch - seconds) * 1e6 + 0.5)
  if micros >= 1000000 then seconds, micros = seconds + 1, 0 end
  return math.tointeger(seconds), micros
end

-- ".25" for 250000, nothing for none.
local function fraction(micros)
  if micros == 0 then return "" end
  return (("." .. ("%06d"):format(micros)):gsub("0+$", ""))
end

-- Seconds that local time is ahead of UTC at this instant.
---@param seconds integer epoch seconds
---@return integer
function instant.local_offset(seconds)
  local there = os.date("*t", seconds)
  local as_if_utc = days_from_civil(there.year, there.month, there.day) * 86400
    + there.hour * 3600 + there.min * 60 + there.sec
  return as_if_utc - seconds
end

-- Is it a number of epoch seconds in the years 1000 to 9999, which are written with four digits?
---@param value any
---@return boolean
function instant.is_epoch(value)
  return type(value) == "number" and value >= -30610224000 and value < 253402300799
end

-- "2026-01-30T21:01:41.25Z"
---@param epoch number epoch seconds, see is_epoch
---@return string
function instant.utc(epoch)
  local seconds, micros = split(epoch)
  return os.date("!%Y-%m-%dT%H:%M:%S", seconds) .. fraction(micros) .. "Z"
end

-- "2026-01-30T22:01:41.25+01:00": the same instant as a clock at `offset` shows it.
---@param epoch number
---@param offset? integer seconds ahead of UTC; nil: this machine's at that instant
---@return string
function instant.with_offset(epoch, offset)
  local seconds, micros = split(epoch)
  offset = offset or instant.local_offset(seconds)
  offset = offset - math.fmod(offset, 60) -- text has no seconds of one: Liberia had, until 1972
  local minutes = math.abs(offset) // 60
  return os.date("!%Y-%m-%dT%H:%M:%S", seconds + offset) .. fraction(micros)
    .. ("%s%02d:%02d"):format(offset < 0 and "-" or "+", minutes // 60, minutes % 60)
end

local function valid_date(year, month, day)
  if month < 1 or month > 12 or day < 1 then return false end
  local next_month = month == 12 and days_from_civil(year + 1, 1, 1)
    or days_from_civil(year, month + 1, 1)
  return day <= next_month - days_from_civil(year, month, 1)
end

-- Reads ISO 8601 text with an offset ("Z", "+01:00", "-0330").
---@param text string
---@return number? epoch  seconds; nil when this is no such instant
---@return integer? offset  seconds ahead of UTC, as written
---@return string? digits  the fraction's digits, as written
function instant.parse(text)
  local year, month, day, hour, minute, second, rest =
    text:match("^(%d%d%d%d)-(%d%d)-(%d%d)[Tt ](%d%d):(%d%d):(%d%d)(.*)$")
  if not year then return nil end
  local digits, zone = rest:match("^%.(%d+)(.*)$")
  zone = zone or rest
  local sign, hours, minutes = zone:match("^([+-])(%d%d):?(%d%d)$")
  if not sign and zone ~= "Z" and zone ~= "z" then return nil end
  year, month, day = tonumber(year), tonumber(month), tonumber(day)
  hour, minute, second = tonumber(hour), tonumber(minute), tonumber(second)
  hours, minutes = tonumber(hours or 0), tonumber(minutes or 0)
  if not valid_date(year, month, day) or hour > 23 or minute > 59 or second > 60 then return nil end
  if hours > 18 or minutes > 59 then return nil end
  local offset = (hours * 3600 + minutes * 60) * (sign == "-" and -1 or 1)
  local epoch = days_from_civil(year, month, day) * 86400 + hour * 3600 + minute * 60 + second
    - offset
  if digits then epoch = epoch + tonumber("0." .. digits) end
  return epoch, offset, digits
end

-- Seconds ahead of UTC that "+01:00", "-0330" or "Z" says; nil for anything else.
---@param text string
---@return integer?
function instant.offset(text)
  if not text:find("^[+%-Zz]") then return nil end
  local _, offset = instant.parse("1970-01-02T00:00:00" .. text)
  return offset
end

-- The first instant of a day by this machine's clock. Looked for, not computed: a day need not
-- begin at midnight where clocks are put forward then, and where they are put back during its first
-- hour that hour is there twice, of which the first counts.
local function begin_here(year, month, day)
  local wanted = ("%04d%02d%02d"):format(year, month, day)
  local before = os.time { year = year, month = month, day = day - 1, hour = 12 }
  local within = os.time { year = year, month = month, day = day, hour = 12 }
  while within - before > 1 do
    local middle = (before + within) // 2
    if os.date("%Y%m%d", middle) >= wanted then within = middle else before = middle end
  end
  return within
end

-- The instant at which a day begins: "2026-01-30". nil when this is no date.
---@param text string
---@param offset? integer seconds ahead of UTC where the day is lived; nil: this machine's time zone
---@return integer? epoch
function instant.date(text, offset)
  local year, month, day = text:match("^(%d%d%d%d)-(%d%d)-(%d%d)$")
  if not year then return nil end
  year, month, day = math.tointeger(year), math.tointeger(month), math.tointeger(day)
  if not valid_date(year, month, day) then return nil end
  if not offset then return begin_here(year, month, day) end
  return days_from_civil(year, month, day) * 86400 - offset
end

-- The day in which an instant lies: its beginning, and that of the day after it.
---@param epoch number
---@param offset? integer  as of `date`
---@return integer from
---@return integer to
function instant.day(epoch, offset)
  local seconds = math.tointeger(math.floor(epoch))
  if offset then
    local from = (seconds + offset) // 86400 * 86400 - offset
    return from, from + 86400
  end
  local there = os.date("*t", seconds)
  local noon = os.time { year = there.year, month = there.month, day = there.day + 1, hour = 12 }
  local next_day = os.date("*t", noon)
  return begin_here(there.year, there.month, there.day),
    begin_here(next_day.year, next_day.month, next_day.day)
end

return instant
