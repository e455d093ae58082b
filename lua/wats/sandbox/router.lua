-- wats.sandbox.router: from method and path to a handler, as IIS does it.
--
-- Literal segments compare without case and win over parameters; a parameter takes one whole
-- segment, percent-decoded after the path was split, so that "A%2FB" stays one part number.

local M = {}
M.__index = M
M.__name = "wats.sandbox.router"

--- Percent-decoding; a "%" that begins no escape stays.
---@param text string
---@return string
function M.decode(text)
  if not text:find("%", 1, true) then
    return text
  end
  return (text:gsub("%%(%x%x)", function(hex)
    return string.char(tonumber(hex, 16))
  end))
end

--- The query of a target as a table; names in lower case, of repeated ones the last counts.
---@param query string|nil
---@return table<string, string>
function M.parse_query(query)
  local values = {}
  for pair in (query or ""):gmatch("[^&]+") do
    local name, value = pair:match("^([^=]*)=?(.*)$")
    values[M.decode((name:gsub("+", " "))):lower()] = M.decode((value:gsub("+", " ")))
  end
  return values
end

function M.new()
  return setmetatable({ root = { literals = {} } }, M)
end

--- Adds a handler for a path template such as "/api/Product/{partNumber}".
---@param method string
---@param template string
---@param handler fun(request: table): table
function M:add(method, template, handler)
  local node, names = self.root, {}
  for segment in template:gmatch("[^/]+") do
    local name = segment:match("^{(%w+)}$")
    local next_node
    if name then
      names[#names + 1] = name
      node.parameter = node.parameter or { literals = {} }
      next_node = node.parameter
    else
      local literal = segment:lower()
      next_node = node.literals[literal] or { literals = {} }
      node.literals[literal] = next_node
    end
    node = next_node
  end
  node.methods = node.methods or {}
  node.methods[method] = { handler = handler, names = names }
end

local function walk(node, segments, i, values)
  local segment = segments[i]
  if not segment then
    return node.methods and node
  end
  local literal = node.literals[segment:lower()]
  local found = literal and walk(literal, segments, i + 1, values)
  if found or not node.parameter then
    return found
  end
  local n = #values
  values[n + 1] = segment
  found = walk(node.parameter, segments, i + 1, values)
  if not found then
    values[n + 1] = nil
  end
  return found
end

--- The handler, and the path's parameters by name; else nil and the methods that would do ("GET,
--- PUT"), or nil and nil where there is no such path.
---@param method string
---@param path string as sent
function M:match(method, path)
  local segments, values = {}, {}
  for segment in path:gmatch("[^/]+") do
    segments[#segments + 1] = M.decode(segment)
  end
  local node = walk(self.root, segments, 1, values)
  if not node then
    return nil
  end
  local route = node.methods[method] or method == "HEAD" and node.methods.GET
  if not route then
    local allowed = {}
    for name in pairs(node.methods) do
      allowed[#allowed + 1] = name
    end
    table.sort(allowed)
    return nil, table.concat(allowed, ", ")
  end
  local params = {}
  for i, name in ipairs(route.names) do
    params[name] = values[i]
  end
  return route.handler, params
end

return M
