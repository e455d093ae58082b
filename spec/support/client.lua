-- What the specs of the client share.

local wats = require("wats")

local M = {}

-- A token that no text has by chance: nothing that a script can print may hold it.
M.TOKEN = "Y2FuYXJ5OjdkM2Y5YzBlLXNlY3JldA=="

--- A sandbox that knows M.TOKEN.
function M.sandbox()
  return require("spec.support.sandbox").start { token = M.TOKEN }
end

--- A client of `server`, with figures of its own. It sends nothing again unless told so: specs
--- count what comes to the server.
---@param server table|string  a sandbox of M.sandbox, a raw server, or a URL
---@param options table|nil
function M.connect(server, options)
  local url = type(server) == "table" and (server.url or server.sandbox.url) or server
  local all = { base_url = url, token = M.TOKEN, station = "S", metrics = wats.metrics.new(),
    retry = false, rate_limit = false, circuit_breaker = false }
  for name, value in pairs(options or {}) do all[name] = value end
  return assert(wats.connect(all))
end

--- Calls `f`, which must raise at a line of its own text, and returns the message without the
--- place. Write it on one line.
function M.blamed(f)
  local ok, message = pcall(f)
  if ok then error("it raised nothing", 2) end
  if type(message) ~= "string" then error("not a message: " .. tostring(message), 2) end
  local source, line, text = message:match("^(.-):(%d+): (.*)$")
  local info = debug.getinfo(f, "S")
  line = tonumber(line)
  if source ~= info.short_src or line < info.linedefined or line > info.lastlinedefined then
    error(("blamed at another place than %s:%d: %s"):format(info.short_src, info.linedefined,
      message), 2)
  end
  return text
end

--- Every string that can be reached from a value through tables, metatables and upvalues.
function M.strings(root)
  -- not by way of the globals, or this very file would be found
  local seen, found = { [_G] = true, [package.loaded] = true, [M] = true }, {}
  local function visit(value)
    if type(value) == "string" then found[#found + 1] = value end
    if type(value) ~= "table" and type(value) ~= "function" and type(value) ~= "userdata"
      or seen[value] then return end
    seen[value] = true
    visit(debug.getmetatable(value))
    if type(value) == "table" then
      for key, member in next, value do visit(key) visit(member) end
    elseif type(value) == "function" then
      local i = 1
      while true do
        local name, upvalue = debug.getupvalue(value, i)
        if not name then break end
        visit(upvalue)
        i = i + 1
      end
    else
      for i = 1, 4 do visit(debug.getuservalue(value, i)) end
    end
  end
  visit(root)
  return found
end

return M
