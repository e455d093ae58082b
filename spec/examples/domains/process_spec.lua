-- examples/domains/process.lua: what it prints.

local helper = require("spec.tools.helper")
local needs = require("spec.support.needs")

local EXPECTED = [[
50: a test operation
pcba TEST: a test operation
4711: no test operation
default: 100
Repair (500):
  Component: Defective component, Missing component, Wrong component, Wrong value, Wrong polarity
  Solder process: Solder bridge, Cold joint, No solder
  Assembly process: Loose screw, Cable not connected
  Other: No failure found, Scrapped
solder BRIDGE: Solder bridge, of Solder process
gremlins: there is no fail code "gremlins" among the 12 of the repair operation
requests: 2
requests: 3
]]

describe("examples/domains/process.lua", function()
  needs.sandbox(it, pending)("prints what the server knows, in two requests", function()
    local ok, output = helper.sh((os.getenv("LUA") or "lua5.4") .. " examples/domains/process.lua")
    assert.is_true(ok, output)
    assert.equal(EXPECTED, output:sub(-#EXPECTED))
    assert.matches("^test operations:\n    10  SW Debug\n", output)
  end)
end)
