-- wats.cache.keys: what can be a key, and one key for several arguments.
--
-- A key is a string, a number, a boolean or wats.null. These are compared by value; everything
-- else by identity, so that two equal tables would be two keys, and a table changed meanwhile still
-- the same one. Numbers that are equal are one key, as in any table: 1 and 1.0, 0 and -0.0. NaN
-- equals nothing, not even itself, so it could be stored, but never found.

local errors = require("wats.errors")
local json = require("wats.json")

local null = json.null

local keys = {}

-- What is wrong with a key, or nil.
---@param key any
---@return string?
function keys.problem(key)
  local kind = type(key)
  if kind == "string" or kind == "boolean" or key == null then return nil end
  if kind == "number" then return key ~= key and "nan, which equals nothing" or nil end
  if key == nil then return "nil" end
  return "a " .. kind .. ", which cannot be compared by value"
end

local function show(value)
  if type(value) == "string" then
    local text = #value > 40 and value:sub(1, 40) .. "..." or value
    return '"' .. text:gsub("[%c\x7F-\xFF]", "?") .. '"'
  end
  if value == null then return "null" end
  return tostring(value)
end

-- Arguments as they read in a message.
---@param ... any
---@return string
function keys.show(...)
  local list = table.pack(...)
  local count = math.min(list.n, 5)
  for i = 1, count do list[i] = show(list[i]) end
  if list.n > count then
    count = count + 1
    list[count] = "..."
  end
  return "(" .. table.concat(list, ", ", 1, count) .. ")"
end

-- Raises when `key` is none.
---@param where string  the public function
---@param key any
function keys.check(where, key)
  local problem = keys.problem(key)
  if problem then
    errors.raise("%s: a key must be a string, a number, a boolean or wats.null; got %s", where,
      problem)
  end
end

-- Raises when an argument of a cached function cannot be part of a key.
local function check_argument(position, value)
  local problem = keys.problem(value)
  if problem then
    errors.raise("cached function: argument #%d is %s; give cache.wrap a function `key` that " ..
      "makes a string or a number of the arguments", position, problem)
  end
end

-- Raises when the only argument of a cached function cannot be a key.
---@param value any
function keys.check_only(value)
  check_argument(1, value)
end

-- No part is the beginning of another, so no two lists of arguments have the same text.
local function part(position, value)
  if value == nil then return "n" end
  local kind = type(value)
  if kind == "string" then return "s" .. #value .. ":" .. value end
  check_argument(position, value)
  if kind == "number" then
    local integer = math.tointeger(value)
    return integer and "i" .. integer .. ";" or ("f%a;"):format(value)
  elseif kind == "boolean" then
    return value and "t" or "b"
  end
  return "z"
end

-- The key of any number of arguments, nil among them. How many there are counts: a function can
-- tell f(1) from f(1, nil).
---@param ... any
---@return string
function keys.encode(...)
  local first, second = ...
  if select("#", ...) == 2 then return part(1, first) .. part(2, second) end
  local list = table.pack(...)
  for i = 1, list.n do list[i] = part(i, list[i]) end
  return table.concat(list, "", 1, list.n)
end

-- What a function `key` returned: exactly one key.
---@param ... any
---@return string|number|boolean|userdata
function keys.only(...)
  local key, count = ..., select("#", ...)
  if count ~= 1 then
    errors.raise("cached function: `key` must return one value, it returned %d", count)
  end
  local problem = keys.problem(key)
  if problem then
    errors.raise("cached function: `key` must return a string, a number, a boolean or " ..
      "wats.null; it returned %s", problem)
  end
  return key
end

return keys
