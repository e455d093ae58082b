-- Tests and repairs came mixed, because the kind was sent as a parameter that the server does not
-- have and ignores. It is a condition of the filter, and its values are T and R.

local needs = require("spec.support.needs")
local sites = require("spec.support.headers")

describe("repairs are told from tests", function()
  local it, setup, teardown = needs.sandbox(it, pending, setup, teardown)
  local site

  setup(function() site = sites.start() end)
  teardown(function() site:stop() end)

  it("by the filter", function()
    local test, repair = site:post(), site:post_repair()
    local report = site.client.report
    for id, rows in pairs {
      [test.id] = report:query_uut_headers(), [repair.id] = report:query_uur_headers(),
    } do
      assert.equal(1, #rows)
      assert.equal(id, rows[1].uuid)
    end
    assert(report:query_uur_headers())
    assert.matches("$filter=reportType eq 'R'", site:asked(), 1, true)
    assert.is_nil(site:asked():find("reportType=", 1, true))
  end)
end)
