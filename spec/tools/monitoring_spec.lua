-- The table of all metrics in docs/monitoring.md is what the registry says.

package.path = "./tools/?.lua;" .. package.path
local documents = require("spec.support.monitoring")
local monitoring = require("monitoring")

describe("the table of metrics", function()
  local families, lacking = monitoring.families()
  local text = documents.read("docs/monitoring.md")

  it("has not drifted", function()
    assert.equal(text, monitoring.renew(text, families, lacking))
  end)

  it("has what can be shown", function()
    local names = {}
    for _, family in ipairs(families) do names[family.name] = family end
    assert.same({ "method", "route", "status" }, names.wats_http_requests_total.labels)
    for _, name in ipairs { "wats_http_request_duration_seconds", "wats_breaker_state",
      "wats_metrics_overflow_total", "process_threads", "wats_build_info" } do
      assert.truthy(names[name], name)
    end
    assert.is_nil(names.too_many)
  end)

  it("would be made anew where something has changed", function()
    local other = { { name = "a_total", type = "counter", help = "x | y", labels = { "l", "m" } } }
    local fresh = monitoring.renew(text, other, { "wats_b", "none_" })
    assert.truthy(fresh:find("| `a_total` | counter | `l`, `m` | x \\| y |\n", 1, true))
    assert.truthy(fresh:find("| `wats_breaker_state` ", 1, true)) -- kept: this build has it not
    assert.falsy(fresh:find("| `wats_http_requests_total` |", 1, true))
    assert.equal(text:match("^(.-)<!%-%-"), fresh:match("^(.-)<!%-%-"))
    assert.has_error(function() monitoring.renew("no marks", families, {}) end)
  end)

  it("is explained by documents that speak of what there is", function()
    assert.same({}, documents.unknown(text))
  end)
end)
