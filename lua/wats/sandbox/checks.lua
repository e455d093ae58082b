-- wats.sandbox.checks: small judgements on decoded values, from which the validators are built.
--
-- A `faults` list collects { field, text } and stops growing at its limit: one bad report in a
-- thousand places is still answered shortly. JSON null counts as absent.

local json = require("wats.sandbox.json")

local M = {}

local LIMIT = 100

local null = json.null

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

-- Paths are put together only when there is something to say: most members are fine.
local function field_of(path, name)
  return path == "" and name or path .. "." .. name
end

local function refuse(faults, path, rule, format, ...)
  M.add(faults, field_of(path, rule[1]), format:format(...))
end

-- Checks a value that is there.
local function judge(faults, path, rule, value)
  local name, kind = rule[1], KINDS[rule[2]]
  if not kind[2](value) then
    refuse(faults, path, rule, "The %s field must be %s.", name, kind[1])
    return nil
  elseif rule.not_empty and value == "" then
    refuse(faults, path, rule, "The %s field must not be empty.", name)
  elseif rule.max and #value > rule.max and length(value) > rule.max then
    refuse(faults, path, rule, "The %s field must be at most %d characters.", name, rule.max)
  elseif rule.one_of and not rule.one_of[value] then
    refuse(faults, path, rule, "'%s' is not a valid %s.", value, name)
    return nil
  end
  return value
end

--- Checks one member of an object by a rule:
---   { name, kind, required =, max = characters, not_empty =, one_of = set }
---@return any value the value, or nil when it is absent or wrong
function M.member(faults, object, path, rule)
  local value = object[rule[1]]
  if value ~= nil and value ~= null then
    return judge(faults, path, rule, value)
  elseif rule.required then
    refuse(faults, path, rule, "The %s field is required.", rule[1])
  end
  return nil
end

-- What Lua's type() says of each kind, where that tells nearly all.
local PLAIN = { string = "string", number = "number", integer = "number", boolean = "boolean" }

-- Rules by name, and the names that must be there; made once for each list of rules.
local indexes = setmetatable({}, { __mode = "k" })

local function index_of(rules)
  local index = indexes[rules]
  if not index then
    index = { by_name = {}, required = {} }
    for _, rule in ipairs(rules) do
      index.by_name[rule[1]] = rule
      if rule.required then
        table.insert(index.required, rule[1])
      end
    end
    indexes[rules] = index
  end
  return index
end

local function is_fine(rule, value)
  local one_of = rule.one_of
  if one_of then
    return one_of[value]
  end
  local plain = PLAIN[rule[2]]
  if type(value) ~= plain then
    return not plain and KINDS[rule[2]][2](value)
  elseif plain == "string" then
    return #value <= (rule.max or math.huge) and not (rule.not_empty and value == "")
  end
  return rule[2] ~= "integer" or math.tointeger(value) ~= nil
end

-- A quick look, which says nothing: reports have thousands of members and seldom a fault.
local function all_fine(object, rules)
  local index = index_of(rules)
  local by_name = index.by_name
  for name, value in next, object do
    local rule = by_name[name]
    if rule and value ~= null and not is_fine(rule, value) then
      return false
    end
  end
  for _, name in ipairs(index.required) do
    local value = object[name]
    if value == nil or value == null then
      return false
    end
  end
  return true
end

--- Checks the members of an object by a list of rules.
function M.members(faults, object, path, rules)
  if all_fine(object, rules) then
    return
  end
  for _, rule in ipairs(rules) do
    M.member(faults, object, path, rule)
  end
end

--- Calls `check(item, path, index)` for each object of an array member, if it is there.
function M.each(faults, object, path, name, check)
  local list = M.member(faults, object, path, { name, "array" })
  local field = list and field_of(path, name)
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
