-- examples/domains/manual_inspection.lua: what it prints.

local helper = require("spec.tools.helper")
local needs = require("spec.support.needs")

local EXPECTED = [[
made:
  Solder joints, version 1: draft
PCBA-100: nothing
not yet: A definition that is draft cannot become released.
released:
  Solder joints, version 1: released
PCBA-100: Solder joints version 1
PSU-24V-5A: nothing
no: A definition that is released cannot be edited (Description).
the next version:
  Solder joints, version 1: revoked
  Solder joints, version 2: released
PCBA-100: Solder joints version 2
]]

describe("examples/domains/manual_inspection.lua", function()
  needs.sandbox(it, pending)("takes a definition from draft to its next version", function()
    local ok, output = helper.sh((os.getenv("LUA") or "lua5.4")
      .. " examples/domains/manual_inspection.lua")
    assert.is_true(ok, output)
    assert.equal(EXPECTED, output)
  end)
end)
