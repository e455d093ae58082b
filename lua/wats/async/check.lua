-- wats.async.check: arguments of the public functions. A mistake raises at the caller's line.

local errors = require("wats.errors")
local options = require("wats.options")

local check = {}

---@param value any
---@return boolean
function check.is_callable(value)
  if type(value) == "function" then return true end
  local metatable = getmetatable(value)
  return type(metatable) == "table" and type(rawget(metatable, "__call")) == "function"
end

---@param name string   of the public function
---@param place string  which argument, such as "argument #1"
---@param value any
function check.callable(name, place, value)
  if not check.is_callable(value) then
    errors.raise("%s: %s must be a function, got %s", name, place, type(value))
  end
end

---@param name string
---@param place string
---@param value any
function check.seconds(name, place, value)
  if type(value) ~= "number" then
    errors.raise("%s: %s must be a number of seconds, got %s", name, place, type(value))
  elseif not (value >= 0 and value < math.huge) then
    errors.raise("%s: %s must be a number of seconds from 0 up, got %s", name, place, value)
  end
end

-- The length of a list without holes. A field `n` (of table.pack, or of `map`) must agree.
---@param name string
---@param value any
---@param place? string  which argument; default: "argument #1"
---@return integer
function check.list(name, value, place)
  place = place or "argument #1"
  if type(value) ~= "table" then
    errors.raise("%s: %s must be a list, got %s", name, place, type(value))
  end
  local count, highest = 0, 0
  for key in next, value do
    if math.type(key) == "integer" and key >= 1 then
      count, highest = count + 1, math.max(highest, key)
    elseif key ~= "n" then
      errors.raise("%s: %s must be a list; it has the key %s", name, place,
        (tostring(key):sub(1, 40)))
    end
  end
  if type(rawget(value, "n")) == "number" then highest = math.max(highest, value.n) end
  if count ~= highest then
    errors.raise("%s: %s is a list with holes: %d of %d elements are there", name, place, count,
      math.tointeger(highest) or 0)
  end
  return count
end

-- The last argument, a table of options; the defaults are filled in.
---@param name string
---@param given any
---@param rules table<string, wats.OptionRule>
---@return table
function check.options(name, given, rules)
  if given ~= nil and type(given) ~= "table" then
    errors.raise("%s: a table of options expected, got %s", name, type(given))
  end
  local checked, problem = options.read(given, rules)
  if not checked then errors.raise("%s: %s", name, problem) end
  return checked
end

return check
