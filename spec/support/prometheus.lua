-- A Prometheus server for specs, its checker promtool, and the reference reader in Python.

local core = require("wats.core")
local socket = require("socket")
local wats = require("wats")

local M = {}
local Server = {}
Server.__index = Server

local function output_of(command)
  local pipe = assert(io.popen(command))
  local text = pipe:read("a")
  return pipe:close() == true, text
end

local function finds(program)
  return (output_of("PATH=$PATH:/usr/sbin:/sbin command -v " .. program .. " >/dev/null 2>&1"))
end

M.has_server = finds("prometheus")
M.has_promtool = finds("promtool")

-- The first Python that has the module, or nil.
local function python_with(module)
  for _, name in ipairs { "python3", "/usr/bin/python3" } do
    if output_of(("%s -c 'import %s' >/dev/null 2>&1"):format(name, module)) then return name end
  end
end

M.python = python_with("prometheus_client")

--- Runs a command with `text` as its standard input: did it succeed, and what did it say.
---@return boolean, string
function M.feed(command, text)
  local name = os.tmpname()
  local file = assert(io.open(name, "wb"))
  file:write(text)
  file:close()
  local ok, said = output_of(("%s < %s 2>&1"):format(command, name))
  os.remove(name)
  return ok, said
end

local function free_port()
  local probe = assert(socket.bind("127.0.0.1", 0))
  local _, port = probe:getsockname()
  probe:close()
  return port
end

--- Starts one that scrapes five times a second.
---@param jobs table<string, string>  of each job "host:port/path"
---@return table server
function M.start(jobs)
  local dir = os.tmpname()
  os.remove(dir)
  assert(os.execute("mkdir " .. dir))
  local lines = { "global: { scrape_interval: 200ms, scrape_timeout: 200ms }", "scrape_configs:" }
  for name, target in pairs(jobs) do
    local host, path = target:match("^([^/]+)(/.*)$")
    lines[#lines + 1] = ("- { job_name: %s, metrics_path: %s, "
      .. "static_configs: [ { targets: [ '%s' ] } ] }"):format(name, path, host)
  end
  local file = assert(io.open(dir .. "/prometheus.yml", "w"))
  file:write(table.concat(lines, "\n"), "\n")
  file:close()
  local port = free_port()
  local self = setmetatable({ dir = dir, process = assert(core.spawn { stdin = "pipe",
    stdout = dir .. "/stdout", stderr = dir .. "/stderr",
    argv = { "prometheus", "--config.file=" .. dir .. "/prometheus.yml",
      "--storage.tsdb.path=" .. dir .. "/data", "--web.listen-address=127.0.0.1:" .. port } }) },
    Server)
  self.client = assert(wats.connect { base_url = "http://127.0.0.1:" .. port, token = "none",
    cache = false, retry = false, rate_limit = false, circuit_breaker = false,
    metrics = wats.metrics.new() })
  if not self:wait(function()
    local res = self.client:get("/-/ready")
    return res and res.ok
  end) then
    self:stop()
    error("prometheus did not start")
  end
  return self
end

--- Until `f` returns something true, for half a minute at most: that.
function Server:wait(f)
  local deadline = core.monotonic() + 30
  repeat
    local value = f()
    if value then return value end
    core.sleep(0.1)
  until core.monotonic() > deadline or not self.process
end

--- What an expression is now: a list of { labels, value }.
function Server:query(expression)
  local res = assert(self.client:get("/api/v1/query", { query = { query = expression } }))
  local answer = assert(res:json())
  assert(answer.status == "success", answer.error)
  local list = {}
  for i, sample in ipairs(answer.data.result) do
    list[i] = { labels = sample.metric, value = tonumber(sample.value[2]) }
  end
  return list
end

--- The value of an expression that has one; else nil.
function Server:value(expression)
  local list = self:query(expression)
  return #list == 1 and list[1].value or nil
end

function Server:stop()
  self.process:kill(15)
  if not self.process:wait(20) then
    self.process:kill(9)
    self.process:wait(20)
  end
  self.process:close()
  self.process = nil
  self.client:close()
  os.execute("rm -r " .. self.dir)
end

return M
