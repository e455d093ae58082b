-- What must hold for the reading of reports, whatever the text.

local errors = require("wats.errors")
local files = require("spec.support.files")
local json = require("wats.json")
local report = require("wats.report")
local same = require("spec.support.same_record")

local M = {}

M.SAMPLES = {
  "spec/support/uut_report.json", "spec/support/uur_report.json", "spec/support/uut_report.xml",
  "spec/support/uur_report.xml", "spec/support/uut_report_of_xml.json",
}

local KINDS = { decode = true, too_large = true }

--- Small documents of many shapes, beside the samples.
local SMALL = {
  '<Reports><Report type="UUT"/></Reports>',
  '<Reports><Report type="UUR"/><Report type="UUT"/></Reports>',
  '<Reports><Report type="UUT"><Step Id="1" Status="Passed"><SequenceCall/><Step>'
    .. '<NumericLimit NumericValue="1" CompOperator="GE" LowLimit="0" Status="Passed"/></Step>'
    .. "</Step></Report></Reports>",
  '<?xml version="1.0" encoding="ISO-8859-1"?><Reports><Report type="UUT" PN="\xE6"/></Reports>',
  '{"type":"T"}', '{"type":"R","subUnits":[{"idx":0,"failures":[{}]}]}',
  '{"type":"T","root":{"id":1,"status":"P","steps":[{"id":2,"status":"F",'
    .. '"numericMeas":[{"value":1.5}]}]}}',
}

function M.texts()
  local texts = { table.unpack(SMALL) }
  for _, path in ipairs(M.SAMPLES) do texts[#texts + 1] = assert(files.read(path)) end
  return texts
end

-- What is wrong with a report that was read; or nil.
local function report_problem(parsed)
  if not report.is_report(parsed) then return "no report came back" end
  local called, text = pcall(parsed.to_json, parsed)
  if not called then return "to_json raised: " .. tostring(text) end
  local again, err = report.parse(text)
  if not again then return "cannot be read when written: " .. tostring(err) end
  local differences = same.differences(parsed.record, again.record)
  if #differences > 0 then return "differs when written: " .. differences[1] end
  local judged, good, problems = pcall(parsed.validate, parsed)
  if not judged then return "validate raised: " .. tostring(good) end
  if not good and type(problems) ~= "table" then return "validate names no problem" end
  return nil
end

--- Reads a text; what is wrong with what came back, or nil; and whether there were reports in it.
function M.problem(text)
  local called, reports, err = pcall(report.parse_all, text)
  if not called then return "raised: " .. tostring(reports) end
  if not reports then
    if not errors.is_error(err) or not KINDS[err.kind] then return "no error of a known kind" end
    if type(err.message) ~= "string" or #err.message > 1000 or err.message:find("[\n\0]") then
      return "no message worth reading: " .. tostring(err.message):sub(1, 200)
    end
    return nil, false
  end
  if type(reports) ~= "table" or #reports == 0 then return "no list" end
  local one = report.parse(text)
  if (one ~= nil) ~= (#reports == 1) then return "parse and parse_all are not of one mind" end
  for i = 1, math.min(#reports, 20) do
    local problem = report_problem(reports[i])
    if problem then return problem end
  end
  return nil, true
end

--- Memory that reading may hold on to, in bytes: in proportion to the text.
function M.memory_problem(text)
  collectgarbage()
  local before = collectgarbage("count")
  local kept = report.parse_all(text)
  local used = (collectgarbage("count") - before) * 1024
  if used > 2000000 + 200 * #text then
    return ("%d bytes of text took %.0f bytes"):format(#text, used)
  end
  return nil, kept
end

--- A text as it can be put into a message or a file name.
function M.shown(text) return json.encode((text:sub(1, 300):gsub("[\x80-\xFF]", "?"))) end

return M
