-- wats.queue.report_texts: from what a format's `read` returned to the texts that go to the queue.
--
-- What is returned was made by somebody else's function, and may be anything: all that is wrong
-- with it is told, and nothing in it is called. Pure, but for the finishing of built reports.

local core = require("wats.core")
local json = require("wats.json")
local report_module = require("wats.report")
local validate = require("wats.report.validate")

local report_texts = {}

-- A list of reports, of what `read` returned. With a hole in it nobody knows what is missing.
-- Raw: what a metamethod does has no limit of time here.
local function as_list(value)
  if type(value) ~= "table" or report_module.is_report(value) then return { value } end
  local length = rawlen(value)
  for key in next, value do
    if math.type(key) == "integer" and (key < 1 or key > length) then
      error(("the list of reports has a hole before element %d"):format(key), 0)
    end
  end
  if length > 0 then
    for i = 1, length do
      if rawget(value, i) == nil then
        error(("the list of reports has no element %d"):format(i), 0)
      end
    end
    return value
  end
  if next(value) == nil or json.is_array(value) then return value end
  return { value }
end

-- The record of a built report, finished. How long the reading took is not how long the test took.
local function record_of(built)
  local unit = built.record.uut
  local timed = type(unit) == "table" and unit.execTime ~= nil
  built:finish()
  if type(unit) == "table" and not timed then unit.execTime = nil end
  return built.record
end

-- Records hold no metatables but the marks of arrays: what a metamethod does may never come to an
-- end, nothing here limits its time, and what is written does not ask it.
local function check_plain(value, seen)
  if type(value) ~= "table" or seen[value] then return end
  seen[value] = true
  if getmetatable(value) ~= nil and not json.is_array(value) then
    error("a table in it has a metatable", 0)
  end
  for _, member in next, value do check_plain(member, seen) end
end

-- The text of one report, with `id` in place of its own if there is one: always the same text for
-- the same report, so members are sorted. Raises what is wrong.
local function text_of(report, id)
  if type(report) == "string" then
    if not id then return report end -- the queue looks at it
    local record, err = json.decode(report, { nulls = "keep" })
    if type(record) ~= "table" then error(err and err.message or "no JSON object", 0) end
    report = record
  elseif type(report) ~= "table" then
    error(("a report, its record or its text expected, got %s"):format(type(report)), 0)
  end
  local is_built = report_module.is_report(report)
  check_plain(is_built and rawget(report, "record") or report, {})
  local record = is_built and record_of(report) or report
  if id then record.id = id end
  local problems = validate.report(record, true, core.time())
  if #problems > 0 then error("it is not valid: " .. table.concat(problems, "; "), 0) end
  local ok, text = pcall(json.encode, record, { sorted = true })
  if not ok then error((tostring(text):gsub("^[^\n]-:%d+: ", "")), 0) end -- the place is not his
  return text
end

-- Of two reports that say the same id the queue would keep the second. The same one twice is one.
local function check_ids(texts)
  local first = {}
  for i, text in ipairs(texts) do
    local record = json.decode(text)
    local id = type(record) == "table" and record.id
    if type(id) == "string" then
      local before = first[id:lower()] or i
      if texts[before] ~= text then
        return nil, ("report %d: it has the id of report %d: %s"):format(i, before, id)
      end
      first[id:lower()] = before
    end
  end
  return texts
end

-- The texts of the reports, one at least; or nil and what is wrong. May raise that, too.
---@param format wats.FileFormat
---@param file wats.ReportFile
---@param value any
---@return string[]? texts
---@return string? problem
function report_texts.of(format, file, value)
  local texts, list = {}, as_list(value)
  for i = 1, rawlen(list) do -- ipairs would ask a metamethod for the one behind the last
    local report = rawget(list, i)
    local ok, text = pcall(text_of, report, not format.keeps_ids and file:uuid(i) or nil)
    if not ok then
      return nil, ("report %d%s: %s"):format(i, file:place_of(report), tostring(text))
    end
    texts[i] = text
  end
  if #texts == 0 then return nil, "it holds no report" end
  if format.keeps_ids and #texts > 1 then return check_ids(texts) end
  return texts
end

return report_texts
