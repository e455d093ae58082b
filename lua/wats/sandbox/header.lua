-- wats.sandbox.header: the header record of a report, as Report/Query/Header gives it.
--
-- Made once from the decoded report when it is received. Members beginning with a field's name
-- and "_ticks" or "_guid" are for comparing only and never written.

local json = require("wats.sandbox.json")
local time = require("wats.sandbox.time")

local M = {}

-- name -> type for $filter; the order is that of the answer.
local FIELDS = {
  { "uuid", "guid" }, { "serialNumber", "string" }, { "partNumber", "string" },
  { "reportType", "string" }, { "start", "date" }, { "revision", "string" },
  { "result", "string" }, { "batchNumber", "string" }, { "userName", "string" },
  { "stationName", "string" }, { "location", "string" }, { "purpose", "string" },
  { "measuresDeleted", "boolean" }, { "timeStamp", "number" }, { "processCode", "number" },
  { "processName", "string" }, { "comment", "string" }, { "executionTime", "number" },
  { "swFilename", "string" }, { "swVersion", "string" }, { "testSocketIndex", "number" },
  { "fixtureId", "string" }, { "errorCode", "number" }, { "errorMessage", "string" },
  { "run", "number" }, { "receiveCount", "number" }, { "reportSize", "number" },
  { "causedUutFailure", "string" }, { "causedUutFailurePath", "string" },
  { "passedInRun", "number" }, { "referencedUut", "guid" },
}
-- The lists that $expand adds and any and all look into, with the fields of their records.
local LISTS = {
  { "subUnits", "partType:string serialNumber:string partNumber:string revision:string" },
  { "miscInfo", "description:string value:string" },
  { "assets", "serialNumber:string runningCount:number runningCountExceeded:number "
    .. "totalCount:number totalCountExceeded:number daysSinceMaintenance:number "
    .. "maintenanceDaysOverdue:number daysSinceCalibration:number calibrationDaysOverdue:number" },
  { "attachments", "stepId:number filename:string" },
  { "uurSubUnits", "serialNumber:string partNumber:string revision:string" },
  { "uurMiscInfo", "description:string value:string" },
  { "uurAttachments", "id:guid filename:string" },
}
local RESULTS = { P = "Passed", F = "Failed", E = "Error", T = "Terminated" }

--- The names of the plain fields, in order.
M.names = {}

--- What may be asked of headers; see odata_query.
M.collection = {
  fields = {},
  orderable = { start = true, uuid = true, serialnumber = true, timestamp = true },
  expandable = {},
  default_top = 10,
  max_top = 10000,
}

for i, field in ipairs(FIELDS) do
  local name, kind = field[1], field[2]
  M.names[i] = name
  local key = kind == "date" and name .. "_ticks" or name
  M.collection.fields[name:lower()] = { name = name, key = key, type = kind }
end
local make = {} -- by list: a constructor of its records

for _, list in ipairs(LISTS) do
  local name, names, fields = list[1], {}, {}
  for field, kind in list[2]:gmatch("(%a+):(%a+)") do
    names[#names + 1] = field
    fields[field:lower()] = { key = field, type = kind }
  end
  make[name] = json.record(names)
  M.collection.expandable[name:lower()] = name
  M.collection.fields[name:lower()] = { name = name, key = name, type = "list", fields = fields }
end

local v = json.value

local function child(t, name)
  local value = t[name]
  return type(value) == "table" and value or {}
end

-- The step that caused the failure, and its path from the root ("A/B/C").
local function find_cause(step, path)
  local own = (path and path .. "/" or "") .. tostring(v(step.name) or "")
  for _, inner in ipairs(child(step, "steps")) do
    local name, where = find_cause(inner, own)
    if name then
      return name, where
    end
  end
  if v(step.causedUUTFailure) == true then
    return v(step.name), own
  end
end

local function sub_units(report, new)
  local list = json.array()
  for _, unit in ipairs(child(report, "subUnits")) do
    list[#list + 1] = new {
      partType = v(unit.partType), serialNumber = v(unit.sn), partNumber = v(unit.pn),
      revision = v(unit.rev),
    }
  end
  return list
end

local function misc_info(report, new)
  local list = json.array()
  for _, info in ipairs(child(report, "miscInfos")) do
    local value = v(info.text) or v(info.numeric)
    list[#list + 1] = new {
      description = v(info.description),
      value = value and tostring(math.tointeger(value) or value),
    }
  end
  return list
end

-- What the server counts and knows of an asset when it takes the report in; WSJF calls this
-- assetStats, and it may come back that way.
local function assets(report)
  local list, stats = json.array(), {}
  for _, stat in ipairs(child(report, "assetStats")) do
    stats[v(stat.assetSN) or ""] = stat
  end
  for _, asset in ipairs(child(report, "assets")) do
    local record = make.assets { serialNumber = v(asset.assetSN) }
    for name, value in pairs(stats[record.serialNumber] or {}) do
      if M.collection.fields.assets.fields[name:lower()] then
        record[name] = v(value)
      end
    end
    list[#list + 1] = record
  end
  return list
end

local function add_attachments(list, step)
  local attachment = v(step.attachment)
  if attachment then
    list[#list + 1] = make.attachments {
      stepId = math.tointeger(step.id), filename = v(attachment.name),
    }
  end
  for _, inner in ipairs(child(step, "steps")) do
    add_attachments(list, inner)
  end
  return list
end

local function add_binary_data(list, owner, name)
  for _, data in ipairs(child(owner, name)) do
    local id = v(data.id)
    list[#list + 1] = make.uurAttachments { id = id and id:lower(), filename = v(data.name) }
  end
end

-- What hangs on a repair report, and on the failures of its units.
local function binary_data(report)
  local list = json.array()
  add_binary_data(list, report, "binaryData")
  for _, unit in ipairs(child(report, "subUnits")) do
    for _, failure in ipairs(child(unit, "failures")) do
      add_binary_data(list, failure, "attachments")
    end
  end
  return list
end

local function add_lists(header, report)
  local is_repair = report.type == "R"
  local none = json.array()
  header.subUnits = is_repair and none or sub_units(report, make.subUnits)
  header.miscInfo = is_repair and none or misc_info(report, make.miscInfo)
  header.assets = assets(report)
  header.attachments = add_attachments(json.array(), child(report, "root"))
  header.uurSubUnits = is_repair and sub_units(report, make.uurSubUnits) or none
  header.uurMiscInfo = is_repair and misc_info(report, make.uurMiscInfo) or none
  header.uurAttachments = binary_data(report)
end

--- Makes the header of a valid report.
---@param report table decoded
---@param size integer bytes of its text
---@param process table|nil the process that its code names
---@return table
function M.make(report, size, process)
  local unit = child(report, report.type == "T" and "uut" or "uur")
  local root = child(report, "root")
  local start = time.parse(v(report.startUTC) or report.start)
  local call = child(root, "seqCall")
  local reference = v(unit.refUUT)
  local header = {
    uuid = report.id:lower(), serialNumber = report.sn, partNumber = report.pn,
    reportType = report.type, start = time.format(start), start_ticks = start,
    revision = report.rev, result = RESULTS[report.result], batchNumber = v(unit.batchSN),
    userName = v(unit.user), stationName = report.machineName, location = v(report.location),
    purpose = v(report.purpose), measuresDeleted = false,
    processCode = math.tointeger(report.processCode),
    processName = process and process.name or v(report.processName),
    comment = v(unit.comment), executionTime = v(unit.execTime), swFilename = v(call.name),
    swVersion = v(call.version), testSocketIndex = v(unit.testSocketIndex),
    fixtureId = v(unit.fixtureId), errorCode = v(unit.errorCode),
    errorMessage = v(unit.errorMessage), reportSize = (size + 1023) // 1024,
    referencedUut = reference and reference:lower(),
  }
  header.causedUutFailure, header.causedUutFailurePath = find_cause(root)
  add_lists(header, report)
  return header
end

return M
