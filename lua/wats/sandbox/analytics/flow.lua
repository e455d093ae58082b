-- wats.sandbox.analytics.flow: how units went from one operation to the next, worked out of their
-- test reports.

local json = require("wats.sandbox.json")
local select_reports = require("wats.sandbox.analytics.select")

local M = {}

local LETTERS = { Passed = "P", Failed = "F", Error = "E", Terminated = "T" }

-- The number that a unit goes by; it keeps it.
local function unit_id(store, header)
  store.flow_units = store.flow_units or { numbers = {}, list = {} }
  local known, key = store.flow_units, header.partNumber .. "\0" .. header.serialNumber
  if not known.numbers[key] then
    known.list[#known.list + 1] = header
    known.numbers[key] = #known.list
  end
  return known.numbers[key]
end

-- The runs of each unit, oldest first, in the order of the units' numbers.
local function units_of(store, headers)
  local units, by_id = {}, {}
  for i = #headers, 1, -1 do
    local id = unit_id(store, headers[i])
    if not by_id[id] then
      by_id[id] = { id = id, runs = {} }
      units[#units + 1] = by_id[id]
    end
    table.insert(by_id[id].runs, headers[i])
  end
  table.sort(units, function(a, b) return a.id < b.id end)
  return units
end

-- What splits an operation into several nodes.
local SPLITS = {
  stationName = "stationName", location = "location", purpose = "purpose", level = "location",
  revision = "revision", partNumber = "partNumber", operator = "userName", period = "start",
  swFilename = "swFilename", swVersion = "swVersion", batchNumber = "batchNumber",
  fixtureId = "fixtureId", socketIndex = "testSocketIndex",
}

local Graph = {}
Graph.__index = Graph

function Graph:node(header)
  local field = SPLITS[self.split or ""]
  local value = field and tostring(header[field] or "-")
  local key = header.processCode .. "\0" .. (value or "")
  local node = self.by_key[key]
  if not node then
    node = {
      id = #self.nodes + 1, name = header.processName .. (value and " / " .. value or ""),
      processCode = header.processCode, processName = header.processName, unitCount = 0,
      passCount = 0, failCount = 0, isVisible = true, isExpanded = value ~= nil,
    }
    if field then node[self.split] = header[field] end
    self.by_key[key] = node
    self.nodes[#self.nodes + 1] = node
  end
  return node
end

function Graph:link(source, target, passed)
  local key = source.id .. ">" .. target.id
  local link = self.by_key[key]
  if not link then
    link = { id = #self.links + 1, source = source.id, target = target.id,
      sourceName = source.name, targetName = target.name, unitCount = 0, passCount = 0,
      failCount = 0, isVisible = true }
    self.by_key[key] = link
    self.links[#self.links + 1] = link
  end
  link.unitCount = link.unitCount + 1
  local counter = passed and "passCount" or "failCount"
  link[counter] = link[counter] + 1
end

-- The runs of a unit as visits: one for each time that it came to a node.
local function visits_of(graph, unit)
  local visits = {}
  for _, header in ipairs(unit.runs) do
    local node, last = graph:node(header), visits[#visits]
    if not last or last.node ~= node then
      last = { node = node, results = "" }
      visits[#visits + 1] = last
    end
    last.results = last.results .. (LETTERS[header.result] or "?")
  end
  return visits
end

local function unit_row(unit, visit, target, number, is_last)
  local results = visit.results
  return {
    source = visit.node.id, target = target or 0, unitId = unit.id, isOld = false,
    isLast = is_last, isLastPassed = is_last and results:sub(-1) == "P",
    hasPassed = results:find("P", 1, true) ~= nil, hasFailed = results:find("[FET]") ~= nil,
    hasRetest = #results > 1, orders = json.array { number },
    resultHistories = json.array { results },
  }
end

function Graph:add(unit)
  local visits, last_of = visits_of(self, unit), {}
  for i, visit in ipairs(visits) do
    local following = visits[i + 1]
    local passed = visit.results:sub(-1) == "P"
    last_of[visit.node] = passed
    if following then self:link(visit.node, following.node, passed) end
    self.units[#self.units + 1] = unit_row(unit, visit, following and following.node.id, i,
      not following)
  end
  for node, passed in pairs(last_of) do
    node.unitCount = node.unitCount + 1
    local counter = passed and "passCount" or "failCount"
    node[counter] = node[counter] + 1
  end
end

--- The flow of the units that a filter means: { nodes, links, units }.
---@param store table
---@param filter table
---@param split string|nil a dimension by which operations are split
function M.flow(store, filter, split)
  local graph = setmetatable({ nodes = json.array(), links = json.array(), units = json.array(),
    by_key = {}, split = split }, Graph)
  for _, unit in ipairs(units_of(store, select_reports.headers(store, filter, "T", 30))) do
    graph:add(unit)
  end
  for _, node in ipairs(graph.nodes) do
    node.yieldPercent = 100 * node.passCount / node.unitCount
  end
  return { nodes = graph.nodes, links = graph.links, units = graph.units }
end

--- The serial numbers of units by their numbers; those that are not known are left out.
function M.serial_numbers(store, ids)
  local list = json.array()
  for _, id in ipairs(ids) do
    local header = store.flow_units and store.flow_units.list[math.tointeger(id)]
    if header then
      list[#list + 1] = { unitId = math.tointeger(id), serialNumber = header.serialNumber,
        partNumber = header.partNumber }
    end
  end
  return list
end

--- Units in the order in which they went through: by their number, then by their visits.
function M.ordered(units)
  local function order(unit)
    local orders = json.value(unit.orders)
    return orders and orders[1] or 0
  end
  local list = json.array(table.move(units, 1, #units, 1, {}))
  table.sort(list, function(a, b)
    local x, y = json.value(a.unitId) or 0, json.value(b.unitId) or 0
    if x ~= y then return x < y end
    return order(a) < order(b)
  end)
  return list
end

return M
