-- wats.sandbox.json: how the sandbox reads and writes JSON: with lua-cjson, so that what the
-- library's own reader and writer put on the wire meets an independent implementation.
--
-- lua-cjson does the reading and the strings. Objects are written here, because some flavours of
-- it cannot write an empty array, and because answers keep one order of members: equal records
-- give equal bytes and therefore equal ETags.

local cjson = require("cjson.safe").new()
cjson.encode_max_depth(1000)
cjson.decode_max_depth(1000)
if cjson.decode_invalid_numbers then
  cjson.decode_invalid_numbers(false)
end

local M = {}

--- JSON null, in what is read and in what is written.
M.null = cjson.null

local array_mt = { __name = "wats.sandbox.array" }

--- Marks a table as an array, be it empty or not.
---@param t table|nil
---@return table
function M.array(t)
  return setmetatable(t or {}, array_mt)
end

--- Makes a constructor of records whose members are written in this order, absent ones as null.
---@param fields string[]
---@return fun(t: table): table
function M.record(fields)
  local mt = { __name = "wats.sandbox.record", fields = fields }
  return function(t)
    return setmetatable(t, mt)
  end
end

local function number_text(n)
  if math.type(n) == "integer" then
    return string.format("%d", n)
  end
  if n ~= n or n == math.huge or n == -math.huge then
    return "null"
  end
  local whole = math.tointeger(n)
  if whole and whole > -2 ^ 53 and whole < 2 ^ 53 then
    return string.format("%d", whole)
  end
  for digits = 15, 17 do
    local text = string.format("%." .. digits .. "g", n)
    if tonumber(text) == n then
      return text
    end
  end
end

local function string_text(s)
  -- No JSON string needs escapes when it is plain: most are.
  if not s:find('[%c"\\/\127-\255]') then
    return '"' .. s .. '"'
  end
  return (cjson.encode(s):gsub("\\/", "/"))
end

local write

local function write_array(out, t)
  local n = #out
  out[n + 1] = "["
  for i = 1, #t do
    if i > 1 then
      out[#out + 1] = ","
    end
    write(out, t[i])
  end
  out[#out + 1] = "]"
end

local function write_member(out, name, value, first)
  out[#out + 1] = (first and "" or ",") .. string_text(name) .. ":"
  write(out, value)
end

local function write_object(out, t, fields)
  if not fields then
    fields = {}
    for name in pairs(t) do
      fields[#fields + 1] = name
    end
    table.sort(fields)
  end
  out[#out + 1] = "{"
  for i, name in ipairs(fields) do
    write_member(out, name, t[name], i == 1)
  end
  out[#out + 1] = "}"
end

function write(out, value)
  local kind = type(value)
  if kind == "string" then
    out[#out + 1] = string_text(value)
  elseif kind == "number" then
    out[#out + 1] = number_text(value)
  elseif kind == "boolean" then
    out[#out + 1] = tostring(value)
  elseif kind == "table" then
    local mt = getmetatable(value)
    if mt == array_mt or value[1] ~= nil then
      write_array(out, value)
    else
      write_object(out, value, mt and mt.fields)
    end
  else -- nil and null
    out[#out + 1] = "null"
  end
end

--- Writes a value: strings, numbers, booleans, null, marked or plain arrays, records, tables.
---@param value any
---@return string
function M.encode(value)
  local out = {}
  write(out, value)
  return table.concat(out)
end

--- Reads a text; nulls are M.null, empty arrays and objects are both empty tables.
---@param text string
---@return any value, string|nil problem
function M.decode(text)
  return cjson.decode(text)
end

--- A value of an object that was read, with null as nil.
---@param value any
---@return any
function M.value(value)
  if value == M.null then
    return nil
  end
  return value
end

return M
