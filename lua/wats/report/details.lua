-- wats.report.details: what a report carries beside its steps. These are methods of wats.Report
-- (see wats.report.uut); a mistake raises at the caller's line, and so does a finished report.

local given = require("wats.report.given")
local json = require("wats.json")
local options = require("wats.options")

local details = {}

-- A list of the report's, made where there is none.
local function list(record, name)
  local there = record[name]
  if there == nil or there == json.null then
    there = json.array {}
    record[name] = there
  end
  return there
end

local function check_open(self, name, level)
  if self.book.finished then error(name .. ": the report is finished", level + 1) end
end

local function check_text(name, number, value, level)
  if type(value) ~= "string" then
    error(("bad argument #%d to '%s' (string expected, got %s)"):format(number, name, type(value)),
      level + 1)
  end
  if not utf8.len(value) then
    error(("bad argument #%d to '%s' (text is not UTF-8)"):format(number, name), level + 1)
  end
end

-- Adds a piece of information: text, or a whole number, which stays a number. Any other number
-- has no place in the format: write it as text.
---@param name string
---@param value string|integer
function details.misc(self, name, value)
  check_open(self, "misc", 2)
  check_text("misc", 1, name, 2)
  local integer = type(value) == "number" and math.tointeger(value)
  if integer then
    local infos = list(self.record, "miscInfos")
    infos[#infos + 1] = { description = name, numeric = integer }
    return
  end
  if type(value) == "number" then
    error(("bad argument #2 to 'misc' (integer or string expected, got %s)"):format(value), 2)
  end
  check_text("misc", 2, value, 2)
  local infos = list(self.record, "miscInfos")
  infos[#infos + 1] = { description = name, text = value }
end

local SUB_UNIT = {
  part_type = { "string", default = "Unit" },
  part_number = { "string", required = true, min = 1 },
  serial_number = { "string", required = true, min = 1 },
  revision = { "string" },
  position = { "integer" },
}

---@class wats.SubUnitOptions
---@field part_type? string      what it is in the assembly; "Unit" by default
---@field part_number string
---@field serial_number string
---@field revision? string
---@field position? integer

-- Adds a unit that is built into this one.
---@param wanted wats.SubUnitOptions
function details.sub_unit(self, wanted)
  check_open(self, "sub_unit", 2)
  local checked, problem = given.read(wanted, SUB_UNIT)
  if not checked then error("sub_unit: " .. problem, 2) end
  local units = list(self.record, "subUnits")
  units[#units + 1] = {
    partType = checked.part_type,
    pn = checked.part_number,
    sn = checked.serial_number,
    rev = checked.revision,
    position = checked.position,
  }
end

-- Adds the use of an asset (a fixture, an instrument): `count` times, 1 by default. The uses of
-- one asset are added up.
---@param serial_number string
---@param count? integer
function details.asset(self, serial_number, count)
  check_open(self, "asset", 2)
  check_text("asset", 1, serial_number, 2)
  count = options.argument(2, "asset", 2, count == nil and 1 or count, { "integer", min = 0 })
  local assets = list(self.record, "assets")
  for _, asset in ipairs(assets) do
    if asset.assetSN == serial_number then
      asset.usageCount = (math.tointeger(asset.usageCount) or 0) + count
      return
    end
  end
  assets[#assets + 1] = { assetSN = serial_number, usageCount = count }
end

return details
