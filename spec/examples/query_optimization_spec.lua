-- examples/query_optimization.lua: the counts that it prints.

local helper = require("spec.tools.helper")
local needs = require("spec.support.needs")

local UNIT = "  warning: GET /api/Production/Unit/{serialNumber}/{partNumber} went out 40 times, "
  .. "one after another: client.production:get_many has many in fewer requests, or up to 16 "
  .. "at a time\n"
local HEADER = "  warning: GET /api/Report/Query/Header went out 40 times, one after another: one "
  .. "query has many: client.report:query_headers with a filter { field = { value, value, ... } } "
  .. "(wats.odata)\n"

local EXPECTED = "one by one, no cache:        200 calls, 200 requests to the server\n"
  .. UNIT .. HEADER
  .. "one by one, with the cache:  200 calls,  87 requests to the server\n" .. UNIT .. HEADER
  .. "many at once, no cache:       45 calls,  45 requests to the server\n"

describe("examples/query_optimization.lua", function()
  needs.sandbox(it, pending)("prints how many requests each way takes", function()
    local ok, output = helper.sh("timeout 60 " .. (os.getenv("LUA") or "lua5.4")
      .. " examples/query_optimization.lua")
    assert.equal(EXPECTED, output)
    assert.is_true(ok)
  end)
end)
