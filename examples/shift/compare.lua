-- shift.compare: whether two decoded documents say the same, field by field.

local null = require("wats").null

local compare = {}

---@class shift.Comparison
---@field compared integer       fields of the first document that hold no others
---@field equal integer
---@field differences string[]   the field, and both values
---@field added string[]         fields that only the second has: a server may add some

-- Numbers by their bits, so that neither a digit nor the sign of a zero gets lost. JSON has one
-- kind of number: 5 and 5.0 are the same there.
local function same(one, other)
  if type(one) ~= "number" or type(other) ~= "number" then return one == other end
  return one == other and string.pack("<d", one) == string.pack("<d", other)
end

local function show(value)
  if type(value) == "string" then return ("%q"):format(value) end
  if type(value) == "table" then return next(value) == nil and "empty" or "table" end
  return value == null and "null" or math.type(value) == "float" and ("%.17g"):format(value)
    or tostring(value)
end

-- Names as in root.steps[2].name.
local function field(path, key)
  if type(key) == "number" then return ("%s[%d]"):format(path, key) end
  return path == "" and key or path .. "." .. key
end

local function absent(value) return value == nil or value == null end

local function sorted_keys(document)
  local keys = {}
  for key in pairs(document) do keys[#keys + 1] = key end
  table.sort(keys, function(a, b)
    if type(a) == type(b) then return a < b end
    return type(a) == "number"
  end)
  return keys
end

local function walk(result, path, one, other)
  if type(one) == "table" and type(other) == "table" and next(one) ~= nil then
    for _, key in ipairs(sorted_keys(one)) do
      if not absent(one[key]) then walk(result, field(path, key), one[key], other[key]) end
    end
  else
    result.compared = result.compared + 1
    local both_tables = type(one) == "table" and type(other) == "table"
    if both_tables or same(one, other) then
      result.equal = result.equal + 1
    else
      result.differences[#result.differences + 1] =
        ("%s: %s became %s"):format(path, show(one), absent(other) and "nothing" or show(other))
    end
  end
  if type(one) == "table" and type(other) == "table" then
    for _, key in ipairs(sorted_keys(other)) do
      if absent(one[key]) and not absent(other[key]) then
        result.added[#result.added + 1] = field(path, key)
      end
    end
  end
end

-- Compares every field of what was built with what was read. A null is the same as nothing.
---@param built table
---@param read table
---@return shift.Comparison
function compare.documents(built, read)
  local result = { compared = 0, equal = 0, differences = {}, added = {} }
  walk(result, "", built, read)
  return result
end

return compare
