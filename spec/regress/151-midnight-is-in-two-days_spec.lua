-- A report of midnight was in two days: the end of a range was part of it.

local needs = require("spec.support.needs")
local sites = require("spec.support.headers")

describe("a report of midnight", function()
  local it, setup, teardown = needs.sandbox(it, pending, setup, teardown)
  local site

  setup(function() site = sites.start() end)
  teardown(function() site:stop() end)

  it("is in the day that it begins", function()
    site:post { start = "2026-01-30T23:00:00Z" }
    local function count(from, to)
      return #site.client.report:get_headers_by_date_range(from, to, { zone = "+01:00" })
    end
    assert.equal(0, count("2026-01-30", "2026-01-31"))
    assert.equal(1, count("2026-01-31", "2026-02-01"))
    assert.equal(1, count("2026-01-31T00:00:00+01:00", "2026-01-31T00:00:00.1+01:00"))
  end)
end)
