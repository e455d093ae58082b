-- wats.report.head: what stands at the top of a report, from the caller's options.

local additional = require("wats.report.additional")
local core = require("wats.core")
local given = require("wats.report.given")
local json = require("wats.json")
local sequence = require("wats.report.sequence")
local uuid = require("wats.uuid")

local head = {}

-- What is wrong with a uuid, or nil.
---@param text string
---@return string?
function head.uuid_problem(text)
  if uuid.is(text) then return nil end
  return "must be a uuid"
end

local STATION = {
  name = { "string", min = 1, max = given.MAX_TEXT },
  location = given.SHORT_TEXT,
  purpose = given.SHORT_TEXT,
}

-- What tests and repairs have alike.
local COMMON = {
  process_name = { "string" },
  process_code_format = { "string" },
  operator = given.SHORT_TEXT,
  start = given.INSTANT,
  id = { "string", check = head.uuid_problem },
  station = { "table", fields = STATION },
  comment = { "string" },
  exec_time = { "number", min = 0, max = 1e12 },
  additional_data = { "table" },
}

-- The rules of a kind of report: what is special to it, over what all have.
---@param special table<string, wats.OptionRule>
---@return table<string, wats.OptionRule>
function head.fields(special)
  local all = {}
  for _, list in ipairs { COMMON, special } do
    for name, rule in pairs(list) do all[name] = rule end
  end
  return all
end

local FIELDS = head.fields {
  part_number = given.NAME,
  serial_number = given.NAME,
  -- the format wants one: a product without revisions has ""
  revision = { "string", required = true, max = given.MAX_TEXT },
  process_code = {
    "integer", required = true, min = given.MIN_INTEGER, max = given.MAX_INTEGER,
  },
  exec_time_format = { "string" },
  test_socket_index = given.INTEGER,
  test_socket_index_format = { "string" },
  batch_number = given.SHORT_TEXT,
  fixture_id = given.SHORT_TEXT,
  error_code = given.INTEGER,
  error_code_format = { "string" },
  error_message = { "string" },
  batch_fail_count = given.INTEGER,
  batch_fail_count_format = { "string" },
  batch_loop_index = given.INTEGER,
  batch_loop_index_format = { "string" },
  -- the outermost sequence
  sequence_name = { "string", default = "MainSequence Callback", min = 1, max = given.MAX_TEXT },
  sequence_path = { "string" },
  sequence_version = { "string" },
  -- how a measured NaN or Inf is kept: left out, or as text
  non_finite = { "string", default = "omit", choices = { "omit", "text" } },
}

local function unit_record(fields)
  return {
    user = fields.operator,
    comment = fields.comment,
    execTime = fields.exec_time,
    execTimeFormat = fields.exec_time_format,
    testSocketIndex = fields.test_socket_index,
    testSocketIndexFormat = fields.test_socket_index_format,
    batchSN = fields.batch_number,
    fixtureId = fields.fixture_id,
    errorCode = fields.error_code,
    errorCodeFormat = fields.error_code_format,
    errorMessage = fields.error_message,
    batchFailCount = fields.batch_fail_count,
    batchFailCountFormat = fields.batch_fail_count_format,
    batchLoopIndex = fields.batch_loop_index,
    batchLoopIndexFormat = fields.batch_loop_index_format,
  }
end

local function root_record(fields)
  local root = sequence.new_record {
    name = fields.sequence_name,
    path = fields.sequence_path,
    version = fields.sequence_version,
  }
  root.id = 1
  return root
end

-- What all reports have at their top, or nil and what is wrong.
---@param fields table  read by rules of `head.fields`
---@param station? { name: string, location?: string, purpose?: string }
---@param kind "T"|"R"
---@return table? record
---@return string? problem
function head.record(fields, station, kind)
  local usual, problem = given.read(station, STATION)
  if not usual then return nil, "station: " .. problem end
  local own = fields.station or {}
  local name = own.name or usual.name
  if not name then return nil, 'the station has no name (option "station")' end
  local data
  data, problem = additional.records(fields.additional_data)
  if problem then return nil, 'option "additional_data": ' .. problem end
  local start, start_utc = given.instant(fields.start or core.time())
  return {
    type = kind,
    id = fields.id and fields.id:lower() or core.uuid(),
    pn = fields.part_number,
    sn = fields.serial_number,
    rev = fields.revision,
    processCode = fields.process_code,
    processCodeFormat = fields.process_code_format,
    processName = fields.process_name,
    machineName = name,
    location = own.location or usual.location or "",
    purpose = own.purpose or usual.purpose or "",
    start = start,
    startUTC = start_utc,
    miscInfos = json.array {},
    subUnits = json.array {},
    assets = json.array {},
    additionalData = data,
  }
end

-- The record of a new report on a test and of its root sequence, and how it keeps NaN; or nil, nil
-- and what is wrong.
---@param wanted table
---@param station? { name: string, location?: string, purpose?: string }
---@return table? record
---@return table? root
---@return string? problem_or_non_finite
function head.new(wanted, station)
  local fields, problem = given.read(wanted, FIELDS)
  if not fields then return nil, nil, problem end
  local record
  record, problem = head.record(fields, station, "T")
  if not record then return nil, nil, problem end
  record.root = root_record(fields)
  record.uut = unit_record(fields)
  return record, record.root, fields.non_finite
end

return head
