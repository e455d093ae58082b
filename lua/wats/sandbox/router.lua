-- wats.sandbox.router: from method and path to a handler, as IIS does it.
--
-- Literal segments compare without case and win over parameters; a parameter takes one whole
-- segment, percent-decoded after the path was split, so that "A%2FB" stays one part number. A
-- template's segment may begin with a literal ("userName={userName}"): it wins over a parameter.

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

--- A router without routes. `check_of(method, template)` gives the check that a request to that
--- route must pass (see wats.sandbox.validate); without it none is made.
---@param check_of nil|fun(method: string, template: string): fun(request: table, values: string[])
function M.new(check_of)
  return setmetatable({ root = { literals = {} }, check_of = check_of }, M)
end

-- The node below for a segment of a template, and the name of its parameter; no node where there
-- is none yet.
local function child(node, segment)
  local prefix, name = segment:match("^([^{]*){(%w+)}$")
  if not name then
    return node.literals[segment:lower()]
  elseif prefix == "" then
    return node.parameter, name
  end
  for _, entry in ipairs(node.prefixes or {}) do
    if entry.literal == prefix:lower() then
      return entry.node, name
    end
  end
  return nil, name
end

local function new_child(node, segment)
  local new, prefix = { literals = {} }, segment:match("^([^{]*){%w+}$")
  if not prefix then
    node.literals[segment:lower()] = new
  elseif prefix == "" then
    node.parameter = new
  else
    node.prefixes = node.prefixes or {}
    table.insert(node.prefixes, { literal = prefix:lower(), node = new })
  end
  return new
end

--- Adds a handler for a path template such as "/api/Product/{partNumber}".
---@param method string
---@param template string
---@param handler fun(request: table): table
function M:add(method, template, handler)
  local node, names = self.root, {}
  for segment in template:gmatch("[^/]+") do
    local next_node, name = child(node, segment)
    names[#names + 1] = name
    node = next_node or new_child(node, segment)
  end
  node.methods = node.methods or {}
  node.methods[method] = {
    handler = handler, names = names, check = self.check_of and self.check_of(method, template),
  }
end

--- Is there a handler for this very template (in any case, whatever its parameters are called)?
---@param method string
---@param template string
---@return boolean
function M:has(method, template)
  local node = self.root
  for segment in template:gmatch("[^/]+") do
    node = child(node, segment)
    if not node then
      return false
    end
  end
  return node.methods ~= nil and node.methods[method] ~= nil
end

local walk

-- Goes on below a node with a segment, or a part of one, as the value of a parameter.
local function walk_parameter(node, value, segments, i, values)
  local n = #values
  values[n + 1] = value
  local found = walk(node, segments, i + 1, values)
  if not found then
    values[n + 1] = nil
  end
  return found
end

function walk(node, segments, i, values)
  local segment = segments[i]
  if not segment then
    return node.methods and node
  end
  local literal = node.literals[segment:lower()]
  local found = literal and walk(literal, segments, i + 1, values)
  for _, entry in ipairs(not found and node.prefixes or {}) do
    local length = #entry.literal
    if not found and #segment > length and segment:sub(1, length):lower() == entry.literal then
      found = walk_parameter(entry.node, segment:sub(length + 1), segments, i, values)
    end
  end
  if found or not node.parameter then
    return found
  end
  return walk_parameter(node.parameter, segment, segments, i, values)
end

--- The handler, the path's parameters by name, the route's check if there is one, and the
--- parameters in order; else nil and the methods that would do ("GET, PUT"), or nil and nil where
--- there is no such path.
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
  return route.handler, params, route.check, values
end

return M
