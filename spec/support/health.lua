-- A health server in a process of its own, whose Lua can be kept busy while somebody asks.

local core = require("wats.core")
local json = require("wats.json")
local raw_http = require("spec.support.raw_http")

local M = {}
local Process = {}
Process.__index = Process

local CHILD = [[
  local wats = require("wats")
  local options = require("wats.json").decode(%q)
  options.port = 0
  health = assert(wats.health.serve(options))
  io.stdout:setvbuf("line")
  print(health.port)
  for line in io.lines() do
    local ok, result = pcall(assert(load(line)))
    print(ok, (tostring(result):gsub("\n", " ")))
  end
]]

local ENVIRONMENT = { LUA_PATH = package.path, LUA_CPATH = package.cpath, LUA_INIT = false,
  LUA_PATH_5_4 = false, LUA_CPATH_5_4 = false, NOTIFY_SOCKET = false }

--- Starts one. `options` are those of wats.health.serve that JSON can carry.
function M.start(options)
  local program = CHILD:format(json.encode(options or {}))
  local process = assert(core.spawn { argv = { os.getenv("LUA") or "lua5.4", "-e", program },
    env = ENVIRONMENT, stdin = "pipe", stdout = "pipe" })
  local self = setmetatable({ process = process, received = "" }, Process)
  self.port = tonumber((self:line()))
  return self
end

--- The next line that it prints.
function Process:line()
  while true do
    local text, rest = self.received:match("^([^\n]*)\n(.*)$")
    if text then
      self.received = rest
      return text
    end
    self.received = self.received .. assert(self.process:read(60))
  end
end

--- Tells it what to do; `line` says when that is done.
function Process:tell(code)
  assert(self.process:write(code .. "\n"))
end

--- One request; the response as of raw_http, and how long it took.
function Process:ask(path, headers)
  local begun = core.monotonic()
  local response = assert(raw_http.request(self.port, { path = path, headers = headers }))
  return response, core.monotonic() - begun
end

function Process:stop()
  self.process:close()
end

return M
