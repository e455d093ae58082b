-- wats.cli.report: `wats report validate|text|html FILE...`: what is in a report's file, for a
-- person. Asks no server and no queue.

local common = require("wats.cli.common")
local core = require("wats.core")
local json = require("wats.json")
local progress = require("wats.cli.progress")
local report = require("wats.report")
local validate = require("wats.report.validate")

local M = {}

local DESCRIPTION = [[
Judges reports in files, and shows them as text or as a page of HTML.]]

local EXIT_CODES = [[
Exit codes: 0 done (validate: all are good), 1 a report has problems or a file
cannot be read (the reason is on standard error), 2 the command line was wrong.]]

local MAX_BYTES = 256 * 1024 * 1024

local ACTIONS = {}

local DESCRIBE = {
  validate = { "Say what a server would object to, with the place in the report.",
    function(command)
      command:flag("--json", "Print one line of JSON for each report: file, id, valid, problems,"
        .. " warnings; for a file that cannot be read: file, error.")
    end },
  text = { "Print reports as text: failing steps first, values and limits in columns.",
    function(command)
      command:option("--width", "Columns to fill, 60 at least (default: of the terminal; 100"
        .. " elsewhere)."):convert(common.number(60, 10000, true)):argname("<columns>")
      command:flag("--failures", "Of the steps only those that fail.")
    end },
  html = { "Write reports as pages of HTML that need nothing beside themselves.",
    function(command)
      command:option("-o --output", "File to write, over one that is there; of several reports the"
        .. " directory for their files, NAME.html (default: standard output)."):argname("<path>")
      command:option("--open", "Which steps stand open: failures, all, none."):default("failures")
        :choices { "failures", "all", "none" }:argname("<which>")
      command:option("--image-limit", "Attached images up to so many bytes are shown; 0: none.")
        :default("524288"):convert(common.number(0, 1e9, true)):argname("<bytes>")
    end },
}

--- Adds the subparser.
function M.describe(parser)
  local command = parser:command("report", DESCRIPTION)
  command:summary("Judge reports in files, and show them.")
  command:command_target("action")
  for _, name in ipairs { "validate", "text", "html" } do
    local summary, add = table.unpack(DESCRIBE[name])
    local action = command:command(name, summary):summary(summary)
    action:argument("file", 'Files with reports; "-": standard input.'):args("+")
    add(action)
    action:epilog(EXIT_CODES)
  end
  return command:epilog(EXIT_CODES)
end

-- ---- reading ---------------------------------------------------------------------------------

local function read(path)
  local file = io.stdin
  if path ~= "-" then
    local opened, reason = io.open(path, "rb")
    -- the message begins with the name, and so does the complaint
    if not opened then return nil, (reason:gsub("^.*: ", "")) end
    file = opened
  end
  local text, problem = file:read(MAX_BYTES + 1)
  if path ~= "-" then file:close() end
  if problem then return nil, problem end
  if #(text or "") > MAX_BYTES then return nil, ("larger than %d bytes"):format(MAX_BYTES) end
  return text or ""
end

-- The reports of a file, one at least; or nil and the reason.
local function load(path)
  local text, problem = read(path)
  if not text then return nil, problem end
  local list, err = report.parse_all(text)
  if not list then return nil, err.message end
  return list
end

-- Calls fn(report, path, number among those of the file) for each report of the command line.
-- Goes on after a file that cannot be read. Returns the exit code: FAILED too where fn returned
-- false.
local function each(args, fn)
  local code = common.OK
  for _, path in ipairs(args.file) do
    local list, problem = load(path)
    if not list then
      if args.json then common.print_json { file = path, error = problem } end
      common.complain(args, "%s: %s", path, problem)
      code = common.FAILED
    end
    for i, one in ipairs(list or {}) do
      if fn(one, path, i) == false then code = common.FAILED end
    end
  end
  return code
end

-- ---- actions ---------------------------------------------------------------------------------

function ACTIONS.validate(args)
  return each(args, function(one, path)
    -- what lies in a file is meant to be whole, whoever may still add to the object
    local problems, warnings = validate.report(one.record, true, core.time())
    local valid = #problems == 0
    if args.json then
      common.print_json { file = path, id = one.id or json.null, valid = valid,
        problems = json.array(problems), warnings = json.array(warnings or {}) }
      return valid
    end
    if valid then common.print(common.shown(path) .. ": good") end
    for _, problem in ipairs(problems) do
      common.print(common.shown(path) .. ": " .. common.shown(problem))
    end
    for _, warning in ipairs(warnings or {}) do
      common.print(common.shown(path) .. ": warning: " .. common.shown(warning))
    end
    return valid
  end)
end

local function width_of(args)
  if args.width then return args.width end
  if not core.is_terminal(1) then return 100 end
  local _, terminal = progress.terminal_size()
  return math.max(60, terminal)
end

function ACTIONS.text(args)
  local options = { width = width_of(args), tree = not args.failures }
  local count = 0
  return each(args, function(one)
    count = count + 1
    if count > 1 then common.write("\n", ("="):rep(options.width), "\n\n") end
    common.write(one:to_text(options))
  end)
end

local function is_directory(path)
  return path ~= "" and core.real_path(path .. "/.") ~= nil
end

-- Names for pages in a directory: as the report's file is called, with a number where it holds
-- several or another has that name already.
local function namer(directory)
  local taken = {}
  return function(path)
    local stem = path == "-" and "stdin" or path:match("[^/]*$"):gsub("(.)%.[^.]*$", "%1")
    local name, number = stem, 1
    while taken[name] do
      number = number + 1
      name = stem .. "-" .. number
    end
    taken[name] = true
    return (directory:gsub("(.)/+$", "%1")) .. "/" .. name .. ".html"
  end
end

local function put_page(args, target, reports, page)
  if not target then
    common.write(page)
    return true
  end
  local report_there = reports[core.real_path(target) or target]
  if report_there then
    common.complain(args, "%s: the page would be written over the report", report_there)
    return false
  end
  local ok, problem = common.write_file(target, page)
  if not ok then
    common.complain(args, "%s: %s", target, problem)
    return false
  end
  return true
end

function ACTIONS.html(args)
  local directory = args.output and is_directory(args.output)
  if #args.file > 1 and not directory then
    common.complain(args, "one page holds one report: say with -o in which directory")
    return common.USAGE
  end
  local name_for = directory and namer(args.output)
  local options = { open = args.open, image_limit = args.image_limit }
  local reports = common.inputs(args)
  return each(args, function(one, path, number)
    if number > 1 and not directory then
      if number == 2 then
        common.complain(args, "%s: holds several reports: say with -o in which directory", path)
      end
      return false
    end
    local target = name_for and name_for(path) or args.output
    return put_page(args, target, reports, one:to_html(options))
  end)
end

--- Does it; returns the exit code.
function M.run(args)
  return ACTIONS[args.action](args)
end

return M
