-- record_names.lua - what the records of the API's descriptions are called here: the last part of
-- their long names, made unlike where two share it.

local M = {}

-- Of two schemas of one last part: how the name of the one below that namespace begins.
local PREFIXES = {
  { "%.Asset%.OData%.", "OData" },
  { "%.Models%.OData%.", "Header" }, -- parts of a report's header
  { "%.RootCause%.", "Ticket" },
}
-- Such as are the only ones of their name.
local PLAIN = { ReportHeader = true, Ticket = true }

--- The name of a schema.
---@param schema string  as the description has it
---@param internal? boolean  of internal calls only
---@return string
function M.of(schema, internal)
  local last = schema:match("([^.]+)$"):gsub("^WATS_", "")
  if internal then return "Internal" .. last end
  for _, prefix in ipairs(PREFIXES) do
    if schema:find(prefix[1]) and not PLAIN[last] then return prefix[2] .. last end
  end
  return last
end

--- The names of all schemas that the operations of two descriptions reach, those of the public one
--- first: { name, schema (resolved), internal, long } in the order of their names. Raises where two
--- would share one.
---@param public table      of tools/openapi.lua
---@param internal table
---@param used table<string, boolean>  keys of the internal operations that count
function M.all(public, internal, used)
  local list, by_long, by_name = {}, {}, {}
  local function add(is_internal)
    return function(long, schema)
      if by_long[long] or long:find("^Microsoft%.") or long:find("^System%.") then return end
      local name = M.of(long, is_internal)
      assert(not by_name[name], "two schemas are called " .. name)
      by_long[long], by_name[name] = name, true
      list[#list + 1] = { name = name, schema = schema, internal = is_internal, long = long }
    end
  end
  for _, entry in ipairs(public:operations()) do
    public:each_schema(entry.operation, add(false))
  end
  for _, entry in ipairs(internal:operations()) do
    if used[entry.key] then internal:each_schema(entry.operation, add(true)) end
  end
  table.sort(list, function(a, b) return a.name < b.name end)
  return list, by_long
end

return M
