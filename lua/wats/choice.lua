-- wats.choice: values of the server that have names of ours.
--
-- The server numbers some values (a ticket that is solved has status 8) and spells others its own
-- way ("ExecuteOnce"). A service lists them by name in lower snake case, as in
--
--   Rootcause.PRIORITIES = { low = 0, medium = 1, high = 2 }
--
-- and its methods take either: the name, or the server's own value. Anything else raises at the
-- line of the caller of the method. Keeps no state.

local check = require("wats.async.check")
local errors = require("wats.errors")
local options = require("wats.options")

local choice = {}

-- Its names in the order of the values, for a message.
local function listed(choices)
  local names = {}
  for name in pairs(choices) do names[#names + 1] = name end
  table.sort(names, function(a, b)
    local x, y = choices[a], choices[b]
    if type(x) ~= type(y) or x == y or type(x) ~= "number" then return a < b end
    return x < y
  end)
  return table.concat(names, ", ")
end

-- Of text the server compares no case, where its values are text.
local function find(choices, value)
  if type(value) == "string" and choices[value] ~= nil then return choices[value] end
  local lower = type(value) == "string" and value:lower()
  for _, own in pairs(choices) do
    if own == value then return own end -- not the caller's: 8.0 would be sent as it is
    if lower and type(own) == "string" and own:lower() == lower then return own end
  end
  return nil
end

local function shown(value)
  if type(value) == "string" then
    return ('"%s"'):format(value:sub(1, 40):gsub("%c", "?"))
  end
  return type(value) == "number" and tostring(value) or type(value)
end

local function refuse(where, argument, choices, value)
  errors.raise("%s: %s: one of %s expected, got %s%s", where, argument, listed(choices),
    shown(value), options.suggest(value, choices))
end

-- The server's value for what the caller gave.
---@param where string     the method, for the message: "rootcause:change_status"
---@param argument string  the argument's name
---@param choices table<string, string|integer>  the server's values by name
---@param value any
---@return string|integer
function choice.value(where, argument, choices, value)
  local own = find(choices, value)
  if own == nil then refuse(where, argument, choices, value) end
  return own
end

-- The sum of flags: of a name, a list of names and numbers, or a sum that the caller made.
---@param where string
---@param argument string
---@param choices table<string, integer>  each a bit of its own
---@param value any
---@return integer
function choice.flags(where, argument, choices, value)
  local all = 0
  for _, bit in pairs(choices) do all = all | bit end
  if math.type(value) == "integer" and value > 0 and value & ~all == 0 then return value end
  if type(value) ~= "table" then value = { choice.value(where, argument, choices, value) } end
  check.list(where, value, argument)
  local sum = 0
  for _, one in ipairs(value) do sum = sum | choice.value(where, argument, choices, one) end
  if sum == 0 then
    errors.raise("%s: %s: one of %s expected, or several, got none", where, argument,
      listed(choices))
  end
  return sum
end

-- The name of a value of the server's, for showing it; the value itself where it has none.
---@param choices table<string, string|integer>
---@param value any
---@return any
function choice.name(choices, value)
  for name, own in pairs(choices) do
    if own == value then return name end
  end
  return value
end

return choice
