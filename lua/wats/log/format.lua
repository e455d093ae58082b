-- wats.log.format: an entry as one line of text, for people or for machines. Pure.
--
-- Whatever the fields hold (broken text, functions, tables within themselves), a line comes of it,
-- of bounded length, and nothing raises but for want of memory.

local error_message = require("wats.error_message")
local errors = require("wats.errors")
local instant = require("wats.instant")
local json = require("wats.json")

local format = {}

local MAX_TEXT = 4096 -- bytes of one text
local MAX_DEPTH = 4   -- tables within tables
local MAX_MEMBERS = 100

-- Text that JSON takes.
local function clean(text)
  return error_message.valid_utf8(error_message.cut(text, MAX_TEXT))
end

-- What has words of its own is told by them; a function that raises there says nothing.
local function in_words(value)
  local ok, text = pcall(tostring, value)
  return ok and type(text) == "string" and clean(text) or type(value)
end

local plain

local function plain_table(value, depth)
  local meta = debug.getmetatable(value)
  if depth > MAX_DEPTH or errors.is_error(value) or meta and meta.__tostring then
    return in_words(value)
  end
  if json.is_array(value) and #value <= MAX_MEMBERS then
    local list = json.array {}
    for i = 1, #value do list[i] = plain(rawget(value, i), depth + 1) end
    return list
  end
  local members, count = {}, 0
  for key, member in next, value do
    count = count + 1
    if count > MAX_MEMBERS then break end
    members[in_words(key)] = plain(member, depth + 1)
  end
  return members
end

-- What JSON can hold of a value.
function plain(value, depth)
  local kind = type(value)
  if value == json.null or kind == "nil" then return json.null end
  if kind == "string" then return clean(value) end
  if kind == "boolean" or math.type(value) == "integer" then return value end
  if kind == "number" then
    if value ~= value then return "nan" end
    return value - value == 0 and value or value > 0 and "inf" or "-inf"
  end
  if kind == "table" then return plain_table(value, depth) end
  return in_words(value)
end

local function value_text(value)
  value = plain(value, 1)
  if type(value) == "string" and value:find("^[^%s%c\"=]+$") then return value end
  return json.encode(value, { sorted = true })
end

-- Names in order, without those in `without`.
---@param fields table<string, any>
---@param without table<string, boolean>
---@return string[]
local function names(fields, without)
  local list = {}
  for name in next, fields do
    if type(name) == "string" and not without[name] then list[#list + 1] = name end
  end
  table.sort(list)
  return list
end

-- "name=value name=value", in the order of the names.
---@param fields table<string, any>
---@param without table<string, boolean>  names that are left out
---@return string
function format.fields(fields, without)
  local parts = {}
  for i, name in ipairs(names(fields, without)) do
    parts[i] = clean(name) .. "=" .. value_text(fields[name])
  end
  return table.concat(parts, " ")
end

-- "2026-01-30T21:01:41.250Z": always of the same length, so that lines stand in columns.
local function time_text(time)
  local milliseconds = math.floor(time * 1000 + 0.5)
  return instant.utc(milliseconds // 1000):sub(1, -2) .. (".%03dZ"):format(milliseconds % 1000)
end

local OWN = { time = true, repeated = true }

-- For people: time, level, message, fields; one line.
---@param level wats.log.Level
---@param message string
---@param fields table<string, any>  with `time`
---@return string line  without its end
function format.text(level, message, fields)
  local line = ("%s %-5s %s"):format(time_text(fields.time), level, clean(message):gsub("%c", " "))
  if math.type(fields.repeated) == "integer" then
    line = ("%s (repeated %d times)"):format(line, fields.repeated)
  end
  local rest = format.fields(fields, OWN)
  return rest == "" and line or line .. "  " .. rest
end

-- For machines: an object { time, level, message, and the fields }; a field of one of those names
-- has "_" behind it.
---@param level wats.log.Level
---@param message string
---@param fields table<string, any>
---@return string line
function format.json(level, message, fields)
  local head = ('{"time":"%s","level":"%s","message":%s'):format(time_text(fields.time), level,
    json.encode(clean(message)))
  local rest = {}
  for _, name in ipairs(names(fields, { time = true })) do
    local as = (name == "level" or name == "message") and name .. "_" or name
    rest[#rest + 1] = "," .. json.encode(clean(as)) .. ":"
      .. json.encode(plain(fields[name], 1), { sorted = true })
  end
  return head .. table.concat(rest) .. "}"
end

return format
