-- What a cache handed out was the very value it kept: a change by one caller was seen by all. A
-- cache that is asked to makes copies.
local wats = require("wats")

describe("a value from a cache that copies", function()
  it("is the caller's own", function()
    local c = wats.cache.new { copy = true }
    local given = { list = { 1, 2 } }
    c:set("a", given)
    given.list[1] = "changed"
    c:get("a").list[2] = "changed"
    assert.same({ list = { 1, 2 } }, (c:get("a")))
  end)

  it("is so for who computed it, and for who waited for it", function()
    local f = wats.cache.wrap(function()
      wats.sleep(0.01)
      return { 1 }
    end, { cache = wats.cache.new { copy = true } })
    local function take()
      local mine = f("a")
      assert(mine[1] == 1)
      mine[1] = "changed"
      return true
    end
    for _, slot in ipairs(wats.gather { take, take, take }) do assert.is_true(slot.ok) end
    assert.same({ 1 }, f("a"))
  end)
end)
