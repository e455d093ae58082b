-- What is in a queue, and what a person does with it: stats, list, get, export, retry, discard.

local core = require("wats.core")
local json = require("wats.json")
local queued = require("spec.support.queued")
local support = require("spec.support.client")

local blamed = support.blamed

describe("what is in a queue", function()
  local it, world = queued(it, pending, setup, teardown, before_each, after_each)

  -- A report that the server has refused for good.
  local function dead(queue)
    world.answer { status = 400, body = '{"Message":"no such process"}' }
    local id = assert(queue:submit(world.text()))
    world.until_true(function()
      queue:flush(0) -- the second attempt need not wait for its time
      return (queue:get(id) or {}).state == "dead"
    end)
    assert(world.sandbox:clear_faults())
    return id
  end

  it("is nothing in a new one", function()
    local queue = world.store()
    local stats = assert(queue:stats())
    for _, name in ipairs { "pending", "ready", "waiting", "blocked", "in_flight", "dead",
      "lifeboat", "sent", "died", "discarded", "bytes", "other_targets" } do
      assert.equal(0, stats[name], name)
    end
    assert.is_nil(stats.oldest_age)
    assert.is_nil(stats.paused)
    assert.equal(1000000, stats.max_rows)
    assert.equal(4 << 30, stats.max_bytes)
    assert.same({}, assert(queue:list()))
  end)

  it("is counted with its bytes and the age of the oldest", function()
    local queue, one, two = world.store(), world.text(), world.text()
    assert(queue:submit(one))
    assert(queue:submit(two))
    local stats = queue:stats()
    assert.equal(2, stats.pending)
    assert.equal(2, stats.ready)
    assert.equal(#one + #two, stats.bytes)
    assert.is_true(stats.oldest_age >= 0 and stats.oldest_age < world.LONG)
  end)

  it("is listed in the order of arrival, page by page", function()
    local queue, ids = world.store(), {}
    for i = 1, 7 do ids[i] = assert(queue:submit(world.text(), { priority = 8 - i })) end
    local seen, after = {}, 0
    repeat
      local page = assert(queue:list { limit = 3, after = after })
      for _, row in ipairs(page) do
        seen[#seen + 1] = row.id
        assert.is_true(row.seq > after)
        after = row.seq
        assert.is_nil(row.body)
      end
      assert.is_true(#page <= 3)
    until #page == 0
    assert.same(ids, seen)
  end)

  it("is listed by state", function()
    local queue = world.open()
    local gone = dead(queue)
    queue:close()
    local still = world.store()
    local waiting = assert(still:submit(world.text()))
    local function listed(state)
      local ids = {}
      for i, row in ipairs(assert(still:list { state = state })) do ids[i] = row.id end
      return ids
    end
    assert.same({ gone, waiting }, listed())
    assert.same({ gone }, listed("dead"))
    assert.same({ waiting }, listed("pending"))
    assert.same({ waiting }, listed("ready"))
    assert.same({}, listed("in_flight"))
    assert.same({}, listed("blocked"))
    assert.same({}, listed("waiting"))
  end)

  it("tells of a dead one what the server said", function()
    local queue = world.open()
    local id = dead(queue)
    local row = assert(queue:get(id))
    assert.equal("dead", row.state)
    assert.equal(400, row.status)
    assert.equal(2, row.attempts)
    assert.matches("no such process", row.answer)
    assert.is_truthy(row.reason)
    assert.is_true(row.died >= row.created)
    assert.equal(id, json.decode(row.body).id)
    assert.equal(1, queue:stats().dead)
    assert.equal(1, queue:stats().died)
    assert.equal(0, queue:stats().pending)
  end)

  it("tells of a sent one when, and of one that never was nothing", function()
    local queue = world.open()
    local id = assert(queue:submit(world.text()))
    assert(queue:flush(world.LONG))
    local row = assert(queue:get(id))
    assert.equal("sent", row.state)
    assert.equal(id, row.id)
    assert.is_true(math.abs(row.sent - core.time()) < world.LONG)
    local none, err = queue:get(core.uuid())
    assert.is_nil(none)
    assert.equal("not_found", err.kind)
  end)

  it("takes an id in any spelling, and raises for what is none", function()
    local queue = world.store()
    local id = assert(queue:submit(world.text()))
    assert.equal(id, queue:get(id:upper()).id)
    assert.equal(id, queue:get("{" .. id .. "}").id)
    for _, name in ipairs { "get", "retry", "discard" } do
      for _, wrong in ipairs { "", "x", id .. "0", id:sub(1, -2), 7, true } do
        assert.matches("the id of a report %(a UUID%) expected",
          blamed(function() queue[name](queue, wrong) end))
      end
      assert.matches("got nil", blamed(function() queue[name](queue) end))
      assert.matches("a queue expected", blamed(function() queue[name](id) end))
    end
  end)

  it("raises for wrong options", function()
    local queue = world.store()
    assert.matches('"state" must be one of .*did you mean "dead"',
      blamed(function() queue:list { state = "dad" } end))
    assert.matches('"limit" must be at least 1', blamed(function() queue:list { limit = 0 } end))
    assert.matches('"limit" must be at most', blamed(function() queue:list { limit = 1 << 30 } end))
    assert.matches('"after"', blamed(function() queue:list { after = -1 } end))
    assert.matches("unknown option", blamed(function() queue:list { states = "dead" } end))
    assert.matches("unknown option", blamed(function() queue:stats { all = true } end))
    assert.matches("a queue expected", blamed(function() queue.stats() end))
    assert.matches("a queue expected", blamed(function() queue.list() end))
  end)

  describe("exported", function()
    it("is the very text, in a file, and stays", function()
      local queue, text = world.store(), world.text { ours = "\u{1F600}" }
      local id = assert(queue:submit(text))
      local file = world.directory .. "/out.wsjf"
      assert.is_true(queue:export(id, file))
      assert.is_true(queue:export(id, file))
      local input <close> = assert(io.open(file, "rb"))
      assert.equal(text, input:read("a"))
      assert.equal(1, queue:stats().pending)
      assert.is_nil(io.open(file .. ".part"))
    end)

    it("is nil and an error where the file cannot be written, or there is no body", function()
      local queue = world.open()
      local id = dead(queue)
      local ok, err = queue:export(id, world.directory .. "/no/such/file")
      assert.is_nil(ok)
      assert.equal("io", err.kind)
      ok, err = queue:export(id, world.directory)
      assert.is_nil(ok)
      assert.equal("io", err.kind)
      assert.equal("not_found", select(2, queue:export(core.uuid(), world.path .. "x")).kind)
      local sent = assert(queue:submit(world.text()))
      assert(queue:flush(world.LONG))
      ok, err = queue:export(sent, world.directory .. "/out")
      assert.is_nil(ok)
      assert.equal("not_found", err.kind)
      assert.matches("was sent", err.message)
    end)

    it("raises where no file is named", function()
      local queue = world.store()
      for _, wrong in ipairs { "", 1, "a\0b" } do
        assert.matches("bad argument #2 to 'queue:export'",
          blamed(function() queue:export(core.uuid(), wrong) end))
      end
    end)
  end)

  it("waits again when a dead one is retried, as if it had just come", function()
    local queue = world.open()
    local id = dead(queue)
    assert.is_true(queue:retry(id))
    assert(queue:flush(world.LONG))
    assert.equal("sent", queue:get(id).state)
    assert.equal(0, queue:stats().dead)
    local ok, err = queue:retry(id)
    assert.is_nil(ok)
    assert.equal("not_found", err.kind)
    assert.equal("not_found", select(2, queue:retry(core.uuid())).kind)
  end)

  it("waits again when a dead one is submitted again", function()
    local queue = world.open()
    local id = dead(queue)
    local body = queue:get(id).body
    assert.equal(id, assert(queue:submit(body)))
    assert(queue:flush(world.LONG))
    assert.equal("sent", queue:get(id).state)
    assert.equal(body, world.at_server(id))
  end)

  it("is gone for good when it is discarded", function()
    local queue = world.store()
    local id = assert(queue:submit(world.text()))
    assert.is_true(queue:discard(id))
    assert.equal("not_found", select(2, queue:get(id)).kind)
    assert.equal("not_found", select(2, queue:discard(id)).kind)
    assert.equal(0, queue:stats().pending)
    assert.equal(1, queue:stats().discarded)
    assert(world.open():flush(world.LONG))
    assert.equal(0, #world.posts())
  end)

  it("cannot be retried or discarded while it is being sent", function()
    world.answer { delay_ms = 700, times = 1 }
    local queue = world.open()
    local id = assert(queue:submit(world.text()))
    world.until_true(function() return queue:stats().in_flight == 1 end)
    for _, name in ipairs { "retry", "discard" } do
      local ok, err = queue[name](queue, id)
      assert.is_nil(ok)
      assert.equal("conflict", err.kind)
      assert.is_true(err.retryable)
    end
    assert.equal("in_flight", queue:get(id).state)
    assert(queue:flush(world.LONG))
  end)
end)
