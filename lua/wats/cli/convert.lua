-- wats.cli.convert: `wats convert FILE... --with converter.lua`: what a converter makes of files:
-- printed, written into a directory, or put into the durable queue.

local common = require("wats.cli.common")
local converter = require("wats.converter")
local core = require("wats.core")
local formats = require("wats.queue.formats")
local json = require("wats.json")

local M = {}

local DESCRIPTION = [[
Turns log files into reports with a converter, and prints them, a line of JSON
for each. With --out they become files that any WATS client takes, with --queue
they go into the durable queue. For trying a converter out, and for files that
lie around; what a tester writes day by day is for `wats watch --with`.]]

local function no_empty_path(text)
  if text ~= "" then return text end
  return nil, "'' is no path"
end

--- Adds the subparser.
function M.describe(parser)
  local command = parser:command("convert", DESCRIPTION)
  command:summary("Turn log files into reports with a converter.")
  command:argument("file", "Log files."):args("+"):convert(no_empty_path)
  common.add_with(command)
  command:option("--out", "Write each report into a file of this directory, which is made.")
    :argname("<dir>"):convert(no_empty_path)
  command:option("--queue", "Put them into the queue: in this file, or where it usually is"
    .. " (WATS_QUEUE, queue.path of the configuration, else ~/.local/state/wats/outbox.db).")
    :argname("<file>"):args("?")
  command:option("--priority", "Of reports in the queue: 1 (first) to 10."):default("5")
    :convert(common.number(1, 10, true))
  command:option("--config", "Configuration file (default: WATS_CONFIG)."):argname("<file>")
  command:flag("--json", "Print a JSON value for each file: file, ids, error.")
  return command:epilog(common.EXIT_CODES)
end

local function ids_of(texts)
  local ids = {}
  for i, text in ipairs(texts) do ids[i] = json.decode(text).id or "" end
  return ids
end

-- Ways out for the texts of a file's reports. Each returns true, or nil and the reason.
local OUT = {}

function OUT.print(_, _, texts)
  for _, text in ipairs(texts) do common.print(text) end
  return true
end

-- By name and id, so that the same file makes the same files.
function OUT.directory(self, path, texts)
  for i, id in ipairs(ids_of(texts)) do
    local name = ("%s/%s.%s.wsjf"):format(self.args.out, path:match("[^/]*$"), id)
    if self.inputs[core.real_path(name) or name] then
      return nil, name .. ": it would be written over a log file"
    end
    local ok, reason = common.write_file(name, texts[i])
    if not ok then return nil, ("%s: %s"):format(name, reason) end
  end
  return true
end

function OUT.queue(self, _, texts)
  local ids, err = self.queue:submit_batch(texts, { priority = self.args.priority })
  if not ids then return nil, err.message end
  return true
end

-- The converter for a file: the one that there is, else the one that fits it.
local function find(self, path)
  if #self.list == 1 then return self.list[1] end
  local file = formats.file({ path = path, name = path:match("[^/]*$"), size = 0 }, 1)
  local format, _, problem = self.set:of(file.name, file, true)
  if format and format ~= formats.wsjf then return format end
  return nil, problem or "none of the converters takes it"
end

local function convert(self, path)
  local format, problem = find(self, path)
  if not format then return nil, problem end
  local texts, reason = converter.run(format, path)
  if not texts then return nil, reason end
  local ok
  ok, reason = OUT[self.way](self, path, texts)
  if not ok then return nil, reason end
  return ids_of(texts)
end

local function tell(self, path, ids, reason)
  if self.args.json then
    common.print_json { file = path, ids = json.array(ids or {}), error = reason }
  elseif self.way ~= "print" then
    for _, id in ipairs(ids or {}) do common.print(id .. "  " .. common.shown(path)) end
  end
  common.flush()
  if reason then common.complain(self.args, "%s: %s", path, reason) end
end

-- Opens what the reports go to. Returns a code when that cannot be.
local function open(self)
  local args = self.args
  if args.queue then
    args.queue = args.queue[1]
    local code
    self.queue, code = common.open_queue(args, {})
    return code
  end
  -- the reports' station comes from there: what is wrong with it is no fault of the files
  local said, code = common.look(args)
  if not said then return code end
  if args.out then
    local made, problem = core.make_directory(args.out)
    if made then return nil end
    common.complain(args, "%s", problem)
    return common.FAILED
  end
  return nil
end

--- Converts; returns the exit code.
function M.run(args)
  local complaint
  if not args.with or #args.with == 0 then
    complaint = "no converter: --with FILE, or one of " .. converter.names()
  elseif args.out and args.queue then
    complaint = "--out or --queue, not both"
  end
  if complaint then
    common.complain(args, "%s", complaint)
    return common.USAGE
  end
  local set, list = common.load_formats(args)
  if not set then return list end
  local self = { args = args, set = set, list = list,
    inputs = common.inputs(args),
    way = args.queue and "queue" or args.out and "directory" or args.json and "nothing" or "print" }
  local code = open(self)
  if code then return code end
  local failed = 0
  for _, path in ipairs(args.file) do
    local ids, reason = convert(self, path)
    tell(self, path, ids, reason)
    if not ids then failed = failed + 1 end
  end
  if self.queue then self.queue:close() end
  return failed == 0 and common.OK or common.FAILED
end

function OUT.nothing() return true end

return M
