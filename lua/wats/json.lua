-- wats.json: JSON that alters nothing. Every double comes back with the same bits, every Lua
-- integer exactly, and an empty array as an array.
--
-- The work is done in C (csrc/lua_json_*.c). lua-cjson is here for its `null`, which is ours too,
-- and for the marks by which its users tell arrays: both are understood when a value is written.

local core = require("wats.core")

local found, cjson = pcall(require, "cjson")
if not found then
  error("wats needs the package lua-cjson (Debian and LuaRocks call it that):\n" .. cjson, 0)
end

local array_mt = core.json.array_mt

local json = {}

-- JSON null: in arrays, and in objects for those who want to see it. The same as `cjson.null`.
json.null = cjson.null
assert(json.null == core.json.null, "this lua-cjson has a null of its own kind")

core.json.accept_marks(cjson.array_mt, cjson.empty_array_mt, cjson.empty_array)

---@class wats.json.DecodeOptions
---@field nulls? "drop"|"keep"  members that are null: left out (default), or kept as `json.null`

-- Reads a JSON text (RFC 8259, strictly; a byte order mark in front is skipped). Elements of
-- arrays that are null are `json.null` always, and so is a text that is `null` altogether. Arrays
-- are marked, see `json.array`. Of a key that is there twice the last value counts.
---@param text string
---@param options? wats.json.DecodeOptions
---@return any value  nil when the text is no JSON
---@return wats.Error? err  of kind "decode"; its message tells line, column and byte
---@diagnostic disable-next-line: unused-local
function json.decode(text, options) end -- luacheck: ignore 212

---@class wats.json.EncodeOptions
---@field sorted? boolean  members in the order of their names' bytes; else as `next` has them

-- Writes a value. A table is an array when it is marked as one or its keys are 1, 2, 3 and so on,
-- else an object; an empty one without a mark is `{}`. Metamethods are not asked. What JSON cannot
-- hold raises and names the place: nan and inf, text that is not UTF-8, functions and the like,
-- arrays with holes, keys of another kind, tables within themselves or more than 200 deep.
---@param value any
---@param options? wats.json.EncodeOptions
---@return string text
---@diagnostic disable-next-line: unused-local, missing-return
function json.encode(value, options) end -- luacheck: ignore 212

json.decode, json.encode = core.json.decode, core.json.encode

-- Marks a table as an array, so that it is written as one even when it is empty.
---@generic T: table
---@param t? T  a new table when left out; its metatable is replaced
---@return T
function json.array(t)
  if t == nil then t = {} end
  if type(t) ~= "table" then
    error(("bad argument #1 to 'array' (table expected, got %s)"):format(type(t)), 2)
  end
  return setmetatable(t, array_mt)
end

-- Is it marked as an array: by `json.array`, by `json.decode`, or by lua-cjson's `array_mt`?
---@param value any
---@return boolean
function json.is_array(value)
  if type(value) ~= "table" then return false end
  local mt = getmetatable(value)
  return mt ~= nil and (mt == array_mt or mt == cjson.array_mt)
end

return json
