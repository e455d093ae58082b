-- examples/domains/production.lua runs as it stands and prints what it should.

local helper = require("spec.tools.helper")
local needs = require("spec.support.needs")

local PRINTED = [[
taken: SN-000001, SN-000002
SN-000001: Passed, now Finalized
SN-000002: Failed, now Under repair
changed: SN-000001 is in phase 16
changed: SN-000002 is in phase 4
left in the feed: 0
no answer: connection
addresses of SN-000001: 02-57-41-54-53-00, 02-57-41-54-53-01
]]

describe("examples/domains/production.lua", function()
  local it = needs.sandbox(it, pending)

  it("prints what it should", function()
    local ok, output = helper.sh("timeout 120 env -u WATS_BASE_URL "
      .. (os.getenv("LUA") or "lua5.4") .. " examples/domains/production.lua")
    assert.equal(PRINTED, output)
    assert.is_true(ok)
  end)
end)
