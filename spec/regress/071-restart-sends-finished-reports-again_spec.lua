-- The state of a report was compared with itself, so a change was never written: after a restart of
-- the station all that had been sent was sent once more.
local processes = require("spec.support.other_process")
local queued = require("spec.support.queued")

describe("a report that was sent", function()
  local it, world = queued(it, pending, setup, teardown, before_each, after_each)

  -- A whole process that delivers what there is.
  local function shift(texts)
    local program = { ([[
      local client = assert(wats.connect(options))
      local queue = assert(wats.queue.open { path = %q, client = client })
    ]]):format(world.path) }
    for _, text in ipairs(texts) do
      program[#program + 1] = ("assert(queue:submit(%q))"):format(text)
    end
    program[#program + 1] = ("assert(queue:flush(%d)) queue:close() print(queue)")
      :format(world.LONG)
    local output, code = processes.run(world.sandbox.url, {}, table.concat(program, "\n"))
    assert.equal(0, code)
    assert.matches("closed", output)
  end

  it("is not sent again after a restart", function()
    shift { world.text(), world.text(), world.text() }
    assert.equal(3, #world.posts())
    shift {}
    shift { world.text() }
    assert.equal(4, #world.posts())
    local queue = world.open()
    assert.same({}, queue:list())
    assert.equal(4, queue:stats().sent)
  end)

  it("is not sent again when it is put in again after a restart", function()
    local text = world.text()
    shift { text }
    shift { text }
    assert.equal(1, #world.posts())
  end)
end)
