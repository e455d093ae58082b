-- A station that goes on testing while the server is away, and loses nothing.
local wats = require("wats")
local spawn = require("wats.sandbox").spawn

-- A WATS server on this machine. Yours: base_url = "https://company.wats.com", and its token.
local server = assert(spawn())
local client <close> = assert(wats.connect { base_url = server.url, token = server.token,
  circuit_breaker = { open_for = 1 } }) -- a server that is away is asked again after a second

local path = os.tmpname() -- yours: a file on a local disk that stays
local queue <close> = assert(wats.queue.open {
  path = path, client = client,
  recovery_spread = 0, -- one station need not take turns with others when the server is back
  on_event = function(event)
    if event.kind == "dead" then print("refused: " .. event.reason) end
  end,
})

local function test(serial_number, process_code)
  local uut = client.report:uut { part_number = "PCBA-100", revision = "B", operator = "kari",
    serial_number = serial_number, process_code = process_code or 50 }
  uut:sequence("Power"):numeric { name = "3V3", value = 3.31, unit = "V", low = 3.2, high = 3.4 }
  local id = assert(queue:submit(uut)) -- on the disk from here on, whatever happens
  print(serial_number .. " is in the queue, result " .. uut.result)
  return id
end

local function show(what)
  local stats = assert(queue:stats())
  print(("%s: %d waiting, %d sent, %d dead"):format(what, stats.pending, stats.sent, stats.dead))
end

test("SN-0001")
assert(queue:flush(30))
show("all is well")

local port, token = server.port, server.token
server:stop()
test("SN-0002")
test("SN-0003")
local done, err = queue:flush(0.5)
print("flushed: " .. tostring(done) .. ", " .. err.kind)
show("the server is away")

server = assert(spawn { port = port, token = token })
assert(queue:flush(30))
show("it is back")

local id = test("SN-0004", 4711) -- a process that the server does not know
assert(queue:flush(30))
show("one was wrong")
local row = assert(queue:get(id))
print(("it is kept, after %d attempts that were answered with %d"):format(row.attempts, row.status))
assert(queue:discard(id))
show("and is thrown away by hand")

queue:close()
server:stop()
for _, suffix in ipairs { "", "-wal", "-shm", "-lock", "-turn", "-ballast" } do
  os.remove(path .. suffix)
end
