-- wats.report.details: what a report carries beside its steps. These are methods of wats.Report
-- (see wats.report.uut); a mistake raises at the caller's line, and so does a finished report. Each
-- returns the report, so that calls may follow one another.

local given = require("wats.report.given")
local additional = require("wats.report.additional")
local errors = require("wats.errors")
local json = require("wats.json")
local options = require("wats.options")
local repair = require("wats.report.repair")
local uuid = require("wats.uuid")

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

-- Raises unless a method was called with a colon, on a report.
---@param self any
---@param name string  of the method
function details.check_self(self, name)
  local metatable = type(self) == "table" and getmetatable(self)
  if type(metatable) ~= "table" or metatable.__name ~= "wats.report" then
    errors.raise("%s: this is no report (call it with a colon, as in uut:%s(...))", name, name)
  end
end

local function check_open(self, name)
  details.check_self(self, name)
  if self.book.finished then errors.raise("%s: the report is finished", name) end
end

local function bad_argument(number, name, problem)
  errors.raise("bad argument #%d to '%s' (%s)", number, name, problem)
end

local function check_text(name, number, value)
  if type(value) ~= "string" then
    bad_argument(number, name, "string expected, got " .. type(value))
  elseif not utf8.len(value) then
    bad_argument(number, name, "text is not UTF-8")
  elseif value:find("\0", 1, true) then
    bad_argument(number, name, "text has a NUL in it")
  end
end

-- What something is known by.
local function check_name(name, number, value)
  check_text(name, number, value)
  local length = utf8.len(value)
  if length == 0 then
    bad_argument(number, name, "text is empty")
  elseif length > given.MAX_TEXT then
    bad_argument(number, name,
      ("text has %d characters, at most %d are possible"):format(length, given.MAX_TEXT))
  end
end

-- The options of an argument number three.
local function more(name, wanted, fields)
  local checked, problem = given.read(wanted, fields)
  if not checked then bad_argument(3, name, problem) end
  return checked
end

local MISC = {
  numeric_format = { "string" },
  typedef = { "string", max = 30 },
  id = { "string", check = function(text)
    return not uuid.is(text) and "must be a uuid" or nil
  end },
}

---@class wats.MiscOptions
---@field numeric_format? string  how the number is to be shown
---@field typedef? string         at most 30 characters
---@field id? string              repairs only: the uuid of the field

-- Adds a piece of information: text, or a whole number, which stays a number. Any other number
-- has no place in the format: write it as text.
---@param name string
---@param value string|integer
---@param wanted? wats.MiscOptions
---@return wats.Report self
function details.misc(self, name, value, wanted)
  check_open(self, "misc")
  check_name("misc", 1, name)
  local checked = more("misc", wanted, MISC)
  if checked.id and self.record.type ~= "R" then
    bad_argument(3, "misc", 'only a repair report has an "id" here')
  end
  local info = { description = name, numericFormat = checked.numeric_format,
    typedef = checked.typedef, id = checked.id and checked.id:lower() }
  if type(value) == "string" then
    check_text("misc", 2, value)
    info.text = value
  else
    info.numeric = type(value) == "number" and math.tointeger(value) or nil
    if not info.numeric then
      bad_argument(2, "misc", "integer or string expected, got "
        .. (type(value) == "number" and tostring(value) or type(value)))
    elseif info.numeric < given.MIN_INTEGER or info.numeric > given.MAX_INTEGER then
      bad_argument(2, "misc", ("must fit into 32 bits, got %d"):format(info.numeric))
    end
  end
  local infos = list(self.record, "miscInfos")
  infos[#infos + 1] = info
  return self
end

---@class wats.SubUnitOptions
---@field part_type? string      what it is in the assembly; "Unit" by default
---@field part_number string
---@field serial_number string
---@field revision? string
---@field position? integer
---@field parent? integer|string    repairs only: in which unit it is, by index or serial number
---@field replaces? integer|string  repairs only: which unit it replaced

-- Adds a unit that is built into this one; in a repair, one that was looked into or put in.
---@param wanted wats.SubUnitOptions
---@return wats.Report self
function details.sub_unit(self, wanted)
  check_open(self, "sub_unit")
  if self.record.type == "R" then
    list(self.record, "subUnits")
    local wrong = repair.add_unit(self.record, wanted)
    if wrong then error("sub_unit: " .. wrong, 2) end
    return self
  end
  local checked, problem = given.read(wanted, given.SUB_UNIT)
  if not checked then error("sub_unit: " .. problem, 2) end
  local units = list(self.record, "subUnits")
  units[#units + 1] = {
    partType = checked.part_type,
    pn = checked.part_number,
    sn = checked.serial_number,
    rev = checked.revision,
    position = checked.position,
  }
  return self
end

local USES = { "integer", min = 0, max = given.MAX_INTEGER }
local ASSET = { usage_count_format = { "string" } }

-- Adds the use of an asset (a fixture, an instrument): `count` times, 1 by default. The uses of
-- one asset are added up.
---@param serial_number string
---@param count? integer
---@param wanted? { usage_count_format?: string }
---@return wats.Report self
function details.asset(self, serial_number, count, wanted)
  check_open(self, "asset")
  check_name("asset", 1, serial_number)
  count = options.argument(2, "asset", 2, count == nil and 1 or count, USES)
  local format = more("asset", wanted, ASSET).usage_count_format
  local assets = list(self.record, "assets")
  for _, asset in ipairs(assets) do
    if asset.assetSN == serial_number then
      local sum = (math.type(asset.usageCount) and math.tointeger(asset.usageCount) or 0) + count
      if sum > given.MAX_INTEGER then
        bad_argument(2, "asset", ("%d uses together do not fit into 32 bits"):format(sum))
      end
      asset.usageCount, asset.usageCountFormat = sum, format or asset.usageCountFormat
      return self
    end
  end
  assets[#assets + 1] = {
    assetSN = serial_number, usageCount = count, usageCountFormat = format,
  }
  return self
end

-- Adds data of no fixed form under a name: text, numbers, booleans, tables and lists of them, as
-- in { gain = 1.5, poles = { 1, 2 } }.
---@param name string
---@param values table<string, any>
---@return wats.Report self
function details.additional_data(self, name, values)
  check_open(self, "additional_data")
  check_name("additional_data", 1, name)
  local record, problem = additional.record(name, values)
  if not record then errors.raise("additional_data: %s", problem) end
  local data = list(self.record, "additionalData")
  data[#data + 1] = record
  return self
end

-- Adds a failure to a repair; see wats.report.repair.
---@param wanted wats.FailureOptions
---@return wats.Report? self  or nil, err where a file to attach cannot be read
---@return wats.Error? err
function details.failure(self, wanted)
  check_open(self, "failure")
  return repair.failure(self, wanted)
end

return details
