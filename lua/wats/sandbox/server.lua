-- wats.sandbox.server: from a request to its answer; no sockets here.
--
-- A request is what core.httpd hands to its handler, an answer what it takes. The order is that of
-- the real thing with something in front of it: first the faults that a test ordered, then size,
-- token, route, what the operation table says of the request, and at the end ETag and gzip.

local controls = require("wats.sandbox.controls")
local errors = require("wats.sandbox.errors")
local faults = require("wats.sandbox.faults")
local journals = require("wats.sandbox.journal")
local respond = require("wats.sandbox.respond")
local routers = require("wats.sandbox.router")
local seed = require("wats.sandbox.seed")
local seed_data = require("wats.sandbox.seed_data")
local stores = require("wats.sandbox.store")
local validate = require("wats.sandbox.validate")

local M = {}
M.__index = M
M.__name = "wats.sandbox.server"

-- Each is a module wats.sandbox.<name>, and adds the routes of one part of the API:
-- open(router, store).
local PARTS = {
  "analytics", "app", "asset", "auth", "barcode", "bom", "box_build", "categories", "export",
  "manual_inspection", "process", "product", "product_groups", "production", "report",
  "report_files", "report_wsxf", "rootcause", "scim", "software", "system", "workflow",
}

--- A server with the default records.
---@param token string what clients must send behind "Basic "
---@param journal_file file*|nil
---@param observer nil|fun(request: table, reply: table) sees what a handler was asked and answered,
---  before it is packed; what it raises is answered in its place, as 500
function M.new(token, journal_file, observer)
  local self = setmetatable({ token = token, journal_file = journal_file, observer = observer,
    controls = routers.new() }, M)
  controls.open(self.controls, self)
  self:reset()
  return self
end

--- Begins anew: default records, no faults, empty journal.
function M:reset()
  self.store = stores.new()
  self.faults = faults.new()
  self.journal = journals.new(self.journal_file)
  self.router = routers.new(validate.check)
  for _, name in ipairs(PARTS) do
    require("wats.sandbox." .. name).open(self.router, self.store)
  end
  local problems = seed.load(self.store, seed_data)
  assert(#problems == 0, problems[1] and problems[1][2])
end

local function is_control(path)
  path = path:lower()
  return path == "/sandbox" or path:sub(1, 9) == "/sandbox/"
end

function M:is_authorized(authorization)
  local scheme, token = (authorization or ""):match("^(%S+)%s+(%S+)%s*$")
  return scheme ~= nil and scheme:lower() == "basic"
    and (token == self.token or self.store.tokens:holds(token))
end

local function unauthorized()
  local reply = errors.message(401, "Authorization has been denied for this request.")
  reply.headers["WWW-Authenticate"] = 'Basic realm="WATS"'
  return reply
end

local function no_route(request, allowed)
  if allowed then
    local reply = errors.message(405,
      ("The requested resource does not support http method '%s'."):format(request.method))
    reply.headers.Allow = allowed
    return reply
  end
  return errors.message(404,
    ("No HTTP resource was found that matches the request URI '%s'."):format(request.path))
end

local function run(router, request)
  local handler, found, check, values = router:match(request.method, request.path)
  if not handler then
    return no_route(request, found)
  end
  request.params = found
  if not check then
    request.query = routers.parse_query(request.query)
    return handler(request)
  end
  return check(request, values) or handler(request)
end

local function failed(problem)
  local reply = errors.exception(500, "An error has occurred.", "wats.sandbox", problem)
  io.stderr:write("sandbox: ", problem, "\n")
  return reply
end

-- The answer that the server itself would give.
function M:process(router, request)
  if request.too_large then
    return errors.problem(413, "Content Too Large", "The body is larger than the server takes.")
  elseif not self:is_authorized(request.authorization) then
    return unauthorized()
  end
  local ok, reply = xpcall(run, debug.traceback, router, request)
  return ok and reply or failed(reply)
end

function M:observe(request, reply)
  local ok, problem = pcall(self.observer, request, reply)
  return ok and reply or failed(tostring(problem))
end

local function ordered(fault)
  return { status = math.tointeger(fault.status or 200), headers = {}, body = fault.body }
end

--- Answers a request.
---@param request table { method, path, query, headers, body, too_large }
---@return table reply { status, headers, body, delay, action }
function M:handle(request)
  request.authorization = request.headers.authorization
  if is_control(request.path) then
    return respond.finish(self:process(self.controls, request), request)
  end
  local entry = self.journal:record(request)
  local fault = self.faults:take(request.method, request.path)
  local reply
  if fault and (fault.status or fault.body or fault.drop == "before") then
    reply = ordered(fault)
  else
    reply = self:process(self.router, request)
    if self.observer then
      reply = self:observe(request, reply)
    end
    reply = respond.finish(reply, request)
    entry.processed = reply.status
  end
  if fault then
    entry.fault = true
    faults.apply(fault, reply)
  end
  if reply.action then
    entry.dropped = fault.drop
  end
  entry.status = reply.action ~= "close" and reply.status or nil
  entry.delay = reply.delay or 0
  self.journal:answered(entry)
  return reply
end

return M
