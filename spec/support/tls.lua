-- Certificates and TLS servers for specs, made with the openssl command.

local raw_servers = require("spec.support.raw_server")

local M = {}

--- Is the command there?
function M.available()
  return (os.execute("openssl version >/dev/null 2>&1"))
end

local Authority = {}
Authority.__index = Authority

local function run(command, ...)
  local done = os.execute(command:format(...) .. " >/dev/null 2>&1")
  if not done then error("failed: " .. command:format(...), 2) end
end

local KEY = "-newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes"

--- An authority of its own, in a new directory: dir, ca_file.
function M.authority()
  local dir = os.tmpname()
  os.remove(dir)
  assert(os.execute("mkdir -m 700 " .. dir))
  local self = setmetatable({ dir = dir, ca_file = dir .. "/ca.pem", count = 0 }, Authority)
  run("openssl req -x509 %s -keyout %s/ca.key -out %s -subj '/CN=CA %s' -days 2", KEY, dir,
    self.ca_file, dir:match("[^/]*$"))
  return self
end

--- A server's certificate: its files as { cert =, key = }.
---@param names string as in "IP:127.0.0.1,DNS:localhost"
---@param days integer|nil how long it is valid; -1: it was, until yesterday
function Authority:issue(names, days)
  self.count = self.count + 1
  local base = ("%s/%d"):format(self.dir, self.count)
  local file = assert(io.open(base .. ".ext", "w"))
  file:write("subjectAltName=", names, "\n")
  file:close()
  run("openssl req %s -keyout %s.key -out %s.csr -subj /CN=server", KEY, base, base)
  run("openssl x509 -req -in %s.csr -CA %s -CAkey %s/ca.key -CAcreateserial -days %d "
    .. "-extfile %s.ext -out %s.pem", base, self.ca_file, self.dir, days or 2, base, base)
  return { cert = base .. ".pem", key = base .. ".key" }
end

--- One that vouches for itself.
function Authority:self_signed()
  local base = self.dir .. "/self"
  run("openssl req -x509 %s -keyout %s.key -out %s.pem -subj /CN=127.0.0.1 -days 2 "
    .. "-addext subjectAltName=IP:127.0.0.1", KEY, base, base)
  return { cert = base .. ".pem", key = base .. ".key" }
end

function Authority:remove()
  os.execute("rm -rf " .. self.dir)
end

--- A server that answers each request with the number of its connection: url, port, stop(),
--- requests() as those of raw servers.
---@param certificate { cert: string, key: string }
---@param ending "keep"|"hangup"|"reset"|"half"|nil what becomes of a connection after an answer
function M.serve(certificate, ending)
  local server = raw_servers.start(("%s %s %s"):format(certificate.cert, certificate.key,
    ending or "keep"), "spec/support/tls_server_child.lua")
  server.url = server.url:gsub("^http", "https")
  return server
end

return M
