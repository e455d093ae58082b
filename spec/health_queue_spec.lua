-- A queue that the health server looks at: csrc/lua_health_queue.c, core/health_outbox.h.

local helper = require("spec.tools.helper")
local json = require("wats.json")
local needs = require("spec.support.needs")
local raw_http = require("spec.support.raw_http")
local wats = require("wats")

describe("wats.health with a queue", function()
  local it = needs.that(needs.has_sqlite, "built without SQLite", needs.sandbox(it, pending),
    pending)
  local directory, queue, health

  before_each(function() directory = helper.directory() end)
  after_each(function()
    if health then health:stop() end
    if queue then queue:close() end
    helper.remove(directory)
  end)

  local function ask(path)
    local response = assert(raw_http.request(health.port, { path = path }))
    return response.status, json.decode(response.body)
  end

  local function report(number)
    return json.encode { id = ("00000000-0000-4000-8000-%012d"):format(number), type = "T",
      pn = "P", sn = tostring(number), rev = "1", processCode = 1, result = "P",
      machineName = "M", start = "2024-01-01T00:00:00.000Z",
      root = { id = 0, group = "M", stepType = "SequenceCall", name = "r", status = "P",
        seqCall = { path = "", name = "", version = "" } } }
  end

  it("shows what waits in it, and is not ready when it is full", function()
    queue = assert(wats.queue.open { path = directory .. "/outbox.db",
      base_url = "http://127.0.0.1:1", max_rows = 2 })
    health = assert(wats.health.serve { port = 0, queue = queue, systemd = false })
    assert(queue:submit(report(1)))
    local details = select(2, ask("/health/details")).details
    assert.equal(1, details.pending_count)
    assert.equal(1, details.slots["1"].queue.size)
    assert.is_false(details.slots["1"].queue.full)
    assert.is_true(details.slots["1"].queue.oldest_age_seconds >= 0)
    assert.equal(200, (ask("/health/ready")))
    assert(queue:submit(report(2)))
    local status, page = ask("/health/ready")
    assert.same({ 503, "the queue is full" }, { status, page.reason })
    queue:close() -- it is looked at all the same
    assert.equal(503, (ask("/health/ready")))
  end)

  it("raises for a queue that is closed", function()
    queue = assert(wats.queue.open { path = directory .. "/outbox.db",
      base_url = "http://127.0.0.1:1" })
    queue:close()
    local ok, problem = pcall(wats.health.serve, { port = 0, queue = queue })
    assert.is_false(ok)
    assert.matches('option "queue" must be an open queue', problem)
  end)
end)
