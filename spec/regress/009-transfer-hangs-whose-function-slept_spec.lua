-- A source or on_progress that slept while its transfer ended, or while bytes came, left the task
-- waiting for ever: the scheduler had taken the news meanwhile, and nobody told it again.

local raw_servers = require("spec.support.raw_server")
local support = require("spec.support.client")
local wats = require("wats")

local SERVER = [[
  local request = read(true)
  if not request then return end
  if request.target == "/reset" then
    sleep(0.05)
    reset()
  elseif request.target == "/refused" then
    send("HTTP/1.1 413 X\r\nConnection: close\r\nContent-Length: 2\r\n\r\nno")
    sleep(0.5)
  elseif request.target == "/both" then
    send("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2000000\r\n\r\n")
    send(("x"):rep(2000000))
    sleep(0.5)
  else
    send("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2000\r\n\r\n" .. ("x"):rep(1000))
    sleep(0.05)
    send(("x"):rep(1000))
  end
]]

describe("a transfer whose function slept", function()
  local server, client

  setup(function()
    server = raw_servers.start(SERVER)
    client = support.connect(server, { cache = false })
  end)
  teardown(function()
    client:close()
    server:stop()
  end)

  -- What the task has come to within a time that is plenty.
  local function outcome(f)
    local task = wats.spawn(f)
    local res, err = task:join(15)
    if not res and err.kind == "timeout" then task:cancel() end
    return res, err
  end

  local function late_end()
    wats.sleep(0.4)
    return nil
  end

  it("ends when the connection broke under its source", function()
    local res, err = outcome(function() return client:put("/reset", { source = late_end }) end)
    assert.is_nil(res)
    assert.equal("connection", err.kind)
  end)

  it("ends when the answer came under its source", function()
    local res = assert(outcome(function() return client:put("/refused", { source = late_end }) end))
    assert.equal(413, res.status)
  end)

  it("ends when all came under its on_progress", function()
    for _, sink in ipairs { false, function() end } do
      local res = assert(outcome(function()
        return client:get("/whole", { sink = sink or nil,
          on_progress = function() wats.sleep(0.4) end })
      end))
      assert.equal(2000, res.bytes)
    end
  end)

  it("ends when its sink was filled under its source", function()
    local bytes = 0
    local res = assert(outcome(function()
      return client:put("/both", { source = late_end,
        sink = function(chunk) bytes = bytes + #chunk end })
    end))
    assert.equal(200, res.status)
    assert.equal(2000000, bytes)
  end)
end)
