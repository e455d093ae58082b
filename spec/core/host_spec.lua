-- The module in a program that runs one Lua state per thread (spec/support/host.c).

local helper = require("spec.tools.helper")
local needs = require("spec.support.needs")
local wats = require("wats")

describe("in a host program with a Lua state per thread", function()
  local it, setup, teardown = needs.sandbox(it, pending, setup, teardown)
  local directory, box, program

  setup(function()
    directory = helper.directory()
    box = require("spec.support.sandbox").start()
    program = directory .. "/host"
    assert(helper.sh(("%s %s -std=c11 -D_GNU_SOURCE -o %s spec/support/host.c "
      .. "$(pkg-config --cflags --libs lua5.4) -lpthread"):format(os.getenv("CC") or "cc",
        os.getenv("HOST_CFLAGS") or "", program)))
  end)

  -- The host may use another build of the module than this process: that of a sanitizer that only a
  -- whole program can be built with.
  local function run(threads, rounds, script, argument)
    local cpath = os.getenv("HOST_CPATH")
    local ok, output = helper.sh(("%s %s %d %d spec/support/%s %s %s %s"):format(
      cpath and ("env LUA_CPATH='%s'"):format(cpath) or "", program, threads, rounds, script,
      box.sandbox.url, box.token, argument or ""))
    assert.equal("still mapped\n", output)
    assert.is_true(ok)
  end

  teardown(function()
    box:stop()
    helper.remove(directory)
  end)

  it("serves eight states at once, survives their end, and starts clean after fork", function()
    run(8, 3, "host_script.lua")
  end)

  it("survives states that are closed in the middle of everything", function()
    run(4, os.getenv("WATS_TEST_LONG") and 350 or 10, "host_close.lua")
  end)

  it("lets one drive by blocking calls while seven submit by tasks", function()
    run(8, 1, "host_tasks.lua")
  end)

  it("asks once for each URL where all states share a cache, and counts every look-up", function()
    assert(box.sandbox:reset())
    local file = directory .. "/figures"
    run(8, 1, "host_shared.lua", file)
    local lines = 0
    for _ in io.lines(file) do lines = lines + 1 end
    assert.equal(8, lines)
    -- 60 by the eight states together, and 60 by the child, whose cache is its own
    assert.equal(120, #assert(box.sandbox:journal()))
  end)

  needs.that(needs.has_sqlite, "built without SQLite", it, pending)(
    "shares one queue and one uploader, and loses nothing when states end", function()
      assert(box.sandbox:reset())
      local path, threads, rounds = directory .. "/outbox.db", 4, 3
      run(threads, rounds, "host_queue.lua", path)
      local queue <close> = assert(wats.queue.open { path = path, base_url = box.sandbox.url })
      local stats = assert(queue:stats())
      -- those of the child that was forked at the end too; what was under way when it ended waits
      -- for its lease
      assert.equal((threads * rounds + 1) * 10, stats.pending + stats.sent)
      assert.equal(0, stats.dead)
    end)
end)
