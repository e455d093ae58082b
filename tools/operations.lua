-- operations.lua FILE... - holds the operation table against OpenAPI descriptions of the WATS API,
-- one line for each difference and one of counts; exit code 1 where there is a difference.
--
-- Of the public API every operation must be in the table, of the internal one those that the table
-- has must be described. What is compared: name and tag, parameters with place, type and whether
-- they are required, the kind of the body, and that it must be there: the table knows no body that
-- may be left out, as no operation of the API has one. A description says so behind its $ref.

local M = {}

-- Bodies of which only the words beside the description tell; no other operation has one without a
-- schema.
local UNTYPED = {
  ["PUT /api/Product/BOM"] = "xml",
  ["PUT /api/Production/SerialNumbers"] = "multipart",
  ["POST /api/Report/WSJF"] = "json",
  ["POST /api/Report/WSXF"] = "xml",
  ["POST /api/RootCause/Attachment"] = "multipart",
  ["POST /api/Software/Package/UploadZip/{id}"] = "multipart",
  ["POST /api/internal/Blob/Asset"] = "binary",
  ["PUT /api/internal/Product/BOM"] = "binary",
}
-- Where instants are described as any text.
local INSTANTS = { ["GET /api/App/UutReport"] = true }

local function is_internal(path) return path:lower():find("^/api/internal/") ~= nil end

-- How the table calls the type that a schema describes.
local function type_of(schema)
  local kind, format = schema.type, schema.format
  if kind == "string" and format == "date-time" then return "datetime" end
  if kind == "string" and format == "uuid" then return "uuid" end
  if kind == "integer" and format == "int64" then return "long" end
  return kind
end

local function parameters_of(description, entry)
  local found, path_item = {}, description.document.paths[entry.path]
  for _, list in ipairs { path_item.parameters or {}, entry.operation.parameters or {} } do
    for _, parameter in ipairs(list) do
      parameter = description:resolve(parameter)
      if parameter["in"] == "path" or parameter["in"] == "query" then
        found[parameter["in"] .. " " .. parameter.name] = parameter
      end
    end
  end
  return found
end

-- Of OData only the words beside the description tell.
local function compare_odata(entry, ours, differ)
  local operation, has = entry.operation, false
  local text = (operation.summary or "") .. (operation.description or "")
  for _, mine in ipairs(ours.query_parameters) do has = has or mine.name:sub(1, 1) == "$" end
  if has ~= (text:find("$filter", 1, true) ~= nil) then
    differ(has and "OData is not described" or "it takes OData")
  end
end

local function compare_parameters(description, entry, ours, differ)
  local described = parameters_of(description, entry)
  compare_odata(entry, ours, differ)
  for place, list in pairs { path = ours.path_parameters, query = ours.query_parameters } do
    for _, mine in ipairs(list) do
      local name = place .. " " .. mine.name
      local parameter = described[name]
      described[name] = nil
      if not parameter then
        if mine.name:sub(1, 1) ~= "$" then differ("%s parameter is not described", name) end
      else
        local kind = type_of(description:resolve(parameter.schema or {}))
        local instant = INSTANTS[ours.key] and kind == "string" and mine.type == "datetime"
        if kind ~= mine.type and not instant then
          differ("%s is %s, not %s", name, tostring(kind), mine.type)
        end
        if (parameter.required or false) ~= mine.required then
          differ("%s is %s", name, parameter.required and "required" or "optional")
        end
      end
    end
  end
  for name in pairs(described) do differ("%s parameter is missing", name) end
end

local SHAPES = { array = "list", string = "text" }

local function compare_body(description, entry, ours, differ)
  local schema, required = description:body_schema(entry.operation)
  if schema then
    local kind = description:resolve(schema).type
    local shape = SHAPES[kind] or "record"
    if ours.body ~= "json" then
      differ("the body is JSON, not %s", ours.body)
    elseif ours.body_shape ~= shape then
      differ("the body is a %s, not a %s", shape, ours.body_shape)
    elseif not required then
      differ("the body may be left out")
    end
  elseif ours.body ~= (UNTYPED[ours.key] or "none") then
    differ("the body is %s, not %s", UNTYPED[ours.key] or "none", ours.body)
  end
end

local function compare(description, entry, ours, differ)
  local operation = entry.operation
  if operation.operationId and operation.operationId ~= ours.name then
    differ("its name is %s, not %s", operation.operationId, ours.name)
  end
  local tag = operation.tags and operation.tags[1]
  if tag and not ours.internal and tag ~= ours.tag then
    differ("its tag is %s, not %s", tag, ours.tag)
  end
  compare_parameters(description, entry, ours, differ)
  compare_body(description, entry, ours, differ)
end

-- What is in the table but in none of the descriptions, of those kinds that they speak of.
local function look_for_more(list, seen, covered, differences)
  for _, ours in ipairs(list) do
    if covered[ours.internal] and not seen[ours.key] then
      differences[#differences + 1] = ours.key .. ": is not described"
    end
  end
end

--- The differences between the table and descriptions, and how many operations agree in what was
--- compared: { public = n, internal = n }.
---@param descriptions table[]  of tools/openapi.lua
---@param list wats.Operation[]
---@return string[] differences
---@return { public: integer, internal: integer } compared
function M.differences(descriptions, list)
  local ours, seen, covered = {}, {}, {}
  local differences, compared = {}, { public = 0, internal = 0 }
  for _, operation in ipairs(list) do
    if ours[operation.key] then
      differences[#differences + 1] = operation.key .. ": is in the table twice"
    end
    ours[operation.key] = operation
  end
  for _, description in ipairs(descriptions) do
    for _, entry in ipairs(description:operations()) do
      local mine, internal = ours[entry.key], is_internal(entry.path)
      local function differ(format, ...)
        differences[#differences + 1] = entry.key .. ": " .. format:format(...)
      end
      covered[internal] = true
      if mine and not seen[entry.key] then
        seen[entry.key] = true
        local kind = internal and "internal" or "public"
        compared[kind] = compared[kind] + 1
        compare(description, entry, mine, differ)
      elseif not mine and not internal then
        differ("is not in the table")
      end
    end
  end
  look_for_more(list, seen, covered, differences)
  table.sort(differences)
  return differences, compared
end

function M.main(files)
  local openapi, operations = require("openapi"), require("wats.operations")
  if #files == 0 then
    io.stderr:write("usage: operations.lua FILE...  (OpenAPI descriptions, JSON)\n")
    return 2
  end
  local descriptions = {}
  for i, name in ipairs(files) do
    local ok, description, problem = pcall(openapi.read, name)
    if not ok or not description then
      io.stderr:write(("%s: %s\n"):format(name, tostring(problem or description)))
      return 2
    end
    descriptions[i] = description
  end
  local differences, compared = M.differences(descriptions, operations.list)
  for _, text in ipairs(differences) do print(text) end
  print(("operations: %d public, %d internal compared, %d differences"):format(compared.public,
    compared.internal, #differences))
  return #differences == 0 and 0 or 1
end

if arg and arg[0] and arg[0]:find("tools/operations%.lua$") then
  package.path = arg[0]:gsub("operations%.lua$", "?.lua;") .. package.path
  os.exit(M.main(arg))
end

return M
