-- Whatever value of a misc info was searched for, all reports with the info came: the value was
-- sent under a name that the server does not know.

local needs = require("spec.support.needs")
local sites = require("spec.support.headers")

describe("a misc info's value", function()
  local it, setup, teardown = needs.sandbox(it, pending, setup, teardown)
  local site

  setup(function() site = sites.start() end)
  teardown(function() site:stop() end)

  it("narrows the search", function()
    site:post { miscInfos = { { description = "Lot", text = "7" } } }
    local wanted = site:post { miscInfos = { { description = "Lot", text = "O'Brien & 8" } } }
    local rows = assert(site.client.report:query_headers_by_misc_info("Lot", "O'Brien & 8"))
    assert.equal(1, #rows)
    assert.equal(wanted.id, rows[1].uuid)
    assert.equal("data=O'Brien & 8&description=Lot", site:asked())
  end)
end)
