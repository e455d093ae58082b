-- wats.health: tells over HTTP how this station program is, whatever Lua is doing.
--
--   local health = assert(wats.health.serve { client = client, heartbeat_timeout = 30 })
--   health:set("power_supply", false, "not calibrated")
--   health:beat()
--
-- A thread of the core answers, so a probe gets its answer at once while Lua waits for an
-- instrument. One server for the whole process: each Lua state joins it as a slot of its own name,
-- and the last slot that stops closes it. A slot brings checks, perhaps a heartbeat, a client and a
-- queue. docs/health.md has the pages, who may see them, and what "alive" and "ready" mean.
--
-- A slot stops when `stop` is called, at the end of its block if it is a `<close>` variable, and
-- when it is collected: keep it. It belongs to one Lua state. In a forked child it does nothing.

local core = require("wats.core")
local errors = require("wats.errors")
local json = require("wats.json")
local log = require("wats.log")
local options = require("wats.options")

local methods = core.health_methods

local health = {}

---@class wats.HealthOptions
---@field slot? string             this slot's name; default "1"
---@field client? wats.Client      its server, cache and figures are shown
---@field queue? wats.Queue        its depth is shown; full: not ready
---@field heartbeat_timeout? number  seconds without a beat until the process is not alive; none:
---  it is alive as long as it answers
---@field auto_beat? boolean       beat whenever this state begins a request, waits in this library,
---  or its tasks go on; default false
---@field require_server? boolean|number  ready only if the client's server has answered within so
---  many seconds (true: 60); it is asked when nobody else has. Default false: a warning
---@field host? string             an address of this machine; default "127.0.0.1"
---@field port? integer            0: one that the system picks; default 8080
---@field socket? string           a path: a UNIX socket in place of host and port
---@field token? string            whoever shows it as a bearer token sees everything
---@field allowed_hosts? string[]  further names in the Host field; default: those of loopback
---@field metrics? wats.metrics.registry  for /metrics; default: the process's
---@field instance? string         who this is, for /health/details; default: the client's station,
---  else the machine
---@field systemd? boolean         tell systemd READY=1, WATCHDOG=1 and STOPPING=1 if it has asked
---  for that; default true

-- The core would not see what stands behind it: half a token is another token.
local function nul_problem(value)
  if value:find("\0", 1, true) then return "must not hold a NUL" end
end

local function address_problem(value)
  if value == "" then return "must be an address" end
  return nul_problem(value)
end

local function hosts_problem(value)
  if #value == 0 or #value > 16 then return "must be a list of 1 to 16 names" end
  for _, name in ipairs(value) do
    if type(name) ~= "string" or not name:find("^[%w%.%-_:%[%]]+$") then
      return "must be a list of host names without ports"
    end
  end
end

local function within_problem(value)
  if type(value) == "number" and not (value > 0 and value <= 86400) then
    return "must be true, false or 0 to 86400 seconds"
  end
end

---@type table<string, wats.OptionRule>
local RULES = {
  slot = { "string", min = 1, max = 64, check = nul_problem },
  client = { "table" },
  queue = { "table" },
  heartbeat_timeout = { "number", above = 0, max = 1e6 },
  auto_beat = { "boolean", default = false },
  require_server = { "boolean|number", check = within_problem },
  host = { "string", check = address_problem },
  port = { "integer", min = 0, max = 65535 },
  socket = { "string", min = 1, check = nul_problem },
  token = { "string", min = 1, secret = true, check = nul_problem },
  allowed_hosts = { "table", check = hosts_problem },
  metrics = { "userdata" },
  instance = { "string", check = nul_problem },
  systemd = { "boolean", default = true },
}

local DEFAULT_WITHIN <const> = 60

---@class wats.Health
---@field slot string
---@field port integer?  nil where it listens at a path
---@field url string     "http://127.0.0.1:8080", or "unix:/path"
local Health = {}
Health.__index = Health
Health.__name = "wats.health"

local function instance_of(given)
  if given.instance then return given.instance end
  local station = given.client and given.client.station
  return type(station) == "table" and type(station.name) == "string" and station.name
    or core.hostname()
end

-- What goes together, and what options of the core they are.
local function complete(given)
  if given.auto_beat and not given.heartbeat_timeout then
    errors.raise('wats.health.serve: option "auto_beat" needs a heartbeat_timeout')
  end
  if given.require_server and not given.client then
    errors.raise('wats.health.serve: option "require_server" needs a client')
  end
  if given.require_server == true then given.require_server = DEFAULT_WITHIN end
  if not given.require_server then given.require_server = nil end
  given.slot = given.slot or "1"
  given.instance = instance_of(given)
  local versions = core.versions()
  versions.wats, versions.lua = core.version, _VERSION
  given.versions = json.encode(versions)
  return given
end

-- systemd would end a service that it has no signs of life from, without anybody knowing why.
local function warn_of_watchdog(given)
  if given.systemd and not given.heartbeat_timeout and os.getenv("NOTIFY_SOCKET")
    and os.getenv("WATCHDOG_USEC") then
    log.write("warn", "systemd waits for signs of life, but this slot has no heartbeat", {
      slot = given.slot, hint = "heartbeat_timeout",
    })
  end
end

-- Joins the process's health server, and starts it if this is the first slot. Options of the server
-- (host, port, socket, token, allowed_hosts, metrics) that are left out are as the first slot had
-- them; others than those raise, as does a slot whose name is taken. nil and an error where it
-- cannot listen, for instance since the port is taken.
---@param given? wats.HealthOptions
---@return wats.Health? health
---@return wats.Error? err
function health.serve(given)
  local checked, problem = options.read(given, RULES)
  if not checked then errors.raise("wats.health.serve: %s", problem) end
  local inner, err = core.health(complete(checked))
  if not inner then return nil, err end
  warn_of_watchdog(checked)
  local self = setmetatable({ inner, slot = checked.slot }, Health)
  self.url = methods.url(self)
  local port = methods.port(self)
  if port > 0 then self.port = port end
  return self
end

local function check_name(where, name)
  if type(name) ~= "string" then
    errors.raise("%s: the name of a check expected, got %s", where, type(name))
  end
  if name == "" or #name > 64 then
    errors.raise("%s: the name of a check has 1 to 64 bytes", where)
  end
  if name:find("\0", 1, true) then
    errors.raise("%s: the name of a check must not hold a NUL", where)
  end
end

-- Sets a check: is what it stands for fine? While one is not, the process is not ready, and
-- `text` says why. Checks that are not set do not exist.
---@param name string  UTF-8
---@param ok boolean
---@param text? string  for people; the first 240 bytes
function Health:set(name, ok, text)
  check_name("health:set", name)
  if type(ok) ~= "boolean" then
    errors.raise("health:set: true or false expected, got %s", type(ok))
  end
  if text ~= nil and type(text) ~= "string" then
    errors.raise("health:set: text: string expected, got %s", type(text))
  end
  methods.set(self, name, ok, text and text:gsub("\0", "\u{FFFD}"))
end

-- Takes a check out. Was it there?
---@param name string
---@return boolean
function Health:unset(name)
  check_name("health:unset", name)
  return methods.unset(self, name)
end

-- The script is alive: to be called more often than `heartbeat_timeout`.
---@type fun(self: wats.Health)
Health.beat = methods.beat

-- Leaves; the last slot's stop frees the port before it returns, and waits for nothing else. May be
-- called twice.
---@type fun(self: wats.Health)
Health.stop = methods.stop

Health.__close = Health.stop

return health
