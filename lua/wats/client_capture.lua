-- wats.client_capture: which requests a piece of code makes.
--
-- A capture belongs to the task that begins it, or to plain code; tasks inherit those that are open
-- where they are spawned. So what other tasks do meanwhile is not in it. Nothing is looked at while
-- there is no capture: the core calls `began` only in a state that has one. When a capture ends, it
-- is looked through for loops that ask one by one (wats.capture_warnings).

local async = require("wats.async")
local capture_warnings = require("wats.capture_warnings")
local core = require("wats.core")
local errors = require("wats.errors")
local log = require("wats.log")

local client_capture = {}

---@class wats.Call  a request of a trace; neither status nor error while it is under way
---@field method string
---@field url string            without secrets
---@field route? string         template of the operation; nil where the path is of none
---@field request_id string     X-Request-Id, also where the server was not asked
---@field status? integer       of the answer
---@field error? string         kind of the error in place of an answer
---@field elapsed? number       seconds
---@field bytes? { sent: integer, received: integer }  on the network, by all attempts
---@field attempts? integer     exchanges with the server; 0 for a cached answer
---@field cache_status? string  as of the response

---@class wats.Trace  the requests in the order of their beginning
---@field [integer] wats.Call
---@field warnings wats.CaptureWarning[]  loops that asked one by one for what could be had together

---@class wats.capture.Scope
---@field client userdata
---@field owner wats.Client
---@field trace wats.Trace
---@field watch wats.capture.Watch
---@field told table<string, true>  warnings that a capture within this one has logged
---@field outer? wats.capture.Scope
---@field holder table          whose `captures` begin with it
---@field over boolean
local Scope = {}

local open = 0

local function holder_now()
  local scheduler = async.default
  return scheduler.current or scheduler
end

-- Closed in any order where coroutines of the caller interleave.
function Scope:__close()
  local holder = self.holder
  self.over = true
  while holder.captures and holder.captures.over do holder.captures = holder.captures.outer end
  open = open - 1
  if open == 0 then core.log:capturing(false) end
end

local function begin(client)
  local holder = holder_now()
  local scope = setmetatable({
    client = client[1], owner = client, trace = {}, watch = capture_warnings.watch(client),
    told = {}, outer = holder.captures, holder = holder, over = false,
  }, Scope)
  open = open + 1
  holder.captures = scope
  core.log:capturing(true)
  return scope
end

-- In the order of their beginning.
local function began(client, call)
  local scope = holder_now().captures
  while scope do
    if scope.client == client and not scope.over then
      call.route = call.route or capture_warnings.route(scope.owner, call)
      scope.trace[#scope.trace + 1] = call
      scope.watch:began(call)
    end
    scope = scope.outer
  end
end

core.log:on_request(began)

-- Each once, though captures nest.
local function tell(scope, warning)
  local key = warning.method .. " " .. warning.route
  if scope.told[key] then return end
  local outer = scope.outer
  while outer do
    outer.told[key], outer = true, outer.outer
  end
  log.write("warn", warning.message,
    { method = warning.method, route = warning.route, count = warning.count })
end

local function with_trace(scope, ...)
  local warnings = scope.watch:warnings()
  scope.trace.warnings = warnings
  for _, warning in ipairs(warnings) do tell(scope, warning) end
  return scope.trace, ...
end

-- See wats.Client.capture.
---@param client wats.Client
---@param fn function
---@param ... any
---@return wats.Trace trace
---@return any ...
function client_capture.run(client, fn, ...)
  if type(fn) ~= "function" then
    errors.raise("client:capture: a function expected, got %s", type(fn))
  end
  core.client_methods.is_closed(client) -- raises where this is no client
  local scope <close> = begin(client)
  return with_trace(scope, fn(...))
end

return client_capture
