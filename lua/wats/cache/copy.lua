-- wats.cache.copy: a deep copy of a value, for caches that hand out copies.
--
-- Tables are copied, keys included, each once: what was shared or went in a circle does so in the
-- copy. Metatables are kept, not copied, so marks of arrays and of error objects stay; nobody's
-- metamethods are called. Everything else (functions, userdata such as wats.null and responses,
-- coroutines) is the same in the copy. Any depth will do.

local copy = {}

-- A protected metatable too: `__metatable` shows another one to getmetatable.
local metatable_of = debug.getmetatable

---@generic T
---@param root T
---@return T
function copy.deep(root)
  if type(root) ~= "table" then return root end
  local copies, pending, last = {}, {}, 0

  local function of(value)
    if type(value) ~= "table" then return value end
    local made = copies[value]
    if not made then
      made, last = {}, last + 1
      copies[value], pending[last] = made, value
    end
    return made
  end

  local result, done = of(root), 0
  while done < last do
    done = done + 1
    local from = pending[done]
    local to = copies[from]
    for key, value in next, from do rawset(to, of(key), of(value)) end
    -- last, when no metamethod can see a table half filled
    local metatable = metatable_of(from)
    if metatable then setmetatable(to, metatable) end
  end
  return result
end

return copy
