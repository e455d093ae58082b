-- wats.report.validate_verdicts: whether what a report says of its steps is true of what it says
-- was measured.
--
-- A problem is what would make a unit look other than it was measured: a pass that is none, a
-- failure of what is within its limits. A warning is what a test program may well mean: a step that
-- failed for a reason that stands in no measurement.

local given = require("wats.report.given")
local limits = require("wats.report.limits")
local rules = require("wats.report.rules")
local status = require("wats.report.status")
local tree = require("wats.report.tree")

local verdicts = {}

local value = rules.value

local NOT_FINITE = { NaN = true, Infinity = true, ["-Infinity"] = true }

-- Is it what some writers put for a number that JSON has not?
---@param text any
---@return boolean
function verdicts.is_non_finite(text)
  return NOT_FINITE[text] == true
end

-- The letter that a measurement's status must be, but for a measurement that was skipped.
local function compare(out, path, letter, holds, said)
  if letter == "S" or letter == (holds and "P" or "F") then return end
  rules.add(out, path .. ".status", ("%s, but %s"):format(letter, said))
end

local function missing(out, path, letter)
  if letter == "S" then return end
  rules.warn(out, path .. ".value", "missing, though not skipped")
end

---@param out table
---@param measured table  whose fields are of the right types
---@param path string
---@param comp string   the operator, known
---@param letter string the measurement's status
function verdicts.numeric(out, measured, path, comp, letter)
  local got, low, high = value(measured.value), value(measured.lowLimit), value(measured.highLimit)
  if comp == "LOG" and (low ~= nil or high ~= nil) then
    rules.warn(out, path, "has limits, but LOG compares with none")
  end
  if got == nil then
    missing(out, path, letter)
    return
  end
  if verdicts.is_non_finite(got) then
    rules.warn(out, path .. ".value", ('"%s" is no number'):format(got))
    got = 0 / 0
  end
  local holds = limits.holds(comp, got, low, high)
  local said = comp
  if limits.count(comp) == 1 then said = ("%s %s"):format(comp, low) end
  if limits.count(comp) == 2 then said = ("%s %s, %s"):format(comp, low, high) end
  compare(out, path, letter, holds, ("%s is %s%s"):format(value(measured.value),
    holds and "within " or "not within ", said))
end

---@param out table
---@param measured table
---@param path string
---@param comp string  in the spelling of wats.report.limits
---@param letter string
function verdicts.string(out, measured, path, comp, letter)
  local got = value(measured.value)
  if got == nil then
    missing(out, path, letter)
    return
  end
  local holds = limits.text_holds(comp, got, value(measured.limit))
  compare(out, path, letter, holds, holds and "the value is what the limit wants"
    or "the value is not what the limit wants")
end

local LISTS = { "numericMeas", "stringMeas", "booleanMeas" }

-- The first measurement of a step that failed, and how many there are.
local function failed_measurement(step)
  local count, failed = 0, nil
  for _, name in ipairs(LISTS) do
    local list = value(step[name])
    for i, measured in ipairs(type(list) == "table" and list or {}) do
      count = count + 1
      if not failed and type(measured) == "table" and measured.status == "F" then
        failed = ("%s[%d]"):format(name, i - 1)
      end
    end
  end
  return failed, count
end

local function known(letter)
  return type(letter) == "string" and #letter == 1 and status.STEP:find(letter, 1, true) ~= nil
end

-- The first step below that failed.
local function failed_step(step)
  for child in tree.counted(step) do
    local letter = value(child.status)
    if known(letter) and status.fails(letter) then return child, letter end
  end
  return nil
end

local function check_sequence(out, step, path, letter)
  local child, its = failed_step(step)
  if not child then
    if letter == "F" then rules.warn(out, path .. ".status", "F, though nothing in it failed") end
  elseif not status.fails(letter) then
    local said = ('%s, but the step "%s" in it is %s'):format(letter, given.show(child.name), its)
    if its == "U" or child.causedSeqFailure == false then
      rules.warn(out, path .. ".status", said)
    else
      rules.add(out, path .. ".status", said)
    end
  end
end

-- Whether a step's status is what is in it.
---@param out table
---@param step table
---@param path string
function verdicts.step(out, step, path)
  local letter = value(step.status)
  if not known(letter) then return end
  local steps = value(step.steps)
  local has_steps = type(steps) == "table" and #steps > 0
  if has_steps then check_sequence(out, step, path, letter) end
  local failed, count = failed_measurement(step)
  if failed and not status.fails(letter) then
    rules.add(out, path .. ".status", ("%s, but %s failed"):format(letter, failed))
  elseif count > 0 and not failed and letter == "F" and not has_steps then
    rules.warn(out, path .. ".status", "F, though no measurement failed")
  end
end

local function number(object, name)
  local got = value(object[name])
  return math.type(got) and math.tointeger(got)
end

-- Whether a loop ended as its passes did: as one of them, since nobody sees which of them decided.
-- Servers have loops that passed where no pass did, so this is no fault.
local function check_loop_end(out, header, where, failures, passes)
  local letter = value(header.status)
  if passes == 0 or not known(letter) then return end
  if not status.fails(letter) and failures == passes then
    rules.warn(out, where .. ".status", ("%s, but all %d passes of the loop failed"):format(letter,
      passes))
  elseif letter == "F" and failures == 0 then
    rules.warn(out, where .. ".status", "F, though no pass of the loop failed")
  end
end

-- Whether the header of a loop says what its passes do: how many follow, and how many failed.
local function check_header(out, header, where, passes, failures)
  local num = number(header.loop, "num")
  local passed, failed = number(header.loop, "passed") or 0, number(header.loop, "failed") or 0
  if passed + failed > num then
    rules.add(out, where .. ".loop", ("%d passed and %d failed are more than %d"):format(passed,
      failed, num))
  end
  if passes == 0 then -- others leave them out
    check_loop_end(out, header, where, failed, passed + failed)
    return
  end
  check_loop_end(out, header, where, failures, passes)
  if passes ~= num then
    rules.warn(out, where .. ".loop", ("num is %d, but %d passes follow"):format(num, passes))
  elseif failures ~= failed then
    rules.warn(out, where .. ".loop", ("failed is %d, but %d passes did"):format(failed, failures))
  end
end

local function failed_itself(step)
  local letter = value(step.status)
  return known(letter) and status.fails(letter)
end

-- Whether the headers of loops among a step's steps say what their passes do.
---@param out table
---@param step table
---@param path string
function verdicts.loops(out, step, path)
  local header, where, passes, failures
  local function close()
    if header then check_header(out, header, where, passes, failures) end
    header = nil
  end
  for i, child in ipairs(step.steps) do
    if type(child) == "table" then
      if tree.is_pass(child) then
        if header then
          passes = passes + 1
          if failed_itself(child) then failures = failures + 1 end
        end
      else
        close()
      end
      -- one without a status is not settled yet
      if tree.is_header(child) and number(child.loop, "num") and value(child.status) ~= nil then
        header, where, passes = child, ("%s.steps[%d]"):format(path, i - 1), 0
        failures = 0
      end
    end
  end
  close()
end

-- Whether the report's result is what its steps come to.
---@param out table
---@param record table
function verdicts.result(out, record)
  local result, root = value(record.result), value(record.root)
  local letter = type(root) == "table" and value(root.status)
  if not known(result) or not known(letter) then return end
  if result == "P" and status.fails(letter) then
    rules.add(out, "result", "P, but root is " .. letter)
  elseif result == "F" and not status.fails(letter) then
    rules.warn(out, "result", "F, though root is " .. letter)
  elseif status.fails(result) and status.worse(result, letter) ~= result then
    rules.warn(out, "result", ("%s, but root is %s"):format(result, letter))
  end
end

-- Whether the step that is said to have made the unit fail did.
---@param out table
---@param record table
---@param steps table<integer, table>  by id
---@param marked { [1]: table, [2]: string }[]  those with causedUUTFailure, and their paths
function verdicts.cause(out, record, steps, marked)
  local unit = value(record.uut)
  local id = type(unit) == "table" and number(unit, "stepIdCausedUUTFailure")
  local cause = id and steps[id]
  if cause and known(cause.status) and not status.fails(cause.status) then
    rules.warn(out, "uut.stepIdCausedUUTFailure", ("step %d is %s"):format(id, cause.status))
  end
  for _, step in ipairs(marked) do
    if step[1] ~= cause then
      rules.warn(out, step[2] .. ".causedUUTFailure",
        id and ("uut.stepIdCausedUUTFailure is %d"):format(id) or "uut names no step")
    end
  end
end

return verdicts
