-- wats.report.wsxf_steps: the steps of a report in XML, with what they measured.
--
-- A step of the XML format holds its measurements, its chart, its loop and the steps within it as
-- elements; here they become the members of a step in the server's JSON format. Order is the order
-- of the document; the counters that repeat it (StepIndex, MeasIndex, MeasOrderNumber, idx) are
-- not kept. See wats.report.wsxf_fields for what becomes of all that has no field. Pure.

local fields = require("wats.report.wsxf_fields")
local json = require("wats.json")
local xml = require("wats.xml")

local text, label, number, integer = fields.text, fields.label, fields.number, fields.integer

local wsxf_steps = {}

local GROUP = fields.letter { Setup = "S", Main = "M", Cleanup = "C" }

-- Of steps, measurements, and whole reports.
local STATUS = fields.letter {
  Passed = "P", Failed = "F", Done = "D", Skipped = "S", Error = "E", Terminated = "T",
  Unknown = "U",
}
wsxf_steps.STATUS = STATUS

local STEP = fields.rules({
  { "Id", "id", integer },
  { "Group", "group", GROUP },
  { "StepType", "stepType", text },
  { "Name", "name", text },
  { "Status", "status", STATUS },
  { "Start", "start", label },
  { "total_time", "totTime", number },
  { "total_timeFormat", "totTimeFormat", label },
  { "StepErrorCode", "errorCode", integer },
  { "StepErrorCodeFormat", "errorCodeFormat", label },
  { "StepErrorMessage", "errorMessage", label },
  { "StepCausedSequenceFailure", "causedSeqFailure", fields.boolean },
  { "StepCausedUUTFailure", "causedUUTFailure", fields.boolean },
  { "InteractiveExeNum", "interactiveExeNum", integer },
  { "InteractiveExeNumFormat", "interactiveExeNumFormat", label },
  { "TSGuid", "tsGuid", label },
}, "StepIndex Idx")

local NUMERIC = fields.rules({
  { "CompOperator", "compOp", text },
  { "Name", "name", label, null = true },
  { "Status", "status", STATUS },
  { "Units", "unit", label, null = true },
  { "NumericValue", "value", number, null = true },
  { "NumericValueFormat", "valueFormat", label },
  { "HighLimit", "highLimit", number, null = true },
  { "HighLimitFormat", "highLimitFormat", label },
  { "LowLimit", "lowLimit", number, null = true },
  { "LowLimitFormat", "lowLimitFormat", label },
}, "MeasIndex MeasOrderNumber")

local STRING = fields.rules({
  { "CompOperator", "compOp", text },
  { "Name", "name", label, null = true },
  { "Status", "status", STATUS },
  { "StringValue", "value", text, null = true },
  { "StringLimit", "limit", text, null = true },
}, "MeasIndex MeasOrderNumber")

local BOOLEAN = fields.rules({
  { "Name", "name", label, null = true },
  { "Status", "status", STATUS },
}, "MeasIndex MeasOrderNumber")

local CALL = fields.rules({
  { "Filepath", "path", label, null = true },
  { "Name", "name", label, null = true },
  { "Version", "version", label, null = true },
}, "Filename MeasIndex")

local LOOP = fields.rules {
  { "index", "idx", integer, null = true },
  { "num", "num", integer, null = true },
  { "ending_index", "endingIndex", integer, null = true },
  { "passed", "passed", integer, null = true },
  { "failed", "failed", integer, null = true },
}

local POPUP = fields.rules({
  { "Response", "response", label, null = true },
  { "Button", "button", integer, null = true },
  { "ButtonFormat", "buttonFormat", label },
}, "MeasIndex")

local EXECUTABLE = fields.rules({
  { "ExitCode", "exitCode", number, null = true },
  { "ExitCodeFormat", "exitCodeFormat", label },
}, "MeasIndex")

local CHART = fields.rules({
  { "ChartType", "chartType", label, null = true },
  { "Label", "label", label, null = true },
  { "XLabel", "xLabel", label, null = true },
  { "XUnit", "xUnit", label, null = true },
  { "YLabel", "yLabel", label, null = true },
  { "YUnit", "yUnit", label, null = true },
}, "idx")

local SERIES = fields.rules {
  { "DataType", "dataType", label, null = true },
  { "Name", "name", label, null = true },
}

local ATTACHMENT = fields.rules({
  { "Name", "name", label, null = true },
  { "ContentType", "contentType", label, null = true },
}, "Size")

local read_attributes = fields.simple(CALL)

-- The file stands in the XML twice, as a name and as a path, which are mostly the same.
local function read_call(node)
  local record = read_attributes(node)
  local name = node.attributes.Filename
  if name and name ~= "" then
    if record.path == json.null then
      record.path = name
    elseif record.path:sub(-#name) ~= name then
      fields.keep_attribute(record, "Filename", name)
    end
  end
  return record
end

local SERIES_PARTS = { xdata = fields.text_element("xdata"), ydata = fields.text_element("ydata") }

local function read_series(node)
  local record = fields.read(node, SERIES)
  record.xdata, record.ydata = json.null, json.null
  fields.each(node, record, SERIES_PARTS)
  return record
end

local CHART_PARTS = { Series = fields.listed("series", read_series) }

local function read_chart(node)
  local record = fields.read(node, CHART)
  record.series = json.array {}
  fields.each(node, record, CHART_PARTS)
  return record
end

-- Base64; documents that were made to look nice have line breaks in it.
---@param node wats.xml_stream.Node
---@return string
function wsxf_steps.base64(node)
  return (xml.text(node):gsub("%s+", ""))
end

local function read_attachment(node)
  local record = fields.read(node, ATTACHMENT)
  record.data = wsxf_steps.base64(node)
  for _, part in ipairs(node) do
    if type(part) == "table" then fields.keep_element(record, part) end
  end
  return record
end

local PARTS = {
  SequenceCall = fields.once("seqCall", read_call),
  NumericLimit = fields.listed("numericMeas", fields.simple(NUMERIC)),
  StringValue = fields.listed("stringMeas", fields.simple(STRING)),
  PassFail = fields.listed("booleanMeas", fields.simple(BOOLEAN)),
  Loop = fields.once("loop", fields.simple(LOOP)),
  Chart = fields.once("chart", read_chart),
  Attachment = fields.once("attachment", read_attachment),
  MessagePopup = fields.once("messagePopup", fields.simple(POPUP)),
  Callexe = fields.once("callExe", fields.simple(EXECUTABLE)),
  ReportText = fields.text_element("reportText"),
}

-- A step, and all that is in it. The document's depth is limited, and with it this.
---@param node wats.xml_stream.Node
---@return table step
function wsxf_steps.read(node)
  local step = fields.read(node, STEP)
  fields.each(node, step, PARTS)
  if step.seqCall and not step.steps then step.steps = json.array {} end
  return step
end

PARTS.Step = fields.listed("steps", wsxf_steps.read)

local function has_id(step)
  if step.id ~= nil then return true end
  for _, inner in ipairs(step.steps or {}) do
    if has_id(inner) then return true end
  end
  return false
end

local function give_ids(step, last)
  last = last + 1
  step.id = last
  for _, inner in ipairs(step.steps or {}) do last = give_ids(inner, last) end
  return last
end

-- Numbers the steps of a report in the order of the document, as the server does, if not one of
-- them has a number: documents may leave them out, and the JSON format may not.
---@param root table
function wsxf_steps.number(root)
  if not has_id(root) then give_ids(root, 0) end
end

return wsxf_steps
