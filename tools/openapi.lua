-- openapi.lua - reads an OpenAPI 3 description (JSON) for the tools that hold the project's tables
-- against it or make files from it. Raises where the text is none.

local json = require("wats.json")

local M = {}
M.__index = M

local METHODS = { "get", "put", "post", "delete", "patch", "head", "options" }

--- A description from its text.
---@param text string
function M.parse(text)
  local document = assert(json.decode(text))
  assert(type(document) == "table" and type(document.paths) == "table",
    "no OpenAPI description: it has no paths")
  return setmetatable({ document = document }, M)
end

--- A description from a file; nil and why where there is none.
---@param name string
function M.read(name)
  local file, problem = io.open(name, "rb")
  if not file then return nil, problem end
  local text = file:read("a")
  file:close()
  return M.parse(text)
end

--- What a value stands for: itself, or what its $ref names.
function M:resolve(value)
  while type(value) == "table" and value["$ref"] do
    local found = self.document
    for part in value["$ref"]:gsub("^#/", ""):gmatch("[^/]+") do
      part = part:gsub("~1", "/"):gsub("~0", "~")
      found = assert(found[part], "a $ref to nowhere: " .. value["$ref"])
    end
    value = found
  end
  return value
end

--- All operations, by path and then by method: { key, method, path, operation }.
---@return table[]
function M:operations()
  local list, paths = {}, {}
  for path in pairs(self.document.paths) do paths[#paths + 1] = path end
  table.sort(paths)
  for _, path in ipairs(paths) do
    for _, method in ipairs(METHODS) do
      local operation = self.document.paths[path][method]
      if operation then
        local name = method:upper()
        list[#list + 1] =
          { key = name .. " " .. path, method = name, path = path, operation = operation }
      end
    end
  end
  return list
end

-- The schema of some content: that of JSON where there is one.
local function schema_of(content)
  local json_content = content["application/json"]
  if json_content then return json_content.schema end
  local names = {}
  for name in pairs(content) do names[#names + 1] = name end
  table.sort(names)
  return names[1] and content[names[1]].schema
end

--- The schema of an operation's body, not resolved, and whether it must be there; nil where none is
--- described.
function M:body_schema(operation)
  local body = self:resolve(operation.requestBody)
  if not body then return nil end
  return schema_of(body.content or {}) or {}, body.required or false
end

--- The schema of what an operation answers when it succeeds, not resolved; nil where nothing comes.
function M:answer_schema(operation)
  local response = self:resolve((operation.responses or {})["200"])
  return response and schema_of(response.content or {})
end

--- The name of a schema that a value refers to, or nil.
function M.referred(schema)
  local reference = type(schema) == "table" and schema["$ref"]
  return reference and reference:match("^#/components/schemas/(.+)$")
end

--- Calls `visit(name, schema)` once for each named schema that is reached from a value.
function M:each_schema(value, visit, seen)
  seen = seen or {}
  if type(value) ~= "table" or seen[value] then return end
  seen[value] = true
  local name = M.referred(value)
  if name then
    local schema = self:resolve(value)
    if not seen[schema] then visit(name, schema) end
    self:each_schema(schema, visit, seen)
  elseif value["$ref"] then
    self:each_schema(self:resolve(value), visit, seen)
  end
  for _, member in pairs(value) do self:each_schema(member, visit, seen) end
end

return M
