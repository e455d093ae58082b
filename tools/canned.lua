-- canned.lua PUBLIC INTERNAL [--check] - writes lua/wats/sandbox/canned/public.lua and
-- internal.lua, what the WATS API takes and answers, from its OpenAPI descriptions; with --check it
-- only tells whether that would change anything (exit code 1).
--
-- A record is one text, a word for each member: "name:type", where a type is string, uuid,
-- datetime, integer, long, number, boolean, any, the name of a record, "[type]" a list, "{type}" a
-- map, and "integer=4" an enumeration, of which that is a value.

local M = {}

local WIDTH <const> = 96

local function type_text(description, names, schema)
  schema = schema or {}
  local long = description.referred(schema)
  if long then
    local target = description:resolve(schema)
    if names[long] and target.type == "object" then return names[long] end
    schema = target
  end
  local kind, format = schema.type, schema.format
  if kind == "array" then
    return "[" .. type_text(description, names, schema.items) .. "]"
  elseif kind == "object" and type(schema.additionalProperties) == "table" then
    return "{" .. type_text(description, names, schema.additionalProperties) .. "}"
  elseif kind == "string" then
    return format == "uuid" and "uuid" or format == "date-time" and "datetime" or "string"
  elseif kind == "integer" then
    local value = schema.enum and schema.enum[1]
    return value and ("integer=%d"):format(value) or format == "int64" and "long" or "integer"
  elseif kind == "number" or kind == "boolean" then
    return kind
  end
  return "any"
end

local function sorted_keys(t)
  local keys = {}
  for key in pairs(t) do keys[#keys + 1] = key end
  table.sort(keys)
  return keys
end

-- A string over as many lines as it takes.
local function wrapped(lines, head, words)
  local line, indent = head .. '"', "      "
  for i, word in ipairs(words) do
    if #line + #word + 4 > WIDTH and i > 1 then
      lines[#lines + 1] = line .. ' "'
      line = indent .. '.. "' .. word
    else
      line = line .. (i > 1 and " " or "") .. word
    end
  end
  lines[#lines + 1] = line .. '",'
end

local function add_records(lines, description, names, entries)
  lines[#lines + 1] = "  records = {"
  for _, entry in ipairs(entries) do
    local words, properties = {}, entry.schema.properties or {}
    for _, name in ipairs(sorted_keys(properties)) do
      words[#words + 1] = name .. ":" .. type_text(description, names, properties[name])
    end
    wrapped(lines, ("    %s = "):format(entry.name), words)
  end
  lines[#lines + 1] = "  },"
end

local function add_types(lines, title, types)
  lines[#lines + 1] = ("  %s = {"):format(title)
  for _, key in ipairs(sorted_keys(types)) do
    local line = ('    ["%s"] = "%s",'):format(key, types[key])
    if #line > WIDTH then
      line = ('    ["%s"] =\n      "%s",'):format(key, types[key])
    end
    lines[#lines + 1] = line
  end
  lines[#lines + 1] = "  },"
end

-- The text of one file.
local function text_of(description, names, entries, used)
  local lines = {
    "-- Made by tools/canned.lua from the API's OpenAPI description: do not change it by hand.",
    "-- What the words mean stands there.",
    "return {",
  }
  local answers, bodies = {}, {}
  for _, entry in ipairs(description:operations()) do
    if used[entry.key] then
      local answer = description:answer_schema(entry.operation)
      answers[entry.key] = answer and type_text(description, names, answer) or "none"
      local body = description:body_schema(entry.operation)
      bodies[entry.key] = body and type_text(description, names, body)
      -- nothing is known of it: what the sandbox then answers is said by hand
      if answers[entry.key] == "any" then answers[entry.key] = nil end
      if bodies[entry.key] == "any" then bodies[entry.key] = nil end
    end
  end
  add_records(lines, description, names, entries)
  add_types(lines, "answers", answers)
  add_types(lines, "bodies", bodies)
  lines[#lines + 1] = "}"
  return table.concat(lines, "\n") .. "\n"
end

--- The texts of the files, by their names.
---@param public table    of tools/openapi.lua
---@param internal table
---@param list wats.Operation[]
---@return table<string, string>
function M.files(public, internal, list)
  local used = { [true] = {}, [false] = {} }
  for _, operation in ipairs(list) do used[operation.internal][operation.key] = true end
  local entries, names = require("record_names").all(public, internal, used[true])
  local parts = { [true] = {}, [false] = {} }
  for _, entry in ipairs(entries) do table.insert(parts[entry.internal], entry) end
  return {
    ["lua/wats/sandbox/canned/public.lua"] = text_of(public, names, parts[false], used[false]),
    ["lua/wats/sandbox/canned/internal.lua"] = text_of(internal, names, parts[true], used[true]),
  }
end

--- Writes files, or with `check` tells whether they are as given; for tools that make such.
---@param files table<string, string>
---@param check boolean
---@return boolean same
function M.write(files, check)
  local same = true
  for _, name in ipairs(sorted_keys(files)) do
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

if arg and arg[0] and arg[0]:find("tools/canned%.lua$") then
  package.path = arg[0]:gsub("canned%.lua$", "?.lua;") .. package.path
  local openapi = require("openapi")
  local files = M.files(assert(openapi.read(arg[1])), assert(openapi.read(arg[2])),
    require("wats.operations").list)
  if not M.write(files, arg[3] == "--check") and arg[3] == "--check" then os.exit(1) end
end

return M
