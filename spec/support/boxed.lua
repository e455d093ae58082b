-- A sandbox for the specs of one file, without faults and journal before each of them, and a
-- client of it that is new each time. Without a sandbox in this build they are skipped.
--
--   describe("what is wrong", function()
--     local it, world = boxed(it, pending, setup, teardown, before_each)
--
--     it("is not so", function()
--       world.serve("GET", "/api/Product/PN1", { headers = { ETag = '"1"' } })
--       assert.equal("miss", world.status("/api/Product/PN1"))
--       assert.equal(1, world.asked())
--     end)
--   end)
--
-- A spec that wants another client puts it in place: world.client = support.connect(world, ...).
-- Where all specs want it otherwise, the options of support.connect are the last argument. A world
-- is a box of spec.support.sandbox too.

local sandboxes = require("spec.support.sandbox")
local support = require("spec.support.client")

---@class spec.World
---@field sandbox wats.Sandbox
---@field client wats.Client
---@field status fun(path: string, options?: table, of?: wats.Client): string
---@field asked fun(): integer
---@field last fun(): table
---@field serve fun(method: string, path: string, with?: table)

-- What talks of the sandbox and the client that there are when it is called.
local function add_ways(world)
  --- How the cache took part in a GET of the client, else of `of`.
  function world.status(path, options, of)
    return assert((of or world.client):get(path, options)).cache_status
  end

  --- How many requests have come to the sandbox.
  function world.asked() return #assert(world.sandbox:journal()) end

  --- The last of them, as the journal has it.
  function world.last()
    local journal = assert(world.sandbox:journal())
    return journal[#journal]
  end

  --- Answers where the sandbox has no such operation; `with` may say more, as for a fault.
  function world.serve(method, path, with)
    with = with or {}
    with.method, with.path, with.times = method, path, 0
    with.status = with.status or 200
    with.body = with.body or "{}"
    assert(world.sandbox:fault(with))
  end
end

---@return function it
---@return spec.World
---@return function setup        does nothing without a sandbox
---@return function before_each  likewise
return function(it, pending, setup, teardown, before_each, options)
  local world
  it, world, setup, before_each = sandboxes.open(it, pending, setup, teardown, before_each,
    { token = support.TOKEN })
  add_ways(world)
  before_each(function() world.client = support.connect(world, options) end)
  return it, world, setup, before_each
end
