local steps = require("wats.report.steps")

local function build(given)
  given.name = "ripple"
  local step, problem = steps.builders.chart(given)
  return step, problem
end

describe("a chart", function()
  it("keeps its axes as text", function()
    local step = build {
      chart_type = "LineLogX", label = "Ripple", x_label = "f", x_unit = "Hz", y_label = "U",
      y_unit = "mV",
      series = {
        { name = "cold", x = { 10, 100 }, y = { 0.1, -3 } },
        { name = "hot", y = { 1, 2 } },
      },
    }
    assert.equal("WATS_XYGMNLT", step.stepType)
    assert.equal("D", step.status)
    assert.is_nil(step.numericMeas)
    assert.same({
      chartType = "LineLogX", label = "Ripple", xLabel = "f", xUnit = "Hz", yLabel = "U",
      yUnit = "mV",
      series = {
        { dataType = "XYG", name = "cold", xdata = "10;100", ydata = "0.1;-3" },
        { dataType = "XYG", name = "hot", ydata = "1;2" },
      },
    }, step.chart)
  end)

  it("says in text what JSON cannot", function()
    local step = build { series = { { name = "a", y = { 0 / 0, 1 / 0, -1 / 0 } } } }
    assert.equal("NaN;Infinity;-Infinity", step.chart.series[1].ydata)
  end)

  it("has the status of what was measured on it", function()
    local step = build {
      series = { { name = "a", y = { 1, 9 } } },
      measurements = { { name = "peak", value = 9, high = 5 }, { name = "mean", value = 5 } },
    }
    assert.equal("F", step.status)
    assert.equal("peak", step.numericMeas[1].name)
  end)

  it("says what is wrong", function()
    for problem, given in pairs {
      ['option "series" must be a list, not empty'] = { series = {} },
      ['series 1: option "y" is missing (table)'] = { series = { { name = "a" } } },
      ["series 1: x has 1 numbers, y has 2"] =
        { series = { { name = "a", x = { 1 }, y = { 1, 2 } } } },
      ["series 1: y[2] must be number, got string"] =
        { series = { { name = "a", y = { 1, "2" } } } },
      ['measurement 1: option "value" is missing'] =
        { series = { { name = "a", y = { 1 } } }, measurements = { { name = "p" } } },
      ['option "chart_type" must be one of "Line", "LineLogXY", "LineLogX", "LineLogY"'
        .. ' (did you mean "Line"?), got "line"'] =
        { chart_type = "line", series = { { name = "a", y = { 1 } } } },
    } do
      local step, message = build(given)
      assert.is_nil(step)
      assert.equal(problem, message)
    end
  end)
end)

describe("an attachment", function()
  it("travels as base64, whatever its bytes", function()
    local step = steps.builders.attachment {
      name = "scope.png", data = "\xFF\0\n", content_type = "image/png",
    }
    assert.same({ name = "scope.png", contentType = "image/png", data = "/wAK" }, step.attachment)
    assert.equal("D", step.status)
  end)
end)
