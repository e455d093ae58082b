-- types.lua PUBLIC INTERNAL [--check] - writes lua/wats/types/*.lua, classes for editors
-- (LuaCATS), from the OpenAPI descriptions of the WATS API and from the operation table; with
-- --check it only tells whether that would change anything (exit code 1).
--
-- Without descriptions (no arguments, or --check alone) only what follows from the table is made.

local M = {}

local HEAD <const> = {
  "---@meta _",
  "-- Made by tools/types.lua: do not change it by hand. For editors; nothing loads it.",
}

-- Which file a record is in, by its long name; the first that matches.
local FILES = {
  { "%.MI%.", "manual_inspection" }, { "ProductionManager", "manual_inspection" },
  { "Workflow", "manual_inspection" }, { "%.Asset%.", "asset" }, { "%.OData%.", "report" },
  { "WATS_UUT", "report" }, { "InsertReportResult", "report" }, { "%.RootCause%.", "rootcause" },
  { "%.Software", "software" }, { "VirtualFolder", "software" }, { "%.Production%.", "production" },
  { "%.Product%.", "product" }, { "%.ERP%.", "product" }, { "WSBF", "product" },
  { "Unit", "production" }, { "", "common" },
}

local function file_of(long)
  for _, entry in ipairs(FILES) do
    if long:find(entry[1]) then return entry[2] end
  end
end

local SIMPLE = { string = "string", integer = "integer", number = "number", boolean = "boolean" }

-- The type as LuaCATS has it.
local function type_text(description, names, schema)
  schema = schema or {}
  local long = description.referred(schema)
  if long and names[long] and description:resolve(schema).type == "object" then
    return "wats.record." .. names[long]
  end
  schema = description:resolve(schema)
  if schema.enum and schema.type == "integer" then
    local values = {}
    for i, value in ipairs(schema.enum) do values[i] = ("%d"):format(value) end
    return table.concat(values, "|")
  elseif schema.type == "array" then
    local element = type_text(description, names, schema.items)
    return (element:find("|", 1, true) and "(" .. element .. ")" or element) .. "[]"
  elseif type(schema.additionalProperties) == "table" then
    return ("table<string, %s>"):format(
      type_text(description, names, schema.additionalProperties))
  end
  return SIMPLE[schema.type] or "any"
end

local NOTES = { uuid = "UUID", ["date-time"] = "ISO 8601" }

local function add_class(lines, description, names, entry)
  lines[#lines + 1] = ""
  lines[#lines + 1] = "---@class wats.record." .. entry.name
  local properties, fields = entry.schema.properties or {}, {}
  for name in pairs(properties) do fields[#fields + 1] = name end
  table.sort(fields)
  local required = {}
  for _, name in ipairs(entry.schema.required or {}) do required[name] = true end
  for _, name in ipairs(fields) do
    local note = NOTES[description:resolve(properties[name]).format]
    lines[#lines + 1] = ("---@field %s%s %s%s"):format(name, required[name] and "" or "?",
      type_text(description, names, properties[name]), note and "  " .. note or "")
  end
end

-- The texts of the files with records.
local function record_files(public, internal, list)
  local used, parts, files = {}, {}, {}
  for _, operation in ipairs(list) do used[operation.key] = operation.internal or nil end
  local entries, names = require("record_names").all(public, internal, used)
  for _, entry in ipairs(entries) do
    local part = file_of(entry.long)
    parts[part] = parts[part] or { table.unpack(HEAD) }
    add_class(parts[part], entry.internal and internal or public, names, entry)
  end
  for part, lines in pairs(parts) do
    files[("lua/wats/types/%s.lua"):format(part)] = table.concat(lines, "\n") .. "\n"
  end
  return files
end

-- The keys of client:call.
local function key_file(list)
  local lines = { table.unpack(HEAD) }
  lines[#lines + 1] = ""
  lines[#lines + 1] = "---@alias wats.OperationKey"
  for _, operation in ipairs(list) do
    lines[#lines + 1] = ('---| "%s"'):format(operation.key)
  end
  return table.concat(lines, "\n") .. "\n"
end

--- The texts of the files, by their names.
---@param list wats.Operation[]
---@param public? table    of tools/openapi.lua; without it no records are made
---@param internal? table
---@return table<string, string>
function M.files(list, public, internal)
  local files = public and record_files(public, internal, list) or {}
  files["lua/wats/types/operation_keys.lua"] = key_file(list)
  return files
end

--- Writes files, or with `check` tells whether they are as given.
---@param files table<string, string>
---@param check boolean
---@return boolean same
function M.write(files, check)
  local names, same = {}, true
  for name in pairs(files) do names[#names + 1] = name end
  table.sort(names)
  for _, name in ipairs(names) do
    local file = io.open(name, "rb")
    local text = file and file:read("a")
    if file then file:close() end
    if text ~= files[name] then
      same = false
      print((check and "has drifted: " or "written: ") .. name)
      if not check then
        file = assert(io.open(name, "wb"))
        file:write(files[name])
        file:close()
      end
    end
  end
  return same
end

if arg and arg[0] and arg[0]:find("tools/types%.lua$") then
  package.path = arg[0]:gsub("types%.lua$", "?.lua;") .. package.path
  local openapi, check = require("openapi"), arg[#arg] == "--check"
  local described = arg[1] and arg[1] ~= "--check"
  local files = M.files(require("wats.operations").list,
    described and assert(openapi.read(arg[1])) or nil,
    described and assert(openapi.read(arg[2])) or nil)
  if not M.write(files, check) and check then os.exit(1) end
end

return M
