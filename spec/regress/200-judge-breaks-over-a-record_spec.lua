-- What is no report at all is told of as every other fault: the judge neither raises over it, nor
-- says more than one line for each problem.
local json = require("wats.json")
local report = require("wats.report")

describe("validate", function()
  it("does not raise over a step that failed and has a number for its steps", function()
    local record = json.decode [[{"type":"T","root":{"id":1,"steps":[{"id":2,"status":"F",
      "steps":5,"numericMeas":[{"compOp":"LOG","value":1,"status":"P"}]}]}}]]
    local _, problems = report.validate(record)
    assert.matches("root.steps[0].steps: must be a table, not a number",
      table.concat(problems, "\n"), 1, true)
  end)

  it("does not raise over assets whose serial numbers are NaN", function()
    local _, problems = report.validate { type = "T", assets = { { assetSN = 0 / 0 } } }
    assert.matches("assets[0].assetSN: must be a string", table.concat(problems, "\n"), 1, true)
  end)

  it("says one short line whatever stands in the fields", function()
    for _, odd in ipairs { "a\nb", "\0", ("y"):rep(6000) } do
      local measured = { compOp = odd, name = odd, status = odd }
      local series = { dataType = odd, name = odd, xdata = odd, ydata = odd }
      local property = { name = odd, type = "Bool" }
      local _, problems, warnings = report.validate { type = odd, result = odd, root = {
        id = 1, group = odd, status = "P", numericMeas = { measured, measured },
        chart = { chartType = odd, series = { series } },
        additionalResults = { { name = odd, props = { property, { name = odd } } } },
        steps = { { name = odd, status = "F" } },
      } }
      assert.is_true(#problems > 10)
      for _, list in ipairs { problems, warnings } do
        for _, line in ipairs(list) do
          assert.is_true(#line < 200 and not line:find("%c"), line)
        end
      end
    end
  end)
end)
