-- A report in XML came in full only, with every curve and file in it: the level of detail could not
-- be said.

local needs = require("spec.support.needs")
local sites = require("spec.support.headers")

describe("a report in XML", function()
  local it, setup, teardown = needs.sandbox(it, pending, setup, teardown)
  local site

  setup(function() site = sites.start() end)
  teardown(function() site:stop() end)

  it("comes with as much detail as is asked for", function()
    local id = site:post().id
    local report = site.client.report
    local all = assert(report:get_report_xml(id))
    local less = assert(report:get_report_xml(id, { detail_level = 1 }))
    assert.equal("detailLevel=1", site:asked())
    assert.is_true(#less < #all)
    assert.matches("<Step ", all)
    assert.is_nil(less:find("<Step ", 1, true))
  end)
end)
