-- A quote in a number broke the query, or changed what it asked for: values went into the filter as
-- they were.

local needs = require("spec.support.needs")
local sites = require("spec.support.headers")

describe("a quote in a value", function()
  local it, setup, teardown = needs.sandbox(it, pending, setup, teardown)
  local site

  setup(function() site = sites.start() end)
  teardown(function() site:stop() end)

  it("stays within the value, in every query that takes one", function()
    local report = site.client.report
    local evil = "x' or 'a' eq 'a"
    for _ = 1, 3 do site:post() end
    for _, find in ipairs { report.get_headers_by_serial, report.get_headers_by_part_number,
      report.query_headers_by_subunit_serial, report.query_headers_by_subunit_part_number,
      report.query_headers_by_misc_info } do
      assert.same({}, find(report, evil))
    end
    site:post { sn = "O'Brien", pn = evil,
      subUnits = { { partType = "A", pn = "O''B", sn = "')" } } }
    assert.equal(1, #report:get_headers_by_serial("O'Brien"))
    assert.equal(1, #report:get_headers_by_part_number(evil))
    assert.equal(1, #report:query_headers_by_subunit_part_number("O''B"))
    assert.equal(1, #report:query_headers_by_subunit_serial("')"))
  end)
end)
