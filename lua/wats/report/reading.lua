-- wats.report.reading: from a text, JSON or XML, to the records of the reports in it.
--
-- Whatever the text: no function here raises because of it, hangs over it, or takes memory out of
-- proportion to it. A text is judged by how it begins: `<` is XML (WSXF), all else JSON (WSJF).

local errors = require("wats.errors")
local json = require("wats.json")
local shape = require("wats.report.shape")
local wsxf = require("wats.report.wsxf")
local xml = require("wats.xml")

local reading = {}

reading.OPTIONS = {
  format = { "string", choices = { "wsjf", "wsxf" } },
  max_size = { "integer", default = 64 * 1024 * 1024, min = 1 },
  unknown = { "string", default = "keep", choices = { "keep", "drop" } },
}

---@class wats.ParseOptions
---@field format? "wsjf"|"wsxf"  else by how the text begins
---@field max_size? integer      bytes; more is an error of kind "too_large"; default: 64 MiB
---@field unknown? "keep"|"drop" what only WSXF knows: kept in members `wsxf` (default), or not

local function failed(message, kind)
  return nil, errors.new { kind = kind or "decode", message = message }
end

-- How texts begin in which a character takes two bytes or four: with a byte order mark, or with a
-- character that stands at the start of either format.
local WIDE = {
  { "UTF-32", "^\xFF\xFE\0\0", "^\0\0\xFE\xFF", "^[%s<{]\0\0\0", "^\0\0\0[%s<{]" },
  { "UTF-16", "^\xFF\xFE", "^\xFE\xFF", "^[%s<{]\0", "^\0[%s<{]" },
}

local function wide_encoding(text)
  for _, beginnings in ipairs(WIDE) do
    for i = 2, #beginnings do
      if text:find(beginnings[i]) then return beginnings[1] end
    end
  end
  return nil
end

-- The format, and the encoding if characters are wide in it: JSON must be UTF-8; the XML reader
-- takes UTF-16 too, as programs on Windows write it.
local function begins_as(text)
  local encoding = wide_encoding(text)
  local start = text
  if encoding then start = text:sub(1, 200):gsub("^[\xFE\xFF\0]+", ""):gsub("%z", "") end
  local first = start:match("^\xEF\xBB\xBF%s*(.)") or start:match("^%s*(.)")
  return first == "<" and "wsxf" or "wsjf", encoding
end

local function read_wsjf(text, encoding)
  if encoding then
    return failed(("not JSON: the text is %s, and JSON is UTF-8"):format(encoding))
  end
  local record, err = json.decode(text, { nulls = "keep" })
  if record == nil then return nil, err end
  local problem = shape.problem(record)
  if problem then return failed("this is no report: " .. problem) end
  return { record }
end

-- Members `wsxf` stand in what was read from XML only, at any depth.
local function drop_unknown(value)
  value.wsxf = nil
  for _, member in pairs(value) do
    if type(member) == "table" then drop_unknown(member) end
  end
end

local function read_wsxf(text, unknown, encoding)
  if encoding == "UTF-32" then return failed("not WSXF: the text is UTF-32, which is not read") end
  local found, missing = pcall(xml.expat)
  if not found then return failed(missing) end
  local records = {}
  local ok, problem = wsxf.read(text, function(record, number, line, fault)
    fault = fault or shape.problem(record)
    if fault then
      return ("report %d, which begins on line %d, is no report: %s"):format(number, line, fault)
    end
    if unknown == "drop" then drop_unknown(record) end
    records[number] = record
  end)
  if not ok then return failed("not WSXF: " .. problem) end
  if #records == 0 then return failed("this document holds no report") end
  return records
end

-- The records of all reports in a text.
---@param text string
---@param checked table  options, by reading.OPTIONS
---@return table[]? records  one at least
---@return wats.Error? err   of kind "decode", or "too_large"
function reading.records(text, checked)
  if #text > checked.max_size then
    return failed(("the text has %d bytes; at most %d are read"):format(#text, checked.max_size),
      "too_large")
  end
  local format, encoding = begins_as(text)
  format = checked.format or format
  if format == "wsxf" then return read_wsxf(text, checked.unknown, encoding) end
  return read_wsjf(text, encoding)
end

return reading
