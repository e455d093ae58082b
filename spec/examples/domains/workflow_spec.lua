-- examples/domains/workflow.lua runs as it stands and prints what it should.

local helper = require("spec.tools.helper")
local needs = require("spec.support.needs")

local PRINTED = [[
tested at 3.52 V: failed, stays at the test
tested at 3.31 V: passed
the workflow does not stand at a test: nothing is done
]]

describe("examples/domains/workflow.lua", function()
  local it = needs.sandbox(it, pending)

  it("prints what it should", function()
    local ok, output = helper.sh("timeout 120 env -u WATS_BASE_URL "
      .. (os.getenv("LUA") or "lua5.4") .. " examples/domains/workflow.lua")
    assert.equal(PRINTED, output)
    assert.is_true(ok)
  end)
end)
