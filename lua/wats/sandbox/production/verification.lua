-- wats.sandbox.production.verification: how a unit stands, from the reports that the sandbox has.
--
-- The processes that count are those of the verification rule of its part number (seed member
-- unitVerificationRules); without a rule those in which it was tested.

local errors = require("wats.sandbox.errors")
local json = require("wats.sandbox.json")
local states = require("wats.sandbox.production.state")

local M = {}

local GRADE = json.record({
  "status", "grade", "allProcessesExecutedInCorrectOrder", "allProcessesPassedFirstRun",
  "allProcessesPassedAnyRun", "allProcessesPassedLastRun", "noRepairs", "results",
})
local RESULT = json.record({
  "processCode", "processName", "processIndex", "status", "startUtc", "stationName", "totalCount",
  "nonPassedCount", "repairCount",
})

local function new_row(store, code)
  local process = store:find_process(code)
  return {
    code = code, name = process and process.name, index = process and process.processIndex or 0,
    total = 0, not_passed = 0, repairs = 0,
  }
end

local function add_test(row, header)
  local passed = header.result == "Passed"
  row.total = row.total + 1
  row.not_passed = row.not_passed + (passed and 0 or 1)
  if row.total == 1 then
    row.first_passed = passed
  end
  row.any_passed = row.any_passed or passed
  row.last = header
end

-- The process whose test a repair followed.
local function repaired_process(store, header)
  local test = header.referencedUut and store.reports[header.referencedUut]
  return test and test.header.processCode
end

-- What the reports tell of a unit, by process; and how many repairs there were of it.
local function gather(store, serial_number, part_number)
  local rows, repairs, known = {}, 0, false
  local function row_of(code)
    rows[code] = rows[code] or new_row(store, code)
    return rows[code]
  end
  for _, header in ipairs(store.by_start) do
    if header.serialNumber == serial_number
      and ((part_number or "") == "" or header.partNumber == part_number) then
      known = true
      part_number = header.partNumber
      if header.reportType == "T" then
        add_test(row_of(header.processCode), header)
      else
        repairs = repairs + 1
        local code = repaired_process(store, header)
        if code then
          row_of(code).repairs = row_of(code).repairs + 1
        end
      end
    end
  end
  return rows, repairs, known, part_number
end

-- The rows that count, in the order of the processes.
local function counted(store, rows, part_number)
  local list = {}
  local rule = (store.verification_rules or {})[part_number]
  if rule then
    for _, code in ipairs(rule) do
      list[#list + 1] = rows[code] or new_row(store, code)
    end
  else
    for _, row in pairs(rows) do
      list[#list + 1] = row
    end
  end
  table.sort(list, function(a, b)
    if a.index ~= b.index then
      return a.index < b.index
    end
    return a.code < b.code
  end)
  return list
end

local function view(row)
  return RESULT({
    processCode = row.code, processName = row.name, processIndex = row.index,
    status = row.last and row.last.result or "Unknown", startUtc = row.last and row.last.start,
    stationName = row.last and row.last.stationName, totalCount = row.total,
    nonPassedCount = row.not_passed, repairCount = row.repairs,
  })
end

local function all(list, holds)
  for _, row in ipairs(list) do
    if not holds(row) then
      return false
    end
  end
  return #list > 0
end

local function status_of(list, passed)
  if passed then
    return "Passed"
  end
  for _, row in ipairs(list) do
    if row.last and row.last.result ~= "Passed" then
      return row.last.result
    end
  end
  return "Unknown"
end

local function judge(list, repairs)
  local before = -math.huge
  local grade = {
    allProcessesExecutedInCorrectOrder = all(list, function(row)
      local start = row.last and row.last.start_ticks
      local in_order = start ~= nil and start >= before
      before = start or before
      return in_order
    end),
    allProcessesPassedFirstRun = all(list, function(row) return row.first_passed or false end),
    allProcessesPassedAnyRun = all(list, function(row) return row.any_passed or false end),
    allProcessesPassedLastRun = all(list, function(row)
      return row.last ~= nil and row.last.result == "Passed"
    end),
    noRepairs = repairs == 0,
    results = json.array(),
  }
  for i, row in ipairs(list) do
    grade.results[i] = view(row)
  end
  grade.status = status_of(list, grade.allProcessesPassedLastRun)
  if not grade.allProcessesPassedLastRun then
    grade.grade = "F"
  elseif not grade.noRepairs then
    grade.grade = "C"
  else
    grade.grade = grade.allProcessesPassedFirstRun and "A" or "B"
  end
  return GRADE(grade)
end

--- Judges a unit; nil when nobody knows it.
---@param part_number string|nil
function M.verify(store, serial_number, part_number)
  local rows, repairs, known, part = gather(store, serial_number, part_number)
  local unit = states.of(store):find(serial_number, part_number)
  if not known and not unit then
    return nil
  end
  return judge(counted(store, rows, unit and unit.partNumber or part), repairs)
end

--- Adds the route.
function M.open(router, store)
  router:add("GET", "/api/Production/UnitVerification", function(request)
    local query = request.query
    local grade = M.verify(store, query.serialnumber, query.partnumber)
    if not grade then
      return errors.message(404, ("There is no unit with serial number '%s'."):format(
        query.serialnumber))
    end
    return { status = 200, headers = {}, body = json.encode(grade) }
  end)
end

return M
