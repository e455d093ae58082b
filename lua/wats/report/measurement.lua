-- wats.report.measurement: from what a test measured to the record that the format knows.
--
-- Each function takes checked options and returns the record and a note for the step's report
-- text, or nil and what is wrong.
--
-- What the format cannot hold is not left out in silence, nor replaced by something that nobody
-- measured. JSON has no NaN and no Inf: such a value is within no limits, and stays out of the
-- record or, where the report wants it so (option "non_finite"), stands there as text; the step's
-- report text says "measured NaN" either way. Text that is not UTF-8 is compared as it came and
-- recorded with the offending bytes written \xNN, and the report text says so.

local given_options = require("wats.report.given")
local limits = require("wats.report.limits")
local shown = require("wats.report.shown")
local status = require("wats.report.status")

local measurement = {}

local INF = math.huge

-- How a value that JSON has no number for is written as text, as others of the format's writers do.
---@param value number
---@return string? text  nil for a number that JSON can write
function measurement.non_finite_text(value)
  if value ~= value then return "NaN" end
  return value == INF and "Infinity" or value == -INF and "-Infinity" or nil
end

local COMMON = {
  name = given_options.SHORT_TEXT,
  status = { "string" },
}

local function with_common(spec)
  for name, rule in pairs(COMMON) do spec[name] = rule end
  return spec
end

measurement.NUMERIC = with_common {
  value = { "number" },
  unit = { "string" },
  comp = { "string" },
  limit = { "number" },
  low = { "number" },
  high = { "number" },
  value_format = { "string" },
  low_format = { "string" },
  high_format = { "string" },
}
measurement.STRING = with_common {
  value = { "string", bytes = true },
  comp = { "string" },
  limit = { "string" },
}
measurement.BOOLEAN = with_common {
  passed = { "boolean" },
}

local function given_letter(given, letters)
  if given.status == nil then return nil end
  return status.parse(given.status, letters)
end

-- A measurement has no letter for an error, a termination and so on: what was measured decides,
-- and what was not measured was skipped.
local function letter_for(letter, measured, holds)
  if letter == "P" or letter == "F" or letter == "S" then return letter end
  if not measured then return "S" end
  return holds and "P" or "F"
end

-- Without a value there must be a reason.
local function missing_value(letter)
  if letter == nil then return 'option "value" is missing' end
  if letter == "P" then return 'a passed measurement needs a "value"' end
  return nil
end

---@param given table  options of measurement.NUMERIC
---@param letters? string  the status letters that may be given
---@param non_finite? string  "text" to write NaN and Inf as text; left out otherwise
---@return table? record
---@return string? note_or_problem
---@return string? step_letter  the status for a step with only this measurement
function measurement.numeric(given, letters, non_finite)
  local letter, problem = given_letter(given, letters or status.MEASUREMENT)
  if problem then return nil, problem end
  local comp, low, high = limits.numeric(given)
  if not comp then return nil, low end
  local value, note = given.value, nil
  local written = value
  if value == nil then
    problem = missing_value(letter)
    if problem then return nil, problem end
  else
    local text = measurement.non_finite_text(value)
    if text then
      note = "measured " .. text:gsub("inity", "")
      written = non_finite == "text" and text or nil
    end
  end
  local record = {
    compOp = comp,
    name = given.name,
    status = letter_for(letter, value ~= nil, value and limits.holds(comp, value, low, high)),
    unit = given.unit,
    value = written,
    valueFormat = given.value_format,
    lowLimit = low,
    lowLimitFormat = given.low_format,
    highLimit = high,
    highLimitFormat = given.high_format,
  }
  return record, note, letter or record.status
end

---@param given table  options of measurement.STRING
---@param letters? string
---@return table? record
---@return string? note_or_problem
---@return string? step_letter
function measurement.string(given, letters)
  local letter, problem = given_letter(given, letters or status.MEASUREMENT)
  if problem then return nil, problem end
  local comp
  comp, problem = limits.text(given)
  if not comp then return nil, problem end
  local value, note = given.value, nil
  if value == nil then
    problem = missing_value(letter)
    if problem then return nil, problem end
  else
    local text, escaped = shown.as_utf8(value)
    if escaped then value, note = text, "measured bytes that are not UTF-8, written \\xNN" end
  end
  local holds = value and limits.text_holds(comp, given.value, given.limit)
  local record = {
    compOp = comp,
    name = given.name,
    status = letter_for(letter, value ~= nil, holds),
    value = value,
    limit = given.limit,
  }
  return record, note, letter or record.status
end

---@param given table  options of measurement.BOOLEAN
---@param letters? string
---@return table? record
---@return string? note_or_problem
---@return string? step_letter
function measurement.boolean(given, letters)
  local letter, problem = given_letter(given, letters or status.MEASUREMENT)
  if problem then return nil, problem end
  if given.passed == nil and not letter then
    return nil, 'option "passed" (or "status") is missing'
  end
  -- the letter is all that the format has of the value: who says otherwise says it of the step
  local own = letter
  if given.passed ~= nil and own ~= "S" then own = nil end
  local record = {
    name = given.name,
    status = letter_for(own, given.passed ~= nil, given.passed),
  }
  return record, nil, letter or record.status
end

-- The records of a list of measurements, the status that they make together (failed if one
-- failed, skipped if all were), and their notes; or nil and what is wrong.
---@param kind "numeric"|"string"|"boolean"
---@param list table[]
---@param non_finite? string  as for `numeric`
---@return table[]? records
---@return string letter_or_problem
---@return string[]? notes
function measurement.list(kind, list, non_finite)
  local list_problem = given_options.list_problem(list)
  if list_problem then return nil, 'option "measurements" ' .. list_problem end
  local records, notes, seen, letter = {}, {}, {}, "S"
  for i, wanted in ipairs(list) do
    local checked, problem = given_options.read(wanted, measurement[kind:upper()])
    local record, note
    if checked then record, note = measurement[kind](checked, nil, non_finite) end
    problem = problem or not record and note
    if not problem and not (checked.name and checked.name ~= "") then
      problem = 'option "name" is missing'
    elseif not problem and seen[checked.name] then
      problem = ('the name "%s" is used twice'):format(given_options.show(checked.name))
    end
    if problem then return nil, ("measurement %d: %s"):format(i, problem) end
    seen[checked.name] = true
    records[i] = record
    if note then notes[#notes + 1] = checked.name .. ": " .. note end
    if record.status == "F" or letter == "S" then letter = record.status end
  end
  if #records == 0 then return nil, 'option "measurements" must be a list, not empty' end
  return records, letter, notes
end

return measurement
