-- wats.converter: a function that turns the log file of a tester into reports.
--
--   return wats.converter.new {
--     name = "tester-7",
--     files = { "*.log" }, head = "^UNIT;",
--     convert = function(file)
--       for line, number in file:lines() do ... end
--       return report                                -- or a list; or nil and the reason
--     end,
--   }
--
-- A converter is a file format (queue/formats.lua) with what programs of others need: a limit of
-- time, reasons that name the line, and a journal, so that a file is never converted twice. It
-- works in whatever takes formats: `queue:watch(dir, { formats = { converter } })`, `wats watch DIR
-- --with FILE`, `wats convert`. docs/converters.md tells how to write one.
--
-- Converters belong to one Lua state.

local errors = require("wats.errors")
local formats = require("wats.queue.formats")
local guard = require("wats.converter.guard")
local options = require("wats.options")
local report = require("wats.report")
local report_file = require("wats.queue.report_file")

local converter = {}

local MAX_BYTES = 256 * 1024 * 1024

---@class wats.ConverterOptions
---@field name string
---@field convert fun(file: wats.ReportFile): any, string?, boolean?
---@field files string[]      patterns for names: "*.csv"
---@field head? string|fun(head: string): boolean  of the first 4096 bytes
---@field settle? number      seconds without change after which a file is whole; the watcher's
---@field needs? string[]     files that must be there too: "{stem}.pdf"; they go where it goes
---@field ready? fun(file: wats.ReportFile): boolean, string?  is it time for it? else why not
---@field patience? number    seconds that it waits for `needs` and `ready`; for ever
---@field time_limit? number  seconds for one file; 30
---@field station? table      name, location, purpose: of reports that file:uut makes
---@field version? string     another one: what was converted may be converted again
---@field identity? "content"|"file"  what makes two files one: name and content, or also the time
---@field keeps_ids? boolean  the reports say their ids themselves
---@field tells_end? boolean  half a file is never taken for a whole one

local function list_problem(list)
  if #list == 0 then return "must be a list of names" end
  for _, name in ipairs(list) do
    if type(name) ~= "string" or name == "" or name:find("[/%z]") then
      return "must be a list of names of files"
    end
    local rest = name:gsub("{stem}", ""):gsub("{name}", "")
    if rest:find("[{}]") then return "knows {stem} and {name} only" end
    if name:gsub("{name}", "") == "" then return "must be names of other files" end
  end
  return nil
end

-- What the report builder would say of each report.
local function station_problem(station)
  local ok, problem = pcall(report.uut, { part_number = "PN", serial_number = "SN", revision = "",
    process_code = 1 }, station)
  if ok then return nil end
  return "must be a station: " .. tostring(problem):gsub("^.-uut: ", "")
end

local OPTIONS = {
  name = { "string", min = 1, max = 50, required = true },
  convert = { "function", required = true },
  files = { "table", required = true },
  head = { "string|function" },
  settle = { "number", min = 0, max = 86400 },
  needs = { "table", check = list_problem },
  ready = { "function" },
  patience = { "number", above = 0, max = 1e9 },
  time_limit = { "number", above = 0, max = 86400, default = 30 },
  station = { "table", check = station_problem },
  version = { "string", max = 100, default = "" },
  identity = { "string", choices = { "content", "file" }, default = "content" },
  keeps_ids = { "boolean", default = false },
  tells_end = { "boolean", default = false },
}

-- Are the files there that it needs, and does its own condition hold?
local function conditions(checked)
  if not checked.needs and not checked.ready then return nil end
  return function(file)
    for _, pattern in ipairs(checked.needs or {}) do
      if not file:sibling(pattern) then
        return false, "waits for " .. report_file.sibling_name(file.name, pattern)
      end
    end
    if not checked.ready then return true end
    return guard.call(checked.time_limit, checked.ready, file)
  end
end

-- A converter, checked. Mistakes raise at the caller's line.
---@param given wats.ConverterOptions
---@return wats.FileFormat
function converter.new(given)
  local checked = options.check(2, "wats.converter.new", given, OPTIONS)
  local limit, head = checked.time_limit, checked.head
  local format, problem = formats.check {
    name = checked.name, files = checked.files, settle = checked.settle,
    head = type(head) == "function" and function(text) return guard.call(limit, head, text) end
      or head,
    read = function(file) return guard.call(limit, checked.convert, file) end,
    ready = conditions(checked), patience = checked.patience, belongings = checked.needs,
    station = checked.station, identity = checked.identity, once = checked.version,
    keeps_ids = checked.keeps_ids, tells_end = checked.tells_end,
  }
  if not format then errors.raise("wats.converter.new: %s", problem) end
  return format
end

local SHIPPED = { "station_log", "wsxf" }

-- A converter that comes with the library: "station_log" (the CSV of examples/data) or "wsxf".
-- nil: there is none of this name.
---@param name string
---@return wats.FileFormat?
function converter.shipped(name)
  for _, known in ipairs(SHIPPED) do
    if name == known then return require("wats.converter." .. name) end
  end
  return nil
end

-- The names of those that come with the library, as they read in a message.
---@return string
function converter.names()
  return table.concat(SHIPPED, ", ")
end

---@class wats.ConvertOptions
---@field name? string       in place of that of the path
---@field text? string       in place of what is in the file
---@field modified? number   likewise, seconds since 1970

local RUN = {
  name = { "string", min = 1 },
  text = { "string" },
  modified = { "number" },
}

-- What a converter makes of one file, without any folder or queue: for trying it out. The reports
-- are judged and get their ids as in a watch folder; its conditions are not asked.
---@param format wats.FileFormat
---@param path string
---@param opts? wats.ConvertOptions
---@return string[]? texts   of the reports, in the server's format
---@return string? reason
---@return boolean? later    it wants to be asked again
function converter.run(format, path, opts)
  local checked, problem = formats.check(format)
  if not checked then errors.raise("wats.converter.run: %s", problem) end
  path = options.argument(2, "wats.converter.run", 2, path, { "string", min = 1 })
  opts = options.check(2, "wats.converter.run", opts, RUN)
  local modified = opts.modified
  if not modified then
    local found, lfs = pcall(require, "lfs")
    modified = found and lfs.attributes(path, "modification") or nil
  end
  local file = report_file.new({ path = path, name = opts.name or path:match("[^/]*$"),
    size = 0, modified = modified, content = opts.text }, MAX_BYTES)
  local text, reason = file:text()
  if not text then return nil, reason, false end
  file.size = #text
  return formats.read(checked, file)
end

return converter
