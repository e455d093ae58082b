-- Judges decoded JSON by a schema of an OpenAPI description, as far as ours go: type, format, enum,
-- properties, required, items, additionalProperties, $ref. Null is allowed everywhere, since WATS
-- sends it for what it does not know; an "object" of which nothing more is said may be anything.

local json = require("wats.json")

local M = {}

local function is_integer(value) return type(value) == "number" and math.tointeger(value) ~= nil end

local UUID = "^" .. ("%x"):rep(8) .. ("%-" .. ("%x"):rep(4)):rep(4) .. ("%x"):rep(8) .. "$"
local FORMATS = {
  uuid = function(text) return text:find(UUID) ~= nil end,
  ["date-time"] = function(text)
    return text:find("^%d%d%d%d%-%d%d%-%d%dT%d%d:%d%d:%d%d[%d.]*[Zz]?[+%-:%d]*$") ~= nil
  end,
}

local TYPES = {
  string = function(value) return type(value) == "string" end,
  boolean = function(value) return type(value) == "boolean" end,
  number = function(value) return type(value) == "number" end,
  integer = is_integer,
  array = function(value) return type(value) == "table" and json.is_array(value) end,
  object = function(value) return type(value) == "table" and not json.is_array(value) end,
}

local judge

local function judge_object(description, schema, value, path, faults)
  local properties, more = schema.properties or {}, schema.additionalProperties
  for _, name in ipairs(schema.required or {}) do
    if value[name] == nil then faults[#faults + 1] = path .. "." .. name .. ": is required" end
  end
  for name, member in pairs(value) do
    local rule = properties[name] or type(more) == "table" and more or nil
    if rule then judge(description, rule, member, path .. "." .. name, faults) end
  end
end

function judge(description, schema, value, path, faults)
  schema = description:resolve(schema)
  local kind = schema.type
  local anything = kind == "object" and not schema.properties and not schema.additionalProperties
  if value == nil or value == json.null or not kind or anything then return end
  if not TYPES[kind](value) then
    faults[#faults + 1] = ("%s: %s expected, got %s"):format(path, kind, type(value))
    return
  end
  local format = kind == "string" and FORMATS[schema.format]
  if format and not format(value) then
    faults[#faults + 1] = ("%s: no %s: %s"):format(path, schema.format, value)
  end
  local known = not schema.enum
  for _, choice in ipairs(schema.enum or {}) do known = known or choice == value end
  if not known then faults[#faults + 1] = ("%s: %s is none of the enum"):format(path, value) end
  if kind == "array" then
    for i, item in ipairs(value) do
      judge(description, schema.items or {}, item, ("%s[%d]"):format(path, i), faults)
    end
  elseif kind == "object" then
    judge_object(description, schema, value, path, faults)
  end
end

--- What is wrong with a value; empty where nothing is.
---@param description table  of tools/openapi.lua
---@param schema table
---@param value any
---@return string[]
function M.faults(description, schema, value)
  local faults = {}
  judge(description, schema, value, "answer", faults)
  table.sort(faults)
  return faults
end

return M
