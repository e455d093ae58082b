-- The process of spec/support/raw_server.lua: one coroutine for each connection. It ends with its
-- standard input.
local core = require("wats.core")
local socket = require("socket")

local script = arg[1]
local server = assert(socket.bind("127.0.0.1", 0, 64))
local shared = {}

local function write_line(text)
  io.stdout:write(text, "\n")
  io.stdout:flush()
end

local function parse(head)
  local request = { head = head, headers = {} }
  request.line = head:match("^[^\r]*")
  request.method, request.target = request.line:match("^(%S+) (%S+)")
  for name, value in head:gmatch("\r\n([^:\r\n]+):[ \t]*([^\r\n]*)") do
    request.headers[name:lower()] = value
  end
  return request
end

local function log(request)
  local parts = {}
  local function add(name, value) parts[#parts + 1] = ("[%q]=%q"):format(name, value) end
  for name, value in pairs(request.headers) do add(name, value) end
  local format =
    "{head=%q,line=%q,method=%q,target=%q,body=%q,sha256=%q,connection=%d,headers={%s}}"
  local text = format:format(request.head, request.line, request.method, request.target,
    request.body:sub(1, 2000), core.sha256(request.body), request.connection,
    table.concat(parts, ","))
  write_line((text:gsub("\\\n", "\\n")))
end

-- The bytes of a connection as they are asked for; nil where it has ended.
local function reader(connection)
  local R, pending = {}, ""
  local function receive()
    coroutine.yield(connection)
    local bytes, problem, part = connection:receive(65536)
    bytes = bytes or part or ""
    return (bytes ~= "" or problem ~= "closed") and bytes or nil
  end
  function R.take(length)
    local parts, have = { pending }, #pending
    while have < length do
      local bytes = receive()
      if not bytes then return nil end
      parts[#parts + 1], have = bytes, have + #bytes
    end
    local all = table.concat(parts)
    pending = all:sub(length + 1)
    return all:sub(1, length)
  end
  function R.take_until(mark)
    local stop
    repeat
      stop = select(2, pending:find(mark, 1, true))
      local bytes = not stop and receive()
      if not stop and not bytes then return nil end
      pending = pending .. (bytes or "")
    until stop
    return R.take(stop)
  end
  function R.take_chunks()
    local chunks = {}
    while true do
      local line = R.take_until("\r\n")
      local chunk = line and R.take(tonumber(line:match("^%x+"), 16) + 2)
      if not chunk then return nil end
      if chunk == "\r\n" then return table.concat(chunks) end
      chunks[#chunks + 1] = chunk:sub(1, -3)
    end
  end
  return R
end

local function environment(connection, number)
  local E = setmetatable({ number = number, shared = shared }, { __index = _G })
  local input = reader(connection)
  function E.read(head_only)
    local head = input.take_until("\r\n\r\n")
    if not head then return nil end
    local request = parse(head)
    local length = tonumber(request.headers["content-length"]) or 0
    if head_only then
      request.body = ""
    elseif request.headers["transfer-encoding"] == "chunked" then
      request.body = input.take_chunks()
    else
      request.body = input.take(length)
    end
    request.connection = number
    if not request.body then return nil end
    log(request)
    return request
  end
  function E.send(text)
    local from = 1
    while from <= #text do
      local last, problem, part = connection:send(text, from)
      if not last and problem ~= "timeout" then return nil end
      from = (last or part) + 1
      if from <= #text then coroutine.yield(0.001) end
    end
    return true
  end
  function E.reset()
    connection:setoption("linger", { on = true, timeout = 0 })
    connection:close()
  end
  function E.sleep(seconds) coroutine.yield(seconds) end
  return E
end

local tasks, connections = {}, 0

local function resume(task)
  local ok, wish = coroutine.resume(task.thread)
  if not ok then io.stderr:write("raw server: ", wish, "\n") end
  if coroutine.status(task.thread) == "dead" then
    task.connection:close()
    tasks[task] = nil
    return
  end
  task.at = type(wish) == "number" and socket.gettime() + wish or nil
end

local function accept()
  local connection = server:accept()
  connection:settimeout(0)
  connection:setoption("tcp-nodelay", true)
  connections = connections + 1
  local body = assert(load(script, "=script", "t", environment(connection, connections)))
  local task = { thread = coroutine.create(body), connection = connection }
  tasks[task] = true
  resume(task)
end

local lifeline = { getfd = function() return 0 end, dirty = function() return false end }
write_line(select(2, server:getsockname()))
while true do
  local waiting, by, timeout = { server, lifeline }, {}, 60
  for task in pairs(tasks) do
    if task.at then
      timeout = math.max(0, math.min(timeout, task.at - socket.gettime()))
    else
      waiting[#waiting + 1] = task.connection
      by[task.connection] = task
    end
  end
  local readable = socket.select(waiting, nil, timeout)
  for _, object in ipairs(readable) do
    if object == lifeline then os.exit(0) end
    if object == server then accept() elseif by[object] then resume(by[object]) end
  end
  local now = socket.gettime()
  local due = {}
  for task in pairs(tasks) do
    if task.at and task.at <= now then due[#due + 1] = task end
  end
  for _, task in ipairs(due) do resume(task) end
end
