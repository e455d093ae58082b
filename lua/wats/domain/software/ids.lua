-- wats.domain.software.ids: several ids in one parameter, as some calls take them.

local check = require("wats.async.check")
local errors = require("wats.errors")

local ids = {}

-- "a,b,c". Raises at the caller's line for anything but an id or a list of ids: an id with a comma
-- in it would be taken for two.
---@param where string
---@param argument string
---@param given string|string[]
---@return string
function ids.joined(where, argument, given)
  local list = type(given) == "table" and given or { given }
  check.list(where, list, argument)
  for i, id in ipairs(list) do
    if type(id) ~= "string" or id == "" or id:find("[,%s]") then
      errors.raise("%s: %s[%d]: an id expected, got %s", where, argument, i,
        type(id) == "string" and ('"%s"'):format(id:sub(1, 40):gsub("%c", "?")) or type(id))
    end
  end
  if #list == 0 then
    errors.raise("%s: %s: an id or a list of ids expected, got %s", where, argument,
      given == nil and "nil" or "an empty list")
  end
  return table.concat(list, ",")
end

return ids
