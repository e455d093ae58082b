-- The alert rules: well-formed, about metrics that exist, and speaking when they should.

local documents = require("spec.support.monitoring")
local needs = require("spec.support.needs")
local prometheus = require("spec.support.prometheus")

local RULES = "docs/prometheus_rules.yml"

describe("the alert rules", function()
  local it = needs.that(prometheus.has_promtool, "no promtool here: make deps-full", it, pending)

  it("are well-formed", function()
    local ok, said = prometheus.feed("promtool check rules " .. RULES, "")
    assert.is_true(ok, said)
    assert.matches("5 rules found", said)
  end)

  it("speak when they should, and only then", function()
    local pipe = assert(io.popen("pwd"))
    local folder = pipe:read("l")
    pipe:close()
    local name = os.tmpname()
    finally(function() os.remove(name) end)
    local file = assert(io.open(name, "w"))
    file:write((documents.read("spec/monitoring/rules_test.yml"):gsub("RULES",
      folder .. "/" .. RULES)))
    file:close()
    local ok, said = prometheus.feed("promtool test rules " .. name, "")
    assert.is_true(ok, said)
  end)
end)

describe("the alert rules", function()
  it("ask for metrics that exist", function()
    assert.same({}, documents.unknown(documents.read(RULES)))
    assert.same({ "wats_no_such_total" }, documents.unknown("x: rate(wats_no_such_total[5m]) > 0"))
  end)
end)
