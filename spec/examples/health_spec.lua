-- examples/health.lua: what it prints.

local helper = require("spec.tools.helper")
local needs = require("spec.support.needs")

local EXPECTED = [[
/health/ready	{"status":"not ready","reason":"power_supply: not calibrated"} 503
/health/live	{"status":"alive"} 200
/health/ready	{"status":"ready"} 200
/health	{"status":"ok"} 200
wats_http_cache_requests_total 3
]]

describe("examples/health.lua", function()
  local it = needs.sandbox(it, pending)
  it = needs.that(helper.sh("command -v curl"), "no curl command here", it, pending)

  it("shows what others see", function()
    local ok, output = helper.sh((os.getenv("LUA") or "lua5.4") .. " examples/health.lua")
    assert.equal(EXPECTED, output)
    assert.is_true(ok)
  end)
end)
