-- Whoever sent a report could not tell a refusal from a server that is down: both were the same
-- error without a status. One is for good, the other is to be tried again.

local needs = require("spec.support.needs")
local sites = require("spec.support.headers")

describe("a report that was not taken", function()
  local it, setup, teardown = needs.sandbox(it, pending, setup, teardown)
  local site

  setup(function() site = sites.start() end)
  teardown(function() site:stop() end)

  it("is told with its status, its kind and whether to try again", function()
    for status, expected in pairs {
      [400] = { "invalid", false }, [401] = { "auth", false }, [409] = { "conflict", false },
      [429] = { "rate_limited", true }, [503] = { "server", true },
    } do
      for _, submit in ipairs { "submit", "submit_report_xml" } do
        assert(site.sandbox:fault { method = "POST", status = status, body = '{"Message":"no"}' })
        local result, err = site.client.report[submit](site.client.report, "<x/>")
        assert.is_nil(result)
        assert.equal(status, err.status)
        assert.equal(expected[1], err.kind)
        assert.equal(expected[2], err.retryable)
      end
    end
  end)
end)
