-- wats.sandbox.odata_query: $filter $top $skip $orderby $select $expand over a list of records.
--
-- A collection says what may be asked:
--   fields      by name in lower case: { name, key, type }; `key` is where the comparable value is
--   orderable   names in lower case that $orderby takes; nil = all
--   expandable  names in lower case that $expand takes -> the field's name; nil = none
--   default_top, max_top

local filter = require("wats.sandbox.odata_filter")
local json = require("wats.sandbox.json")

local M = {}

local KNOWN = {
  ["$filter"] = true,
  ["$top"] = true,
  ["$skip"] = true,
  ["$orderby"] = true,
  ["$select"] = true,
  ["$expand"] = true,
}

local function whole(query, name, most)
  local text = query[name]
  if not text then
    return nil
  end
  local n = text:match("^%d+$") and math.tointeger(tonumber(text))
  if not n or most and n > most then
    return nil, ("invalid value '%s' for %s: a whole number from 0%s expected"):format(
      text, name, most and " to " .. most or "")
  end
  return n
end

-- "start desc, uuid" -> { { key = "start_ticks", descending = true }, { key = "uuid" } }
local function order(text, collection)
  local list = {}
  for part in text:gmatch("[^,]+") do
    local name, direction = part:match("^%s*([%w_]+)%s*(%a*)%s*$")
    local field = name and collection.fields[name:lower()]
    direction = direction and direction:lower()
    if not field or direction ~= "" and direction ~= "asc" and direction ~= "desc" then
      return nil, ("$orderby: '%s' is not understood"):format(part)
    elseif collection.orderable and not collection.orderable[name:lower()] then
      return nil, ("$orderby: ordering by '%s' is not supported"):format(name)
    end
    list[#list + 1] = { key = field.key, descending = direction == "desc" }
  end
  return list
end

local function names(text, option, known)
  local list = {}
  for part in text:gmatch("[^,]+") do
    local name = part:match("^%s*(.-)%s*$")
    local field = known and known[name:lower()]
    if not field then
      return nil, ("%s: could not find a property named '%s'"):format(option, name)
    end
    list[#list + 1] = type(field) == "table" and field.name or field
  end
  return list
end

local READERS = {
  { "top", function(query, collection)
    return whole(query, "$top", collection.max_top)
  end },
  { "skip", function(query)
    return whole(query, "$skip")
  end },
  { "filter", function(query, collection)
    local text = query["$filter"]
    if text then
      return filter.compile(text, collection.fields)
    end
  end },
  { "order", function(query, collection)
    local text = query["$orderby"]
    if text then
      return order(text, collection)
    end
  end },
  { "select", function(query, collection)
    local text = query["$select"]
    if text and text ~= "*" then
      return names(text, "$select", collection.fields)
    end
  end },
  { "expand", function(query, collection)
    local text = query["$expand"]
    if text then
      return names(text, "$expand", collection.expandable)
    end
  end },
}

--- Reads the options of a request.
---@param query table<string, string> names in lower case
---@param collection table
---@return table|nil plan, string|nil problem
function M.read(query, collection)
  for name, value in pairs(query) do
    if name:sub(1, 1) == "$" and not KNOWN[name] then
      return nil, ("the query option '%s' is not supported"):format(name)
    elseif KNOWN[name] and value == "" then
      return nil, ("the value for OData query '%s' cannot be empty"):format(name)
    end
  end
  local plan = {}
  for _, reader in ipairs(READERS) do
    local value, problem = reader[2](query, collection)
    if problem then
      return nil, problem
    end
    plan[reader[1]] = value
  end
  plan.top = plan.top or collection.default_top
  plan.skip = plan.skip or 0
  return plan
end

local function comparable(value)
  if type(value) == "boolean" then
    return value and 1 or 0
  end
  return value
end

local function comparator(keys, positions)
  return function(a, b)
    for _, by in ipairs(keys) do
      local x, y = comparable(a[by.key]), comparable(b[by.key])
      if x ~= y then
        if x == nil or y == nil then -- null comes first, ascending
          return (x == nil) ~= by.descending
        end
        return (x < y) ~= by.descending
      end
    end
    return positions[a] < positions[b]
  end
end

--- The records that a plan asks for. `iterate` walks them in the default order.
---@param plan table
---@param iterate fun(): fun(): table|nil
---@return table[]
function M.run(plan, iterate)
  local list, positions, skipped = {}, {}, 0
  local sorted = plan.order and #plan.order > 0
  for record in iterate() do
    if not plan.filter or plan.filter(record) then
      if sorted then
        list[#list + 1] = record
        positions[record] = #list
      elseif skipped < plan.skip then
        skipped = skipped + 1
      elseif #list < plan.top then
        list[#list + 1] = record
      else
        break
      end
    end
  end
  if sorted then
    table.sort(list, comparator(plan.order, positions))
    list = table.move(list, plan.skip + 1, math.min(#list, plan.skip + plan.top), 1, {})
  end
  return list
end

--- The records as they are to be written: the selected fields, in that order, and the expanded
--- ones behind them.
---@param plan table
---@param rows table[]
---@param all string[]|nil the fields when none are selected; nil = as the records are made
---@return table array
function M.project(plan, rows, all)
  local list = json.array()
  local fields = plan.select or all
  if not fields then
    return table.move(rows, 1, #rows, 1, list)
  end
  fields = table.move(fields, 1, #fields, 1, {})
  table.move(plan.expand or {}, 1, #(plan.expand or {}), #fields + 1, fields)
  local shape = json.record(fields)
  for i, row in ipairs(rows) do
    local view = {}
    for _, name in ipairs(fields) do
      view[name] = row[name]
    end
    list[i] = shape(view)
  end
  return list
end

return M
