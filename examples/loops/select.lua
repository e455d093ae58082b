-- wats beside sockets of one's own, by socket.select, as copas does it.
--
--   lua5.4 examples/loops/select.lua URL TOKEN

local socket = require("socket")
local wats = require("wats")

local client = assert(wats.connect { base_url = arg[1], token = arg[2] })
local pollable = assert(wats.pollable())

local receiver = assert(socket.udp()) -- somebody else's business
assert(receiver:setsockname("127.0.0.1", 0))
local sender, beats, finished = assert(socket.udp()), 0, false
assert(sender:setpeername(receiver:getsockname()))

wats.spawn(function()
  local versions = wats.map({ 1, 2, 3 }, function() return client.app:get_version() end)
  sender:send("beat")
  wats.sleep(0.05)
  print(#versions .. " answers", beats > 0 and "beside a heart that beats" or "alone")
  finished = true
end)

while not finished do
  local readable = socket.select({ receiver, pollable }, nil, pollable:timeout())
  if readable[receiver] then
    receiver:receive()
    beats = beats + 1
  end
  pollable:step()
end
