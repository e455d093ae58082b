-- Of a day with a hundred tests ten came: the server gives ten rows to who does not say how many,
-- and nobody asked for the next ones.

local needs = require("spec.support.needs")
local sites = require("spec.support.headers")

describe("lists of headers", function()
  local it, setup, teardown = needs.sandbox(it, pending, setup, teardown)
  local site

  setup(function() site = sites.start() end)
  teardown(function() site:stop() end)

  it("are not cut, at ten rows or at a thousand", function()
    local report = site.client.report
    assert(site.sandbox:make_reports { count = 1234, partNumber = "A", serialNumber = "S",
      start = os.date("!%Y-%m-%dT%H:%M:%SZ", os.time() - 100), interval = 0 })
    local unit = "S-000001"
    for _ = 1, 11 do site:post { sn = unit } end
    assert.equal(1234, #report:get_headers_by_part_number("A"))
    assert.equal(12, #report:get_headers_by_serial(unit))
    assert.equal(1234, #report:get_recent_headers(1))
    assert.equal(1234, #report:get_headers_by_date_range(os.time() - 3600, os.time()))
    assert.equal(1245, #report:query_headers { top = 10000 })
    assert.equal(1000, #report:query_headers())
  end)
end)
