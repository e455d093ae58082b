-- examples/assemble_a_box.lua runs as it stands and prints what it should.

local helper = require("spec.tools.helper")
local needs = require("spec.support.needs")

local PRINTED = [[
wanted: 2 x PCBA-100, revision B,C%
wanted: 1 x PSU-24V-5A, revision A
B-1: built in
B-3: revision A does not belong in a box
P-1: built in
B-2: The child unit must be in phase 'Finalized', it is in 'Under production'.
the box is not complete
  1 of 2 PCBA-100
  1 of 1 PSU-24V-5A
B-2: built in
B-2: The child unit has a parent already: 'BOX-0001'.
the box is complete
  2 of 2 PCBA-100
  1 of 1 PSU-24V-5A
in it: B-1 PCBA-100 revision B
in it: P-1 PSU-24V-5A revision A
in it: B-2 PCBA-100 revision B
]]

describe("examples/assemble_a_box.lua", function()
  local it = needs.sandbox(it, pending)

  it("prints what it should", function()
    local ok, output = helper.sh("timeout 120 env -u WATS_BASE_URL "
      .. (os.getenv("LUA") or "lua5.4") .. " examples/assemble_a_box.lua")
    assert.equal(PRINTED, output)
    assert.is_true(ok)
  end)
end)
