-- wats.sandbox: a WATS server on this machine, for development and tests.
--
--   local sandbox <close> = assert(require("wats.sandbox").spawn())
--   local client = wats.connect { base_url = sandbox.url, token = sandbox.token }
--
-- It runs in a child process and ends with this one, however that ends. It listens on loopback
-- only, keeps everything in memory, and knows a few processes and products from the start.

local core = require("wats.core")

local json = require("wats.sandbox.json")
local options = require("wats.options")

local M = {}

---@class wats.Sandbox
---@field url string     "http://127.0.0.1:PORT"
---@field token string
---@field port integer
---@field pid integer
local Sandbox = {}
Sandbox.__index = Sandbox
Sandbox.__name = "wats.sandbox"

local CHILD = 'require("wats.sandbox.child").main()'

local failure_mt = {
  __tostring = function(err)
    return err.message
  end,
}

local function failure(kind, format, ...)
  local err = { kind = kind, message = "sandbox: " .. format:format(...), retryable = false }
  return setmetatable(err, failure_mt)
end

-- The next line from the child. In slices, so that Ctrl-C acts and the end of the child is seen.
local function read_line(self, timeout)
  local deadline = core.monotonic() + timeout
  while true do
    local line, after = self.received:match("^([^\n]*)\n()")
    if line then
      self.received = self.received:sub(after)
      return line
    end
    local left = deadline - core.monotonic()
    local bytes, problem = self.process:read(math.max(0, math.min(left, 0.1)))
    if bytes then
      self.received = self.received .. bytes
    elseif problem == "closed" then
      local code, how = self.process:wait(1)
      return nil, failure("closed", "its process has ended (%s %s)", how, code)
    elseif left <= 0 then
      return nil, failure("timeout", "no answer within %g seconds", timeout)
    end
  end
end

-- A decoded value as a caller likes it: whole numbers as integers, nulls as nil.
local function tidy(value)
  if value == json.null then
    return nil
  elseif type(value) == "number" then
    return math.tointeger(value) or value
  elseif type(value) == "table" then
    for key, member in pairs(value) do
      value[key] = tidy(member)
    end
  end
  return value
end

-- One exchange with the controls; the decoded answer, or nil, err.
local function ask(self, method, path, value)
  if not self.process then
    return nil, failure("closed", "it was stopped")
  end
  local body = value ~= nil and json.encode(value) or nil
  local line = json.encode({ method = method, path = path, body = body }) .. "\n"
  local ok, problem = self.process:write(line, self.timeout)
  if not ok then
    return nil, failure(problem, "its process does not listen: %s", problem)
  end
  local text, err = read_line(self, self.timeout)
  if not text then
    return nil, err
  end
  local reply = json.decode(text)
  if reply.status >= 300 then
    return nil, failure("invalid", "%s", json.value(reply.body) or reply.status)
  end
  local answer = json.value(reply.body)
  return not answer or tidy((json.decode(answer)))
end

--- Orders faults: one, or a list of them. Members: method, path (a trailing "*" stands for
--- anything more), times (default 1; 0 = until cleared), status, headers, body, delay_ms,
--- drop = "before" | "mid" | "after". An answer is replaced when there is a status or a body,
--- else the request is processed and only headers, delay and drop apply. A header that is
--- `require("wats.sandbox.json").null` is taken away.
---@param fault table
---@return true|nil, table|nil err
function Sandbox:fault(fault)
  return ask(self, "POST", "/sandbox/faults", fault)
end

--- Forgets all faults.
function Sandbox:clear_faults()
  return ask(self, "DELETE", "/sandbox/faults")
end

--- The faults that have not struck yet.
function Sandbox:faults()
  return ask(self, "GET", "/sandbox/faults")
end

--- What was received: a list of { number, time, method, path, query, headers, body_size,
--- body_sha256, status, dropped, fault, delay, processed }, oldest first.
---@param after integer|nil only those with a greater number
function Sandbox:journal(after)
  return ask(self, "GET", "/sandbox/journal?after=" .. (after or 0))
end

--- Empties the journal.
function Sandbox:clear_journal()
  return ask(self, "DELETE", "/sandbox/journal")
end

--- Loads records: { processes, levels, productGroups, products, reports }, each a list; a report is
--- its WSJF text.
---@param seed table
function Sandbox:seed(seed)
  return ask(self, "POST", "/sandbox/seed", seed)
end

--- Makes many test reports, cheaply: { count, partNumber, serialNumber (what theirs begin with),
--- processCode, stationName, start, interval (seconds between two), failEvery }; all but `count`
--- may be left out.
---@param spec table
function Sandbox:make_reports(spec)
  return ask(self, "POST", "/sandbox/reports", spec)
end

--- Begins anew: default records, no faults, empty journal.
function Sandbox:reset()
  return ask(self, "POST", "/sandbox/reset")
end

--- Ends the sandbox; its process is gone on return. May be called more than once.
function Sandbox:stop()
  local process = self.process
  self.process = nil
  if process then
    process:close()
  end
end

Sandbox.__gc = Sandbox.stop
Sandbox.__close = Sandbox.stop

function Sandbox:__tostring()
  return ("wats.sandbox: %s%s"):format(self.url or "", self.process and "" or " (stopped)")
end

local OPTIONS = {
  port = { "integer", min = 0, max = 65535, default = 0 },
  token = { "string", min = 1, secret = true },
  lua = { "string", min = 1 },
  journal = { "string", min = 1 },
  observer = { "string", min = 1 },
  timeout = { "number", above = 0, default = 10 },
}

local function start(opts)
  return core.spawn({
    argv = { opts.lua or os.getenv("WATS_LUA") or "lua5.4", "-e", CHILD },
    env = {
      LUA_PATH = package.path,
      LUA_CPATH = package.cpath,
      LUA_PATH_5_4 = false,
      LUA_CPATH_5_4 = false,
      LUA_INIT = false,
      LUA_INIT_5_4 = false,
      WATS_SANDBOX_PORT = tostring(opts.port),
      WATS_SANDBOX_TOKEN = opts.token or false,
      WATS_SANDBOX_JOURNAL = opts.journal or false,
      WATS_SANDBOX_OBSERVER = opts.observer or false,
    },
    stdin = "pipe",
    stdout = "pipe",
  })
end

--- Starts a sandbox and waits until it serves.
---   port     default: one that the system picks
---   token    default: a random one
---   lua      the interpreter; default: WATS_LUA of the environment, else "lua5.4"
---   journal  a file to which all that is received is appended, one line of JSON each
---   observer the name of a module that is a function, called in the child with each request and
---            its answer: for tests of the sandbox itself
---   timeout  seconds to wait for it, at the start and later for each answer; default 10
---@param opts { port: integer|nil, token: string|nil, lua: string|nil, journal: string|nil,
---         observer: string|nil, timeout: number|nil }|nil
---@return wats.Sandbox|nil, table|nil err
function M.spawn(opts)
  opts = options.check(2, "wats.sandbox.spawn", opts, OPTIONS)
  local process, problem = start(opts)
  if not process then
    return nil, failure("io", "%s", problem)
  end
  local self = setmetatable(
    { process = process, received = "", timeout = opts.timeout, pid = process:pid() }, Sandbox)
  local line, err = read_line(self, opts.timeout)
  local hello = line and json.decode(line)
  if line and (type(hello) ~= "table" or not hello.url) then
    err = failure("io", "%s", type(hello) == "table" and hello.problem or line)
    if err.message:find("built without", 1, true) then
      self:stop()
      error(err.message, 2)
    end
  end
  if err then
    self:stop()
    return nil, err
  end
  self.url, self.token, self.port = hello.url, hello.token, math.tointeger(hello.port)
  return self
end

return M
