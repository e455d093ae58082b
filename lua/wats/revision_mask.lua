-- wats.revision_mask: which revisions of a part a box build takes.
--
-- A mask is a list of revisions, parted by commas; "%" in one stands for any characters, or none:
-- "1.0,2.%" takes 1.0, 2.0 and 2.1b. Without a mask only the revision that the relation names
-- will do. Pure.

local revision_mask = {}

-- Lua's pattern for one part of a mask. Many percent signs in a row mean what one means, and would
-- be tried in all ways there are.
local function pattern_of(part)
  return "^" .. part:gsub("%%+", "%%"):gsub("%W", function(character)
    return character == "%" and ".*" or "%" .. character
  end) .. "$"
end

-- Does the mask take the revision? A mask that is absent, null or empty takes `default` alone.
---@param mask? string|userdata
---@param revision string
---@param default? string  the revision that the relation names
---@return boolean
function revision_mask.matches(mask, revision, default)
  if type(mask) ~= "string" or mask:find("^[%s,]*$") then return revision == default end
  for part in mask:gmatch("[^,]+") do
    if revision:find(pattern_of(part:match("^%s*(.-)%s*$"))) then return true end
  end
  return false
end

return revision_mask
