-- examples/loops: tasks in the event loops of others, which also have something else to do.

local boxed = require("spec.support.boxed")
local core = require("wats.core")
local needs = require("spec.support.needs")
local support = require("spec.support.client")
local wats = require("wats")

local LUA = os.getenv("LUA") or "lua5.4"

describe("tasks in the loop of", function()
  local it, setup, teardown = needs.sandbox(it, pending, setup, teardown)
  local box

  setup(function()
    box = support.sandbox()
    assert(box.sandbox:fault { method = "GET", path = "/api/App/Version", times = 0,
      delay_ms = 60 })
  end)
  teardown(function() box:stop() end)

  for name, module in pairs { luv = "luv", cqueues = "cqueues", select = "socket" } do
    local needed = needs.that(pcall(require, module), "no " .. module .. " here", it, pending)
    needed(name .. " get on with the rest", function()
      local pipe = io.popen(("timeout 60 %s examples/loops/%s.lua %s %s 2>&1"):format(LUA, name,
        box.sandbox.url, box.token))
      local text = pipe:read("a")
      local ok = pipe:close()
      assert.equal("3 answers\tbeside a heart that beats\n", text)
      assert.is_true(ok)
    end)
  end
end)

describe("wats.pollable", function()
  local it, box = boxed(it, pending, setup, teardown, before_each, { cache = false })
  local client
  before_each(function() client = box.client end)

  it("is one for the state", function()
    local pollable = assert(wats.pollable())
    assert.equal(pollable, wats.pollable())
    assert.equal("integer", math.type(pollable:pollfd()))
    assert.equal(pollable:pollfd(), pollable:getfd())
    assert.equal("r", pollable:events())
  end)

  it("tells when something is to be done, and does not block", function()
    local pollable = assert(wats.pollable())
    assert.is_nil(pollable:timeout())
    local version
    local task = wats.spawn(function()
      wats.sleep(3600)
    end)
    assert.equal(0, pollable:timeout())
    assert.is_true(pollable:dirty())
    pollable:step()
    assert.is_true(pollable:timeout() > 3000)
    wats.spawn(function() version = client.app:get_version() end)
    local start, steps = core.monotonic(), 0
    while not version and core.monotonic() - start < 30 do
      pollable:step()
      steps = steps + 1
      core.sleep(0.002)
    end
    assert.matches("^%d", version)
    assert.is_true(steps > 1)
    task:cancel()
    pollable:step()
    assert.is_nil(pollable:timeout())
  end)

  it("is readable once for what has arrived", function()
    local socket = require("socket")
    local pollable = assert(wats.pollable())
    local done = 0
    for _ = 1, 3 do
      wats.spawn(function()
        assert(client.app:get_version())
        done = done + 1
      end)
    end
    pollable:step()
    local deadline = core.monotonic() + 30
    while done < 3 and core.monotonic() < deadline do
      local readable = socket.select({ pollable }, nil, 10)
      assert.is_true(readable[pollable] ~= nil)
      pollable:step()
    end
    assert.equal(3, done)
    assert.equal(0, #socket.select({ pollable }, nil, 0))
  end)

  -- The loop waits, asked for no timeout again; then one of its other users does something.
  describe("is readable when code outside of step", function()
    local poll, pollable

    before_each(function()
      poll = require("socket").select
      pollable = assert(wats.pollable())
      while pollable:timeout() == 0 do pollable:step() end
    end)

    local function is_readable()
      local plain = { getfd = function() return pollable:getfd() end } -- without `dirty`
      return #poll({ plain }, nil, 0) == 1
    end

    it("spawned or cancelled a task, until the step after", function()
      assert.is_false(is_readable())
      local task = wats.spawn(function() wats.sleep(3600) end)
      assert.is_true(is_readable())
      pollable:step()
      assert.is_false(is_readable())
      task:cancel()
      assert.is_true(is_readable())
      pollable:step()
      assert.is_false(is_readable())
      assert.is_nil(pollable:timeout())
    end)

    it("let tasks go on while it blocked, so that they wait for something else", function()
      local task = wats.spawn(function()
        wats.sleep(0.001)
        wats.sleep(3600)
      end)
      pollable:step()
      assert.is_false(is_readable())
      wats.sleep(0.01)
      assert.is_true(is_readable())
      pollable:step()
      assert.is_false(is_readable())
      task:cancel()
      pollable:step()
    end)

    it("found a task that steps it, no more than that", function()
      wats.spawn(function() pollable:step() end)
      pollable:step()
      assert.is_nil(pollable:timeout())
      assert.is_false(is_readable())
    end)
  end)
end)
