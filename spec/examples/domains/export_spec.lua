-- examples/domains/export.lua runs as it stands and prints what it should.

local example = require("spec.support.example")
local needs = require("spec.support.needs")

local PRINTED = [[
ordered: Certificates_1
ready: Certificates_1
2 certificates in the archive, which came whole
]]

describe("examples/domains/export.lua", function()
  local it = needs.sandbox(it, pending)

  it("prints what it should", function()
    assert.equal(PRINTED, example.output("domains/export.lua"))
  end)
end)
