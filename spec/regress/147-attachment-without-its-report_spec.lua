-- No attachment could be fetched: the report that it belongs to was not named, which the server
-- wants, and the number of a step alone names none.

local core = require("wats.core")
local needs = require("spec.support.needs")
local sites = require("spec.support.headers")

describe("an attachment", function()
  local it, setup, teardown = needs.sandbox(it, pending, setup, teardown)
  local site

  setup(function() site = sites.start() end)
  teardown(function() site:stop() end)

  it("is asked for with its report", function()
    local record = site:post { root = { id = 1, group = "M", name = "Main", status = "P",
      attachment = { name = "a", data = core.base64_encode("bytes") } } }
    assert.equal("bytes", site.client.report:get_attachment(record.id, 1))
    assert.equal("reportId=" .. record.id .. "&stepId=1", site:asked())
    site.client.report:get_attachment(record.id, record.id)
    assert.equal("attachmentId=" .. record.id .. "&reportId=" .. record.id, site:asked())
  end)
end)
