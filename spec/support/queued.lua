-- A directory, a sandbox and a client for the specs of queues, new before each of them; the queues
-- that were opened by it are closed afterwards. Without SQLite or a sandbox they are skipped.
--
--   local it, world = queued(it, pending, setup, teardown, before_each, after_each)
--
--   it("arrives", function()
--     local queue = world.open()
--     local id = assert(queue:submit(world.record()))
--     assert(queue:flush(world.LONG))
--     assert.same({ id }, world.arrived())
--   end)

local core = require("wats.core")
local helper = require("spec.tools.helper")
local json = require("wats.json")
local needs = require("spec.support.needs")
local sandboxes = require("spec.support.sandbox")
local support = require("spec.support.client")
local wats = require("wats")

local POST = "/api/report/wsjf"

---@class spec.QueueWorld
---@field LONG number          seconds that nothing of this takes
---@field directory string
---@field path string          of a file in it, not made yet
---@field sandbox wats.Sandbox
---@field client wats.Client
---@field record fun(changes: table?): table   a valid record in the server's format
---@field package opened wats.Queue[]

-- Opening.
local function add_queues(world)
  --- A queue in `world.path` with `world.client`, unless the options say otherwise; client = false:
  --- it stores only.
  function world.try_open(options)
    local all = { path = world.path, client = world.client }
    for name, value in pairs(options or {}) do all[name] = value end
    if all.client == false then
      all.client = nil
      all.base_url = all.base_url or world.sandbox.url
    end
    local queue, err = wats.queue.open(all)
    world.opened[#world.opened + 1] = queue
    return queue, err
  end

  function world.open(options) return assert(world.try_open(options)) end

  --- One that stores only: what is put in stays.
  function world.store(options)
    options = options or {}
    options.client = false
    return world.open(options)
  end

  --- The text of a valid record.
  function world.text(changes) return json.encode(sandboxes.report(changes)) end
end

-- What is at the server, and how it answers.
local function add_ways(world)
  --- The POSTs of reports that came to the sandbox, as its journal has them.
  function world.posts()
    local posts = {}
    for _, entry in ipairs(assert(world.sandbox:journal())) do
      if entry.path:lower() == POST then posts[#posts + 1] = entry end
    end
    return posts
  end

  --- The text that the server has of a report, or nil.
  function world.at_server(id)
    local res = assert(world.client:get("/api/Report/Wsjf/" .. id))
    return res.status == 200 and res.body or nil
  end

  --- What `fn` returns once it is true.
  function world.until_true(fn)
    local deadline = core.monotonic() + world.LONG
    while true do
      local value = fn()
      if value then return value end
      if core.monotonic() > deadline then error("it did not come about", 2) end
      wats.sleep(0.01)
    end
  end

  --- Answers POSTs of reports in place of the sandbox from now on.
  function world.answer(fault)
    assert(world.sandbox:clear_faults())
    fault.method, fault.path, fault.times = "POST", "/api/Report/WSJF", fault.times or 0
    assert(world.sandbox:fault(fault))
  end
end

local function begin(world, box)
  world.opened = {}
  world.sandbox = box.sandbox
  assert(world.sandbox:reset())
  world.directory = helper.directory()
  world.path = world.directory .. "/outbox.db"
  world.client = support.connect(box)
end

local function finish(world)
  for _, queue in ipairs(world.opened) do queue:close() end
  helper.remove(world.directory)
end

local function nothing() end

---@return function it
---@return spec.QueueWorld
return function(it, pending, setup, teardown, before_each, after_each)
  local world, box = { LONG = 60, record = sandboxes.report }, nil
  add_queues(world)
  add_ways(world)
  if not needs.has_sqlite then
    return needs.that(false, "built without SQLite", it, pending), world
  end
  if not needs.has_sandbox then before_each, after_each = nothing, nothing end
  it, setup, teardown = needs.sandbox(it, pending, setup, teardown)

  setup(function() box = support.sandbox() end)
  teardown(function() box:stop() end)
  before_each(function() begin(world, box) end)
  after_each(function() finish(world) end)
  return it, world
end
