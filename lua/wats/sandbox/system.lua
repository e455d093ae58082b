-- wats.sandbox.system: the clients (stations) of the system, their levels, and the server's
-- state.
--
-- A client is there once a report has come from its station; its last report and how many there
-- were follow from the reports. Levels stand in a tree, the first name of a hierarchy on top.

local checks = require("wats.sandbox.checks")
local app = require("wats.sandbox.app")
local core = require("wats.core")
local errors = require("wats.sandbox.errors")
local json = require("wats.sandbox.json")
local stores = require("wats.sandbox.store")
local time = require("wats.sandbox.time")

local M = {}

local v = json.value

local CLIENT = 5 -- the type of a test station

local client_record = json.record({
  "clientId", "name", "displayName", "location", "purpose", "type", "clientGroupId", "identifier",
  "status", "version", "lastReport", "reportCount", "pendingCount",
})
local DTO = {
  { "clientId", "integer", required = true }, { "name", "string" }, { "displayName", "string" },
  { "location", "string" }, { "purpose", "string" }, { "type", "integer" },
  { "clientGroupId", "integer" },
}
local CHANGEABLE = { "displayName", "location", "purpose", "clientGroupId" }

local function ok(value)
  return { status = 200, headers = {}, body = json.encode(value) }
end

local function invalid(field, text)
  return errors.model_state(400, "The request is invalid.", { { field, text } })
end

-- A MAC address that nobody else has, from the client's number.
local function identifier_of(number)
  return ("02:00:00:00:%02X:%02X"):format(number >> 8 & 255, number & 255)
end

local function now_text()
  return time.format(math.floor(core.time()) * time.TICKS)
end

local function client_of(system, report)
  local name = report.machineName
  local client = system.by_name[name]
  if not client then
    local number = #system.clients + 1
    client = client_record({
      clientId = number, name = name, displayName = name, location = v(report.location),
      purpose = v(report.purpose), type = CLIENT, clientGroupId = 1,
      identifier = identifier_of(number), status = "Online", version = app.VERSION,
      reportCount = 0, pendingCount = 0,
    })
    system.clients[number], system.by_name[name] = client, client
    system.logs[client.identifier] = { now_text() .. " registered" }
  end
  return client
end

local function note_report(system, report)
  local client = client_of(system, report)
  client.reportCount, client.lastReport = client.reportCount + 1, now_text()
  table.insert(system.logs[client.identifier],
    ("%s report %s received"):format(client.lastReport, report.id))
end

local function by(list, field, value)
  for _, one in ipairs(list) do
    if one[field] == value then
      return one
    end
  end
end

local function get_client(system, query)
  local name, identifier = query.name, query.identifier
  if (name or "") == "" and (identifier or "") == "" then
    return invalid("name", "A client must be named, by name or identifier.")
  end
  local client = name and system.by_name[name]
    or identifier and by(system.clients, "identifier", identifier:upper())
  return client and ok(client)
    or errors.message(404, ("There is no client '%s'."):format(name or identifier))
end

local function put_client(store, system, request)
  local source = json.decode(request.body)
  if type(source) ~= "table" or source[1] ~= nil then
    return errors.text(400, "The body is not a JSON object.")
  end
  local faults = {}
  checks.members(faults, source, "", DTO)
  if #faults > 0 then
    return errors.model_state(400, "The request is invalid.", faults)
  end
  local client = by(system.clients, "clientId", math.tointeger(source.clientId))
  local level = math.tointeger(v(source.clientGroupId))
  if not client then
    return errors.message(404, ("There is no client with id %d."):format(source.clientId))
  elseif level and not by(store.levels, "levelId", level) then
    return invalid("clientGroupId", ("There is no level with id %d."):format(level))
  end
  for _, name in ipairs(CHANGEABLE) do
    local value = v(source[name])
    if value ~= nil then
      client[name] = math.tointeger(value) or value
    end
  end
  return ok(client)
end

-- All values of a parameter that may stand several times, in order.
local function all_values(request, name)
  local value = request.query[name]
  return type(value) == "table" and value or { value }
end

-- The level below `parent` (an id; 0 = on top) of that name.
local function child_level(store, system, parent, name)
  for _, level in ipairs(store.levels) do
    if level.levelName == name and (system.parents[level.levelId] or 0) == parent then
      return level
    end
  end
end

local function find_level(store, system, names)
  local id = 0
  for _, name in ipairs(names) do
    local level = child_level(store, system, id, name)
    if not level then
      return nil
    end
    id = level.levelId
  end
  return id > 0 and id or nil
end

local function make_level(store, system, names)
  local id = 0
  for _, name in ipairs(names) do
    local level = child_level(store, system, id, name)
    if not level then
      local highest = 0
      for _, one in ipairs(store.levels) do
        highest = math.max(highest, one.levelId)
      end
      level = stores.level({ levelId = highest + 1, levelName = name })
      table.insert(store.levels, level)
      system.parents[level.levelId] = id
    end
    id = level.levelId
  end
  return id
end

local function post_level(store, system, request)
  local names = json.decode(request.body)
  if type(names) ~= "table" or #names == 0 then
    return invalid("hierarchy", "A list of at least one level is required.")
  end
  for _, name in ipairs(names) do
    if type(name) ~= "string" or name == "" then
      return invalid("hierarchy", "The name of a level must be text that is not empty.")
    end
  end
  return ok(make_level(store, system, names))
end

local function client_log(system, identifier)
  local lines = system.logs[identifier:upper()]
  if not lines then
    return errors.message(404, ("There is no log of a client '%s'."):format(identifier))
  end
  return { status = 200, headers = { ["Content-Type"] = "text/plain; charset=utf-8" },
    body = table.concat(lines, "\n") .. "\n" }
end

--- Adds the routes; the clients are store.system.
function M.open(router, store)
  store.system = { clients = json.array(), by_name = {}, logs = {}, parents = {} }
  local system = store.system
  table.insert(store.listeners, function(report)
    note_report(system, report)
  end)
  router:add("GET", "/api/SystemManager/Client", function(request)
    return get_client(system, request.query)
  end)
  router:add("PUT", "/api/SystemManager/Client", function(request)
    return put_client(store, system, request)
  end)
  router:add("GET", "/api/SystemManager/ClientLog/{identifier}", function(request)
    return client_log(system, request.params.identifier)
  end)
  router:add("GET", "/api/SystemManager/Clients", function()
    return ok(system.clients)
  end)
  router:add("GET", "/api/SystemManager/Level", function(request)
    return ok(find_level(store, system, all_values(request, "hierarchy")) or json.null)
  end)
  router:add("POST", "/api/SystemManager/Level", function(request)
    return post_level(store, system, request)
  end)
  router:add("GET", "/api/SystemStatus", function()
    return ok({ Database = "OK", Version = app.VERSION, Reports = tostring(store.received) })
  end)
end

return M
