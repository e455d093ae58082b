-- wats.cli.common: what commands that work on the queue have in common: options, exit codes, how
-- the queue is opened, how things are printed.
--
-- Results go to standard output, complaints and progress to standard error. With --json standard
-- output is one JSON value, or one for each line, and nothing else.

local config = require("wats.config")
local converter = require("wats.converter")
local core = require("wats.core")
local errors = require("wats.errors")
local formats = require("wats.queue.formats")
local json = require("wats.json")
local place = require("wats.queue.place")
local report_file = require("wats.queue.report_file")
local wats = require("wats")

local common = {}

common.OK, common.FAILED, common.USAGE, common.NOT_THERE, common.LEFT = 0, 1, 2, 3, 4

common.EXIT_CODES = [[
Exit codes: 0 done, 1 it failed (the reason is on standard error), 2 the
command line, the environment or the configuration was wrong.]]

common.QUEUE_EXIT_CODES = [[
Exit codes: 0 done, 1 it failed, for one report at least (the reason is on
standard error), 2 the command line, the environment or the configuration was
wrong, 3 there is no report with this id, 4 reports were left when the time was
over.]]

-- ---- the command line ------------------------------------------------------------------------

-- For argparse: a number within bounds.
---@param least number
---@param most number
---@param whole? boolean
---@return fun(text: string): number?, string?
function common.number(least, most, whole)
  return function(text)
    local number = tonumber(text)
    if whole then number = math.tointeger(number) end
    if number and number >= least and number <= most then return number end
    return nil, ("'%s' is not a%s number from %g to %g"):format(text, whole and " whole" or "",
      least, most)
  end
end

-- For argparse: the id of a report, as the queue writes it.
---@param text string
---@return string? id
---@return string? problem
function common.report_id(text)
  local id = text:match("^{(.*)}$") or text
  local shape = ("%x"):rep(8) .. ("%-" .. ("%x"):rep(4)):rep(3) .. "%-" .. ("%x"):rep(12)
  if id:find("^" .. shape .. "$") then return id:lower() end
  return nil, ("'%s' is not the id of a report"):format(text)
end

-- Options of every command that works on a queue.
function common.add_queue_options(command)
  command:option("--queue", "The queue's file (default: WATS_QUEUE, else queue.path of the"
    .. " configuration, else ~/.local/state/wats/outbox.db)."):argname("<file>")
  command:option("--config", "Configuration file (default: WATS_CONFIG)."):argname("<file>")
  command:flag("--json", "Print JSON.")
  return command
end

function common.add_report_options(command)
  command:option("--priority", "Of the reports: 1 (first) to 10."):default("5")
    :convert(common.number(1, 10, true))
  command:option("--plugin", "Lua file that returns a file format, or a list of them (see"
    .. " docs/watch_folder.md)."):argname("<file>"):count("*")
  return command
end

function common.add_with(command)
  command:option("--with", "Lua file that returns a converter, or a list of them (see"
    .. " docs/converters.md), or one that is there: " .. converter.names() .. ".")
    :argname("<file>"):count("*")
  return command
end

-- ---- printing --------------------------------------------------------------------------------

-- A text of the world as one line of UTF-8.
---@param text any
---@return string
function common.shown(text)
  text = tostring(text):gsub("%c", "?")
  if not utf8.len(text) then text = text:gsub("[\x80-\xFF]", "?") end
  return text
end

-- A value with such texts in place of its own, so that it can be written as JSON.
local function clean(value)
  if type(value) == "string" and not utf8.len(value) then
    return (value:gsub("[\x80-\xFF]", "?"))
  end
  if type(value) ~= "table" then return value end
  local twin = {}
  for key, member in pairs(value) do twin[key] = clean(member) end
  return setmetatable(twin, getmetatable(value))
end

-- Why something did not get to standard output, or nil. Told by the end of the program: what was to
-- be done is done, and no line more is lost by it.
---@type string?
common.unwritten = nil

local function keep(ok, problem)
  if not ok then common.unwritten = common.unwritten or problem end
end

-- Writes texts to standard output.
---@param ... string
function common.write(...)
  keep(io.stdout:write(...))
end

-- Writes a line to standard output.
---@param text string
function common.print(text)
  common.write(text, "\n")
end

-- What was written is out from here on.
function common.flush()
  keep(io.stdout:flush())
end

-- One JSON value on one line.
---@param value any
function common.print_json(value)
  common.write(json.encode(clean(value), { sorted = true }), "\n")
  common.flush()
end

-- A file that cannot be written whole is not left there half: it gets its name when it is whole.
-- Before that it has one that is nobody's, and short: another file must not be lost to it, nor a
-- long name be too long with an ending. A device or a pipe is written to, never replaced; behind a
-- link it is the file that is replaced.
---@param path string
---@param text string
---@return true? ok
---@return string? problem
function common.write_file(path, text)
  local special = core.is_special_file(path)
  path = core.real_path(path) or path
  local directory = path:match("^.*/") or ""
  local part = special and path or ("%s.%s.part"):format(directory, core.uuid())
  local file, problem = io.open(part, "wb")
  if not file then return nil, (tostring(problem):gsub("^.*: ", "")) end
  local ok
  ok, problem = file:write(text)
  local closed, at_end = file:close()
  if ok and closed then
    if special then return true end
    ok, problem = os.rename(part, path)
    if ok then return true end
  end
  if not special then os.remove(part) end
  return nil, (tostring(problem or at_end):gsub("^.*: ", ""))
end

-- The arguments that are files, by their real names: nothing is to be written over them.
---@param args table
---@return table<string, string>
function common.inputs(args)
  local inputs = {}
  for _, path in ipairs(args.file) do
    local real = path ~= "-" and not core.is_special_file(path) and core.real_path(path)
    if real then inputs[real] = path end
  end
  return inputs
end

-- Complains on standard error.
---@param args table  of argparse
---@param format string
function common.complain(args, format, ...)
  local name = args.action and args.command .. " " .. args.action or args.command
  io.stderr:write("wats: ", name, ": ", common.shown(format:format(...)), "\n")
end

---@param time number?  seconds since 1970
---@return string
function common.time(time)
  return time and tostring(os.date("!%Y-%m-%dT%H:%M:%SZ", math.floor(time))) or ""
end

-- A duration as people say it: "45 s", "12 min", "3 h", "5 d".
---@param seconds number?
---@return string
function common.duration(seconds)
  if not seconds then return "" end
  for _, unit in ipairs { { 172800, 86400, "d" }, { 7200, 3600, "h" }, { 120, 60, "min" } } do
    if seconds >= unit[1] then return ("%d %s"):format(seconds // unit[2], unit[3]) end
  end
  return ("%d s"):format(math.max(0, seconds) // 1)
end

-- ---- opening ---------------------------------------------------------------------------------

-- Calls what raises where the command line, the environment or the configuration is wrong. Returns
-- its result; or nil, after a complaint, and the exit code.
local function try(args, fn, ...)
  local ok, result, err = pcall(fn, ...)
  if ok and result then return result end
  local message = ok and tostring(err) or tostring(result)
  if not ok and type(result) == "string" then
    if message:find("interrupted!$") then error(result, 0) end
    message = message:gsub("^[^:\n]+:%d+: ", "")
  end
  common.complain(args, "%s", (message:gsub("^wats%.[%w.]+: ", "")))
  local mistaken = not ok or errors.is_error(err)
    and (err.kind == "invalid" or err.message:find("^configuration file ") ~= nil)
  return nil, mistaken and common.USAGE or common.FAILED
end

-- A client by configuration and environment.
---@param args table
---@return wats.Client?
---@return integer? code
function common.connect(args)
  return try(args, wats.connect, { config = args.config })
end

-- What environment and configuration say, which may not be enough for a connection.
---@param args table
---@return table? said
---@return integer? code
function common.look(args)
  return try(args, config.look, { config = args.config }, "wats.cli")
end

local MAGIC = "SQLite format 3\0"

-- What keeps a file from being a queue that can be looked at, or nil. What is no database at all
-- would be set aside by the queue as damaged, and a person may just have named the wrong file.
-- Before the queue is open only: whoever closes a descriptor of its file drops the locks that
-- SQLite holds in this process.
local function problem_of(path)
  local file = io.open(path, "rb")
  if not file then
    local boat = io.open(path .. "-lifeboat", "rb") -- reports may wait there alone
    if boat then boat:close() end
    return not boat and "there is no queue: " .. path or nil
  end
  local head = file:read(#MAGIC)
  file:close()
  return head and head ~= MAGIC and "this is no queue: " .. path or nil
end

-- Nobody's: for commands that look at the whole file, whatever server its reports are for.
local ANY = "https://any.invalid"

---@class wats.cli.Open
---@field client? wats.Client
---@field existing? boolean   there must be one already, for whatever servers

-- The queue that the command line means.
---@param args table
---@param how wats.cli.Open
---@return wats.Queue?
---@return integer? code
function common.open_queue(args, how)
  local path, code = try(args, place.find, args.queue, args.config)
  if not path then return nil, code end
  local problem = how.existing and problem_of(path)
  if problem then
    common.complain(args, "%s", problem)
    return nil, common.FAILED
  end
  local base_url
  if not how.client then
    if how.existing then
      base_url = ANY
    else
      local said
      said, code = common.look(args)
      if not said then return nil, code end
      base_url = said.base_url
    end
  end
  return try(args, wats.queue.open, { path = path, client = how.client, base_url = base_url })
end

-- What a file raised. Its last call (return converter.new { ... }) leaves no place of the file, but
-- that of this program, which helps nobody.
local function words_of(message)
  message = tostring(message)
  local program = arg and arg[0]
  local source = program and debug.getinfo(load("", "@" .. program), "S").short_src .. ":"
  if not source or message:sub(1, #source) ~= source then return message end
  return (message:sub(#source + 1):gsub("^%d+: ", ""))
end

-- The formats that a file returns, a list; or nil and the reason.
local function run_file(path)
  local chunk, problem = loadfile(path)
  local ok, value = false, problem
  if chunk then ok, value = pcall(chunk) end
  if not ok then return nil, words_of(value) end
  if type(value) ~= "table" then return nil, "it returns no format" end
  local found = value.read and { value } or value
  if #found == 0 then return nil, "it returns no format" end
  return found
end

-- What --with means: a converter of the library's by its name, or a file.
local function find_with(name)
  local shipped = converter.shipped(name)
  if shipped then return { shipped } end
  local found, problem = run_file(name)
  if found or name:find("[./]") then return found, problem end
  return nil, ("there is neither such a file nor a converter of this name (%s)")
    :format(converter.names())
end

-- The formats of --plugin and --with, each file run for what it returns.
---@param args table
---@return wats.FormatSet? set
---@return integer|wats.FileFormat[] code_or_list  the exit code, or the formats as a list
function common.load_formats(args)
  report_file.config = args.config
  local list = {}
  for _, option in ipairs { { args.plugin, run_file }, { args.with, find_with } } do
    for _, path in ipairs(option[1] or {}) do
      local found, problem = option[2](path)
      if not found then
        common.complain(args, "%s: %s", path, problem)
        return nil, common.USAGE
      end
      table.move(found, 1, #found, #list + 1, list)
    end
  end
  local set, problem = formats.set(list)
  if not set then
    common.complain(args, "%s: %s", args.with and "--with" or "--plugin", problem)
    return nil, common.USAGE
  end
  return set, list
end

-- Has somebody asked the program to end? From the first call on SIGINT, SIGTERM and SIGHUP do no
-- more than that.
---@param seconds number  to wait for it
---@return boolean
function common.stopped(seconds)
  return core.readable(core.termination_fd(), seconds)
end

return common
