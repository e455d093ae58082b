-- A server that misbehaves as a spec says, in a process of its own, for what the sandbox cannot do.
--
--   local server = raw_servers.start [[
--     while read() do send("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n") end
--   ]]
--
-- The text is Lua, run once for each connection, several at a time. It may use
--   read()         the next request { head, line, method, target, headers, body }; nil at the end;
--                  read(true) leaves the body where it is
--   send(text)     writes all of it, as long as somebody reads
--   reset()        ends the connection with RST instead of FIN
--   sleep(s)       stops this connection; the others go on
--   number         which connection this is, from 1
--   shared         a table for all connections
-- and the standard library; the connection is closed when it ends.

local core = require("wats.core")

local M = {}
local Server = {}
Server.__index = Server

local function line(self, timeout)
  local deadline = core.monotonic() + timeout
  while true do
    local text, after = self.received:match("^([^\n]*)\n()")
    if text then
      self.received = self.received:sub(after)
      return text
    end
    local bytes, problem = self.process:read(math.max(0, deadline - core.monotonic()))
    if not bytes then return nil, problem end
    self.received = self.received .. bytes
  end
end

--- Starts one; `child` may name another program than that for raw text.
---@param script string
---@param child string|nil
function M.start(script, child)
  local process = assert(core.spawn {
    argv = { os.getenv("LUA") or "lua5.4", child or "spec/support/raw_server_child.lua", script },
    env = { LUA_PATH = package.path, LUA_CPATH = package.cpath, LUA_INIT = false,
      LUA_PATH_5_4 = false, LUA_CPATH_5_4 = false },
    stdin = "pipe", stdout = "pipe",
  })
  local self = setmetatable({ process = process, received = "", list = {} }, Server)
  self.port = math.tointeger(tonumber((assert(line(self, 10)))))
  self.url = ("http://127.0.0.1:%d"):format(self.port)
  return self
end

--- The requests read so far: { head, line, method, target, headers, body (its first 2,000
--- bytes), sha256 (of all), connection }.
function Server:requests()
  while true do
    local text = line(self, 0)
    if not text then return self.list end
    self.list[#self.list + 1] = load("return " .. text)()
  end
end

--- The last one of them.
function Server:last()
  local list = self:requests()
  return list[#list]
end

function Server:stop()
  if self.process then self.process:close() end
  self.process = nil
end

--- A whole answer with its length.
---@param status integer
---@param body string|nil
---@param headers string[]|nil lines
function M.answer(status, body, headers)
  local lines = { ("HTTP/1.1 %d X"):format(status) }
  for _, text in ipairs(headers or {}) do lines[#lines + 1] = text end
  lines[#lines + 1] = "Content-Length: " .. #(body or "")
  return table.concat(lines, "\r\n") .. "\r\n\r\n" .. (body or "")
end

--- A script that gives each request the same bytes, on connections that are kept.
function M.always(text)
  return ("while read() do send(%q) end"):format(text)
end

return M
