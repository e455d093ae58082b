-- Each failure wrote that there had been one attempt: neither the limit nor the growing wait was
-- ever reached, and a report that the server refuses was sent every few minutes for ever. What was
-- suspended went on being sent.
local queued = require("spec.support.queued")

describe("a report that fails", function()
  local it, world = queued(it, pending, setup, teardown, before_each, after_each)

  -- Lets it fail once more now.
  local function attempt(queue, id, number)
    return world.until_true(function()
      queue:flush(0)
      local row = assert(queue:get(id))
      return row.attempts >= number and row.state ~= "in_flight" and row
    end)
  end

  it("counts its attempts, waits for its time, and goes on when the server is back", function()
    world.answer { status = 503 }
    local queue = world.open()
    local id = assert(queue:submit(world.text()))
    for number = 1, 4 do
      local row = attempt(queue, id, number)
      assert.equal(503, row.status)
      assert.is_string(row.reason)
    end
    assert.is_true(#world.posts() >= 4)
    assert.equal(0, queue:stats().dead)
    assert(world.sandbox:clear_faults())
    assert(queue:flush(world.LONG))
    assert.equal("sent", queue:get(id).state)
  end)

  it("keeps the number over a restart", function()
    world.answer { status = 503, headers = { ["Retry-After"] = "600" } }
    local queue = world.open()
    local id = assert(queue:submit(world.text()))
    attempt(queue, id, 2)
    queue:close()
    assert.is_true(world.store():get(id).attempts >= 2)
  end)

  it("is given up at the second answer that refuses it, and not sent any more", function()
    world.answer { status = 422, body = '{"Message":"no"}' }
    local queue = world.open()
    local id = assert(queue:submit(world.text()))
    local row = attempt(queue, id, 2)
    assert.equal("dead", row.state)
    assert.equal(2, row.attempts)
    assert.is_true(queue:flush(world.LONG))
    assert.equal(2, #world.posts())
  end)

  it("is not sent, and its attempts do not count, while deliveries are held up", function()
    world.answer { status = 401 }
    local queue, ids = world.open { concurrency = 1 }, {}
    for i = 1, 5 do ids[i] = assert(queue:submit(world.text())) end
    world.until_true(function() return queue:stats().paused end)
    local before = #world.posts()
    assert.is_true(before <= 2)
    for _, id in ipairs(ids) do assert.equal(0, queue:get(id).attempts) end
    assert.equal(5, queue:stats().pending)
    assert(world.sandbox:clear_faults())
    assert(queue:flush(world.LONG)) -- tries one now, whether it is mended
    assert.equal(5, queue:stats().sent)
  end)
end)
