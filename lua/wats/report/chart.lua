-- wats.report.chart: curves, as the format keeps them: the numbers of each axis as one text with
-- semicolons between.

local given = require("wats.report.given")
local json = require("wats.json")
local measurement = require("wats.report.measurement")

local chart = {}

chart.RULES = {
  chart_type = {
    "string", default = "Line", choices = { "Line", "LineLogXY", "LineLogX", "LineLogY" },
  },
  label = { "string" },
  x_label = { "string" },
  x_unit = { "string" },
  y_label = { "string" },
  y_unit = { "string" },
  series = { "table", required = true },
  measurements = { "table" },
}

local SERIES = {
  name = given.NAME,
  x = { "table" },
  y = { "table", required = true },
}

-- Text can say what a JSON number cannot.
local function number_text(value)
  return measurement.non_finite_text(value) or json.encode(value)
end

local function axis_text(name, values)
  local problem = given.list_problem(values)
  if problem then return nil, name .. " " .. problem end
  local texts = {}
  for i, value in ipairs(values) do
    if type(value) ~= "number" then
      return nil, ("%s[%d] must be number, got %s"):format(name, i, type(value))
    end
    texts[i] = number_text(value)
  end
  return table.concat(texts, ";")
end

local function series_record(wanted)
  local checked, problem = given.read(wanted, SERIES)
  if not checked then return nil, problem end
  local record = { dataType = "XYG", name = checked.name }
  record.ydata, problem = axis_text("y", checked.y)
  if checked.x and not problem then record.xdata, problem = axis_text("x", checked.x) end
  if problem then return nil, problem end
  if checked.x and #checked.x ~= #checked.y then
    return nil, ("x has %d numbers, y has %d"):format(#checked.x, #checked.y)
  end
  return record
end

-- The chart of checked options, or nil and what is wrong.
---@param checked table  read by chart.RULES
---@return table?
---@return string? problem
function chart.record(checked)
  local list_problem = given.list_problem(checked.series)
  if list_problem then return nil, 'option "series" ' .. list_problem end
  local series = json.array {}
  for i, wanted in ipairs(checked.series) do
    local record, problem = series_record(wanted)
    if not record then return nil, ("series %d: %s"):format(i, problem) end
    series[i] = record
  end
  if #series == 0 then return nil, 'option "series" must be a list, not empty' end
  return {
    chartType = checked.chart_type,
    label = checked.label,
    xLabel = checked.x_label,
    xUnit = checked.x_unit,
    yLabel = checked.y_label,
    yUnit = checked.y_unit,
    series = series,
  }
end

return chart
