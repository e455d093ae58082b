-- wats.sandbox.child: the process in which a sandbox runs.
--
-- One loop: requests through core.httpd; with a lifeline also what the parent says on standard
-- input. Each of its lines is a JSON object { method, path, body } for the controls below
-- /sandbox/, answered by one line { status, body } on standard output; the end of standard input
-- ends the sandbox. So it never outlives its parent, and the parent needs no HTTP to steer it.

local core = require("wats.core")

local json = require("wats.sandbox.json")
local servers = require("wats.sandbox.server")

local M = {}

local STDIN = 0

--- A token as the web pages of WATS hand them out: base64 of "name:secret".
---@return string
function M.new_token()
  return core.base64_encode("sandbox:" .. core.uuid())
end

local function answer_line(server, line)
  local ask = json.decode(line)
  if type(ask) ~= "table" then
    return
  end
  local reply = server:handle({
    method = ask.method,
    path = ask.path:match("^[^?]*"),
    query = ask.path:match("%?(.*)$"),
    headers = { authorization = "Basic " .. server.token },
    body = json.value(ask.body) or "",
  })
  io.stdout:write(json.encode({ status = reply.status, body = reply.body }), "\n")
  io.stdout:flush()
end

-- Takes what came on standard input; false at its end.
local function read_lines(server, pending)
  local bytes = core.read_fd(STDIN)
  if not bytes or bytes == "" then
    return false
  end
  pending[#pending + 1] = bytes
  if not bytes:find("\n", 1, true) then
    return true
  end
  local text = table.concat(pending)
  local rest = 1
  for line, after in text:gmatch("([^\n]*)\n()") do
    answer_line(server, line)
    rest = after
  end
  for i = #pending, 1, -1 do
    pending[i] = nil
  end
  pending[1] = text:sub(rest)
  return true
end

--- Serves until a signal ends it, or with a lifeline until standard input ends.
---@param options { port: integer|nil, token: string|nil, lifeline: boolean|nil,
---                 journal: file*|nil,
---                 observer: nil|fun(request: table, reply: table),
---                 on_ready: fun(url: string, token: string, port: integer): boolean } `on_ready`
---                 returns false to end at once
---@return boolean|nil done, string|nil problem why it could not begin
function M.run(options)
  local server = servers.new(options.token or M.new_token(), options.journal, options.observer)
  local ok, httpd, problem = pcall(core.httpd, {
    port = options.port or 0,
    idle_timeout = 300,
    handler = function(request)
      return server:handle(request)
    end,
  })
  if not ok or not httpd then -- raised: built without libmicrohttpd
    return nil, problem or httpd
  end
  collectgarbage("generational") -- much garbage, of short life
  local port, ending, pending = httpd:port(), core.termination_fd(), {}
  local watched = options.lifeline and { ending, STDIN } or { ending }
  local alive = options.on_ready("http://127.0.0.1:" .. port, server.token, port)
  while alive do
    local ready = httpd:step(nil, table.unpack(watched))
    alive = ready ~= ending
    if ready == STDIN then
      alive = read_lines(server, pending)
    end
  end
  httpd:close()
  return true
end

-- One write for each line, however long it is.
local function open_journal(path)
  local file, problem = io.open(path, "ab")
  if file then
    file:setvbuf("full", 1048576)
  end
  return file, problem
end

--- What wats.sandbox.spawn starts: settings in WATS_SANDBOX_PORT, _TOKEN, _JOURNAL, _OBSERVER; the
--- first line on standard output says { url, token, port } or { problem }.
function M.main()
  local function say(value)
    io.stdout:write(json.encode(value), "\n")
    io.stdout:flush()
  end
  local path = os.getenv("WATS_SANDBOX_JOURNAL")
  local journal, unopened
  if path then
    journal, unopened = open_journal(path)
    if not journal then
      return say({ problem = unopened })
    end
  end
  local observer = os.getenv("WATS_SANDBOX_OBSERVER")
  local _, problem = M.run({
    journal = journal,
    observer = observer and require(observer) or nil,
    port = math.tointeger(tonumber(os.getenv("WATS_SANDBOX_PORT"))),
    token = os.getenv("WATS_SANDBOX_TOKEN"),
    lifeline = true,
    on_ready = function(url, token, port)
      say({ url = url, token = token, port = port })
      return true
    end,
  })
  if problem then
    say({ problem = problem })
  end
end

return M
