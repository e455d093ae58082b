-- StartTest and EndTest are GETs: whatever caches, shares or repeats GETs began a test twice, or
-- told that one had begun when it had not.

local boxed = require("spec.support.boxed")
local production = require("spec.support.production")
local support = require("spec.support.client")

describe("a GET that begins a test", function()
  local it, world = boxed(it, pending, setup, teardown, before_each)

  it("is sent each time that it is called, and only then", function()
    local path = "/api/Workflow/StartTest"
    local client = support.connect(world, { retry = { max_attempts = 4, base_delay = 0.01 } })
    production.unit(client, "S1")
    assert(world.sandbox:fault { path = path, drop = "after" })
    local started, err = client.workflow:start_test("S1", "PCBA-100")
    assert.is_nil(started)
    assert.equal("connection", err.kind)
    assert.equal(1, production.asked(world.sandbox, "GET", path))
    -- it has begun: the second is told so, not from memory
    assert.is_false(client.workflow:start_test("S1", "PCBA-100"))
    assert.is_true(client.workflow:end_test("S1", "PCBA-100", false))
    assert.is_true(client.workflow:start_test("S1", "PCBA-100"))
    assert.equal(3, production.asked(world.sandbox, "GET", path))
  end)
end)
