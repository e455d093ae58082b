-- wats.report.validate_repair: what is wrong with a report on a repair.

local parts = require("wats.report.validate_parts")
local rules = require("wats.report.rules")

local validate_repair = {}

local value = rules.value

local UUR = {
  { "user", "string", max = 100 },
  { "comment", "string", max = 5000 },
  { "processCode", "integer", required = true },
  { "processCodeFormat", "string" },
  { "processName", "string" },
  { "refUUT", "uuid" },
  { "confirmDate", "instant" },
  { "finalizeDate", "instant" },
  { "execTime", "number" },
  { "parent", "uuid" },
}

local FAILURE = {
  { "category", "string", required = true, filled = true },
  { "code", "string", required = true, filled = true },
  { "comment", "string" },
  { "comRef", "string" },
  { "funcBlock", "string" },
  { "refStepId", "integer" },
  { "refStepName", "string" },
  { "artNumber", "string" },
  { "artRev", "string" },
  { "artVendor", "string" },
  { "artDescription", "string" },
}

local function check_failures(out, unit, path)
  local count = 0
  for failure, where in rules.each(out, unit, path, "failures") do
    count = count + 1
    rules.members(out, failure, where, FAILURE)
    parts.binaries(out, failure, where, "attachments")
  end
  return count
end

-- The units by their indexes, and how many failures they have together.
local function read_units(out, record)
  local units, failures = {}, 0
  for unit, path in rules.each(out, record, "", "subUnits") do
    local index = rules.member(out, unit, path, { "idx", "integer", required = true })
    if index and units[index] then rules.add(out, path .. ".idx", "is used twice") end
    if index then units[index] = unit end
    failures = failures + check_failures(out, unit, path)
  end
  return units, failures
end

local function check_links(out, record, units)
  for unit, path in rules.each({ warnings = {} }, record, "", "subUnits") do
    for _, name in ipairs { "parentIdx", "replacedIdx" } do
      local index = rules.member(out, unit, path, { name, "integer" })
      if index and not units[index] then
        rules.add(out, path .. "." .. name, ("there is no unit with idx %d"):format(index))
      elseif index and index == unit.idx then
        rules.add(out, path .. "." .. name, "is the unit itself")
      end
    end
  end
end

-- The main unit is the one that the report is on.
local function check_main(out, record, main)
  if not main then
    rules.add(out, "subUnits", "the main unit (idx 0) is missing")
    return
  end
  for _, name in ipairs { "pn", "sn" } do
    if value(main[name]) ~= value(record[name]) then
      rules.add(out, name, "is not that of the main unit (idx 0)")
    end
  end
end

---@param out table
---@param record table
function validate_repair.check(out, record)
  local uur = rules.member(out, record, "", { "uur", "table", required = true })
  if uur then
    rules.members(out, uur, "uur", UUR)
    if value(uur.refUUT) == nil then
      rules.warn(out, "uur.refUUT", "missing: the repair belongs to no test")
    end
  end
  rules.member(out, record, "", { "subUnits", "table", required = true })
  local units, failures = read_units(out, record)
  check_links(out, record, units)
  check_main(out, record, units[0])
  if failures == 0 then rules.warn(out, "subUnits", "the repair has no failure") end
  parts.binaries(out, record, "", "binaryData")
end

return validate_repair
