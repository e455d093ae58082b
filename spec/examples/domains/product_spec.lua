-- examples/domains/product.lua runs as it stands and prints what it should.

local helper = require("spec.tools.helper")
local needs = require("spec.support.needs")

local PRINTED = [==[
2 x R-4K7 at R1;R2
1 x C-100N at C1
tag Line = Oslo 2
to be saved: 2 changes
BOX-7 needs 2 x CTRL-200/1.1 (or 1.%)
BOX-7 needs 1 x PSU-24V-5A/A (or no other)
CTRL-200/1.0 fits: true
CTRL-200/2.0 fits: false
CTRL-200, revisions: 2
BOX-7, revisions: 1
nothing: not_found
PCBA-100, revisions: 2
in use: 5
]==]

describe("examples/domains/product.lua", function()
  local it = needs.sandbox(it, pending)

  it("prints what it should", function()
    local ok, output = helper.sh("timeout 120 env -u WATS_BASE_URL "
      .. (os.getenv("LUA") or "lua5.4") .. " examples/domains/product.lua")
    assert.equal(PRINTED, output)
    assert.is_true(ok)
  end)
end)
