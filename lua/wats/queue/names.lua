-- wats.queue.names: patterns for names of files, as shells know them.
--
--   *  any number of characters      ?  one character      anything else: itself, in either case
--
-- Pure.

local names = {}

-- As a pattern of Lua's. Names are bytes: one that is no UTF-8 has characters of one byte.
local function compile(pattern)
  local text = pattern:lower():gsub("[%^%$%(%)%%%.%[%]%+%-]", "%%%0")
  text = text:gsub("%*+", ".*"):gsub("%?", "[%%z\1-\127\194-\255][\128-\191]*")
  return "^" .. text .. "$"
end

-- What is wrong with a list of patterns, or nil.
---@param list any
---@return string? problem
function names.problem(list)
  if type(list) ~= "table" or #list == 0 then return "must be a list of patterns" end
  for _, pattern in ipairs(list) do
    if type(pattern) ~= "string" or pattern == "" or pattern:find("[/%z]") then
      return "must be a list of patterns for names, such as *.csv"
    end
  end
  return nil
end

-- Does a name fit one of them?
---@param name string
---@param list string[]
---@return boolean
function names.fit(name, list)
  local lower = name:lower()
  for _, pattern in ipairs(list) do
    if lower:find(compile(pattern)) then return true end
  end
  return false
end

return names
