-- A write that failed was only logged: the caller was told that his report was safe, and it stood
-- in memory alone until the program ended.
local core = require("wats.core")
local helper = require("spec.tools.helper")
local queued = require("spec.support.queued")

describe("a report that no disk takes", function()
  local it, world = queued(it, pending, setup, teardown, before_each, after_each)

  it("is not acknowledged, and those before it are kept", function()
    local program = world.directory .. "/program.lua"
    -- In a process whose files may have 200 KB: neither the database nor a file of its own can take
    -- the large one.
    helper.write(program, ([[
      local wats = require("wats")
      local queue = assert(wats.queue.open { path = %q, base_url = %q })
      print(queue:submit(%q))
      local id, err = queue:submit(%q)
      print(id, err and err.kind)
      print(queue:submit(%q))
    ]]):format(world.path, world.sandbox.url, world.text(),
      world.text { ours = ("x"):rep(1000000) }, world.text()))
    local ok, output = helper.sh(("trap '' XFSZ; ulimit -f 400; %s %s"):format(
      helper.quoted(os.getenv("LUA") or "lua5.4"), program))
    assert.is_true(ok, output)
    local first, second, third = output:match("^(%S+)\n(nil\t%S+)\n(%S+)\n$")
    assert.is_truthy(first, output)
    assert.is_truthy(({ ["nil\tio"] = true, ["nil\tqueue_full"] = true })[second], output)
    local queue = world.open()
    assert(queue:flush(world.LONG))
    for _, id in ipairs { first, third } do assert.is_truthy(world.at_server(id)) end
    assert.equal(2, #world.posts())
  end)

  it("is not acknowledged when the queue's directory is gone", function()
    local directory = world.directory .. "/gone"
    assert(os.execute("mkdir " .. directory))
    local queue = world.store { path = directory .. "/outbox.db" }
    assert(queue:submit(world.text()))
    assert(os.execute("rm -r " .. directory))
    local id, err = queue:submit(world.text())
    assert.is_nil(id)
    assert.equal("io", err.kind)
    assert.truthy(err.message:find(directory, 1, true))
  end)

  -- The id went into a path: one that climbed out of the directory was written elsewhere.
  it("cannot get out of the queue's directory by its id", function()
    local queue = world.store()
    for _, id in ipairs { "../x", "/tmp/x", "x", "..", core.uuid() .. "/../../x" } do
      assert.equal("decode", select(2, queue:submit(world.text { id = id })).kind)
      assert.equal("invalid", select(2, queue:submit(world.record { id = id })).kind)
    end
    assert.equal(0, queue:stats().pending)
  end)
end)
