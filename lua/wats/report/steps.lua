-- wats.report.steps: the kinds of steps, from options to the format's records.
--
-- Each builder takes what the caller wrote, and may be given what all steps of the report share (a
-- table whose `non_finite` tells how NaN is written), and returns the step's record, without id,
-- or nil and what is wrong. Its status is settled here; what it means for the sequence around it is
-- not known here.

local additional = require("wats.report.additional")
local chart = require("wats.report.chart")
local files = require("wats.report.files")
local given = require("wats.report.given")
local json = require("wats.json")
local measurement = require("wats.report.measurement")
local status = require("wats.report.status")

local steps = {}

local GROUPS = { s = "S", setup = "S", m = "M", main = "M", c = "C", cleanup = "C" }

local function is_group(text)
  if GROUPS[text:lower()] then return nil end
  return 'must be "setup", "main" or "cleanup" (S, M, C)'
end

local function is_finite(value)
  if value ~= value or value == math.huge or value == -math.huge then return "must be finite" end
  return nil
end

-- What every step may carry.
steps.COMMON = {
  name = given.NAME,
  status = { "string" },
  group = { "string", default = "M", check = is_group },
  step_type = { "string" },
  start = given.INSTANT,
  total_time = { "number", min = 0, check = is_finite },
  total_time_format = { "string" },
  error_code = given.INTEGER,
  error_code_format = { "string" },
  error_message = { "string" },
  report_text = { "string" },
  ts_guid = { "string" },
  interactive_exe_num = given.INTEGER,
  interactive_exe_num_format = { "string" },
  caused_seq_failure = { "boolean" },
  additional_results = { "table" },
}

-- The rules of a kind of step: what every step may carry, over what the kind's measurement takes
-- (a step must have a name, a lone measurement has none), under what is special to the kind.
local function spec(measured, special)
  local all = {}
  for _, rules in ipairs { measured, steps.COMMON, special } do
    for name, rule in pairs(rules) do all[name] = rule end
  end
  return all
end

local function add_note(record, note)
  if not note then return end
  record.reportText = record.reportText and record.reportText .. "\n" .. note or note
end

-- What all steps have, of options that were checked by COMMON; or nil and what is wrong. A status
-- among them stands, whatever was measured.
---@param checked table
---@param step_type? string  where the options have none
---@param letter? string     the status, likewise
---@return table? record
---@return string? problem
function steps.record(checked, step_type, letter)
  local problem
  if checked.status then
    letter, problem = status.parse(checked.status, status.STEP)
    if not letter then return nil, problem end
  end
  local start, results = checked.start
  results, problem = additional.records(checked.additional_results)
  if problem then return nil, 'option "additional_results": ' .. problem end
  return {
    group = GROUPS[checked.group:lower()],
    stepType = checked.step_type or step_type,
    name = checked.name,
    status = letter,
    start = start and (given.instant(start)),
    totTime = checked.total_time,
    totTimeFormat = checked.total_time_format,
    errorCode = checked.error_code,
    errorCodeFormat = checked.error_code_format,
    errorMessage = checked.error_message,
    reportText = checked.report_text,
    tsGuid = checked.ts_guid,
    interactiveExeNum = checked.interactive_exe_num,
    interactiveExeNumFormat = checked.interactive_exe_num_format,
    causedSeqFailure = checked.caused_seq_failure,
    additionalResults = results,
  }
end

-- A step with one measurement: the name is the step's, the measurement has none.
local function single(kind, step_type, field)
  local rules = spec(measurement[kind:upper()], {})
  return function(wanted, book)
    local checked, problem = given.read_step(wanted, rules)
    if not checked then return nil, problem end
    local name = checked.name
    checked.name = nil
    local measured, note, letter = measurement[kind](checked, status.STEP, book and book.non_finite)
    if not measured then return nil, note end
    checked.name = name
    local record
    record, problem = steps.record(checked, step_type, letter)
    if not record then return nil, problem end
    record[field] = json.array { measured }
    add_note(record, note)
    return record
  end
end

local MULTI = { measurements = { "table", required = true } }

-- A step with several measurements, each with a name of its own. The step fails if one fails.
local function multi(kind, step_type, field)
  local rules = spec({}, MULTI)
  return function(wanted, book)
    local checked, problem = given.read_step(wanted, rules)
    if not checked then return nil, problem end
    local records, letter, notes =
      measurement.list(kind, checked.measurements, book and book.non_finite)
    if not records then return nil, letter end
    local record
    record, problem = steps.record(checked, step_type, letter)
    if not record then return nil, problem end
    record[field] = json.array(records)
    for _, note in ipairs(notes) do add_note(record, note) end
    return record
  end
end

local CHART = spec({}, chart.RULES)

-- Curves, and what was measured on them.
local function chart_step(wanted, book)
  local checked, problem = given.read_step(wanted, CHART)
  if not checked then return nil, problem end
  local curves
  curves, problem = chart.record(checked)
  if not curves then return nil, problem end
  local measured, letter, notes = nil, "D", {}
  if checked.measurements then
    measured, letter, notes =
      measurement.list("numeric", checked.measurements, book and book.non_finite)
    if not measured then return nil, letter end
  end
  local record
  record, problem = steps.record(checked, "WATS_XYGMNLT", letter)
  if not record then return nil, problem end
  record.chart = curves
  record.numericMeas = measured and json.array(measured)
  for _, note in ipairs(notes) do add_note(record, note) end
  return record
end

-- A step that measures nothing: done, unless the caller knows better. `fill` puts in what is
-- special to the kind; what it returns is wrong.
local function plain(step_type, special, fill)
  local rules = spec({}, special or {})
  return function(wanted)
    local checked, problem = given.read_step(wanted, rules)
    if not checked then return nil, problem end
    local record
    record, problem = steps.record(checked, step_type, "D")
    if not record or not fill then return record, problem end
    local err
    problem, err = fill(record, checked)
    if problem or err then return nil, problem, err end
    return record
  end
end

-- What a sequence offers, by method name.
steps.builders = {
  numeric = single("numeric", "ET_NLT", "numericMeas"),
  numeric_multi = multi("numeric", "ET_MNLT", "numericMeas"),
  string = single("string", "ET_SVT", "stringMeas"),
  string_multi = multi("string", "ET_MSVT", "stringMeas"),
  pass_fail = single("boolean", "ET_PFT", "booleanMeas"),
  pass_fail_multi = multi("boolean", "ET_MPFT", "booleanMeas"),
  action = plain("ET_A"),
  generic = plain(nil, { step_type = { "string", required = true, min = 1 } }),
  call_exe = plain("CallExecutable", {
    exit_code = { "number", check = is_finite }, exit_code_format = { "string" },
  }, function(record, checked)
    record.callExe = { exitCode = checked.exit_code, exitCodeFormat = checked.exit_code_format }
  end),
  chart = chart_step,
  attachment = plain("WATS_AttachFile", files.RULES, function(record, checked)
    local attached, problem, err = files.record(checked)
    record.attachment, record.name = attached, attached and attached.name
    return problem, err
  end),
  message_popup = plain("MessagePopup", {
    response = { "string" }, button = given.INTEGER, button_format = { "string" },
  }, function(record, checked)
    record.messagePopup = {
      response = checked.response, button = checked.button, buttonFormat = checked.button_format,
    }
  end),
}

return steps
