-- wats.sandbox.analytics.steps: statistics of steps and of their measurements.
--
-- A step's path is the names from the root down, with paragraph marks between; that of one of
-- several measurements has two marks before its name.

local json = require("wats.sandbox.json")
local select_reports = require("wats.sandbox.analytics.select")

local M = {}

local v = json.value
local MARK = "¶"

M.MAX_MEASUREMENTS = 10000

local function children(step)
  return v(step.steps) or {}
end

-- Calls fn(step, path) for a step and all below it.
local function walk(step, fn, above)
  local path = (above and above .. MARK or "") .. tostring(v(step.name) or "")
  fn(step, path)
  for _, inner in ipairs(children(step)) do walk(inner, fn, path) end
end

local function each_step(store, headers, fn)
  for _, header in ipairs(headers) do
    local root = v(select_reports.report(store, header).root)
    if root then
      walk(root, function(step, path) fn(step, path, header) end)
    end
  end
end

-- A sequence fails with what is in it: only the innermost counts.
local function is_cause(step)
  if step.status ~= "F" then return false end
  for _, inner in ipairs(children(step)) do
    if inner.status == "F" then return false end
  end
  return true
end

local function filters_of(path, name)
  return ("<filters><%s>%s</%s></filters>"):format(name, path:gsub("[&<>]",
    { ["&"] = "&amp;", ["<"] = "&lt;", [">"] = "&gt;" }), name)
end

--- The path that a stepFilters text of ours tells, or nil.
---@param text string
function M.path_of(text)
  local path = text:match("^<filters><step>(.-)</step></filters>$")
  return path and (path:gsub("&lt;", "<"):gsub("&gt;", ">"):gsub("&amp;", "&"))
end

local function new_failed(store, step, path, header)
  return {
    stepName = v(step.name), stepPath = path, stepType = v(step.stepType),
    stepGroup = v(step.group), partNumber = header.partNumber, revision = header.revision,
    productGroup = select_reports.product_group(store, header), failCount = 0, totalCount = 0,
    stepFilters = filters_of(path, "step"),
    sequenceFilters = filters_of(path:match("^(.*)" .. MARK) or path, "sequence"),
  }
end

--- The steps that failed, most often first.
function M.top_failed(store, headers)
  local by_key, rows = {}, json.array()
  each_step(store, headers, function(step, path, header)
    local key = header.partNumber .. "\0" .. path
    local row = by_key[key] or new_failed(store, step, path, header)
    by_key[key] = row
    row.totalCount = row.totalCount + 1
    if is_cause(step) then
      if row.failCount == 0 then
        rows[#rows + 1], row.lastFailDate = row, header.start -- newest first
      end
      row.failCount, row.firstFailDate = row.failCount + 1, header.start
    end
  end)
  for _, row in ipairs(rows) do row.failRate = 100 * row.failCount / row.totalCount end
  table.sort(rows, function(a, b)
    if a.failCount ~= b.failCount then return a.failCount > b.failCount end
    return a.stepPath < b.stepPath
  end)
  return rows
end

local STATUS = { P = "Passed", F = "Failed", D = "Done", S = "Skipped", E = "Error",
  T = "Terminated" }

--- The statuses of the step at a path, newest first.
function M.statuses(store, headers, wanted)
  local rows = json.array()
  each_step(store, headers, function(step, path, header)
    if path == wanted then
      rows[#rows + 1] = { serialNumber = header.serialNumber, partNumber = header.partNumber,
        reportId = header.uuid, stepName = v(step.name), stepPath = path,
        status = STATUS[step.status] or "Other", timestamp = header.start }
    end
  end)
  return rows
end

local function measurement_row(header, step, path, measurement)
  return {
    serialNumber = header.serialNumber, partNumber = header.partNumber,
    revision = header.revision, reportId = header.uuid, stepName = v(step.name), stepPath = path,
    measureName = v(measurement.name), value = v(measurement.value),
    limitLow = v(measurement.lowLimit), limitHigh = v(measurement.highLimit),
    unit = v(measurement.unit), status = STATUS[measurement.status] or "Other",
    timestamp = header.start,
  }
end

--- The set of paths of a measurementPaths text.
function M.paths(text)
  local set = {}
  for path in text:gmatch("[^;]+") do set[path] = true end
  return set
end

--- Numeric measurements, newest report first; those of the paths, or of all where that is nil.
function M.measurements(store, headers, wanted)
  local rows = json.array()
  each_step(store, headers, function(step, path, header)
    for _, measurement in ipairs(v(step.numericMeas) or {}) do
      local name = v(measurement.name)
      local full = name and path .. MARK .. MARK .. name or path
      if (not wanted or wanted[full] or wanted[path]) and #rows < M.MAX_MEASUREMENTS then
        rows[#rows + 1] = measurement_row(header, step, path, measurement)
      end
    end
  end)
  return rows
end

-- Capability by the limits that there are.
local function capability(figures, low, high)
  local deviation = figures.stdev
  if deviation == 0 then return end
  figures.cpLower = low and (figures.avg - low) / (3 * deviation)
  figures.cpUpper = high and (high - figures.avg) / (3 * deviation)
  figures.cp = low and high and (high - low) / (6 * deviation)
  figures.cpk = math.min(figures.cpLower or math.huge, figures.cpUpper or math.huge)
  if figures.cpk == math.huge then figures.cpk = nil end
end

local function figures_of(values, low, high)
  local sum, least, most = 0, math.huge, -math.huge
  for _, value in ipairs(values) do
    sum, least, most = sum + value, math.min(least, value), math.max(most, value)
  end
  local average, squares = sum / #values, 0
  for _, value in ipairs(values) do squares = squares + (value - average) ^ 2 end
  local variance = #values > 1 and squares / (#values - 1) or 0
  local figures = { min = least, max = most, avg = average, var = variance,
    stdev = math.sqrt(variance) }
  capability(figures, low, high)
  return figures
end

--- Figures over measurements, for each path and name.
function M.aggregate(rows)
  local by_key, result = {}, json.array()
  for _, row in ipairs(rows) do
    local key = row.stepPath .. MARK .. MARK .. (row.measureName or "")
    local group = by_key[key]
    if not group then
      group = { first = row, values = {} }
      by_key[key], result[#result + 1] = group, group
    end
    group.values[#group.values + 1] = row.value
  end
  for i, group in ipairs(result) do
    local first = group.first
    local all = figures_of(group.values, first.limitLow, first.limitHigh)
    all.count = #group.values
    for _, name in ipairs { "stepName", "stepPath", "measureName", "partNumber", "revision",
      "limitLow", "limitHigh", "unit" } do
      all[name] = first[name]
    end
    result[i] = all
  end
  return result
end

local function new_analysis(step, path)
  local row = { stepName = v(step.name), stepPath = path, stepType = v(step.stepType),
    stepGroup = v(step.group), stepCount = 0, stepCausedUutFailed = 0 }
  for _, name in pairs(STATUS) do row["step" .. name .. "Count"] = 0 end
  row.stepOtherCount = 0
  return row
end

local function with_measurements(rows, measured)
  local all = json.array()
  for _, row in ipairs(rows) do
    local list = measured[row.stepPath]
    if not list then all[#all + 1] = row end
    for _, figures in ipairs(list or {}) do
      local full = {}
      for name, value in pairs(row) do full[name] = value end
      for _, name in ipairs { "measureName", "min", "max", "avg", "stdev", "var", "cp", "cpk" } do
        full[name] = figures[name]
      end
      full.measureCount, full.limit1, full.limit2 =
        figures.count, figures.limitLow, figures.limitHigh
      all[#all + 1] = full
    end
  end
  return all
end

--- A row for each step, or for each of its measurements where it has such, in the order of the
--- newest report.
function M.analysis(store, headers)
  local rows, by_path = {}, {}
  each_step(store, headers, function(step, path)
    local row = by_path[path]
    if not row then
      row = new_analysis(step, path)
      by_path[path], rows[#rows + 1] = row, row
    end
    local counter = "step" .. (STATUS[step.status] or "Other") .. "Count"
    row.stepCount, row[counter] = row.stepCount + 1, row[counter] + 1
    if v(step.causedUUTFailure) == true then
      row.stepCausedUutFailed = row.stepCausedUutFailed + 1
    end
  end)
  local measured = {}
  for _, figures in ipairs(M.aggregate(M.measurements(store, headers))) do
    measured[figures.stepPath] = measured[figures.stepPath] or {}
    table.insert(measured[figures.stepPath], figures)
  end
  return with_measurements(rows, measured)
end

return M
