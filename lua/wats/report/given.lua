-- wats.report.given: reads the options of the builder's functions.
--
-- What the test program itself says must be right, and is refused at once when it is not: names and
-- numbers of units longer than the format takes, whole numbers beyond 32 bits, text that JSON
-- cannot hold, lists with holes. What comes up while a test runs and has no fixed size (a comment,
-- the message of an error) is kept whole; `validate` tells when the server might object.

local instant = require("wats.instant")
local options = require("wats.options")

local given = {}

-- What the format allows, in characters and in whole numbers.
given.MAX_TEXT = 100
given.MIN_INTEGER, given.MAX_INTEGER = -2147483648, 2147483647

-- Rules for what occurs all over. The server keeps whole numbers in 32 bits.
given.NAME = { "string", required = true, min = 1, max = given.MAX_TEXT }
given.SHORT_TEXT = { "string", max = given.MAX_TEXT }
given.INTEGER = { "integer", min = given.MIN_INTEGER, max = given.MAX_INTEGER }

-- A unit that is built into another.
given.SUB_UNIT = {
  part_type = { "string", default = "Unit", min = 1, max = 50 },
  part_number = given.NAME,
  serial_number = given.NAME,
  revision = given.SHORT_TEXT,
  position = given.INTEGER,
}

-- From 1970 to the last day but one of 9999: in no time zone does text get another number of
-- digits for the year.
local FIRST, LAST = 0, 253402214400

local function instant_problem(value)
  if type(value) == "number" then
    if value >= FIRST and value < LAST then return nil end
    return "must be epoch seconds of a year between 1970 and 9999"
  end
  local epoch = instant.parse(value)
  if not epoch then return "must be epoch seconds or ISO 8601 text with an offset" end
  if epoch < FIRST or epoch >= LAST then return "must be in a year between 1970 and 9999" end
  return nil
end

given.INSTANT = { "number|string", check = instant_problem }

-- An option by INSTANT in the one spelling that every reader of ISO 8601 takes, with a "T" and a
-- colon in the offset; and the same instant in UTC. Text keeps its offset, and its digits: servers
-- write seven, a number holds six.
---@param when number|string
---@return string
---@return string utc
function given.instant(when)
  if type(when) == "number" then return instant.with_offset(when), instant.utc(when) end
  local digits = when:match("%.%d+") or ""
  local seconds, offset = instant.parse((when:gsub("%.%d+", "")))
  local function spell(text) return text:sub(1, 19) .. digits .. text:sub(20) end
  local utc = spell(instant.utc(seconds))
  return when:find("[Zz]$") and utc or spell(instant.with_offset(seconds, offset)), utc
end

-- A text as it reads in a message: short, one line, UTF-8.
---@param text any
---@return string
function given.show(text)
  text = tostring(text)
  if #text > 60 then
    -- whole characters only
    local cut = 60
    while cut > 57 and text:find("^[\x80-\xBF]", cut + 1) do cut = cut - 1 end
    text = text:sub(1, cut) .. "..."
  end
  return utf8.len(text) and (text:gsub("%c", "?")) or (text:gsub("[%c\x80-\xFF]", "?"))
end

-- What is wrong with a list, or nil. `ipairs` and `#` would pass over what stands behind a hole,
-- and with it over a failure.
---@param value table
---@return string?
function given.list_problem(value)
  local count = 0
  for key in pairs(value) do
    if math.type(key) ~= "integer" or key < 1 then
      return "must be a list, not a table with the key " .. given.show(key)
    end
    count = count + 1
  end
  -- `count` keys of 1 and above are 1 to `count` only where there is no hole
  for i = 1, count do
    if value[i] == nil then return ("must be a list without holes: [%d] is nil"):format(i) end
  end
  return nil
end

-- The name of the first option whose text is not UTF-8, which JSON cannot hold, or has a NUL, which
-- XML cannot. Measured text is dealt with where it is measured (rules with `bytes`).
local function text_problem(checked, rules, prefix)
  for name, value in pairs(checked) do
    local rule = rules[name]
    if type(value) == "string" and not rule.bytes then
      if not utf8.len(value) then return ('option "%s%s" is not UTF-8'):format(prefix, name) end
      if value:find("\0", 1, true) then
        return ('option "%s%s" has a NUL in it'):format(prefix, name)
      end
    elseif type(value) == "table" and rule.fields then
      local problem = text_problem(value, rule.fields, name .. ".")
      if problem then return problem end
    end
  end
  return nil
end

-- The options with their defaults, or nil and what is wrong.
---@param wanted table?
---@param rules table<string, wats.OptionRule>
---@return table?
---@return string? problem
function given.read(wanted, rules)
  local checked, problem = options.read(wanted, rules)
  if not checked then return nil, problem end
  problem = text_problem(checked, rules, "")
  if problem then return nil, problem end
  return checked
end

-- The same for a step, whose options may be its name alone.
---@param wanted table|string?
---@param rules table<string, wats.OptionRule>
---@return table?
---@return string? problem
function given.read_step(wanted, rules)
  if type(wanted) == "string" then wanted = { name = wanted } end
  return given.read(wanted, rules)
end

return given
