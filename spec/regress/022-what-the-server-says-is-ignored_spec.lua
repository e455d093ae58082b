-- ETag, Cache-Control, no-store, Vary and Age were not looked at, and the cache was bounded by a
-- number of answers of any size.
local boxed = require("spec.support.boxed")
local support = require("spec.support.client")

describe("what the server says of its answer", function()
  local it, world = boxed(it, pending, setup, teardown, before_each)
  local status, asked, serve = world.status, world.asked, world.serve

  local PATH = "/api/Product/PN1"

  local function says(fields) serve("GET", PATH, { headers = fields, body = '{"a":1}' }) end

  it("counts: ETag", function()
    local path = "/api/Product/PCBA-100"
    local first = assert(world.client:get(path))
    assert.is_string(first.headers.etag)
    assert.equal("revalidated", status(path, { cache = "refresh" }))
    local entry = world.sandbox:journal()[2]
    assert.equal(304, entry.status)
    local sent = entry.headers["if-none-match"] or entry.headers["If-None-Match"]
    assert.equal(first.headers.etag, sent)
  end)

  it("counts: no-store, private, max-age, no-cache", function()
    for field, expected in pairs { ["no-store"] = "miss", ["max-age=0"] = "miss",
      ["no-cache"] = "miss", ["private"] = "hit", ["max-age=60"] = "hit" } do
      assert(world.sandbox:clear_faults())
      world.client.cache:clear()
      says { ["Cache-Control"] = field }
      assert.same({ "miss", expected }, { status(PATH), status(PATH) }, field)
    end
  end)

  it("counts: Age", function()
    says { ["Cache-Control"] = "max-age=60", Age = "59" }
    assert.equal("miss", status(PATH))
    local told = world.client.cache:explain(PATH)
    assert.is_true(told.fresh_for <= 1)
    assert(world.sandbox:clear_faults())
    world.client.cache:clear()
    says { ["Cache-Control"] = "max-age=60", Age = "61" }
    assert.same({ "miss", "miss" }, { status(PATH), status(PATH) })
  end)

  it("counts: Vary", function()
    says { Vary = "Accept-Language" }
    local norwegian, english = { headers = { ["Accept-Language"] = "nb" } },
      { headers = { ["Accept-Language"] = "en" } }
    assert.equal("miss", status(PATH, norwegian))
    assert.equal("hit", status(PATH, norwegian))
    assert.equal("miss", status(PATH, english))
    assert.equal("hit", status(PATH, english))
    assert(world.sandbox:clear_faults())
    world.client.cache:clear()
    says { Vary = "*" }
    assert.same({ "miss", "miss" }, { status(PATH), status(PATH) })
  end)

  it("is kept within a number of bytes", function()
    world.client = support.connect(world, { cache = { max_bytes = 100000 } })
    serve("GET", "/api/Product/*", { body = ("x"):rep(30000) })
    for i = 1, 20 do
      assert(world.client:get("/api/Product/" .. i))
      assert.is_true(world.client.cache:stats().bytes <= 100000)
    end
    assert.is_true(world.client.cache:stats().evictions >= 16)
    assert.equal("hit", status("/api/Product/20"))
    assert.equal(20, asked())
  end)
end)
