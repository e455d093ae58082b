-- wats.sandbox.seed: loads records into the store.
--
-- The form is { processes, levels, productGroups, products, reports }, all optional, each a list
-- of records with the server's field names; a report is its WSJF text. Processes are known by
-- code, levels and groups by id, products by part number: what is there already is replaced. What
-- production has besides is told in wats.sandbox.production.seeds.

local core = require("wats.core")

local checks = require("wats.sandbox.checks")
local json = require("wats.sandbox.json")
local product = require("wats.sandbox.product")
local production = require("wats.sandbox.production.seeds")
local report = require("wats.sandbox.report")
local stores = require("wats.sandbox.store")

local M = {}

local v = json.value

local PROCESS = {
  { "code", "integer", required = true },
  { "name", "string", required = true, not_empty = true },
  { "description", "string" },
  { "processIndex", "integer" },
  { "state", "integer" },
  { "isTestOperation", "boolean" },
  { "isRepairOperation", "boolean" },
  { "isWipOperation", "boolean" },
}
local LEVEL = { { "levelId", "integer", required = true }, { "levelName", "string" } }
local GROUP = {
  { "productGroupId", "integer", required = true },
  { "productGroupName", "string" },
}

local function copy(source, rules)
  local record = {}
  for _, rule in ipairs(rules) do
    local value = v(source[rule[1]])
    record[rule[1]] = rule[2] == "integer" and math.tointeger(value) or value
  end
  return record
end

local function put(list, key, record)
  for i, old in ipairs(list) do
    if old[key] == record[key] then
      list[i] = record
      return
    end
  end
  list[#list + 1] = record
end

local function put_process(store, source)
  local record = copy(source, PROCESS)
  record.processID = v(source.processID) or core.uuid()
  record.processIndex = record.processIndex or #store.processes + 1
  record.state = record.state or 1
  for _, kind in ipairs({ "isTestOperation", "isRepairOperation", "isWipOperation" }) do
    record[kind] = record[kind] or false
  end
  put(store.processes, "code", stores.process(record))
end

local LOADERS = {
  { "processes", PROCESS, put_process },
  { "levels", LEVEL, function(store, source)
    put(store.levels, "levelId", stores.level(copy(source, LEVEL)))
  end },
  { "productGroups", GROUP, function(store, source)
    put(store.product_groups, "productGroupId", stores.product_group(copy(source, GROUP)))
  end },
  { "products", nil, function(store, source)
    product.merge(store, source, store.by_part_number[source.partNumber])
  end },
}

table.move(production, 1, #production, #LOADERS + 1, LOADERS)

local function check(seed)
  local faults, known = {}, { reports = true }
  for _, loader in ipairs(LOADERS) do
    local name, rules = loader[1], loader[2]
    known[name] = true
    checks.each(faults, seed, "", name, function(record, path)
      for _, fault in ipairs(rules and {} or product.check(record)) do
        checks.add(faults, path .. "." .. fault[1], fault[2])
      end
      checks.members(faults, record, path, rules or {})
    end)
  end
  for name in pairs(seed) do
    if not known[name] then
      checks.add(faults, tostring(name), "There is nothing of this name to load.")
    end
  end
  return faults
end

local function load_reports(store, texts)
  local faults = {}
  for i, text in ipairs(texts) do
    local path = ("reports[%d]"):format(i - 1)
    if type(text) ~= "string" then
      checks.add(faults, path, "A report is given as its WSJF text.")
    else
      local reply = report.insert(store, text)
      if reply.status ~= 200 then
        checks.add(faults, path, reply.body)
      end
    end
  end
  return faults
end

--- Loads a decoded seed. When records are faulty nothing is loaded; faulty reports alone are left
--- out.
---@param store table
---@param seed table
---@return { [1]: string, [2]: string }[] faults
function M.load(store, seed)
  if type(seed) ~= "table" or seed[1] ~= nil then
    return { { "seed", "A seed must be an object." } }
  end
  local faults = check(seed)
  if #faults > 0 then
    return faults
  end
  for _, loader in ipairs(LOADERS) do
    for _, record in ipairs(v(seed[loader[1]]) or {}) do
      loader[3](store, record)
    end
  end
  return load_reports(store, v(seed.reports) or {})
end

return M
