-- A look-up that was under way while its key was invalidated stored what it had seen before, for a
-- full ttl.
local wats = require("wats")

describe("a value that is invalidated while it is computed", function()
  for _, way in ipairs { "delete", "clear", "forget", "set" } do
    it("is not stored by the old computation: " .. way, function()
      local c, truth = wats.cache.new(), "old"
      local f = wats.cache.wrap(function()
        local seen = truth
        wats.sleep(0.02)
        return seen
      end, { cache = c, key = function(name) return name end })
      local reader = wats.spawn(f, "a")
      wats.sleep(0.001)
      truth = "new"
      if way == "forget" then
        wats.cache.forget(f, "a")
      else
        c[way](c, "a", "new")
      end
      assert.equal("new", f("a"))
      assert.equal("old", reader:join()) -- asked before
      assert.equal("new", f("a"))
      assert.equal("new", (c:get("a")))
    end)
  end
end)
