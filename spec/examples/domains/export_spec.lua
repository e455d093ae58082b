-- examples/domains/export.lua runs as it stands and prints what it should.

local helper = require("spec.tools.helper")
local needs = require("spec.support.needs")

local PRINTED = [[
ordered: Certificates_1
ready: Certificates_1
2 certificates in the archive, which came whole
]]

describe("examples/domains/export.lua", function()
  local it = needs.sandbox(it, pending)

  it("prints what it should", function()
    local ok, output = helper.sh(("timeout 120 env -u WATS_BASE_URL %s examples/domains/export.lua")
      :format(os.getenv("LUA") or "lua5.4"))
    assert.equal(PRINTED, output)
    assert.is_true(ok)
  end)
end)
