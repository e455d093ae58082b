-- HTTP by hand over luasocket, for specs that must see what really goes over the wire. It knows
-- nothing of the library, follows nothing, repeats nothing.

local socket = require("socket")

local M = {}

local function read_fields(connection)
  local fields = {}
  while true do
    local line, problem = connection:receive("*l")
    if not line then
      return nil, problem
    elseif line == "" then
      return fields
    end
    local name, value = line:match("^([^:]+):%s*(.-)%s*$")
    name = name:lower()
    fields[name] = fields[name] and fields[name] .. ", " .. value or value
  end
end

local function read_body(connection, method, response)
  local status = response.status
  if method == "HEAD" or status == 204 or status == 304 then
    return ""
  end
  local length = tonumber(response.headers["content-length"])
  if length == 0 then -- luasocket would wait for what never comes
    return ""
  end
  local body, problem, part = connection:receive(length or "*a")
  if not body then
    response.cut = problem
  end
  return body or part
end

--- A connection to keep; close() it.
---@param port integer
---@param timeout number|nil seconds without a byte; default 10
function M.connect(port, timeout)
  local connection = assert(socket.connect("127.0.0.1", port))
  connection:settimeout(timeout or 10)
  return connection
end

--- The bytes of a request.
---@param r { method: string, path: string, headers: table|nil, body: string|nil }
function M.text(r)
  local lines = { ("%s %s HTTP/1.1"):format(r.method or "GET", r.path), "Host: 127.0.0.1" }
  for name, value in pairs(r.headers or {}) do
    lines[#lines + 1] = name .. ": " .. value
  end
  if r.body then
    lines[#lines + 1] = "Content-Length: " .. #r.body
  end
  return table.concat(lines, "\r\n") .. "\r\n\r\n" .. (r.body or "")
end

--- Reads one response: { status, reason, headers (by name in lower case), body, cut (why the body
--- ended early) }; or nil and why there was none ("closed", "timeout").
function M.read(connection, method)
  local line, problem = connection:receive("*l")
  if not line then
    return nil, problem
  end
  local response = {}
  response.status = tonumber(line:match("^HTTP/1%.[01] (%d%d%d)"))
  response.reason = line:match("^HTTP/1%.[01] %d%d%d (.*)$")
  response.headers, problem = read_fields(connection)
  if not response.headers then
    return nil, problem
  end
  response.body = read_body(connection, method, response)
  return response
end

--- One request on a connection of its own.
---@param port integer
---@param r table as for text
---@return table|nil response, string|nil problem
function M.request(port, r)
  local connection = M.connect(port, r.timeout)
  connection:send(M.text(r))
  local response, problem = M.read(connection, r.method)
  connection:close()
  return response, problem
end

return M
