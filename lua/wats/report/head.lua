-- wats.report.head: what stands at the top of a UUT report, from the caller's options.

local core = require("wats.core")
local given = require("wats.report.given")
local instant = require("wats.instant")
local json = require("wats.json")
local rules = require("wats.report.rules")
local sequence = require("wats.report.sequence")

local head = {}

local function is_uuid(value)
  if rules.is_uuid(value) then return nil end
  return "must be a uuid"
end

local STATION = {
  name = { "string", min = 1, max = given.MAX_TEXT },
  location = given.SHORT_TEXT,
  purpose = given.SHORT_TEXT,
}

local FIELDS = {
  part_number = given.NAME,
  serial_number = given.NAME,
  -- the format wants one: a product without revisions has ""
  revision = { "string", required = true, max = given.MAX_TEXT },
  process_code = {
    "integer", required = true, min = given.MIN_INTEGER, max = given.MAX_INTEGER,
  },
  process_name = { "string" },
  operator = given.SHORT_TEXT,
  start = given.INSTANT,
  id = { "string", check = is_uuid },
  station = { "table", fields = STATION },
  comment = { "string" },
  exec_time = { "number", min = 0, max = 1e12 },
  test_socket_index = given.INTEGER,
  batch_number = given.SHORT_TEXT,
  fixture_id = given.SHORT_TEXT,
  error_code = given.INTEGER,
  error_message = { "string" },
  batch_fail_count = given.INTEGER,
  batch_loop_index = given.INTEGER,
  -- the outermost sequence
  sequence_name = { "string", default = "MainSequence Callback", min = 1, max = given.MAX_TEXT },
  sequence_path = { "string" },
  sequence_version = { "string" },
}

-- The start as the station's clock shows it, and the same instant in UTC. Text keeps its digits:
-- servers write seven, a number holds six.
local function both_starts(start)
  if type(start) == "number" then return instant.with_offset(start), instant.utc(start) end
  local fraction = start:match("%.%d+") or ""
  local seconds = instant.parse((start:gsub("%.%d+", "")))
  return start, (instant.utc(seconds):gsub("Z$", fraction .. "Z"))
end

local function unit_record(fields)
  return {
    user = fields.operator,
    comment = fields.comment,
    execTime = fields.exec_time,
    testSocketIndex = fields.test_socket_index,
    batchSN = fields.batch_number,
    fixtureId = fields.fixture_id,
    errorCode = fields.error_code,
    errorMessage = fields.error_message,
    batchFailCount = fields.batch_fail_count,
    batchLoopIndex = fields.batch_loop_index,
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

-- The record of a new report and of its root sequence; or nil, nil and what is wrong.
---@param wanted table
---@param station? { name: string, location?: string, purpose?: string }
---@return table? record
---@return table? root
---@return string? problem
function head.new(wanted, station)
  local fields, problem = given.read(wanted, FIELDS)
  if not fields then return nil, nil, problem end
  local usual
  usual, problem = given.read(station, STATION)
  if not usual then return nil, nil, "station: " .. problem end
  local own = fields.station or {}
  local name = own.name or usual.name
  if not name then return nil, nil, 'the station has no name (option "station")' end
  local start, start_utc = both_starts(fields.start or core.time())
  local root = root_record(fields)
  return {
    type = "T",
    id = fields.id and fields.id:lower() or core.uuid(),
    pn = fields.part_number,
    sn = fields.serial_number,
    rev = fields.revision,
    processCode = fields.process_code,
    processName = fields.process_name,
    machineName = name,
    location = own.location or usual.location or "",
    purpose = own.purpose or usual.purpose or "",
    start = start,
    startUTC = start_utc,
    root = root,
    uut = unit_record(fields),
    miscInfos = json.array {},
    subUnits = json.array {},
    assets = json.array {},
  }, root
end

return head
