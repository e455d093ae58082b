-- Lives were counted by local wall-clock time, so that a change of the clock or of summer time let
-- answers live an hour longer or die early; and ttl = 0 meant for ever. (Steps of the clock:
-- csrc/tests/test_http_cache.c, on a clock that can be moved.)
local boxed = require("spec.support.boxed")
local support = require("spec.support.client")
local wats = require("wats")

describe("a life without a word of the server", function()
  local it, world = boxed(it, pending, setup, teardown, before_each)
  local status, asked, serve = world.status, world.asked, world.serve

  local PATH = "/api/Product/PN1"

  it("does not depend on what time it is, here or there", function()
    for _, offset in ipairs { -86400, -3600, 3600, 86400 } do
      assert(world.sandbox:clear_faults())
      world.client.cache:clear()
      local date = os.date("!%a, %d %b %Y %H:%M:%S GMT", os.time() + offset)
      serve("GET", PATH, { headers = { Date = date } })
      assert.equal("miss", status(PATH))
      local told = world.client.cache:explain(PATH)
      assert.equal("ttl", told.lifetime_from)
      assert.is_true(told.fresh_for > 240 and told.fresh_for <= 300, told.fresh_for)
      assert.equal("hit", status(PATH))
    end
  end)

  it("ends, also when it is short", function()
    world.client = support.connect(world, { cache = { ttl = 1 } })
    serve("GET", PATH)
    assert.same({ "miss", "hit" }, { status(PATH), status(PATH) })
    wats.sleep(1.1)
    assert.equal("miss", status(PATH))
  end)

  it("of 0 is none", function()
    world.client = support.connect(world, { cache = { ttl = 0 } })
    serve("GET", PATH)
    assert.same({ "miss", "miss", "miss" }, { status(PATH), status(PATH), status(PATH) })
    assert.equal(3, asked())
  end)

  it("of 0 leaves what has a validator to be confirmed", function()
    world.client = support.connect(world, { cache = { ttl = 0 } })
    assert.equal("miss", status("/api/Product/PCBA-100"))
    assert.equal("revalidated", status("/api/Product/PCBA-100"))
  end)
end)
