-- What is sent again, seen from a script and from the server's journal.

local boxed = require("spec.support.boxed")
local core = require("wats.core")
local support = require("spec.support.client")
local wats = require("wats")

local blamed = support.blamed

describe("a client that may send again", function()
  local it, box = boxed(it, pending, setup, teardown, before_each,
    { cache = false, retry = { base_delay = 0.005 } })
  local client
  before_each(function() client = box.client end)

  local function fault(fields)
    assert(box.sandbox:fault(fields))
  end

  it("shrugs off a server that is away for a moment", function()
    fault { method = "GET", path = "/api/App/Version", times = 2, status = 503,
      headers = { ["Retry-After"] = "0" } }
    local res = assert(client:get("/api/App/Version"))
    assert.equal(200, res.status)
    assert.equal(3, res.attempts)
    assert.equal(2, client:stats().retries)
    assert.equal(3, #box.sandbox:journal())
  end)

  it("sends a report again, which is stored once", function()
    fault { method = "POST", path = "/api/Report/WSJF", times = 1, drop = "after" }
    local uut = client.report:uut { part_number = "P", serial_number = "S", revision = "A",
      process_code = 10, operator = "o" }
    uut:finish()
    assert(client.report:submit(uut))
    local headers = assert(client.report:query_headers())
    assert.equal(1, #headers)
    assert.equal(2, headers[1].receiveCount or 2)
  end)

  it("never sends twice what may have been done", function()
    fault { method = "POST", path = "/api/Unknown", times = 1, drop = "after" }
    local res, err = client:post("/api/Unknown", { json = {} })
    assert.is_nil(res)
    assert.equal("connection", err.kind)
    assert.is_false(err.retryable)
    assert.equal(1, #box.sandbox:journal())
  end)

  it("obeys retry = false and idempotent = true", function()
    fault { path = "/api/Unknown", times = 0, status = 502 }
    assert.equal(1, client:get("/api/Unknown", { retry = false }).attempts)
    assert.equal(1, client:post("/api/Unknown", { body = "" }).attempts)
    assert.equal(3, client:post("/api/Unknown", { body = "", idempotent = true }).attempts)
    local none = support.connect(box, { retry = false })
    assert.equal(1, none:get("/api/Unknown").attempts)
    assert.equal("retry: boolean expected, got number",
      blamed(function() client:get("/x", { retry = 1 }) end))
    assert.equal("idempotent: boolean expected, got string",
      blamed(function() client:get("/x", { idempotent = "yes" }) end))
  end)

  it("waits as long as the server says, if there is time", function()
    fault { method = "GET", path = "/api/App/Version", times = 1, status = 503,
      headers = { ["Retry-After"] = "1" } }
    local start = core.monotonic()
    assert.equal(200, client:get("/api/App/Version").status)
    assert.is_true(core.monotonic() - start >= 0.99)
    fault { method = "GET", path = "/api/App/Version", times = 0, status = 503,
      headers = { ["Retry-After"] = "60" } }
    start = core.monotonic()
    local value, err = client.app:get_version()
    assert.is_nil(value)
    assert.equal(60, err.retry_after)
    assert.is_true(core.monotonic() - start < 10)
  end)

  it("lets other tasks go on while it waits, and ends with its task", function()
    fault { method = "GET", path = "/api/App/Version", times = 0, status = 503,
      headers = { ["Retry-After"] = "20" } }
    local task = wats.spawn(function() return client.app:get_version() end)
    local turns = 0
    for _ = 1, 10 do
      wats.sleep(0.01)
      turns = turns + 1
    end
    assert.equal(10, turns)
    task:cancel()
    assert.equal("cancelled", select(2, task:join()).kind)
  end)

  it("shares its budget with the other clients of the server and token", function()
    local message = blamed(function()
      wats.connect { base_url = box.sandbox.url, token = support.TOKEN, retry = { budget = 3 } }
    end)
    assert.matches("retry%.budget: 3 asked for, but another client .* has 10", message)
  end)
end)
