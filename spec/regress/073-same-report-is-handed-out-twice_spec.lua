-- A report that was being sent stayed in line, and changing it put it in line once more: the same
-- one was handed out twice. Two of one id were both served.
local core = require("wats.core")
local queued = require("spec.support.queued")
local support = require("spec.support.client")

describe("a queued report", function()
  local it, world = queued(it, pending, setup, teardown, before_each, after_each)

  it("is sent once, however many deliver from one file", function()
    local queue, ids = world.open { concurrency = 8 }, {}
    world.open { client = support.connect(world.sandbox.url), concurrency = 8 }
    for i = 1, 40 do ids[i] = assert(queue:submit(world.text())) end
    assert(queue:flush(world.LONG))
    assert.equal(40, #world.posts())
    for _, id in ipairs(ids) do assert.equal("sent", queue:get(id).state) end
  end)

  it("is sent once when it is put in again while it is being sent", function()
    world.answer { delay_ms = 500, times = 1 }
    local queue, text = world.open(), world.text()
    local id = assert(queue:submit(text))
    world.until_true(function() return queue:stats().in_flight == 1 end)
    for _ = 1, 5 do assert.equal(id, assert(queue:submit(text))) end
    assert(queue:flush(world.LONG))
    assert.equal(1, #world.posts())
    assert.equal(1, queue:stats().sent)
  end)

  it("is one report under one id; the later body follows the one that is being sent", function()
    world.answer { delay_ms = 500, times = 1 }
    local queue, id = world.open(), core.uuid()
    assert(queue:submit(world.text { id = id, sn = "1" }))
    world.until_true(function() return queue:stats().in_flight == 1 end)
    local last = world.text { id = id, sn = "3" }
    assert(queue:submit(world.text { id = id, sn = "2" }))
    assert(queue:submit(last))
    assert.equal("blocked", queue:get(id).state)
    assert(queue:flush(world.LONG))
    assert.equal(2, #world.posts())
    assert.equal(last, world.at_server(id))
  end)
end)
