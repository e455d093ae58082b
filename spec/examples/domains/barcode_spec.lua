-- examples/domains/barcode.lua runs as it stands and prints what it should.

local helper = require("spec.tools.helper")
local needs = require("spec.support.needs")

local PRINTED = [==[
SN-0001/PCBA-100/B -> SN-0001 of PCBA-100/B
[)>P:CTRL-200;S:77104;R:1.1 -> [)>P:CTRL-200;S:77104;R:1.1 of -/-
[)>P:CTRL-200;S:77104;R:1.1 -> 77104 of CTRL-200/1.1
SN-0002/PSU-24V-5A/A -> SN-0002 of PSU-24V-5A/A
1: 77104
2: not_found
3: SN-0003
4: 77104
order 0: [)>P:part number;S:serial number;R:revision
order 1: SerialNumber/PartNumber/Revision/BatchNumber/Process
]==]

describe("examples/domains/barcode.lua", function()
  local it = needs.sandbox(it, pending)

  it("prints what it should", function()
    local ok, output = helper.sh("timeout 120 env -u WATS_BASE_URL "
      .. (os.getenv("LUA") or "lua5.4") .. " examples/domains/barcode.lua")
    assert.equal(PRINTED, output)
    assert.is_true(ok)
  end)
end)
