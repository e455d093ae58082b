-- wats.queue.report_file: a file as formats and converters see it.
--
-- Its text is read once, and kept: what was read is what is compared before the file is put away.
-- `lines` remembers where the reading is, so that whatever goes wrong there can be told with the
-- line. A file belongs to one pass of a watcher, or to one call.

local config = require("wats.config")
local core = require("wats.core")
local report = require("wats.report")

local report_file = {}

local HEAD = 4096 -- bytes that are looked at to tell what a file is

---@class wats.ReportFile
---@field path string
---@field name string
---@field size integer      bytes
---@field modified? number  when it was last changed, in seconds since 1970; nil: not known
---@field directory string  where the files lie that belong to it
---@field problem? string   why the system does not let it be read
---@field line? integer     the line that `lines` gave last
---@field station? table    of reports that `uut` makes
---@field identity? "content"|"file"  what its ids follow from; "file" when nil
---@field package max_bytes integer
---@field package began table<wats.Report, integer>  the line at which a report was begun
local File = {}
File.__index = File
File.__name = "wats.report_file"

-- The configuration that the station is taken from, where a format names none: that of the command
-- line. One for the Lua state.
---@type string?
report_file.config = nil

local function open(self, bytes)
  local file, reason = io.open(self.path, "rb")
  local text
  if file then
    text, reason = file:read(bytes)
    file:close()
    text = text or not reason and "" -- at the end at once
  end
  if text then return text end
  self.problem = reason:gsub("^.*: ", "")
  return nil, self.problem
end

-- All that is in the file; it is read once.
---@return string? text
---@return string? reason  it cannot be read, or it is too large
function File:text()
  if self.content then return self.content end
  local text, reason = open(self, self.max_bytes + 1)
  if not text then return nil, reason end
  if #text > self.max_bytes then return nil, ("larger than %d bytes"):format(self.max_bytes) end
  self.content = text
  return text
end

-- The first 4096 bytes, or all where there are fewer, and whether that is so.
---@return string? head
---@return string|boolean reason_or_whole
function File:head()
  local text, reason = self.content, nil
  if not text then text, reason = open(self, HEAD) end
  if not text then return nil, reason end
  return text:sub(1, HEAD), #text < HEAD
end

-- The lines one after the other, without what ends them, and their numbers. A byte order mark in
-- front is passed over. Raises when the file cannot be read.
---@return fun(): string?, integer?
function File:lines()
  local text, reason = self:text()
  if not text then error(reason, 0) end
  local at, number = text:find("^\xEF\xBB\xBF") and 4 or 1, 0
  return function()
    if at > #text then
      self.line = nil
      return nil
    end
    local stop = text:find("\n", at, true) or #text + 1
    local line = text:sub(at, stop - 1)
    at, number = stop + 1, number + 1
    self.line = number
    if line:byte(-1) == 13 then line = line:sub(1, -2) end
    return line, number
  end
end

-- Ends the reading: the file holds no report for this reason. At a line, if `lines` is at one.
---@param format string  as for string.format; taken as it is when nothing follows
function File:fail(format, ...) -- luacheck: ignore 212 (of the file, as the others are)
  if select("#", ...) > 0 then
    local ok, text = pcall(string.format, format, ...)
    if not ok then error("file:fail: " .. tostring(text), 2) end
    format = text
  end
  error(format, 0)
end

-- The file beside it whose name is made of its own: {name} stands for its name, {stem} for its name
-- without the last ending. nil: there is none that can be read.
---@param pattern string  such as "{stem}.pdf"
---@return wats.ReportFile?
function File:sibling(pattern)
  local name = report_file.sibling_name(self.name, pattern)
  local path = self.directory .. "/" .. name
  if core.is_special_file(path) then return nil end -- a pipe would keep who opens it
  local handle = io.open(path, "rb")
  if not handle then return nil end
  local _, problem = handle:read(0) -- of a directory
  local size = not problem and handle:seek("end")
  handle:close()
  if not size then return nil end
  return report_file.new({ path = path, name = name, size = size }, self.max_bytes)
end

-- As it says in the environment, or in the configuration.
local function configured_station()
  local said, err = config.look({ config = report_file.config })
  if not said then error(tostring(err), 0) end
  local station = said.station or {}
  return { name = station.name or core.hostname(), location = station.location,
    purpose = station.purpose }
end

-- A new report, as wats.report makes them, of the station that the format names, else that of
-- environment or configuration. What turns out to be wrong with it later is told with the line at
-- which it was begun.
---@param fields table  part_number, serial_number, revision, process_code, start, ...
---@return wats.Report
function File:uut(fields)
  if not self.station and not (type(fields) == "table" and fields.station) then
    self.station = configured_station()
  end
  local built = report.uut(fields, self.station, 3)
  self.began[built] = self.line
  return built
end

-- What is in the file, as hex digits.
---@return string
function File:digest()
  local text, reason = self:text()
  if not text then error(reason, 0) end
  if self.digested ~= text then
    self.digested, self.sha256 = text, core.sha256(text)
  end
  return self.sha256
end

-- An id for the file's report number `n`: always the same one for the same file. What makes a file
-- the same are its name and what is in it, and unless `identity` is "content" its time of change
-- too. A UUID of version 8 (RFC 9562).
---@param n? integer  1 when left out
---@return string
function File:uuid(n)
  local digest = self:digest()
  local time = self.identity == "content" and "" or self.modified
  if not time then error("the time of change is not known: it needs LuaFileSystem", 0) end
  local hex = core.sha256(("report %d of %s\0%s\0%s"):format(n or 1, time, self.name, digest))
  return ("%s-%s-8%s-%x%s-%s"):format(hex:sub(1, 8), hex:sub(9, 12), hex:sub(14, 16),
    tonumber(hex:sub(17, 17), 16) & 3 | 8, hex:sub(18, 20), hex:sub(21, 32))
end

-- Where a report of `uut` was begun, as a message says it.
---@param built any
---@return string  "" where that is not known
function File:place_of(built)
  local line = self.began[built]
  return line and (" (of line %d)"):format(line) or ""
end

-- The name that a pattern of `sibling` means.
---@param name string
---@param pattern string
---@return string
function report_file.sibling_name(name, pattern)
  local stem = name:match("^(.+)%.[^.]*$") or name
  local found = pattern:gsub("{(%l+)}", { name = name, stem = stem })
  return found
end

-- A file as formats see it.
---@param fields { path: string, name: string, size: integer, modified: number?, content: string? }
---@param max_bytes integer  more than this is not read
---@return wats.ReportFile
function report_file.new(fields, max_bytes)
  local directory = fields.path:match("^(.*)/[^/]*$") or "."
  return setmetatable({
    path = fields.path, name = fields.name, size = fields.size, modified = fields.modified,
    content = fields.content, max_bytes = max_bytes, directory = directory:gsub("/%.taken$", ""),
    began = setmetatable({}, { __mode = "k" }),
  }, File)
end

return report_file
