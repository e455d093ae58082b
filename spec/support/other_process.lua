-- Another process of the same station: a Lua that evaluates what it is told, line by line, with
-- `wats` loaded and a client as `client`.
--
--   local other = processes.start(url, { cache = { path = path } })
--   other:ask('client:get("/x").cache_status') -> "hit", as text
--   other:stop()

local core = require("wats.core")
local json = require("wats.json")
local support = require("spec.support.client")

local M = {}
local Process = {}
Process.__index = Process

local CHILD = [[
  local wats = require("wats")
  local json = require("wats.json")
  local options = json.decode(arg[1])
  options.metrics = wats.metrics.new()
  client = assert(wats.connect(options))
  io.stdout:setvbuf("line")
  for line in io.lines() do
    local ok, result = pcall(assert(load("return " .. line)))
    io.write((tostring(result):gsub("\n", " ")), "\n")
  end
]]

local ENVIRONMENT = { LUA_PATH = package.path, LUA_CPATH = package.cpath, LUA_INIT = false,
  LUA_PATH_5_4 = false, LUA_CPATH_5_4 = false }

local function options_of(url, options)
  local all = { base_url = url, token = support.TOKEN, station = "S", retry = false,
    rate_limit = false, circuit_breaker = false }
  for name, value in pairs(options or {}) do all[name] = value end
  return json.encode(all)
end

--- Starts one.
---@param url string
---@param options table|nil  of wats.connect, besides what support.connect gives
function M.start(url, options)
  local process = assert(core.spawn { argv = { os.getenv("LUA") or "lua5.4", "-e",
    "arg = { [0] = 'child', " .. ("%q"):format(options_of(url, options)) .. " } " .. CHILD },
    env = ENVIRONMENT, stdin = "pipe", stdout = "pipe" })
  return setmetatable({ process = process, received = "" }, Process)
end

--- Runs a whole program to its end; what it printed, and its exit code.
---@param stderr string|nil a file for it
function M.run(url, options, program, stderr)
  local process <close> = assert(core.spawn { argv = { os.getenv("LUA") or "lua5.4", "-e",
    ("local wats, options = require('wats'), require('wats.json').decode(%q) ")
      :format(options_of(url, options)) .. program },
    env = ENVIRONMENT, stdin = "pipe", stdout = "pipe", stderr = stderr })
  local parts = {}
  while true do
    local bytes = process:read(60)
    if not bytes then break end
    parts[#parts + 1] = bytes
  end
  local code = process:wait(60)
  return table.concat(parts), code
end

--- What an expression is there, as text.
function Process:ask(expression)
  assert(self.process:write(expression .. "\n"))
  while true do
    local text, rest = self.received:match("^([^\n]*)\n(.*)$")
    if text then
      self.received = rest
      return text
    end
    self.received = self.received .. assert(self.process:read(60))
  end
end

--- As if somebody had pulled the plug of this process alone.
function Process:kill()
  self.process:kill(9)
  self.process:wait(60)
end

function Process:stop()
  self.process:close()
end

return M
