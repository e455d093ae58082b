-- PATCH dropped nothing, so a changed user stayed as he was; a write that was refused dropped all
-- the same; one whose answer never came dropped nothing, although the server may have done it.
local boxed = require("spec.support.boxed")

describe("what a write leaves in the cache", function()
  local it, world = boxed(it, pending, setup, teardown, before_each)
  local status, serve = world.status, world.serve

  local USER = "/api/Scim/v2/Users/kari"
  local LONG = { cache = { ttl = 600 } }

  local function cached(path)
    serve("GET", path)
    assert(world.client:get(path, LONG))
    assert.equal("hit", status(path, LONG))
  end

  local function after(method, path, with)
    serve(method, path, with)
    world.client:request(method, path, { json = {} })
  end

  it("is nothing old after a PATCH", function()
    cached(USER)
    after("PATCH", USER)
    assert.equal("miss", status(USER, LONG))
    cached("/api/Widget/1")
    after("PATCH", "/api/Widget/1")
    assert.equal("miss", status("/api/Widget/1"))
  end)

  it("is all of it when it was refused", function()
    local product = "/api/Product/PN1"
    cached(product)
    for _, refusal in ipairs { 400, 401, 403, 404, 409, 422, 429, 500, 503 } do
      after("PUT", "/api/Product", { status = refusal })
      assert.equal("hit", status(product), refusal)
      assert(world.sandbox:clear_faults())
      serve("GET", product)
    end
  end)

  it("is nothing when nobody can tell whether it was done", function()
    local product = "/api/Product/PN1"
    for _, doubt in ipairs { { drop = "before" }, { drop = "mid" }, { drop = "after" },
      { status = 502 }, { status = 504 } } do
      assert(world.sandbox:clear_faults())
      cached(product)
      after("PUT", "/api/Product", doubt)
      assert.equal("miss", status(product))
    end
    assert(world.sandbox:clear_faults())
    cached(product)
    assert(world.sandbox:fault { method = "PUT", path = "/api/Product", delay_ms = 500 })
    local res, err = world.client:put("/api/Product", { json = {}, timeout = 0.05 })
    assert.is_nil(res)
    assert.equal("timeout", err.kind)
    assert.equal("miss", status(product))
  end)
end)
