-- The process of spec/support/tls.lua: a relay that gives each connection an `openssl s_server` of
-- its own, and speaks HTTP through that one's standard input and output.
local core = require("wats.core")
local socket = require("socket")

local cert, key, ending = arg[1]:match("^(%S+) (%S+) (%S+)$")
local front = assert(socket.bind("127.0.0.1", 0, 64))
local links, count = {}, 0

local function write_line(text)
  io.stdout:write(text, "\n")
  io.stdout:flush()
end

-- The port that it says it listens on.
local function read_port(process)
  local text = ""
  while not text:match("ACCEPT [%d.]+:(%d+)\n") do
    text = text .. assert(process:read(10))
  end
  return tonumber(text:match("ACCEPT [%d.]+:(%d+)\n"))
end

local function accept()
  local outer = front:accept()
  local process = assert(core.spawn {
    argv = { "openssl", "s_server", "-accept", "127.0.0.1:0", "-naccept", "1", "-cert", cert,
      "-key", key },
    stdin = "pipe", stdout = "pipe", stderr = "/dev/null",
  })
  local inner = assert(socket.connect("127.0.0.1", read_port(process)))
  outer:settimeout(0)
  inner:settimeout(0)
  count = count + 1
  links[#links + 1] = { outer = outer, inner = inner, process = process, text = "", number = count }
end

-- "half": its end is told first, and the reset comes later, as idle balancers do it.
local function finish(link)
  if ending == "half" and not link.told then
    link.outer:shutdown("send")
    link.told, link.ends = true, core.monotonic() + 0.05
    return
  end
  if ending ~= "hangup" then link.outer:setoption("linger", { on = true, timeout = 0 }) end
  link.outer:close()
  link.inner:close()
  link.process:kill(9)
  link.process:close()
  link.over = true
end

-- Bytes from one side to the other; false at the end.
local function relay(from, to)
  local bytes, problem, part = from:receive(65536)
  bytes = bytes or part
  if bytes and bytes ~= "" then
    to:settimeout(5)
    to:send(bytes)
    to:settimeout(0)
  end
  return problem ~= "closed"
end

local function answer(link)
  local bytes = link.process:read(0)
  link.text = link.text .. (bytes or "")
  local line, stop = link.text:match("(%u+ %S+ HTTP/1%.1)\r\n.-\r\n\r\n()")
  if not line then return end
  write_line(("{line=%q,connection=%d,headers={}}"):format(line, link.number))
  link.text = link.text:sub(stop)
  local body = tostring(link.number)
  link.process:write(("HTTP/1.1 200 OK\r\nCache-Control: no-store\r\nContent-Length: %d\r\n\r\n%s")
    :format(#body, body), 5)
  if ending ~= "keep" then link.ends = core.monotonic() + 0.05 end
end

local lifeline = { getfd = function() return 0 end, dirty = function() return false end }
write_line(select(2, front:getsockname()))
while true do
  local waiting = { front, lifeline }
  for _, link in ipairs(links) do
    waiting[#waiting + 1] = link.outer
    waiting[#waiting + 1] = link.inner
  end
  local readable = socket.select(waiting, nil, #links > 0 and 0.005 or 60)
  if readable[lifeline] then break end
  for _, link in ipairs(links) do
    if link.told then
      if core.monotonic() > link.ends then finish(link) end
    elseif readable[link.outer] and not relay(link.outer, link.inner)
      or readable[link.inner] and not relay(link.inner, link.outer)
      or link.ends and core.monotonic() > link.ends then
      finish(link)
    else
      answer(link)
    end
  end
  for i = #links, 1, -1 do
    if links[i].over then table.remove(links, i) end
  end
  if readable[front] then accept() end
end
ending = "keep"
for _, link in ipairs(links) do finish(link) end
