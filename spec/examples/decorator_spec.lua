-- examples/cache/decorator.lua: what it prints, and that it is short.

local helper = require("spec.tools.helper")
local needs = require("spec.support.needs")

local EXPECTED = [[
at once: 16 asked, 1 computed, 0 from the cache, 15 waited for another
Controller board, PCBA test
later: 101 asked, 1 computed, 85 from the cache, 15 waited for another
nil	not_found
nil	not_found
forgotten: true
Controller board, new
in the end: 104 asked, 4 computed, 85 from the cache, 15 waited for another
]]

describe("examples/cache/decorator.lua", function()
  needs.sandbox(it, pending)("prints its figures", function()
    local ok, output = helper.sh((os.getenv("LUA") or "lua5.4") .. " examples/cache/decorator.lua")
    assert.equal(EXPECTED, output)
    assert.is_true(ok)
  end)

  it("has fewer than 60 lines", function()
    local file = assert(io.open("examples/cache/decorator.lua", "rb"))
    local _, lines = file:read("a"):gsub("\n", "")
    file:close()
    assert.is_true(lines < 60)
  end)
end)
