-- examples/domains/asset.lua runs as it stands and prints what it should.

local helper = require("spec.tools.helper")
local needs = require("spec.support.needs")
local support = require("spec.support.client")

local LUA = os.getenv("LUA") or "lua5.4"

local function run(environment)
  return helper.sh(("%s timeout 60 %s examples/domains/asset.lua"):format(environment, LUA))
end

local PRINTED = [[
test 1: used 4 times, OK
test 2: used 8 times, Running count is at 80 % of its limit.
test 3: used 12 times, Running count is at 120 % of its limit.
BED-1 must not be used
Fixture BED-1 is in_operation again: 0 of 10 uses, with needles.txt
  log: type 6 1
  log: type 3 needles renewed
  log: type 6 3
]]

describe("examples/domains/asset.lua", function()
  local it = needs.sandbox(it, pending)

  it("prints what it should, against a server of its own or another", function()
    local ok, output = run("")
    assert.equal(PRINTED, output)
    assert.is_true(ok)
    local box = support.sandbox()
    finally(function() box:stop() end)
    local environment = ("WATS_BASE_URL=%s WATS_AUTH_TOKEN=%s"):format(box.sandbox.url, box.token)
    ok, output = run(environment)
    assert.equal(PRINTED, output)
    assert.is_true(ok)
    assert.is_true((run(environment))) -- a second time, with all of it there already
  end)
end)
