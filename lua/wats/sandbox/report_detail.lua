-- wats.sandbox.report_detail: less of a report, as detailLevel, includeChartdata and
-- includeAttachments ask for it.
--
-- Only the ends of the scale are known: 0 is what identifies the report, 7 is all. Between them it
-- is decided here: from 1 on the unit and the lists of the head, from 4 on the steps.
-- Reads and writes with the library's own JSON, not with the sandbox's: it keeps empty arrays,
-- nulls and every number as they were.

local errors = require("wats.sandbox.errors")
local json = require("wats.json")

local M = {}

local IDENTIFYING = {}
for name in ([[type id pn sn rev processCode processName processCodeFormat result machineName
  location purpose start startUTC productName origin]]):gmatch("%a+") do
  IDENTIFYING[name] = true
end

local STEPS_FROM = 4

local function is_record(value)
  return type(value) == "table"
end

local function strip_step(step, charts, attachments)
  if not charts and is_record(step.chart) then
    step.chart.series = nil
  end
  if not attachments and is_record(step.attachment) then
    step.attachment.data = nil
  end
  for _, inner in ipairs(is_record(step.steps) and step.steps or {}) do
    strip_step(inner, charts, attachments)
  end
end

local function strip_binary_data(list)
  for _, data in ipairs(is_record(list) and list or {}) do
    data.data = nil
  end
end

local function strip_attachments(report)
  strip_binary_data(report.binaryData)
  for _, unit in ipairs(is_record(report.subUnits) and report.subUnits or {}) do
    for _, failure in ipairs(is_record(unit.failures) and unit.failures or {}) do
      strip_binary_data(failure.attachments)
    end
  end
end

local function reduce(text, level, charts, attachments)
  local report = assert(json.decode(text, { nulls = "keep" }))
  if level < 1 then
    for name in pairs(report) do
      if not IDENTIFYING[name] then
        report[name] = nil
      end
    end
  end
  if level < STEPS_FROM then
    report.root = nil
  end
  if not attachments then
    strip_attachments(report)
  end
  if is_record(report.root) then
    strip_step(report.root, charts, attachments)
  end
  return json.encode(report)
end

--- What a query asks for: the level, and whether the data of charts and of attachments come along.
---@param query table names in lower case
---@return integer|nil level, boolean|table charts, boolean|nil attachments
---  without a level the second is the answer that refuses
function M.read(query)
  local level = query.detaillevel and tonumber(query.detaillevel) or 7
  if not math.tointeger(level) or level < 0 or level > 7 then
    return nil, errors.model_state(400, "The request is invalid.",
      { { "detailLevel", "The level of detail is an integer from 0 to 7." } })
  end
  local function is_wanted(name)
    return (query[name] or "true"):lower() ~= "false"
  end
  return math.tointeger(level), is_wanted("includechartdata"), is_wanted("includeattachments")
end

--- The text with as much as a query asks for: as it was sent when that is all.
---@param text string
---@param query table names in lower case
---@return string|nil text, table|nil reply the answer that refuses
function M.apply(text, query)
  local level, charts, attachments = M.read(query)
  if not level then
    return nil, charts
  elseif level == 7 and charts and attachments then
    return text
  end
  return reduce(text, level, charts, attachments)
end

return M
