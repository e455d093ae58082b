-- wats.sandbox.checks: small judgements on decoded values, from which the validators are built.
--
-- A `faults` list collects { field, text } and stops growing at its limit: one bad report in a
-- thousand places is still answered shortly. JSON null counts as absent.

local json = require("wats.sandbox.json")

local M = {}

local LIMIT = 100

--- Adds a fault.
---@param faults table
---@param field string path such as "root.steps[2].name"
---@param text string what is wrong
function M.add(faults, field, text)
  if #faults < LIMIT then
    faults[#faults + 1] = { field, text }
  end
end

--- Length in characters of UTF-8 text (in bytes when it is none).
local function length(text)
  return utf8.len(text) or #text
end

local UUID = "^" .. ("%x"):rep(8) .. ("%-" .. ("%x"):rep(4)):rep(4) .. ("%x"):rep(8) .. "$"

local KINDS = {
  string = { "a string", function(value)
    return type(value) == "string"
  end },
  number = { "a number", function(value)
    return type(value) == "number"
  end },
  integer = { "an integer", function(value)
    return type(value) == "number" and math.tointeger(value) ~= nil
  end },
  boolean = { "a boolean", function(value)
    return type(value) == "boolean"
  end },
  uuid = { "a UUID", function(value)
    return type(value) == "string" and value:find(UUID) ~= nil
  end },
  object = { "an object", function(value)
    return type(value) == "table" and value[1] == nil
  end },
  array = { "an array", function(value)
    return type(value) == "table" and (value[1] ~= nil or next(value) == nil)
  end },
}

--- Checks one member of an object by a rule:
---   { name, kind, required =, max = characters, not_empty =, one_of = set }
---@return any value the value, or nil when it is absent or wrong
function M.member(faults, object, path, rule)
  local name, kind = rule[1], KINDS[rule[2]]
  local field = path == "" and name or path .. "." .. name
  local value = json.value(object[name])
  if value == nil then
    if rule.required then
      M.add(faults, field, "The " .. name .. " field is required.")
    end
    return nil
  elseif not kind[2](value) then
    M.add(faults, field, "The " .. name .. " field must be " .. kind[1] .. ".")
    return nil
  elseif rule.not_empty and value == "" then
    M.add(faults, field, "The " .. name .. " field must not be empty.")
  elseif rule.max and length(value) > rule.max then
    M.add(faults, field,
      ("The %s field must be at most %d characters."):format(name, rule.max))
  elseif rule.one_of and not rule.one_of[value] then
    M.add(faults, field, ("'%s' is not a valid %s."):format(value, name))
    return nil
  end
  return value
end

--- Checks the members of an object by a list of rules.
function M.members(faults, object, path, rules)
  for _, rule in ipairs(rules) do
    M.member(faults, object, path, rule)
  end
end

--- Calls `check(item, path, index)` for each object of an array member, if it is there.
function M.each(faults, object, path, name, check)
  local field = path == "" and name or path .. "." .. name
  local list = M.member(faults, object, path, { name, "array" })
  for i, item in ipairs(list or {}) do
    local where = ("%s[%d]"):format(field, i - 1)
    if KINDS.object[2](item) then
      check(item, where, i)
    else
      M.add(faults, where, "An object is expected.")
    end
  end
end

--- A set from its members.
function M.set(...)
  local set = {}
  for _, name in ipairs({ ... }) do
    set[name] = true
  end
  return set
end

return M
