-- wats.report.wsxf: reads reports in the server's XML format (WSXF) as records in its JSON format.
--
-- A document is <Reports> with any number of <Report>. What each becomes is what the server itself
-- writes as JSON for the same report: the same fields, the same nulls, numbers as numbers. What the
-- JSON format has no field for stays in members called `wsxf` (see wats.report.wsxf_fields).
--
-- Nothing in here judges a report; whether one is built like a report is for wats.report.shape.
-- Raises only if lua-expat is missing.

local fields = require("wats.report.wsxf_fields")
local given = require("wats.report.given")
local json = require("wats.json")
local steps = require("wats.report.wsxf_steps")
local xml = require("wats.xml")
local xml_stream = require("wats.xml_stream")

local text, label, number, integer = fields.text, fields.label, fields.number, fields.integer
local uuid = fields.uuid

local wsxf = {}

wsxf.NAMESPACE = "http://wats.virinco.com/schemas/WATS/Report/wsxf"

local REPORT = fields.rules {
  { "type", "type", fields.letter { UUT = "T", UUR = "R" } },
  { "ID", "id", uuid },
  { "PN", "pn", text },
  { "SN", "sn", text },
  { "Rev", "rev", text },
  { "ProductName", "productName", label, null = true },
  { "Result", "result", steps.STATUS },
  { "MachineName", "machineName", text },
  { "Location", "location", text },
  { "Purpose", "purpose", text },
  { "origin", "origin", label },
  { "Start", "start", text },
  { "Start_utc", "startUTC", fields.utc },
}

local PROCESS = fields.rules {
  { "Code", "processCode", integer },
  { "CodeFormat", "processCodeFormat", label, null = true },
  { "Name", "processName", label },
}

local UUR_PROCESS = fields.rules {
  { "Code", "processCode", integer },
  { "CodeFormat", "processCodeFormat", label },
  { "Name", "processName", label },
}

local UUT = fields.rules {
  { "UserLoginName", "user", label, null = true },
  { "BatchSN", "batchSN", label, null = true },
  { "TestSocketIndex", "testSocketIndex", integer, null = true },
  { "TestSocketIndexFormat", "testSocketIndexFormat", label },
  { "ExecutionTime", "execTime", number, null = true },
  { "ExecutionTimeFormat", "execTimeFormat", label },
  { "FixtureId", "fixtureId", label, null = true },
  { "ErrorCode", "errorCode", integer, null = true },
  { "ErrorCodeFormat", "errorCodeFormat", label },
  { "ErrorMessage", "errorMessage", label, null = true },
  { "BatchFailCount", "batchFailCount", integer, null = true },
  { "BatchFailCountFormat", "batchFailCountFormat", label },
  { "BatchLoopIndex", "batchLoopIndex", integer, null = true },
  { "BatchLoopIndexFormat", "batchLoopIndexFormat", label },
  { "StepIdCausedUUTFailure", "stepIdCausedUUTFailure", integer, null = true },
}

local UUR = fields.rules {
  { "UserLoginName", "user", label, null = true },
  { "ReferencedUUT", "refUUT", uuid, null = true },
  { "ConfirmDate", "confirmDate", fields.utc, null = true },
  { "FinalizeDate", "finalizeDate", fields.utc, null = true },
  { "ExecutionTime", "execTime", number, null = true },
  { "Parent", "parent", uuid, null = true },
}

local MISC_INFO = fields.rules({
  { "Description", "description", text },
  { "Numeric", "numeric", integer, null = true },
  { "NumericFormat", "numericFormat", label },
  { "Typedef", "typedef", label },
  { "Id", "id", uuid },
}, "idx order_no")

local SUB_UNIT = {
  { "PartType", "partType", text },
  { "PN", "pn", text },
  { "SN", "sn", text },
  { "Rev", "rev", text },
  { "Idx", "idx", integer },
  { "ParentIDX|ParentIdx", "parentIdx", integer },
  { "ReplacedIDX|ReplacedIdx", "replacedIdx", integer },
}
local SUB_UNIT_OF = {}
for letter, null in pairs { T = true, R = false } do
  SUB_UNIT_OF[letter] = fields.rules { { "Position", "position", integer, null = null },
    table.unpack(SUB_UNIT) }
end

local FAILURE = fields.rules({
  { "Category", "category", text },
  { "Code", "code", text },
  { "Comment", "comment", label, null = true },
  { "CompRef|ComRef", "comRef", label, null = true },
  { "FunctionBlock|FuncBlock", "funcBlock", label, null = true },
  { "StepID|StepId|RefStepId", "refStepId", integer, null = true },
  { "StepName|RefStepName", "refStepName", label, null = true },
  { "ArticleNumber|ArtNumber", "artNumber", label, null = true },
  { "ArticleRevision|ArtRev", "artRev", label, null = true },
  { "ArticleVendor|ArtVendor", "artVendor", label, null = true },
  { "ArticleDescription|ArtDescription", "artDescription", label, null = true },
}, "Idx PartIdx")

local ASSET = fields.rules {
  { "AssetSN", "assetSN", text },
  { "UsageCount", "usageCount", integer, null = true },
  { "UsageCountFormat", "usageCountFormat", label },
}

local ASSET_STATS = fields.rules {
  { "AssetSN", "assetSN", text },
  { "RunningCount", "runningCount", integer },
  { "RunningCountExceeded", "runningCountExceeded", integer },
  { "TotalCount", "totalCount", integer },
  { "TotalCountExceeded", "totalCountExceeded", integer },
  { "DaysSinceCalibration", "daysSinceCalibration", number },
  { "IsDaysSinceCalibrationUnknown", "isDaysSinceCalibrationUnknown", fields.boolean },
  { "CalibrationDaysOverdue", "calibrationDaysOverdue", number },
  { "DaysSinceMaintenance", "daysSinceMaintenance", number },
  { "IsDaysSinceMaintenanceUnknown", "isDaysSinceMaintenanceUnknown", fields.boolean },
  { "MaintenanceDaysOverdue", "maintenanceDaysOverdue", number },
  { "Message", "message", label },
}

local BINARY = fields.rules({}, "BinaryDataIndex FailIdx")
local BINARY_DATA = fields.rules({
  { "ContentType", "contentType", label, null = true },
  { "FileName", "name", label, null = true },
  { "BinaryDataGUID", "id", uuid, null = true },
}, "size")

-- Units -------------------------------------------------------------------------------------------

local COMMENT = fields.text_element("comment")
local UUT_PARTS = { Comment = COMMENT }

local function process_reader(rules)
  return function(record, node)
    if record.processCode or record.processName or type(record.processCodeFormat) == "string" then
      return false -- a second one
    end
    fields.read_into(node, rules, record)
  end
end

local UUR_PARTS = { Comment = COMMENT, Process = process_reader(UUR_PROCESS) }

local function unit_reader(rules, parts, extra)
  return function(node)
    local record = fields.read(node, rules)
    record.comment = json.null
    if extra then record[extra] = json.null end
    fields.each(node, record, parts)
    return record
  end
end

local function read_misc_info(node)
  local record = fields.read(node, MISC_INFO)
  local own = xml.text(node)
  -- indentation is no text
  if record.numeric ~= json.null and not own:find("%S") then own = json.null end
  record.text = own
  for _, part in ipairs(node) do
    if type(part) == "table" then fields.keep_element(record, part) end
  end
  return record
end

local function read_sub_unit(record, node)
  local repair = record.type == "R"
  local unit = fields.read(node, SUB_UNIT_OF[repair and "R" or "T"])
  if repair then unit.failures = json.array {} end
  fields.each(node, unit, {})
  table.insert(record.subUnits, unit)
end

-- Assets stand in an element for all, or each in one of that name.
local function asset_reader(field, inner, rules)
  local read = fields.simple(rules)
  local add = fields.listed(field, read)
  return function(record, node)
    if next(node.attributes) then return add(record, node) end
    fields.each_within(node, record, { [inner] = add })
  end
end

-- Repairs -----------------------------------------------------------------------------------------

local FAILURE_PARTS = { Comment = COMMENT }

-- Failures and files come anywhere in the document and say by number where they belong: to a unit,
-- to a failure. They are put there when all is read.
local function place_failures(record, waiting)
  local units, by_index = {}, {}
  for _, unit in ipairs(record.subUnits) do
    if unit.idx ~= nil and not units[unit.idx] then units[unit.idx] = unit end
  end
  for _, node in ipairs(waiting.failures) do
    local place = node.attributes.PartIdx
    local unit = units[place and integer(place) or 0]
    if unit then
      local failure = fields.read(node, FAILURE)
      fields.each(node, failure, FAILURE_PARTS)
      table.insert(unit.failures, failure)
      local index = integer(node.attributes.Idx or "")
      if index and not by_index[index] then by_index[index] = failure end
    else
      fields.keep_element(record, node)
    end
  end
  return by_index
end

local function read_binary(node)
  local record = fields.read(node, BINARY)
  fields.each(node, record, {
    Data = function(_, data)
      if record.data then return false end
      fields.read_into(data, BINARY_DATA, record, true)
      record.data = steps.base64(data)
    end,
  })
  return record
end

local function place_binaries(record, waiting, by_index)
  for _, node in ipairs(waiting.binaries) do
    local index = node.attributes.FailIdx or ""
    local failure = by_index[integer(index)]
    local owner, field = failure or record, failure and "attachments" or "binaryData"
    owner[field] = owner[field] or json.array {}
    local binary = read_binary(node)
    if index ~= "" and not failure then fields.keep_attribute(binary, "FailIdx", index) end
    table.insert(owner[field], binary)
  end
end

-- Reports -----------------------------------------------------------------------------------------

local function parts_of(waiting)
  local function later(list)
    return function(record, node)
      if record.type ~= "R" then return false end
      list[#list + 1] = node
    end
  end
  return {
    UUT = fields.once("uut", unit_reader(UUT, UUT_PARTS)),
    UUR = fields.once("uur", unit_reader(UUR, UUR_PARTS, "children")),
    Process = process_reader(PROCESS),
    MiscInfo = fields.listed("miscInfos", read_misc_info),
    ReportUnitHierarchy = read_sub_unit,
    Failures = later(waiting.failures),
    Failure = later(waiting.failures),
    Binary = later(waiting.binaries),
    Assets = asset_reader("assets", "Asset", ASSET),
    Asset = asset_reader("assets", "Asset", ASSET),
    AssetStats = asset_reader("assetStats", "AssetStat", ASSET_STATS),
    Step = function(record, node)
      if record.root then waiting.problem = "it has several outermost steps" end
      record.root = steps.read(node)
    end,
  }
end

-- One report, and what is wrong with it: the record has room for one outermost step, and steps that
-- nobody looks at may have failed.
local function read_report(node)
  local record = fields.read(node, REPORT)
  record.processCodeFormat = json.null
  for _, name in ipairs { "miscInfos", "subUnits", "assets", "assetStats", "additionalData" } do
    record[name] = json.array {}
  end
  local waiting = { failures = {}, binaries = {} }
  fields.each(node, record, parts_of(waiting))
  if record.root then steps.number(record.root) end
  place_binaries(record, waiting, place_failures(record, waiting))
  return record, waiting.problem
end

local function root_problem(root)
  if root.name == "Reports" and (root.namespace == wsxf.NAMESPACE or not root.namespace) then
    return nil
  end
  return ('this is no report: the document is <%s>%s, not <Reports xmlns="%s">'):format(
    given.show(root.name), root.namespace and (' of "%s"'):format(given.show(root.namespace)) or "",
    wsxf.NAMESPACE)
end

-- Reads a document. `take` gets each report as it is complete, with its number and the line on
-- which it begins and, where it is no report, why; it may say what is wrong with it.
---@param document string  in the encoding that it declares
---@param take fun(record: table, number: integer, line: integer, problem: string?): string?
---@return true? ok
---@return string? problem  with line and column
function wsxf.read(document, take)
  local count, namespace = 0, nil
  return xml_stream.read(document, {
    open = function(root)
      namespace = root.namespace
      return root_problem(root)
    end,
    close = function(node)
      if node.name ~= "Report" or node.namespace ~= namespace then
        return ("<%s> stands where a <Report> is expected"):format(given.show(node.name))
      end
      count = count + 1
      local record, problem = read_report(node)
      return take(record, count, node.line, problem)
    end,
  })
end

return wsxf
