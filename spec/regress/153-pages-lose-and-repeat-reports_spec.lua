-- Pages by number lost reports and gave others twice as soon as a station sent something, and
-- beyond 10,000 rows nothing could be had in one request.

local needs = require("spec.support.needs")
local sites = require("spec.support.headers")

describe("paging while reports come in", function()
  local it, setup, teardown = needs.sandbox(it, pending, setup, teardown)
  local site

  setup(function() site = sites.start() end)
  teardown(function() site:stop() end)

  it("gives each once", function()
    local report = site.client.report
    assert(site.sandbox:make_reports { count = 12000 })
    local rows, err = report:query_headers { filter = { partNumber = "PCBA-100" }, top = 10000 }
    assert(rows, err)
    assert.equal(10000, #rows)
    local seen, count = {}, 0
    for header in report:headers { page_size = 4000, select = { "uuid" } } do
      assert.is_nil(seen[header.uuid])
      seen[header.uuid], count = true, count + 1
      if count % 3000 == 0 then
        site:post()
        assert(report:submit(assert(report:get_report(rows[count // 10].uuid))))
        assert(report:submit(assert(report:get_report(rows[10000 - count // 10].uuid))))
      end
    end
    assert.is_true(count >= 12003 and count <= 12004, count)
    for _, row in ipairs(rows) do assert.is_true(seen[row.uuid]) end
  end)
end)
