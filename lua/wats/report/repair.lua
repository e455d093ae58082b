-- wats.report.repair: a report on the repair of a unit (UUR report): what stands at its top, its
-- units, its failures and what is attached. The methods are those of wats.Report for such a report
-- (see wats.report.uut); a mistake raises at the caller's line.
--
-- A repair belongs to the test that found the failure: with the report of that test at hand, the
-- unit, what is built into it and the kind of test are taken over from there, and the steps that
-- failures refer to are held against it.

local core = require("wats.core")
local errors = require("wats.errors")
local files = require("wats.report.files")
local find = require("wats.report.find")
local given = require("wats.report.given")
local head = require("wats.report.head")
local instant = require("wats.instant")
local json = require("wats.json")
local rules = require("wats.report.rules")
local status = require("wats.report.status")
local uuid = require("wats.uuid")

local repair = {}

local value = rules.value

local function is_uuid(text)
  if type(text) ~= "string" or uuid.is(text) then return nil end
  return "must be a report on a test or its uuid"
end

local FIELDS = head.fields {
  -- what was repaired: taken from the test unless it is said here
  part_number = { "string", min = 1, max = given.MAX_TEXT },
  serial_number = { "string", min = 1, max = given.MAX_TEXT },
  revision = given.SHORT_TEXT,
  part_type = { "string", default = "Main", min = 1, max = 50 },
  uut = { "string|table", check = is_uuid },
  -- the kind of repair, and the kind of test that failed
  process_code = {
    "integer", default = 500, min = given.MIN_INTEGER, max = given.MAX_INTEGER,
  },
  test_process_code = given.INTEGER,
  test_process_code_format = { "string" },
  test_process_name = { "string" },
  confirm_date = given.INSTANT,
  finalize_date = given.INSTANT,
  parent = { "string", check = head.uuid_problem },
  result = { "string" },
}

-- The record of the test that is repaired, or nil and what is wrong.
local function tested_record(uut)
  if type(uut) ~= "table" then return nil end
  local record = rawget(uut, "record")
  record = type(record) == "table" and record or uut
  if record.type ~= "T" then return nil, 'option "uut" must be a report on a test or its uuid' end
  if not uuid.is(record.id) then
    return nil, 'option "uut": the report has no uuid'
  end
  return record
end

-- Fields of the unit and the test: what was said, else what the test's report says. A repair of
-- one unit that is linked to the test of another is a mistake.
local FROM_TEST = {
  { "part_number", "pn", "string", same = true, required = true },
  { "serial_number", "sn", "string", same = true, required = true },
  { "revision", "rev", "string", required = true },
  { "test_process_code", "processCode", "number", required = true },
  { "test_process_name", "processName", "string" },
}

local function take_over(fields, tested)
  for _, rule in ipairs(FROM_TEST) do
    local name = rule[1]
    local there = tested and tested[rule[2]]
    if type(there) ~= rule[3] then there = nil end
    if rule.same and there and fields[name] and fields[name] ~= there then
      return ('option "%s" is "%s", but the test was of "%s"'):format(name, fields[name],
        given.show(there))
    end
    if fields[name] == nil then fields[name] = there end
    if fields[name] == nil and rule.required then
      return ('option "%s" is missing'):format(name)
        .. (tested and " (the report on the test has none)" or "")
    end
  end
  return nil
end

local function utc(when)
  return when and select(2, given.instant(when))
end

local function repair_record(fields, tested)
  local uut = fields.uut
  return {
    user = fields.operator,
    comment = fields.comment,
    processCode = fields.test_process_code,
    processCodeFormat = fields.test_process_code_format,
    processName = fields.test_process_name,
    refUUT = tested and tested.id:lower() or type(uut) == "string" and uut:lower() or nil,
    confirmDate = utc(fields.confirm_date),
    finalizeDate = utc(fields.finalize_date),
    execTime = fields.exec_time,
    parent = fields.parent and fields.parent:lower(),
  }
end

-- The main unit, and what the test says is built into it.
local function units(fields, tested)
  local list = json.array { {
    idx = 0, partType = fields.part_type, pn = fields.part_number, sn = fields.serial_number,
    rev = fields.revision, failures = json.array {},
  } }
  local built_in = tested and value(tested.subUnits)
  for _, unit in ipairs(type(built_in) == "table" and built_in or {}) do
    if type(unit) == "table" then
      list[#list + 1] = {
        idx = #list, parentIdx = 0, partType = value(unit.partType) or "Unit",
        pn = value(unit.pn), sn = value(unit.sn), rev = value(unit.rev),
        position = value(unit.position), failures = json.array {},
      }
    end
  end
  return list
end

-- The record of a new report; the record of the test it belongs to, where that is at hand; or nil,
-- nil and what is wrong.
---@param wanted table
---@param station? { name: string, location?: string, purpose?: string }
---@return table? record
---@return table? tested
---@return string? problem
function repair.new(wanted, station)
  local fields, problem = given.read(wanted, FIELDS)
  if not fields then return nil, nil, problem end
  local letter = "P"
  if fields.result then
    letter, problem = status.parse(fields.result, status.REPORT)
    if not letter then return nil, nil, problem end
  end
  local tested
  tested, problem = tested_record(fields.uut)
  problem = problem or take_over(fields, tested)
  if problem then return nil, nil, problem end
  local record
  record, problem = head.record(fields, station, "R")
  if not record then return nil, nil, problem end
  record.result = letter
  record.uur = repair_record(fields, tested)
  record.subUnits = units(fields, tested)
  return record, tested
end

-- What ends with the repair.
---@param record table
---@param now number
function repair.finish(record, now)
  local uur = value(record.uur)
  if type(uur) ~= "table" then return end
  uur.finalizeDate = value(uur.finalizeDate) or instant.utc(now)
  uur.confirmDate = value(uur.confirmDate) or uur.finalizeDate
end

-- The unit of an index or a serial number.
local function find_unit(record, which)
  for _, unit in ipairs(value(record.subUnits) or {}) do
    if type(which) == "string" and unit.sn == which or unit.idx == which then return unit end
  end
  return nil, ("there is no unit %s in this repair"):format(
    type(which) == "string" and ('"%s"'):format(given.show(which)) or "with the index " .. which)
end

local function failed(step)
  return type(step.status) == "string" and status.fails(step.status)
end

-- The first step of a name or an id; of several of one name, the one that failed is meant.
local function find_step(root, which)
  local found
  find.walk(root, function(step)
    local fits = step.id == which
    if type(which) == "string" then fits = step.name == which end
    if fits and (not found or failed(step) and not failed(found)) then found = step end
  end)
  return found
end

-- The id of the step that a failure refers to.
local function step_id(self, which)
  if type(which) == "table" then
    which = math.type(which.id) and math.tointeger(which.id)
    if not which then return nil, 'option "step" is no step: it has no id' end
  end
  local root = self.tested and value(self.tested.root)
  if not root then
    if type(which) == "string" then
      return nil, 'option "step" can be a name only with the report on the test as "uut"'
    end
    return which
  end
  local found = type(root) == "table" and find_step(root, which)
  if found and math.type(found.id) then return math.tointeger(found.id) end
  return nil, ("there is no step %s in the report on the test"):format(
    type(which) == "string" and ('"%s"'):format(given.show(which)) or "with the id " .. which)
end

local TEXT = { "string" }

local FAILURE = {
  -- a pair of the repair operation's fail codes
  category = { "string", required = true, min = 1 },
  code = { "string", required = true, min = 1 },
  comment = TEXT, com_ref = TEXT, func_block = TEXT,
  unit = { "integer|string", default = 0 },
  step = { "integer|string|table" },
  art_number = TEXT, art_rev = TEXT, art_vendor = TEXT, art_description = TEXT,
  attachments = { "table" },
}

-- An attachment as a repair has it, with an id by which it can be fetched.
local function binary(checked)
  local record, problem, err = files.record(checked)
  if record then record.id = core.uuid() end
  return record, problem, err
end

local function attachments(list)
  if not list then return nil end
  local problem = given.list_problem(list)
  if problem then return nil, 'option "attachments" ' .. problem end
  local records = json.array {}
  for i, wanted in ipairs(list) do
    local checked, record, err
    checked, problem = given.read(wanted, files.RULES)
    if checked then record, problem, err = binary(checked) end
    if err then return nil, nil, err end
    if not record then return nil, ("attachment %d: %s"):format(i, problem) end
    records[i] = record
  end
  return records
end

-- The failure's record and its unit, or nil and what is wrong, or nil, nil and what the world did.
local function build_failure(self, wanted)
  local checked, problem = given.read(wanted, FAILURE)
  if not checked then return nil, problem end
  local unit, id, attached, err
  unit, problem = find_unit(self.record, checked.unit)
  if not unit then return nil, problem end
  if checked.step then
    id, problem = step_id(self, checked.step)
    if not id then return nil, problem end
  end
  attached, problem, err = attachments(checked.attachments)
  if problem or err then return nil, problem, err end
  return {
    category = checked.category, code = checked.code, comment = checked.comment,
    comRef = checked.com_ref, funcBlock = checked.func_block, refStepId = id,
    artNumber = checked.art_number, artRev = checked.art_rev, artVendor = checked.art_vendor,
    artDescription = checked.art_description, attachments = attached,
  }, unit
end

---@class wats.FailureOptions
---@field category string         of the repair operation's fail codes
---@field code string             of that category
---@field comment? string
---@field com_ref? string         the component's reference, as "R12"
---@field func_block? string
---@field unit? integer|string    which unit: its index or serial number; 0, the main, by default
---@field step? integer|string|table  the step of the test that showed it: its id, name or record
---@field art_number? string      of the part that was replaced
---@field art_rev? string
---@field art_vendor? string
---@field art_description? string
---@field attachments? table[]    each as for `attachment`

-- Adds a failure that was found.
---@param self wats.Report
---@param wanted wats.FailureOptions
---@return wats.Report? self  or nil, err where a file to attach cannot be read
---@return wats.Error? err
function repair.failure(self, wanted)
  if self.record.type ~= "R" then
    errors.raise("failure: only a repair report has failures; a test has steps")
  end
  local record, unit, err = build_failure(self, wanted)
  if err then return nil, err end
  if not record then errors.raise("failure: %s", unit) end
  if value(unit.failures) == nil then unit.failures = json.array {} end
  unit.failures[#unit.failures + 1] = record
  return self
end

local ATTACHMENT = { failure = { "integer", min = 1 } }
for name, rule in pairs(files.RULES) do ATTACHMENT[name] = rule end

-- The failure of a number, counted over all units in their order.
local function find_failure(record, number)
  local count = 0
  for _, unit in ipairs(value(record.subUnits) or {}) do
    for _, failure in ipairs(value(unit.failures) or {}) do
      count = count + 1
      if count == number then return failure end
    end
  end
  return nil, ("there is no failure %d (of %d)"):format(number, count)
end

-- Attaches bytes or a file to the repair, or to the failure with that number.
---@param self wats.Report
---@param wanted table  name, data or file, content_type, failure
---@return wats.Report? self  or nil, err where the file cannot be read
---@return wats.Error? err
function repair.attachment(self, wanted)
  local checked, problem = given.read(wanted, ATTACHMENT)
  if not checked then errors.raise("attachment: %s", problem) end
  local owner, field = self.record, "binaryData"
  if checked.failure then
    owner, problem = find_failure(self.record, checked.failure)
    if not owner then errors.raise("attachment: %s", problem) end
    field = "attachments"
  end
  local record, err
  record, problem, err = binary(checked)
  if err then return nil, err end
  if not record then errors.raise("attachment: %s", problem) end
  if value(owner[field]) == nil then owner[field] = json.array {} end
  local list = owner[field]
  list[#list + 1] = record
  return self
end

local UNIT = {
  -- in which unit it is, and which it replaced: index or serial number
  parent = { "integer|string", default = 0 },
  replaces = { "integer|string" },
}
for name, rule in pairs(given.SUB_UNIT) do UNIT[name] = rule end

-- Adds a unit to a repair; `problem` is what is wrong.
---@param record table
---@param wanted table
---@return string? problem
function repair.add_unit(record, wanted)
  local checked, problem = given.read(wanted, UNIT)
  if not checked then return problem end
  local parent, replaced
  parent, problem = find_unit(record, checked.parent)
  if not parent then return 'option "parent": ' .. problem end
  if checked.replaces then
    replaced, problem = find_unit(record, checked.replaces)
    if not replaced then return 'option "replaces": ' .. problem end
  end
  local highest = 0
  for _, unit in ipairs(record.subUnits) do
    highest = math.max(highest, math.type(unit.idx) and unit.idx or 0)
  end
  record.subUnits[#record.subUnits + 1] = {
    idx = math.tointeger(highest) + 1, parentIdx = parent.idx,
    replacedIdx = replaced and replaced.idx,
    partType = checked.part_type, pn = checked.part_number, sn = checked.serial_number,
    rev = checked.revision, position = checked.position, failures = json.array {},
  }
  return nil
end

return repair
