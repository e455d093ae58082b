-- wats.report: reports on tests and repairs, from the first measurement to the text that is sent.
--
--   local report = require("wats.report")
--   local uut = report.uut({ part_number = "PN-1", serial_number = "SN-1", revision = "A",
--     process_code = 10 }, { name = "ICT-01" })
--   local power = uut:sequence "Power"
--   power:numeric { name = "3V3", value = 3.31, unit = "V", low = 3.2, high = 3.4 }
--   print(uut:finish(), uut:to_json())

local additional = require("wats.report.additional")
local core = require("wats.core")
local errors = require("wats.errors")
local given = require("wats.report.given")
local reading = require("wats.report.reading")
local uut = require("wats.report.uut")
local validate = require("wats.report.validate")

local report = {}

-- A new report on a test. Mistakes in the options raise at the caller's line.
---@param fields table  part_number, serial_number, revision, process_code, operator, start, ...
---@param station? { name: string, location?: string, purpose?: string }  unless fields has its own
---@param level? integer  who is blamed, as for `error`; 2, the default, is the caller
---@return wats.Report
function report.uut(fields, station, level)
  local new, problem = uut.new(fields, station)
  if not new then error("uut: " .. problem, level or 2) end
  return new
end

-- A new report on a repair. `uut` is the report on the test that failed, or its uuid: the report,
-- new or read, gives part, serial number, revision, sub units and the kind of test. Mistakes in the
-- options raise at the caller's line.
---@param fields table  uut, process_code (of the repair), test_process_code, operator, ...
---@param station? { name: string, location?: string, purpose?: string }  unless fields has its own
---@param level? integer  who is blamed, as for `error`; 2, the default, is the caller
---@return wats.Report
function report.uur(fields, station, level)
  local new, problem = uut.repair(fields, station)
  if not new then error("uur: " .. problem, level or 2) end
  return new
end

---@class wats.PropertyOptions
---@field comment? string
---@field num_format? string  how a number is to be shown
---@field flags? integer

-- A value for additional data of which more is to be said than its name:
-- `{ gain = wats.report.property(1.5, { comment = "at 20 C" }) }`. It may stand wherever a bare
-- value may. Mistakes in the options raise at the caller's line.
---@param value string|number|boolean|table
---@param said? wats.PropertyOptions
---@return table
function report.property(value, said)
  local made, problem = additional.property(value, said)
  if not made then error("property: " .. problem, 2) end
  return made
end

-- Judges a report of any origin: one of this module, or a record in the server's format, which is
-- taken for a finished one.
---@param what wats.Report|table
---@return true? ok
---@return string[]? problems  one line each, with the field; none where it is good
---@return string[] warnings
function report.validate(what)
  if type(what) ~= "table" then
    error(("bad argument #1 to 'validate' (report or record expected, got %s)"):format(type(what)),
      2)
  end
  if report.is_report(what) then
    local ok, problems, warnings = what:validate()
    return ok, problems, warnings
  end
  local problems, warnings = validate.report(what, true, core.time())
  if #problems == 0 then return true, nil, warnings end
  return nil, problems, warnings
end

-- Is it a report of this module, new or read?
---@param value any
---@return boolean
function report.is_report(value)
  local metatable = getmetatable(value)
  return type(metatable) == "table" and rawget(metatable, "__name") == "wats.report"
end

local function records(name, text, options)
  if type(text) ~= "string" then
    error(("bad argument #1 to '%s' (string expected, got %s)"):format(name, type(text)), 3)
  end
  local checked, problem = given.read(options, reading.OPTIONS)
  if not checked then error(name .. ": " .. problem, 3) end
  return reading.records(text, checked)
end

-- Reads a report in one of the server's formats: JSON (WSJF) or XML (WSXF), told apart by how the
-- text begins; a byte order mark in front is skipped. Either gives the same record. Fields that
-- are not known here, and nulls, are kept and written again. Text that is neither, or that is no
-- report, or a document with several: nil and an error of kind "decode", which tells the place.
-- No text, however broken, raises.
---@param text string
---@param options? wats.ParseOptions
---@return wats.Report? report
---@return wats.Error? err
function report.parse(text, options)
  local found, err = records("parse", text, options)
  if not found then return nil, err end
  if #found > 1 then
    return nil, errors.new { kind = "decode",
      message = ("this document holds %d reports: wats.report.parse_all reads them")
        :format(#found) }
  end
  return uut.of(found[1])
end

-- Reads all reports of a text; of JSON, which holds one, a list of one. If one of them cannot be
-- read, none is.
---@param text string
---@param options? wats.ParseOptions
---@return wats.Report[]? reports  one at least
---@return wats.Error? err
function report.parse_all(text, options)
  local found, err = records("parse_all", text, options)
  if not found then return nil, err end
  for i, record in ipairs(found) do found[i] = uut.of(record) end
  return found
end

return report
