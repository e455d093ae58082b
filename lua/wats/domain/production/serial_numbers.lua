-- Of wats.domain.production: serial numbers, which the server keeps in pools, one for each type.
--
-- A number that was taken is never given again. So `allocate_serial_numbers` is sent once and never
-- repeated on its own: where no answer comes (an error of kind "connection" or "timeout"), numbers
-- may have been taken or not. Who names a reference of his own with each request can then ask what
-- was taken for it, by find_serial_numbers_by_reference, before he asks for more.

local call = require("wats.call")
local choice = require("wats.choice")
local client_module = require("wats.client")
local core = require("wats.core")
local errors = require("wats.errors")
local options = require("wats.options")
local serial_text = require("wats.domain.production.serial_text")

local named, with = client_module.segment, client_module.with

local MAX_SHOWN = 65536 -- bytes of an answer that an error keeps: numbers may stand in it
local MAX_QUANTITY = 2147483647

---@class wats.Production
local Production = {}

-- What the numbers of a type are.
---@type table<string, integer>
Production.IDENTIFIERS = { serial_number = 0, mac_address = 1, imei = 2 }

local FORMATS = { xml = "XML", csv = "CSV" }

local get_types = call.bind("GET /api/Production/SerialNumbers/Types", "records")
local take = call.bind("POST /api/Production/SerialNumbers/Take", "bytes")
local by_range = call.bind("GET /api/Production/SerialNumbers/ByRange", "text")
local by_reference = call.bind("GET /api/Production/SerialNumbers/ByReference", "text")
local export = call.bind("GET /api/Production/SerialNumbers", "bytes")
local upload = call.bind("PUT /api/Production/SerialNumbers")
local find_internal = call.bind("GET /api/internal/Production/SerialNumbers", "text")
local COUNT = "/api/internal/Production/SerialNumbers/Count"
local count = call.bind("GET " .. COUNT)
local ranges = call.bind("GET /api/internal/Production/SerialNumbers/Ranges", "list")
local statistics = call.bind("GET /api/internal/Production/SerialNumbers/Statistics")
local free = call.bind("PUT /api/internal/Production/SerialNumbers/Free")
local delete_free = call.bind("DELETE /api/internal/Production/SerialNumbers/Free")

-- The types of serial numbers; reference data.  GET /api/Production/SerialNumbers/Types
---@param opts? wats.RequestOptions
---@return wats.record.SerialNumberType[]? types
---@return wats.Error? err
function Production:get_serial_number_types(opts)
  return get_types(self, "production:get_serial_number_types", nil, opts)
end

-- The numbers in an answer, or the error that it is: with its text, for they may be taken by now.
local function read(self, method, path, may_be_csv, text, err)
  if text == nil then return nil, err end
  local list, problem = serial_text.read(text, may_be_csv)
  if list then return list end
  return nil, errors.new {
    kind = "decode", status = 200, method = method,
    url = core.client_methods.base_url(self) .. path,
    message = "the answer holds no serial numbers that can be read: " .. problem,
    body = core.client_methods.conceal(self, text):sub(1, MAX_SHOWN),
  }
end

local WHAT_FOR = {
  reference_sn = { "string|integer" },
  reference_pn = { "string|integer" },
  station_name = { "string|false" },
  only_in_sequence = { "boolean" },
  format = { "string", default = "xml" },
}

-- Takes free serial numbers of a type: nobody else gets them. Are there fewer than asked for, those
-- are all; with `only_in_sequence` it is then refused.  POST /api/Production/SerialNumbers/Take
---@param type_name string
---@param quantity? integer   default 1
---@param what_for? { reference_sn?: string, reference_pn?: string, station_name?: string|false,
---  only_in_sequence?: boolean, format?: "xml"|"csv" }  who gets them; the station is the client's
---  own unless given (false: none), format is how the server writes them
---@param opts? wats.RequestOptions
---@return string[]? numbers  in the server's order; may be fewer than `quantity`
---@return wats.Error? err    of kind "connection" or "timeout": they may be taken all the same
function Production:allocate_serial_numbers(type_name, quantity, what_for, opts)
  local where = "production:allocate_serial_numbers"
  named(where, "type_name", type_name)
  options.argument(2, where, 2, quantity, { "integer|nil", min = 1, max = MAX_QUANTITY })
  what_for = options.check(2, where, what_for, WHAT_FOR)
  call.reads(where, opts)
  local station = what_for.station_name
  if station == nil then station = self[1].station and self[1].station.name end
  local format = choice.value(where, "format", FORMATS, what_for.format)
  if format == "XML" then serial_text.prepare() end
  local text, err = take(self, where, {
    serialNumberType = type_name, quantity = quantity or 1, refSN = what_for.reference_sn,
    refPN = what_for.reference_pn, stationName = station or nil,
    onlyInSequence = what_for.only_in_sequence, format = format,
  }, opts)
  local list
  list, err = read(self, "POST", "/api/Production/SerialNumbers/Take", format == "CSV", text, err)
  if not list then return nil, err end
  for i, one in ipairs(list) do list[i] = one.id end
  return list
end

-- The same, by the name of the call.
Production.take_serial_numbers = Production.allocate_serial_numbers

local DATES = { start_date = { "string|number" }, end_date = { "string|number" } }

local function range_of(where, type_name, first, last, dates)
  named(where, "type_name", type_name)
  named(where, "from_serial", first)
  named(where, "to_serial", last)
  return {
    serialNumberType = type_name, startAddress = first, endAddress = last,
    startDate = dates.start_date, endDate = dates.end_date,
  }
end

-- The serial numbers from one to another, both included.
-- GET /api/Production/SerialNumbers/ByRange
---@param type_name string
---@param from_serial string
---@param to_serial string
---@param dates? { start_date?: string|number, end_date?: string|number }  when they were generated
---@param opts? wats.RequestOptions
---@return wats.record.SerialNumber[]? numbers
---@return wats.Error? err
function Production:find_serial_numbers_in_range(type_name, from_serial, to_serial, dates, opts)
  local where = "production:find_serial_numbers_in_range"
  dates = options.check(2, where, dates, DATES)
  call.reads(where, opts)
  local params = range_of(where, type_name, from_serial, to_serial, dates)
  return read(self, "GET", "/api/Production/SerialNumbers/ByRange", false,
    by_range(self, where, params, opts))
end

-- The same by the internal call.  GET /api/internal/Production/SerialNumbers
---@param type_name string
---@param from_serial string
---@param to_serial string
---@param dates? { start_date?: string|number, end_date?: string|number }
---@param opts? wats.RequestOptions
---@return wats.record.SerialNumber[]? numbers
---@return wats.Error? err
function Production:find_serial_numbers(type_name, from_serial, to_serial, dates, opts)
  local where = "production:find_serial_numbers"
  dates = options.check(2, where, dates, DATES)
  call.reads(where, opts)
  local params = range_of(where, type_name, from_serial, to_serial, dates)
  return read(self, "GET", "/api/internal/Production/SerialNumbers", false,
    find_internal(self, where, params, opts))
end

-- The serial numbers that were taken for a unit, a product, or a unit of a product.
-- GET /api/Production/SerialNumbers/ByReference
---@param type_name string
---@param reference_sn? string  this or the other must be given
---@param reference_pn? string
---@param dates? { start_date?: string|number, end_date?: string|number }
---@param opts? wats.RequestOptions
---@return wats.record.SerialNumber[]? numbers
---@return wats.Error? err
function Production:find_serial_numbers_by_reference(type_name, reference_sn, reference_pn, dates,
                                                     opts)
  local where = "production:find_serial_numbers_by_reference"
  named(where, "type_name", type_name)
  if reference_sn == nil and reference_pn == nil then
    errors.raise("%s: reference_sn or reference_pn expected", where)
  end
  if reference_sn ~= nil then named(where, "reference_sn", reference_sn) end
  if reference_pn ~= nil then named(where, "reference_pn", reference_pn) end
  dates = options.check(2, where, dates, DATES)
  call.reads(where, opts)
  return read(self, "GET", "/api/Production/SerialNumbers/ByReference", false,
    by_reference(self, where, {
      serialNumberType = type_name, refSN = reference_sn, refPN = reference_pn,
      startDate = dates.start_date, endDate = dates.end_date,
    }, opts))
end

local RANGE = {
  start_address = { "string|integer" }, end_address = { "string|integer" },
  start_date = { "string|number" }, end_date = { "string|number" },
}

-- The serial numbers of a type as the server writes them to a file; with `sink` in the options
-- straight into one.  GET /api/Production/SerialNumbers
---@param type_name string
---@param format? "xml"|"csv"  default "csv"
---@param range? { start_address?: string, end_address?: string, start_date?: string|number,
---  end_date?: string|number }  default: all
---@param opts? wats.RequestOptions
---@return string|true|nil text  true where the sink has it
---@return wats.Error? err
function Production:export_serial_numbers(type_name, format, range, opts)
  local where = "production:export_serial_numbers"
  named(where, "type_name", type_name)
  range = options.check(2, where, range, RANGE)
  local text, err = export(self, where, {
    serialNumberType = type_name, format = choice.value(where, "format", FORMATS, format or "csv"),
    startAddress = range.start_address, endAddress = range.end_address,
    startDate = range.start_date, endDate = range.end_date,
  }, opts)
  return text, err
end

local FORMS = "a list of serial numbers, the text of a file, or { file = name } expected"

local function text_part(text, format)
  local name = format or text:find("^[\xEF\xBB\xBF%s]*<") and "XML" or "CSV"
  return { body = text, filename = "serial_numbers." .. name:lower() }, name
end

local function list_part(where, type_name, list)
  for i = 1, #list do
    client_module.text(where, ("numbers[%d]"):format(i), list[i])
  end
  local text, problem = serial_text.write(type_name, list)
  if not text then errors.raise("%s: numbers: %s", where, problem) end
  return { body = text, filename = "serial_numbers.xml" }, "XML"
end

local function file_part(where, file, format)
  local name = type(file) == "string" and file:match("%.(%a+)$")
  local found = format or name and FORMATS[name:lower()]
  if not found then
    errors.raise("%s: format: \"xml\" or \"csv\" expected: the file's name does not tell", where)
  end
  return { file = file }, found
end

-- Adds numbers to the pool of a type, from a list, the text of an XML or CSV file, or a file.
-- PUT /api/Production/SerialNumbers
---@param type_name string
---@param numbers string[]|string|{ file: string }
---@param format? "xml"|"csv"  of a text or file; default: by what it begins with, or its name
---@param opts? wats.RequestOptions
---@return any done  true, or what the server answers
---@return wats.Error? err
function Production:import_serial_numbers(type_name, numbers, format, opts)
  local where = "production:import_serial_numbers"
  named(where, "type_name", type_name)
  if format ~= nil then format = choice.value(where, "format", FORMATS, format) end
  local part, name
  if type(numbers) == "string" then
    part, name = text_part(numbers, format)
  elseif type(numbers) ~= "table" then
    errors.raise("%s: numbers: %s, got %s", where, FORMS, type(numbers))
  elseif numbers.file ~= nil then
    part, name = file_part(where, numbers.file, format)
  elseif #numbers == 0 then
    errors.raise("%s: numbers: %s, got a table without any", where, FORMS)
  else
    part, name = list_part(where, type_name, numbers)
  end
  part.name = "file"
  part.content_type = name == "XML" and "application/xml" or "text/csv"
  return upload(self, where, { serialNumberType = type_name, format = name },
    with(opts, { multipart = { part } }))
end

-- How many numbers an export would hold.
-- GET /api/internal/Production/SerialNumbers/Count (internal)
---@param type_name string
---@param range? { start_address?: string, end_address?: string, start_date?: string|number,
---  end_date?: string|number }  default: all
---@param opts? wats.RequestOptions
---@return integer? count
---@return wats.Error? err
function Production:get_serial_number_count(type_name, range, opts)
  local where = "production:get_serial_number_count"
  named(where, "type_name", type_name)
  range = options.check(2, where, range, RANGE)
  call.reads(where, opts)
  local answer, err = count(self, where, {
    serialNumberType = type_name, startAddress = range.start_address,
    endAddress = range.end_address, fromDate = range.start_date, toDate = range.end_date,
  }, opts)
  if answer == nil then return nil, err end
  if type(answer) == "string" then answer = tonumber(answer) end
  local number = type(answer) == "number" and math.tointeger(answer)
  if number then return number end
  return nil, errors.new {
    kind = "decode", status = 200, method = "GET",
    url = core.client_methods.base_url(self) .. COUNT, message = "the answer is no count",
  }
end

-- The ranges of the pools, with how many of each are free, taken, reserved.
-- GET /api/internal/Production/SerialNumbers/Ranges (internal)
---@param type_name? string  default: all types
---@param opts? wats.RequestOptions
---@return wats.record.InternalSerialNumberRange[]? ranges
---@return wats.Error? err
function Production:get_serial_number_ranges(type_name, opts)
  local where = "production:get_serial_number_ranges"
  if type_name ~= nil then named(where, "type_name", type_name) end
  return ranges(self, where, { serialNumberType = type_name }, opts)
end

-- GET /api/internal/Production/SerialNumbers/Statistics (internal)
---@param type_name? string  default: all types
---@param opts? wats.RequestOptions
---@return any statistics
---@return wats.Error? err
function Production:get_serial_number_statistics(type_name, opts)
  local where = "production:get_serial_number_statistics"
  if type_name ~= nil then named(where, "type_name", type_name) end
  return statistics(self, where, { serialNumberType = type_name }, opts)
end

local function check_ranges(where, list)
  if type(list) ~= "table" or list[1] == nil then
    errors.raise("%s: ranges: a list of ranges expected, got %s", where,
      type(list) == "table" and "a table without any" or type(list))
  end
  for i, one in ipairs(list) do
    client_module.record(where, ("ranges[%d]"):format(i), one)
    for _, field in ipairs { "type", "startAddress", "endAddress" } do
      named(where, ("ranges[%d].%s"):format(i, field), one[field])
    end
  end
  return list
end

-- Gives back what is reserved in these ranges; what was taken stays so. Not sent twice: in between
-- another station may have reserved there.
-- PUT /api/internal/Production/SerialNumbers/Free (internal)
---@param list wats.record.InternalSerialNumberRange[]
---@param opts? wats.RequestOptions
---@return any done
---@return wats.Error? err
function Production:free_serial_numbers(list, opts)
  local where = "production:free_serial_numbers"
  return free(self, where, nil, with(opts, { json = check_ranges(where, list) }))
end

-- Deletes the free numbers of these ranges from their pools. Not sent twice.
-- DELETE /api/internal/Production/SerialNumbers/Free (internal)
---@param list wats.record.InternalSerialNumberRange[]
---@param opts? wats.RequestOptions
---@return any done
---@return wats.Error? err
function Production:delete_free_serial_numbers(list, opts)
  local where = "production:delete_free_serial_numbers"
  return delete_free(self, where, nil, with(opts, { json = check_ranges(where, list) }))
end

return Production
