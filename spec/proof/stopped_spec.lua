-- A process is stopped (SIGSTOP, a debugger, a paused container) while it has the queue's lock: the
-- others go on taking reports, and lose none.

local core = require("wats.core")
local queued = require("spec.support.queued")

-- Puts reports into the queue without a pause.
local WRITER = [[
  local path, url = %q, %q
  local sandboxes = require("spec.support.sandbox")
  local json = require("wats.json")
  local queue = assert(require("wats").queue.open { path = path, base_url = url })
  while true do assert(queue:submit(json.encode(sandboxes.report()))) end
]]

local function read(path)
  local file = io.open(path)
  if not file then return nil end
  local text = file:read("a")
  file:close()
  return text
end

-- Has the process an flock (`man 5 proc_locks`)? There is no other that it would have.
local function has_lock(pid)
  return read("/proc/locks"):find("FLOCK%s+ADVISORY%s+WRITE%s+" .. pid .. " ") ~= nil
end

describe("a process that is stopped with the lock", function()
  local it, world = queued(it, pending, setup, teardown, before_each, after_each)
  if not read("/proc/locks") then
    it = function(name) pending(name .. ": no /proc/locks here") end
  end

  local function stop_with_lock(writer)
    local pid = writer:pid()
    world.until_true(function()
      writer:kill(19) -- SIGSTOP
      core.sleep(0.001)
      if has_lock(pid) and read(("/proc/%d/stat"):format(pid)):find("%) T ") then return true end
      writer:kill(18) -- SIGCONT
    end)
  end

  it("holds nobody up for long, and nothing is lost", function()
    local queue = world.store()
    local writer = assert(core.spawn { stdin = "pipe",
      argv = { os.getenv("LUA") or "lua5.4", "-e", WRITER:format(world.path, world.sandbox.url) },
      env = { LUA_PATH = package.path, LUA_CPATH = package.cpath } })
    finally(function() writer:close() end)
    world.until_true(function() return queue:stats().pending > 5 end)
    stop_with_lock(writer)
    local ids, began = {}, core.monotonic()
    for i = 1, 10 do ids[i] = assert(queue:submit(world.text())) end
    assert.is_true(core.monotonic() - began < 30)
    assert.is_true(has_lock(writer:pid()))
    writer:kill(9)
    assert(writer:wait(20))
    local sender = world.open { concurrency = 16 }
    assert(sender:flush(world.LONG))
    assert.equal(0, sender:stats().pending)
    for _, id in ipairs(ids) do assert.truthy(world.at_server(id)) end
  end)
end)
