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
-- Which files. By the ending of the name (`extensions`), or by patterns for the whole name
-- (`files`) and by what is at its beginning (`head`): these come before endings, the last one named
-- first.
--
-- Ids. A file whose taking in is cut short by a crash is read once more. So that no report is
-- doubled then, each gets an id that follows from the file: its name, its time of change (not so
-- with identity = "content"), what is in it, and the report's place in the list. A format whose
-- files say the ids themselves, as WSJF does, sets `keeps_ids`.
--
-- The end. Who reads a file that somebody else is still writing may see half of it. With
-- `tells_end` the format promises that it returns nil for every text that is cut short; else a file
-- is read only when it has not changed for a while (`settle`).
--
-- Conditions. `ready(file)` says whether it is time to read it, or false and why not; who has
-- waited longer than `patience` is refused. Files that `belongings` names go where the file goes
-- when it is taken in. With `once` a journal of the folder keeps a file from being read again that
-- was taken in (queue/journal.lua). Converters (wats.converter) are formats that use all this.
--
-- Formats belong to one Lua state.

local errors = require("wats.errors")
local names = require("wats.queue.names")
local options = require("wats.options")
local report_file = require("wats.queue.report_file")
local report_texts = require("wats.queue.report_texts")

local formats = { file = report_file.new }

---@class wats.FileFormat
---@field name string
---@field extensions? string[]  these or `files` must be there
---@field files? string[]       patterns for names: "*.csv", "log-????.txt"
---@field head? string|fun(head: string): boolean  a pattern of Lua's for what is at the beginning
---@field read fun(file: wats.ReportFile): any, string?, boolean?
---@field ready? fun(file: wats.ReportFile): boolean, string?
---@field patience? number     seconds that `ready` may take; for ever when nil
---@field belongings? string[] as for file:sibling
---@field settle? number       seconds without change, in place of the watcher's
---@field station? table       of reports that file:uut makes
---@field identity? "content"|"file"  what ids follow from; "file"
---@field once? string         what was taken in is not read again while this stays the same
---@field keeps_ids? boolean   the reports have ids already
---@field tells_end? boolean   half a file is never taken for a whole one

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

local function extensions_problem(list, files)
  if #list == 0 and not files then return "must name one at least" end
  for _, extension in ipairs(list) do
    if type(extension) ~= "string" or extension:find("^%.") or extension:find("[/%z]") then
      return "must be a list of texts without a dot in front"
    end
  end
  return nil
end

local function pattern_problem(head)
  if type(head) == "function" then return nil end
  local ok, problem = pcall(string.find, "", head)
  return not ok and "must be a pattern: " .. tostring(problem):gsub("^.-:%d+: ", "") or nil
end

local FORMAT = {
  name = { "string", min = 1, max = 50, required = true },
  extensions = { "table" },
  files = { "table", check = names.problem },
  head = { "string|function", check = pattern_problem },
  read = { "function", required = true },
  ready = { "function" },
  patience = { "number", above = 0, max = 1e9 },
  belongings = { "table" },
  settle = { "number", min = 0, max = 86400 },
  station = { "table" },
  identity = { "string", choices = { "content", "file" } },
  once = { "string" },
  keeps_ids = { "boolean", default = false },
  tells_end = { "boolean", default = false },
}

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
  if checked.head and not checked.files then return nil, 'option "head" needs "files"' end
  if not checked.extensions and not checked.files then
    return nil, 'option "extensions" is missing (table), or "files"'
  end
  local list = {}
  if checked.extensions then
    problem = extensions_problem(checked.extensions, checked.files)
    if problem then return nil, ('option "extensions" %s'):format(problem) end
    for i, extension in ipairs(checked.extensions) do list[i] = extension:lower() end
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

-- What lua.c raises in the middle of whatever runs: no fault of the file.
local function is_interrupt(value)
  return type(value) == "string" and value:find("interrupted!$") ~= nil
end

-- A reason that somebody else's function gave, as text. Nothing in it is called: that could raise,
-- or never return.
local function words_of(reason)
  if type(reason) == "string" or type(reason) == "number" or errors.is_error(reason) then
    return tostring(reason)
  end
  return ("a reason that is no text (a %s)"):format(type(reason))
end

-- Does what is at the beginning of a file fit? nil: that cannot be said yet, or why it cannot be
-- read. What `head` raises is the file's end: it is told with it.
local function fits_head(format, file, complete)
  if not format.head then return true end
  local head, whole = file:head()
  if not head then return nil, whole end
  local is_pattern = type(format.head) == "string"
  local ok, fits = pcall(is_pattern and string.find or format.head, head,
    is_pattern and format.head or nil)
  if not ok then
    if is_interrupt(fits) then error(fits, 0) end
    file.complaint = "head: " .. words_of(fits)
    return true
  end
  if not fits and whole and not complete then return nil end
  return fits and true or false
end

local function by_extension(list, name)
  local best, longest = nil, -1
  for _, format in ipairs(list) do
    for _, extension in ipairs(format.extensions) do
      local length = match(name, extension)
      if length and length >= longest then best, longest = format, length end
    end
  end
  return best
end

-- The format of a file: the one whose `files` and `head` fit, the last one named; else by its name
-- the longest extension that fits, of several formats the one that was named last.
---@param name string
---@param file? wats.ReportFile  without it nobody looks at what is in it
---@param complete? boolean      no more is coming
---@return wats.FileFormat?
---@return boolean? unsure  true: wait until more is there
---@return string? problem  why it cannot be looked at
function Set:of(name, file, complete)
  for i = #self.list, 1, -1 do
    local format = self.list[i]
    if format.files and names.fit(name, format.files) and (file or not format.head) then
      local fits, problem = fits_head(format, file, complete)
      if fits then return format end
      if fits == nil then return nil, true, problem end
    end
  end
  return by_extension(self.list, name)
end

---@param name string
---@return wats.FileFormat?
function Set:named(name)
  for i = #self.list, 1, -1 do
    if self.list[i].name == name then return self.list[i] end
  end
  return nil
end

-- The extensions, and the patterns, as they read in a message.
---@return string
function Set:extensions()
  local seen, list = {}, {}
  for _, format in ipairs(self.list) do
    for _, extension in ipairs(format.extensions) do
      local text = extension == "" and "no extension" or "." .. extension
      if not seen[text] then list[#list + 1] = text end
      seen[text] = true
    end
    for _, pattern in ipairs(format.files or {}) do
      if not seen[pattern] then list[#list + 1] = pattern end
      seen[pattern] = true
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

-- Errors of requests that say something of the file. All others are a matter of time.
local FINAL = {
  decode = true, invalid = true, not_found = true, conflict = true, too_large = true, http = true,
}

local function is_passing(reason)
  return errors.is_error(reason) and not FINAL[reason.kind]
end

-- A reason with the line that `file:lines` is at, unless it says one itself.
local function with_line(file, reason)
  reason = words_of(reason)
  if not file.line or reason:find("%f[%a]line %d") then return reason end
  return ("line %d: %s"):format(file.line, reason)
end

-- What a file holds: the texts of its reports, at least one. Raises nothing but a Ctrl-C.
---@param format wats.FileFormat
---@param file wats.ReportFile
---@return string[]? texts
---@return string? reason
---@return boolean? later  whether it is to be asked again
function formats.read(format, file)
  if file.complaint then return nil, file.complaint, false end
  file.station, file.identity, file.line = format.station, format.identity, nil
  local ok, value, reason, later = pcall(format.read, file)
  if not ok then
    if is_interrupt(value) then error(value, 0) end
    return nil, with_line(file, value), is_passing(value)
  end
  if value == nil or value == false then
    return nil, with_line(file, reason or "the format gave no reason"),
      (later or is_passing(reason)) and true or false
  end
  local texts
  ok, texts, reason = pcall(report_texts.of, format, file, value)
  if not ok then
    if is_interrupt(texts) then error(texts, 0) end
    return nil, tostring(texts)
  end
  return texts, reason
end

-- Is it time to read a file? What `ready` raises is final.
---@param format wats.FileFormat
---@param file wats.ReportFile
---@return boolean ready
---@return string? reason
---@return boolean? final
function formats.ready(format, file)
  if not format.ready or file.complaint then return true end
  local ok, ready, reason = pcall(format.ready, file)
  if not ok then
    if is_interrupt(ready) then error(ready, 0) end
    return false, "ready: " .. words_of(ready), not is_passing(ready)
  end
  if ready then return true end
  return false, words_of(reason or "it is not ready yet")
end

return formats
