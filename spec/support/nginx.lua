-- nginx as a server for specs: HTTP/1.1 on one port, HTTP/2 over TLS on another.

local core = require("wats.core")
local socket = require("socket")
local tls = require("spec.support.tls")

local M = {}
local Server = {}
Server.__index = Server

local CONFIG = [[
daemon off; worker_processes 1; pid %DIR/pid; error_log %DIR/error.log;
events { worker_connections 1024; }
http {
  access_log off; keepalive_requests 100000; default_type application/octet-stream;
  client_body_temp_path %DIR/body; proxy_temp_path %DIR/proxy; fastcgi_temp_path %DIR/fastcgi;
  uwsgi_temp_path %DIR/uwsgi; scgi_temp_path %DIR/scgi; root %DIR/files;
  server { listen 127.0.0.1:%HTTP; listen unix:%DIR/socket; }
  server {
    listen 127.0.0.1:%TLS ssl %VERSION; ssl_certificate %CERT; ssl_certificate_key %KEY;
    %EXTRA
  }
}
]]

local COMMAND = "PATH=$PATH:/usr/sbin:/sbin command -v nginx"

--- The path of the program, or nil.
function M.program()
  local pipe = io.popen(COMMAND)
  local path = pipe:read("l")
  pipe:close()
  return path
end

--- Are nginx and openssl there?
function M.available()
  return M.program() ~= nil and tls.available()
end

-- A port that is free now; nginx takes none by itself.
local function free_port()
  local probe = assert(socket.bind("127.0.0.1", 0))
  local _, port = probe:getsockname()
  probe:close()
  return port
end

local function write(path, text)
  local file = assert(io.open(path, "wb"))
  file:write(text)
  file:close()
end

local function serves(port)
  local deadline = core.monotonic() + 20
  while core.monotonic() < deadline do
    local probe = socket.connect("127.0.0.1", port)
    if probe then
      probe:close()
      return true
    end
    core.sleep(0.02)
  end
  return false
end

--- Starts one that serves these files: url, tls_url, ca_file, socket (a path).
---@param files table<string, string>  bodies by name
---@param options? { names: string?, extra: string?, http2: boolean? }  of its certificate, as in
---                "IP:127.0.0.1"; lines for the server over TLS, where %CA is the authority's file
---                and %DIR/files/ holds the files;
---                false: HTTP/1.1 over TLS too
function M.start(files, options)
  options = options or {}
  local authority = tls.authority()
  local certificate = authority:issue(options.names or "IP:127.0.0.1")
  local dir, http, https = authority.dir, free_port(), free_port()
  assert(os.execute(("chmod 755 %s && mkdir %s/files"):format(dir, dir)))
  for name, body in pairs(files) do write(dir .. "/files/" .. name, body) end
  local values = { DIR = dir, HTTP = http, TLS = https, CERT = certificate.cert,
    VERSION = options.http2 == false and "" or "http2", KEY = certificate.key,
    EXTRA = (options.extra or ""):gsub("%%CA", authority.ca_file):gsub("%%DIR", dir) }
  write(dir .. "/nginx.conf", (CONFIG:gsub("%%(%u+)", values)))
  local self = setmetatable({
    authority = authority, ca_file = authority.ca_file, port = http, tls_port = https,
    socket = dir .. "/socket",
    url = "http://127.0.0.1:" .. http, tls_url = "https://127.0.0.1:" .. https,
    process = assert(core.spawn { stdin = "pipe", stderr = dir .. "/stderr",
      argv = { M.program(), "-e", dir .. "/error.log", "-c", dir .. "/nginx.conf" } }),
  }, Server)
  if not (serves(http) and serves(https)) then
    self:stop()
    error("nginx did not start")
  end
  return self
end

function Server:stop()
  self.process:kill(15)
  self.process:wait(20)
  self.process:close()
  self.authority:remove()
end

return M
