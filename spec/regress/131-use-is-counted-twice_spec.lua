-- The count of an asset is a PUT, and PUTs were sent again when no answer came: a server that had
-- counted before the connection broke counted once more.

local assets = require("spec.support.assets")
local boxed = require("spec.support.boxed")

describe("a use", function()
  local it, box = boxed(it, pending, setup, teardown, before_each)
  local client

  before_each(function()
    local probe
    client, probe = assets.begin(box, { retry = { max_attempts = 3, base_delay = 0.001 } })
    assets.add(client, probe, "A")
  end)

  local function puts(after)
    local count = 0
    for _, line in ipairs(assets.journal(box, after)) do
      if line == "PUT /api/Asset/Count" then count = count + 1 end
    end
    return count
  end

  it("is not told twice when the answer is lost", function()
    for _, fault in ipairs { { drop = "after" }, { drop = "mid" }, { drop = "before" } } do
      local before, total = assets.mark(box), client.asset:get_asset("A").totalCount
      fault.method, fault.path, fault.times = "PUT", "/api/Asset/Count", 0
      assert(box.sandbox:fault(fault))
      local value, err = client.asset:increment_count("A", 1)
      assert(box.sandbox:clear_faults())
      assert.is_nil(value)
      assert.equal("connection", err.kind)
      assert.equal(1, puts(before), fault.drop)
      assert.equal(total + (fault.drop == "before" and 0 or 1),
        client.asset:get_asset("A").totalCount)
    end
  end)

  it("may be told twice where it says what the total is", function()
    local before = assets.mark(box)
    assert(box.sandbox:fault { method = "PUT", path = "/api/Asset/Count", drop = "after" })
    local status = assert(client.asset:increment_count("A", { total = 5 }))
    assert.equal(5, status.totalCount)
    assert.equal(2, puts(before))
    assert.equal(5, client.asset:get_asset("A").totalCount)
  end)
end)
