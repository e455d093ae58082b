-- wats.odata: conditions for `$filter`, in which every value is quoted as the server reads it.
--
--   odata.filter { partNumber = "O'Brien", result = { "Failed", "Error" },
--     odata.compare("start", "ge", odata.instant(os.time() - 86400)) }
--   --> start ge 2026-01-29T21:01:41Z and partNumber eq 'O''Brien' and result in ('Failed','Error')
--
-- Conditions are plain text, not yet percent-encoded: the client does that with every query.
-- Dates and GUIDs stand without quotes in OData 4, so that text alone cannot tell them from
-- strings: they are given as `odata.instant` and `odata.guid`. Pure; what cannot be written
-- raises, at the caller's line.

local errors = require("wats.errors")
local instant = require("wats.instant")
local json = require("wats.json")
local options = require("wats.options")

local odata = {}

---@class wats.odata.Literal  text that goes into a filter as it is
---@field text string

---@alias wats.odata.value string|number|boolean|wats.odata.Literal|userdata  wats.null is null

local Literal = { __name = "OData literal" }
function Literal:__tostring() return self.text end

-- An instant for a filter. Digits of a text beyond the seventh are cut: the server has no more.
---@param when number|string  epoch seconds, or ISO 8601 with an offset
---@return wats.odata.Literal
function odata.instant(when)
  local seconds, digits
  if type(when) == "string" then
    -- the fraction stays text: as a part of epoch seconds its last digits would be lost
    seconds, digits = instant.parse((when:gsub("%.%d+", "", 1))), when:match("%.(%d+)")
    if not instant.parse(when) then seconds = nil end
  else
    seconds = when
  end
  if not instant.is_epoch(seconds) then
    errors.raise("bad argument #1 to 'odata.instant' (epoch seconds or ISO 8601 text with an "
      .. "offset expected, got %s)", type(when) == "string" and '"' .. when .. '"'
      or type(when) == "number" and tostring(when) or type(when))
  end
  local text = instant.utc(seconds)
  if digits then text = text:gsub("Z$", "." .. digits:sub(1, 7) .. "Z") end
  return setmetatable({ text = text }, Literal)
end

-- A GUID for a filter, as that of a report.
---@param text string
---@return wats.odata.Literal
function odata.guid(text)
  local pattern = "^%x+%-%x%x%x%x%-%x%x%x%x%-%x%x%x%x%-%x+$"
  if type(text) ~= "string" or #text ~= 36 or not text:find(pattern) or text:find("-") ~= 9 then
    errors.raise("bad argument #1 to 'odata.guid' (a GUID of 36 characters expected, got %s)",
      type(text) == "string" and '"' .. text:sub(1, 40) .. '"' or type(text))
  end
  return setmetatable({ text = text:lower() }, Literal)
end

-- A number that reads back as the same; whole ones without a fraction, for fields that are
-- integers.
local function number_text(value)
  local integer = math.tointeger(value)
  local minus_zero = value == 0 and 1 / value < 0
  if integer and not minus_zero and (math.type(value) == "integer" or math.abs(value) < 2 ^ 53) then
    return ("%d"):format(integer)
  end
  return json.encode(value)
end

-- The text of a value, or nil and what is wrong.
local function literal_text(value)
  local kind = type(value)
  if kind == "string" then
    if not utf8.len(value) then return nil, "the text is not UTF-8" end
    return "'" .. value:gsub("'", "''") .. "'"
  elseif kind == "number" then
    if value ~= value or value == math.huge or value == -math.huge then
      return nil, ("%s is no number to compare with"):format(value)
    end
    return number_text(value)
  elseif kind == "boolean" then
    return tostring(value)
  elseif value == json.null then
    return "null"
  elseif kind == "table" and getmetatable(value) == Literal then
    return value.text
  end
  return nil, "string, number, boolean, wats.null, odata.instant or odata.guid expected, got "
    .. kind
end

local function checked_literal(where, number, value)
  local text, problem = literal_text(value)
  if not text then errors.raise("bad argument #%d to '%s' (%s)", number, where, problem) end
  return text
end

local function check_field(where, field)
  if type(field) ~= "string" then
    errors.raise("bad argument #1 to '%s' (a field's name expected, got %s)", where, type(field))
  end
  for segment in (field .. "/"):gmatch("([^/]*)/") do
    if not segment:find("^[A-Za-z_][A-Za-z0-9_]*$") then
      errors.raise("bad argument #1 to '%s' (\"%s\" is no field's name)", where, field:sub(1, 60))
    end
  end
end

-- A value as OData writes it: text in quotes (those within doubled), numbers so that they read
-- back as the same.
---@param value wats.odata.value
---@return string
function odata.literal(value)
  return checked_literal("odata.literal", 1, value)
end

local OPERATORS = { eq = true, ne = true, gt = true, ge = true, lt = true, le = true }

-- "field operator value"
---@param field string
---@param operator "eq"|"ne"|"gt"|"ge"|"lt"|"le"
---@param value wats.odata.value
---@return string condition
function odata.compare(field, operator, value)
  check_field("odata.compare", field)
  if not OPERATORS[operator] then
    errors.raise("bad argument #2 to 'odata.compare' (one of eq, ne, gt, ge, lt, le expected%s)",
      options.suggest(operator, OPERATORS))
  end
  return field .. " " .. operator .. " " .. checked_literal("odata.compare", 3, value)
end

-- "field eq value"
---@param field string
---@param value wats.odata.value
---@return string condition
function odata.equals(field, value)
  check_field("odata.equals", field)
  return field .. " eq " .. checked_literal("odata.equals", 2, value)
end

-- "field in (a,b)": the field has one of these values. None of them would ask for nothing at all,
-- which is taken for a mistake.
---@param field string
---@param values wats.odata.value[]
---@return string condition
function odata.one_of(field, values)
  check_field("odata.one_of", field)
  if type(values) ~= "table" or getmetatable(values) == Literal or values[1] == nil then
    errors.raise("bad argument #2 to 'odata.one_of' (a list with at least one value expected)")
  end
  if not options.length(values) then
    errors.raise("bad argument #2 to 'odata.one_of' (a list without holes expected)")
  end
  local texts = {}
  for i, value in ipairs(values) do texts[i] = checked_literal("odata.one_of", 2, value) end
  if #texts == 1 then return field .. " eq " .. texts[1] end
  return field .. " in (" .. table.concat(texts, ",") .. ")"
end

-- "name(field,'text')"
local function function_of(where, name, field, text)
  check_field(where, field)
  if type(text) ~= "string" then
    errors.raise("bad argument #2 to '%s' (string expected, got %s)", where, type(text))
  end
  return ("%s(%s,%s)"):format(name, field, checked_literal(where, 2, text))
end

-- The field's text has this one in it: "contains(field,'text')".
---@param field string
---@param text string
---@return string condition
function odata.contains(field, text)
  return (function_of("odata.contains", "contains", field, text))
end

-- The field's text begins with this one.
---@param field string
---@param text string
---@return string condition
function odata.starts_with(field, text)
  return (function_of("odata.starts_with", "startswith", field, text))
end

-- The field's text ends with this one.
---@param field string
---@param text string
---@return string condition
function odata.ends_with(field, text)
  return (function_of("odata.ends_with", "endswith", field, text))
end

-- The conditions of a list that may have gaps: `{ wanted and odata.equals(...), other }` must not
-- lose what stands behind the gap.
local function conditions(where, list)
  if type(list) ~= "table" then
    errors.raise("bad argument #1 to '%s' (a list of conditions expected, got %s)", where,
      type(list))
  end
  local places, found = {}, {}
  for place, condition in pairs(list) do
    if math.type(place) == "integer" and condition then places[#places + 1] = place end
  end
  table.sort(places)
  for i, place in ipairs(places) do
    local condition = list[place]
    if type(condition) ~= "string" or not condition:find("%S") then
      errors.raise("bad argument #1 to '%s' (condition %d must be text, got %s)", where, place,
        type(condition) == "string" and "nothing but spaces" or type(condition))
    end
    found[i] = condition
  end
  return found
end

-- As `conditions`, of a list that has no names: a field with its value is no condition, and would
-- be lost.
local function unnamed(where, list)
  for key in pairs(type(list) == "table" and list or {}) do
    if math.type(key) ~= "integer" and key ~= "n" then
      errors.raise("bad argument #1 to '%s' (a list of conditions expected, it has the key "
        .. '"%s"; fields and their values are for odata.filter)', where, tostring(key):sub(1, 40))
    end
  end
  return conditions(where, list)
end

local function join(found, word)
  if #found < 2 then return found[1] end
  for i, condition in ipairs(found) do
    -- "or" binds less than "and"; where it stands within a string the brackets do no harm
    if condition:lower():find("%f[%w]or%f[%W]") then found[i] = "(" .. condition .. ")" end
  end
  return table.concat(found, " " .. word .. " ")
end

-- All of these conditions; false and gaps in the list are left out. nil when there is none.
---@param list (string|false|nil)[]
---@return string? condition
function odata.all(list)
  return join(unnamed("odata.all", list), "and")
end

-- At least one of these conditions; false and gaps are left out. nil when there is none.
---@param list (string|false|nil)[]
---@return string? condition
function odata.any(list)
  return join(unnamed("odata.any", list), "or")
end

-- All of the conditions in the list part, and each named field equal to its value, or to one of
-- the values in a list. nil when nothing is asked.
---@param wanted table
---@return string? condition
function odata.filter(wanted)
  local found, names = conditions("odata.filter", wanted), {}
  for name in pairs(wanted) do
    if math.type(name) ~= "integer" then
      check_field("odata.filter", name)
      names[#names + 1] = name
    end
  end
  table.sort(names)
  for _, name in ipairs(names) do
    local value = wanted[name]
    local condition
    if type(value) == "table" and getmetatable(value) ~= Literal then
      condition = odata.one_of(name, value)
    else
      condition = name .. " eq " .. checked_literal("odata.filter", 1, value)
    end
    found[#found + 1] = condition
  end
  return join(found, "and")
end

local ITEM = "item"

local function item_field(name)
  check_field("field", name)
  return ITEM .. "/" .. name
end

-- "collection/word(item: condition)"
local function lambda(where, word, collection, wanted)
  check_field(where, collection)
  local condition
  if type(wanted) == "function" then
    condition = wanted(item_field)
  elseif type(wanted) == "table" and getmetatable(wanted) ~= Literal then
    local fields = {}
    for name, value in pairs(wanted) do
      if type(name) ~= "string" then
        errors.raise("bad argument #2 to '%s' (fields with values expected; conditions are made by "
          .. "a function)", where)
      end
      fields[item_field(name)] = value
    end
    condition = odata.filter(fields)
  end
  if type(condition) ~= "string" or not condition:find("%S") then
    errors.raise("bad argument #2 to '%s' (fields with their values expected, or a function that "
      .. "returns a condition)", where)
  end
  return ("%s/%s(%s: %s)"):format(collection, word, ITEM, condition)
end

-- At least one element of a list fits: "subUnits/any(item: item/partNumber eq 'PN-1')". What it
-- must be is said as in `filter`, or by a function that makes the condition from its fields:
--   odata.some("subUnits", { partNumber = "PN-1", revision = { "A", "B" } })
--   odata.some("subUnits", function(field) return odata.starts_with(field "serialNumber", "X") end)
-- (OData's own word is "any"; `odata.any` joins conditions.)
---@param collection string  the field that holds the list
---@param wanted table|fun(field: fun(name: string): string): string
---@return string condition
function odata.some(collection, wanted)
  return (lambda("odata.some", "any", collection, wanted))
end

-- Every element of a list fits, as all of none do; see `some`. OData's own word is "all".
---@param collection string
---@param wanted table|fun(field: fun(name: string): string): string
---@return string condition
function odata.every(collection, wanted)
  return (lambda("odata.every", "all", collection, wanted))
end

return odata
