-- The dashboard: JSON as Grafana takes it, about metrics that exist, in expressions that Prometheus
-- understands.

local documents = require("spec.support.monitoring")
local json = require("wats.json")
local needs = require("spec.support.needs")
local prometheus = require("spec.support.prometheus")

describe("the dashboard", function()
  local text = documents.read("docs/grafana_dashboard.json")
  local board = assert(json.decode(text))

  local function expressions()
    local list = {}
    for _, panel in ipairs(board.panels) do
      for _, target in ipairs(panel.targets) do list[#list + 1] = target.expr end
    end
    return list
  end

  it("asks for metrics that exist", function()
    assert.same({}, documents.unknown(text))
    assert.is_true(#expressions() > 25)
  end)

  it("has its panels beside each other, each with a number of its own", function()
    local ids, taken = {}, {}
    for _, panel in ipairs(board.panels) do
      assert.is_nil(ids[panel.id])
      ids[panel.id] = true
      assert.is_true(#panel.title > 0 and #panel.targets > 0)
      local at = panel.gridPos
      assert.is_true(at.x >= 0 and at.x + at.w <= 24)
      for x = at.x, at.x + at.w - 1 do
        for y = at.y, at.y + at.h - 1 do
          assert.is_nil(taken[y * 24 + x], panel.title)
          taken[y * 24 + x] = true
        end
      end
    end
  end)

  local it = needs.that(prometheus.has_promtool, "no promtool here: make deps-full", it, pending)

  it("asks in expressions that Prometheus understands", function()
    local lines = { "groups: [ { name: dashboard, rules: [" }
    for i, expression in ipairs(expressions()) do
      expression = expression:gsub("%$__rate_interval", "1m"):gsub("%$instance", ".*")
      lines[#lines + 1] = ("{ record: 'r%d', expr: %s },"):format(i, json.encode(expression))
    end
    lines[#lines + 1] = "] } ]\n"
    local name = os.tmpname()
    finally(function() os.remove(name) end)
    local file = assert(io.open(name, "w"))
    file:write(table.concat(lines, "\n"))
    file:close()
    local ok, said = prometheus.feed("promtool check rules " .. name, "")
    assert.is_true(ok, said)
  end)
end)
