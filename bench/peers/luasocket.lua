-- luasocket.lua URL COUNT 1: GETs one by one over one kept connection; luasocket has no client that
-- keeps it, so this is the least that a script would write by hand. Prints seconds, processor
-- seconds.
local socket = require("socket")
local url, count = arg[1], tonumber(arg[2])
local host, port, path = url:match("^http://([^:/]+):(%d+)(/.*)$")
local request = ("GET %s HTTP/1.1\r\nHost: %s:%s\r\nAccept: application/json\r\n\r\n"):format(path,
  host, port)
local connection = assert(socket.connect(host, tonumber(port)))
connection:setoption("tcp-nodelay", true)

local function get()
  assert(connection:send(request))
  assert(assert(connection:receive("*l")):find("^HTTP/1.1 200 "))
  local length
  for line in function() return connection:receive("*l") end do
    if line == "" then break end
    length = length or tonumber(line:lower():match("^content%-length:%s*(%d+)"))
  end
  return assert(connection:receive(length))
end

get()
local wall, processor = socket.gettime(), os.clock()
for _ = 1, count do get() end
print(socket.gettime() - wall, os.clock() - processor)
