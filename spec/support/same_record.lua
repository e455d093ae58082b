-- Compares two records of reports value by value: numbers by their bits and kind, nulls, arrays and
-- objects told apart.

local json = require("wats.json")

local M = {}

local function shown(value)
  if value == json.null then return "null" end
  if type(value) == "table" then return json.is_array(value) and "array" or "object" end
  if type(value) == "number" then return ("number %q"):format(value) end
  return type(value) .. " " .. tostring(value)
end

local function visit(one, other, path, found)
  local first, second = shown(one), shown(other)
  if first ~= second then
    found[#found + 1] = ("%s: %s, %s"):format(path, first, second)
  elseif type(one) == "table" then
    local names = {}
    for name in pairs(one) do names[name] = true end
    for name in pairs(other) do names[name] = true end
    for name in pairs(names) do
      visit(one[name], other[name], ("%s/%s"):format(path, name), found)
    end
  end
  return found
end

--- What differs, a line each, sorted; an empty list when nothing does.
function M.differences(one, other)
  local found = visit(one, other, "", {})
  table.sort(found)
  return found
end

return M
