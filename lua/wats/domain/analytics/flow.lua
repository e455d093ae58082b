-- wats.domain.analytics.flow: how units go through production: operations are nodes, the ways
-- between them links. Methods of client.analytics.
--
-- The calls are internal ones of the server: another version may lack or change them. What they
-- answer is returned as it comes. Showing, hiding, summing up and finding bottlenecks is done
-- here, over that answer: the server has no call for it.

local call = require("wats.call")
local client_module = require("wats.client")
local errors = require("wats.errors")
local filter = require("wats.report_filter")
local json = require("wats.json")
local many = require("wats.many")
local operations = require("wats.operations")
local options = require("wats.options")

local with = client_module.with

---@class wats.Analytics
local Flow = {}

---@class wats.UnitFlow
---@field nodes table[]   id, name, processCode, unitCount, passCount, failCount, yieldPercent, ...
---@field links table[]   source, target, unitCount, ...
---@field units? wats.record.InternalUnitFlowUnit[]

local FLOW = operations.find("POST /api/internal/UnitFlow")
local ask_flow = call.bind(FLOW.key, "record")
local ask_split = call.bind("POST /api/internal/UnitFlow/SplitBy", "record")
local ask_serials = call.bind("POST /api/internal/UnitFlow/SN", "list")
local ask_order = call.bind("POST /api/internal/UnitFlow/UnitOrder", "list")
local ask_nodes = call.bind("GET /api/internal/UnitFlow/Nodes", "list")
local ask_links = call.bind("GET /api/internal/UnitFlow/Links", "list")
local ask_units = call.bind("GET /api/internal/UnitFlow/Units", "list")

local LIMITS = {
  min_yield = { "number", min = 0, default = 95 }, -- percent
  min_units = { "number", min = 0, default = 1 },
}

-- The records of this name in a flow.
local function part(of, name)
  local list = json.array {}
  for _, one in ipairs(type(of[name]) == "table" and of[name] or {}) do
    if type(one) == "table" then list[#list + 1] = one end
  end
  return list
end

local function get_flow(self, where, ask, given, own, opts)
  call.reads(where, opts)
  local body = filter.split(where, given, FLOW)
  for name, value in pairs(own or {}) do body[name] = value end
  local answer, err = ask(self, where, nil, with(opts, { json = body }))
  if answer == true then return { nodes = json.array {}, links = json.array {} } end
  return answer, err
end

local function count(node, name)
  return type(node[name]) == "number" and node[name] or 0
end

-- Percent of the units of a node that passed: as the server says, else from its counts; nil where
-- it tells neither.
local function yield_of(node)
  for _, name in ipairs { "yieldPercent", "yield" } do
    if type(node[name]) == "number" then return node[name] end
  end
  if count(node, "unitCount") > 0 and type(node.passCount) == "number" then
    return 100 * node.passCount / node.unitCount
  end
  return nil
end

-- Names and codes of operations, as a set; of text the case weighs nothing.
local function operation_set(where, name, list)
  if type(list) ~= "table" then list = { list } end
  local set = {}
  for _, one in ipairs(list) do
    if type(one) ~= "string" and math.type(one) ~= "integer" then
      errors.raise("%s: %s: names or codes of operations expected, got %s", where, name, type(one))
    end
    set[tostring(one):lower()] = true
  end
  if not next(set) or not options.length(list) then
    errors.raise("%s: %s: names or codes of operations expected, got %s", where, name,
      next(set) and "a list with holes" or "none")
  end
  return set
end

local function is_in(set, node)
  for _, name in ipairs { "name", "processName", "processCode", "id" } do
    local value = node[name]
    if value ~= nil and set[tostring(value):lower()] then return true end
  end
  return false
end

-- A link's end: its own name for it differs from version to version.
local function link_end(link, name)
  local value = link[name]
  if value == nil then value = link[name .. "Id"] end
  return value
end

-- The flow with the nodes that `keeps` says, and the links between those.
local function restrict(of, keeps)
  local nodes, links, kept = json.array {}, json.array {}, {}
  for _, node in ipairs(part(of, "nodes")) do
    if keeps(node) then
      nodes[#nodes + 1] = node
      kept[node.id ~= nil and node.id or node] = true
    end
  end
  for _, link in ipairs(part(of, "links")) do
    local source, target = link_end(link, "source"), link_end(link, "target")
    if kept[source] and kept[target] then links[#links + 1] = link end
  end
  of.nodes, of.links = nodes, links
  return of
end

local function worst_first(a, b)
  local x, y = yield_of(a), yield_of(b)
  if x ~= y then return x < y end
  if count(a, "unitCount") ~= count(b, "unitCount") then
    return count(a, "unitCount") > count(b, "unitCount")
  end
  return tostring(a.id) < tostring(b.id)
end

local function bottlenecks(of, min_yield, min_units)
  local list = json.array {}
  for _, node in ipairs(part(of, "nodes")) do
    local yield = yield_of(node)
    if yield and yield < min_yield and count(node, "unitCount") >= min_units then
      list[#list + 1] = node
    end
  end
  table.sort(list, worst_first)
  return list
end

local function summary(of)
  local result = { node_count = #part(of, "nodes"), link_count = #part(of, "links"),
    unit_count = 0, pass_count = 0, fail_count = 0 }
  for _, node in ipairs(part(of, "nodes")) do
    result.unit_count = math.max(result.unit_count, count(node, "unitCount"))
    result.pass_count = result.pass_count + count(node, "passCount")
    result.fail_count = result.fail_count + count(node, "failCount")
  end
  local ids, different = {}, 0
  for _, unit in ipairs(part(of, "units")) do
    local id = unit.unitId
    if id ~= nil and not ids[id] then ids[id], different = true, different + 1 end
  end
  if different > 0 then result.unit_count = different end
  local tested = result.pass_count + result.fail_count
  if tested > 0 then result.average_yield = 100 * result.pass_count / tested end
  result.bottleneck = bottlenecks(of, math.huge, 1)[1]
  return result
end

-- The flow of the units that fit.  POST /api/internal/UnitFlow
---@param given? wats.AnalyticsFilter
---@param opts? wats.RequestOptions
---@return wats.UnitFlow? flow
---@return wats.Error? err
function Flow:get_unit_flow(given, opts)
  return get_flow(self, "analytics:get_unit_flow", ask_flow, given, nil, opts)
end

-- GET /api/internal/UnitFlow/Nodes
---@param given? wats.AnalyticsFilter
---@param opts? wats.RequestOptions
---@return table[]? nodes
---@return wats.Error? err
function Flow:get_flow_nodes(given, opts)
  local where = "analytics:get_flow_nodes"
  return ask_nodes(self, where, { filter = filter.text(where, given) }, opts)
end

-- GET /api/internal/UnitFlow/Links
---@param given? wats.AnalyticsFilter
---@param opts? wats.RequestOptions
---@return table[]? links
---@return wats.Error? err
function Flow:get_flow_links(given, opts)
  local where = "analytics:get_flow_links"
  return ask_links(self, where, { filter = filter.text(where, given) }, opts)
end

-- The single units of the flow.  GET /api/internal/UnitFlow/Units
---@param given? wats.AnalyticsFilter
---@param opts? wats.RequestOptions
---@return wats.record.InternalUnitFlowUnit[]? units
---@return wats.Error? err
function Flow:get_flow_units(given, opts)
  local where = "analytics:get_flow_units"
  return ask_units(self, where, { filter = filter.text(where, given) }, opts)
end

-- The serial numbers of units, by the unitId that they have in a flow.
-- POST /api/internal/UnitFlow/SN
---@param unit_ids integer[]
---@param opts? wats.RequestOptions
---@return table[]? serial_numbers
---@return wats.Error? err
function Flow:get_flow_serial_numbers(unit_ids, opts)
  local where = "analytics:get_flow_serial_numbers"
  for i, id in ipairs(client_module.record(where, "unit_ids", unit_ids)) do
    if math.type(id) ~= "integer" then
      errors.raise("%s: element %d: an integer expected, got %s", where, i, type(id))
    end
  end
  local ids = json.array(table.move(unit_ids, 1, #unit_ids, 1, {}))
  local answer, err = ask_serials(self, where, nil, with(opts, { json = ids }))
  if answer == true then return json.array {} end
  return answer, err
end

-- The way of each of these units, one flow for each, at most 16 requests at once.
-- POST /api/internal/UnitFlow
---@param serial_numbers string[]
---@param given? wats.AnalyticsFilter  for all of them
---@param opts? wats.ManyOptions
---@return wats.UnitFlow[] flows  in the order of the serial numbers, and n
---@return table? errs   by the same index, and n
function Flow:trace_serial_numbers(serial_numbers, given, opts)
  local where = "analytics:trace_serial_numbers"
  filter.split(where, given, FLOW)
  local flows, errs = many.fetch(where, serial_numbers, function(serial_number, own)
    return get_flow(self, where, ask_flow, given, { serialNumber = tostring(serial_number) }, own)
  end, opts)
  return flows, errs
end

-- The flow with each operation once for each value of a dimension ("stationName").
-- POST /api/internal/UnitFlow/SplitBy
---@param dimension string
---@param given? wats.AnalyticsFilter
---@param opts? wats.RequestOptions
---@return wats.UnitFlow? flow
---@return wats.Error? err
function Flow:split_flow_by(dimension, given, opts)
  local where = "analytics:split_flow_by"
  local own = { dimensions = filter.check.dimensions(where, "dimension", dimension,
    filter.YIELD_DIMENSIONS) }
  return get_flow(self, where, ask_split, given, own, opts)
end

-- The units of a flow in the order in which they went through.
-- POST /api/internal/UnitFlow/UnitOrder
---@param units wats.record.InternalUnitFlowUnit[]  as of get_flow_units
---@param opts? wats.RequestOptions
---@return wats.record.InternalUnitFlowUnit[]? units
---@return wats.Error? err
function Flow:set_unit_order(units, opts)
  local where = "analytics:set_unit_order"
  client_module.record(where, "units", units)
  local body = json.array(table.move(units, 1, #units, 1, {}))
  local answer, err = ask_order(self, where, nil, with(opts, { json = body }))
  if answer == true then return json.array {} end
  return answer, err
end

-- The flow with only some operations: those to be shown (nil: all) but those to be hidden.
-- POST /api/internal/UnitFlow
---@param show? string|integer|table  names or codes
---@param hide? string|integer|table
---@param given? wats.AnalyticsFilter
---@param opts? wats.RequestOptions
---@return wats.UnitFlow? flow
---@return wats.Error? err
function Flow:set_unit_flow_visibility(show, hide, given, opts)
  local where = "analytics:set_unit_flow_visibility"
  local shown = show ~= nil and operation_set(where, "show", show)
  local hidden = hide ~= nil and operation_set(where, "hide", hide)
  local of, err = get_flow(self, where, ask_flow, given, nil, opts)
  if not of then return nil, err end
  return restrict(of, function(node)
    return (not shown or is_in(shown, node)) and not (hidden and is_in(hidden, node))
  end)
end

-- The flow of these operations alone.  POST /api/internal/UnitFlow
---@param which string|integer|table  names or codes
---@param given? wats.AnalyticsFilter
---@param opts? wats.RequestOptions
---@return wats.UnitFlow? flow
---@return wats.Error? err
function Flow:show_operations(which, given, opts)
  local shown = operation_set("analytics:show_operations", "operations", which)
  local of, err = get_flow(self, "analytics:show_operations", ask_flow, given, nil, opts)
  if not of then return nil, err end
  return restrict(of, function(node) return is_in(shown, node) end)
end

-- The flow without these operations.  POST /api/internal/UnitFlow
---@param which string|integer|table  names or codes
---@param given? wats.AnalyticsFilter
---@param opts? wats.RequestOptions
---@return wats.UnitFlow? flow
---@return wats.Error? err
function Flow:hide_operations(which, given, opts)
  local hidden = operation_set("analytics:hide_operations", "operations", which)
  local of, err = get_flow(self, "analytics:hide_operations", ask_flow, given, nil, opts)
  if not of then return nil, err end
  return restrict(of, function(node) return not is_in(hidden, node) end)
end

-- The flow with each operation by the stations that did it; with `false` as it is.
-- POST /api/internal/UnitFlow/SplitBy
---@param expand? boolean  default true
---@param given? wats.AnalyticsFilter
---@param opts? wats.RequestOptions
---@return wats.UnitFlow? flow
---@return wats.Error? err
function Flow:expand_operations(expand, given, opts)
  local where = "analytics:expand_operations"
  if expand ~= nil and type(expand) ~= "boolean" then
    errors.raise("%s: expand: a boolean expected, got %s", where, type(expand))
  end
  if expand == false then return get_flow(self, where, ask_flow, given, nil, opts) end
  return get_flow(self, where, ask_split, given, { dimensions = "stationName" }, opts)
end

-- The flow in a few figures: node_count, link_count, unit_count (different units), pass_count
-- and fail_count (over all nodes), average_yield (percent; nil where nothing was tested) and
-- bottleneck, the node of the lowest yield.  POST /api/internal/UnitFlow
---@param given? wats.AnalyticsFilter
---@param opts? wats.RequestOptions
---@return table? summary
---@return wats.Error? err
function Flow:get_flow_summary(given, opts)
  local of, err = get_flow(self, "analytics:get_flow_summary", ask_flow, given, nil, opts)
  if not of then return nil, err end
  return summary(of)
end

-- The nodes whose yield is below the limit, worst first.  POST /api/internal/UnitFlow
---@param given? wats.AnalyticsFilter
---@param how? number|{ min_yield?: number, min_units?: integer }  percent, default 95; nodes with
---                                                  fewer units than min_units (1) are left out
---@param opts? wats.RequestOptions
---@return table[]? nodes
---@return wats.Error? err
function Flow:get_bottlenecks(given, how, opts)
  local where = "analytics:get_bottlenecks"
  if type(how) ~= "table" then how = { min_yield = how } end
  local limits, problem = options.read(how, LIMITS)
  if not limits then errors.raise("%s: %s", where, problem) end
  local of, err = get_flow(self, where, ask_flow, given, nil, opts)
  if not of then return nil, err end
  return bottlenecks(of, limits.min_yield, limits.min_units)
end

return Flow
