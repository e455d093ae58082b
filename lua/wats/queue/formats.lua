-- wats.queue.formats: which files hold reports, and how they are read.
--
-- A format is a table:
--
--   { name = "csv",                      -- for people, and for `--format`
--     extensions = { "csv" },            -- of file names, without the dot; "" for names without
--     read = function(file) ... end,     -- see below
--     keeps_ids = false, tells_end = false }
--
-- `read` gets a file (wats.ReportFile) and returns a report, or a list of them, each as the report
-- builder makes it, as a table in the server's format, or as its text; or nil and the reason why
-- the file holds none, and true behind that if it is to be tried again later. What it raises is a
-- reason too. It may make requests: an error object that it returns or raises says itself whether
-- the file is to blame, or the network.
--
-- Ids. A file whose taking in is cut short by a crash is read once more. So that no report is
-- doubled then, each gets an id that follows from the file: its name, its time of change, what is
-- in it, and the report's place in the list. A format whose files say the ids themselves, as WSJF
-- does, sets `keeps_ids`.
--
-- The end. Who reads a file that somebody else is still writing may see half of it. With
-- `tells_end` the format promises that it returns nil for every text that is cut short; else a file
-- is read only when it has not changed for a while.
--
-- Formats belong to one Lua state.

local core = require("wats.core")
local errors = require("wats.errors")
local json = require("wats.json")
local options = require("wats.options")
local report_module = require("wats.report")
local validate = require("wats.report.validate")

local formats = {}

---@class wats.FileFormat
---@field name string
---@field extensions string[]
---@field read fun(file: wats.ReportFile): any, string?, boolean?
---@field keeps_ids? boolean  the reports have ids already
---@field tells_end? boolean  half a file is never taken for a whole one

---@class wats.ReportFile
---@field path string
---@field name string
---@field size integer     bytes
---@field modified number  when it was last changed, in seconds since 1970
---@field problem? string  why the system does not let it be read
---@field package max_bytes integer
local File = {}
File.__index = File
File.__name = "wats.report_file"

-- All that is in the file; it is read once.
---@return string? text
---@return string? reason  it cannot be read, or it is too large
function File:text()
  if self.content then return self.content end
  local file, reason = io.open(self.path, "rb")
  local text
  if file then
    text, reason = file:read(self.max_bytes + 1)
    file:close()
    text = text or not reason and "" -- at the end at once
  end
  if not text then
    self.problem = reason:gsub("^.*: ", "")
    return nil, self.problem
  elseif #text > self.max_bytes then
    return nil, ("larger than %d bytes"):format(self.max_bytes)
  end
  self.content = text
  return text
end

-- An id for the file's report number `n`: always the same one for the same file. What makes a file
-- the same are its name, its time of change and what is in it. A UUID of version 8 (RFC 9562).
---@param n? integer  1 when left out
---@return string
function File:uuid(n)
  local text, reason = self:text()
  if not text then error(reason, 0) end
  local hex = core.sha256(("report %d of %s\0%s\0%s"):format(n or 1, self.modified, self.name,
    core.sha256(text)))
  return ("%s-%s-8%s-%x%s-%s"):format(hex:sub(1, 8), hex:sub(9, 12), hex:sub(14, 16),
    tonumber(hex:sub(17, 17), 16) & 3 | 8, hex:sub(18, 20), hex:sub(21, 32))
end

-- A file as formats see it.
---@param fields { path: string, name: string, size: integer, modified: number, content: string? }
---@param max_bytes integer  more than this is not read
---@return wats.ReportFile
function formats.file(fields, max_bytes)
  return setmetatable({
    path = fields.path, name = fields.name, size = fields.size, modified = fields.modified,
    content = fields.content, max_bytes = max_bytes,
  }, File)
end

-- ---- the formats that there are --------------------------------------------------------------

-- The server's own: one report as JSON. The queue judges it; what is cut short is no JSON.
formats.wsjf = {
  name = "wsjf", extensions = { "wsjf", "json" }, keeps_ids = true, tells_end = true,
  read = function(file)
    local text, reason = file:text()
    if not text then return nil, reason end
    return (text:gsub("^\xEF\xBB\xBF", "")) -- programs on Windows like to put this mark in front
  end,
}

local registered = { formats.wsjf }

local FORMAT = {
  name = { "string", min = 1, max = 50 },
  extensions = { "table" },
  read = { "function" },
  keeps_ids = { "boolean", default = false },
  tells_end = { "boolean", default = false },
}
for _, name in ipairs { "name", "extensions", "read" } do FORMAT[name].required = true end

-- A copy of a format, checked; or nil and what is wrong with it.
---@param format any
---@return wats.FileFormat?
---@return string? problem
function formats.check(format)
  if type(format) ~= "table" then
    return nil, "a format is a table, got " .. type(format)
  end
  local checked, problem = options.read(format, FORMAT)
  if not checked then return nil, problem end
  if #checked.extensions == 0 then return nil, 'option "extensions" must name one at least' end
  local list = {}
  for i, extension in ipairs(checked.extensions) do
    if type(extension) ~= "string" or extension:find("^%.") or extension:find("[/%z]") then
      return nil, 'option "extensions" must be a list of texts without a dot in front'
    end
    list[i] = extension:lower()
  end
  checked.extensions = list
  return checked
end

-- Makes a format known to every watch folder that is opened from now on in this Lua state, in place
-- of one with this name.
---@param format wats.FileFormat
function formats.register(format)
  local checked, problem = formats.check(format)
  if not checked then errors.raise("formats.register: %s", problem) end
  for i, known in ipairs(registered) do
    if known.name == checked.name then table.remove(registered, i) break end
  end
  registered[#registered + 1] = checked
end

---@class wats.FormatSet
---@field package list wats.FileFormat[]
local Set = {}
Set.__index = Set

-- Does a file's name end with this extension? Tells how long it is, or nil.
local function match(name, extension)
  if extension == "" then return not name:find(".", 1, true) and 0 or nil end
  local ending = "." .. extension
  return #name > #ending and name:sub(-#ending):lower() == ending and #ending or nil
end

-- The format of a file, by its name: the longest extension that fits; of several formats the one
-- that was named last.
---@param name string
---@return wats.FileFormat?
function Set:of(name)
  local best, longest = nil, -1
  for _, format in ipairs(self.list) do
    for _, extension in ipairs(format.extensions) do
      local length = match(name, extension)
      if length and length >= longest then best, longest = format, length end
    end
  end
  return best
end

---@param name string
---@return wats.FileFormat?
function Set:named(name)
  for i = #self.list, 1, -1 do
    if self.list[i].name == name then return self.list[i] end
  end
  return nil
end

-- The extensions as they read in a message.
---@return string
function Set:extensions()
  local seen, list = {}, {}
  for _, format in ipairs(self.list) do
    for _, extension in ipairs(format.extensions) do
      local text = extension == "" and "no extension" or "." .. extension
      if not seen[text] then list[#list + 1] = text end
      seen[text] = true
    end
  end
  table.sort(list)
  return table.concat(list, ", ")
end

-- WSJF, what was registered, and `more`.
---@param more? wats.FileFormat[]
---@return wats.FormatSet?
---@return string? problem
function formats.set(more)
  local list = table.move(registered, 1, #registered, 1, {})
  for i, format in ipairs(more or {}) do
    local checked, problem = formats.check(format)
    if not checked then return nil, ("format %d: %s"):format(i, problem) end
    list[#list + 1] = checked
  end
  return setmetatable({ list = list }, Set)
end

-- ---- reading ---------------------------------------------------------------------------------

-- A list of reports, of what `read` returned.
local function as_list(value)
  if type(value) ~= "table" or report_module.is_report(value) then return { value } end
  if value[1] ~= nil or next(value) == nil or json.is_array(value) then return value end
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
  local record = report_module.is_report(report) and record_of(report) or report
  if id then record.id = id end
  local problems = validate.report(record, true, core.time())
  if #problems > 0 then error("it is not valid: " .. table.concat(problems, "; "), 0) end
  return json.encode(record, { sorted = true })
end

local function texts_of(format, file, value)
  local texts = {}
  for i, report in ipairs(as_list(value)) do
    local ok, text = pcall(text_of, report, not format.keeps_ids and file:uuid(i) or nil)
    if not ok then return nil, ("report %d: %s"):format(i, tostring(text)) end
    texts[i] = text
  end
  if #texts == 0 then return nil, "it holds no report" end
  return texts
end

-- Errors of requests that say something of the file. All others are a matter of time.
local FINAL = {
  decode = true, invalid = true, not_found = true, conflict = true, too_large = true, http = true,
}

local function is_passing(reason)
  return errors.is_error(reason) and not FINAL[reason.kind]
end

-- What a file holds: the texts of its reports, at least one. Raises nothing but a Ctrl-C.
---@param format wats.FileFormat
---@param file wats.ReportFile
---@return string[]? texts
---@return string? reason
---@return boolean? later  whether it is to be asked again
function formats.read(format, file)
  local ok, value, reason, later = pcall(format.read, file)
  if not ok then
    -- what lua.c raises in the middle of whatever runs: no fault of the file
    if type(value) == "string" and value:find("interrupted!$") then error(value, 0) end
    return nil, tostring(value), is_passing(value)
  end
  if value == nil or value == false then
    return nil, tostring(reason or "the format gave no reason"),
      (later or is_passing(reason)) and true or false
  end
  local texts
  ok, texts, reason = pcall(texts_of, format, file, value)
  if not ok then return nil, tostring(texts) end
  return texts, reason
end

return formats
