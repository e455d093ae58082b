-- wats.client_capture: which requests a piece of code makes.
--
-- A capture belongs to the task that begins it, or to plain code; tasks inherit those that are open
-- where they are spawned. So what other tasks do meanwhile is not in it. Nothing is looked at while
-- there is no capture: the core calls `began` only in a state that has one.

local async = require("wats.async")
local core = require("wats.core")
local errors = require("wats.errors")

local client_capture = {}

---@class wats.Call  a request of a trace; neither status nor error while it is under way
---@field method string
---@field url string            without secrets
---@field request_id string     X-Request-Id, also where the server was not asked
---@field status? integer       of the answer
---@field error? string         kind of the error in place of an answer
---@field elapsed? number       seconds
---@field bytes? { sent: integer, received: integer }  on the network, by all attempts
---@field attempts? integer     exchanges with the server; 0 for a cached answer
---@field cache_status? string  as of the response

---@class wats.capture.Scope
---@field client userdata
---@field trace wats.Call[]
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
    client = client, trace = {}, outer = holder.captures, holder = holder, over = false,
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
    if scope.client == client and not scope.over then scope.trace[#scope.trace + 1] = call end
    scope = scope.outer
  end
end

core.log:on_request(began)

local function with_trace(scope, ...)
  return scope.trace, ...
end

-- See wats.Client.capture.
---@param client wats.Client
---@param fn function
---@param ... any
---@return wats.Call[] trace
---@return any ...
function client_capture.run(client, fn, ...)
  if type(fn) ~= "function" then
    errors.raise("client:capture: a function expected, got %s", type(fn))
  end
  core.client_methods.is_closed(client) -- raises where this is no client
  local scope <close> = begin(client[1])
  return with_trace(scope, fn(...))
end

return client_capture
