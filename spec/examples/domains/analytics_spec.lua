-- examples/domains/analytics.lua: what it prints.

local helper = require("spec.tools.helper")
local needs = require("spec.support.needs")

local EXPECTED = [[
yield of the last week, by operation:
  PCBA test           20 units, first pass  80.0 %, last pass  95.0 %
  End of line test    15 units, first pass  80.0 %, last pass  80.0 %
what fails most:
  MainSequence Callback¶Power¶5V, 7 of 38
5V at the end of the line:
  15 values from 4.5 to 4.9 V, average 4.82
20 units through 2 operations; stuck most at: End of line test
  End of line test: 80.0 % of 15 units pass
SN-004 went through PCBA test, End of line test
SN-020 went through PCBA test
]]

describe("examples/domains/analytics.lua", function()
  needs.sandbox(it, pending)("prints the morning's figures", function()
    local ok, output = helper.sh("env -u WATS_BASE_URL timeout 60 "
      .. (os.getenv("LUA") or "lua5.4") .. " examples/domains/analytics.lua")
    assert.equal(EXPECTED, output)
    assert.is_true(ok)
  end)
end)
