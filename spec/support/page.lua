-- Reads a page as XML, which the pages of reports are, and finds things in it.

local lxp = require("lxp")

local M = {}

--- The root of a page: elements { name =, attributes =, parent =, text =, ... children }. Raises
--- where it is not well-formed.
function M.read(text)
  local root
  local at
  local parser = lxp.new {
    StartElement = function(_, name, attributes)
      local node = { name = name, attributes = attributes, parent = at, text = "" }
      if at then at[#at + 1] = node end
      root = root or node
      at = node
    end,
    EndElement = function() at = at.parent end,
    CharacterData = function(_, data)
      local node = at
      while node do
        node.text = node.text .. data
        node = node.parent
      end
    end,
  }
  local ok, problem, line, column = parser:parse(text)
  if ok then ok, problem, line, column = parser:parse() end
  pcall(parser.close, parser) -- raises after a failure
  if not ok then error(("%s at %d:%d"):format(problem, line, column), 2) end
  return root
end

--- All elements below one for which `wanted` holds, or whose name or class it is (".bad").
function M.all(node, wanted, into)
  into = into or {}
  for _, child in ipairs(node) do
    local hit
    if type(wanted) == "function" then
      hit = wanted(child)
    elseif wanted:sub(1, 1) == "." then
      local class = " " .. (child.attributes.class or "") .. " "
      hit = class:find(" " .. wanted:sub(2) .. " ", 1, true)
    else
      hit = child.name == wanted
    end
    if hit then into[#into + 1] = child end
    M.all(child, wanted, into)
  end
  return into
end

return M
