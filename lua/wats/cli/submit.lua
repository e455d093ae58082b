-- wats.cli.submit: `wats submit FILE...`: reports from files into the durable queue, or with --now
-- to the server at once.

local common = require("wats.cli.common")
local core = require("wats.core")
local formats = require("wats.queue.formats")
local progress = require("wats.cli.progress")
local report = require("wats.report")

local M = {}

local MAX_BYTES = 256 * 1024 * 1024

local DESCRIPTION = [[
Takes reports from files into the durable queue. When it ends, what it has
printed an id for is on the disk; it is sent by whoever delivers the queue: a
station program, `wats watch`, or `wats queue flush`. With --now nothing is
queued: each report is sent at once, and only what the server has confirmed is
printed.]]

--- Adds the subparser.
function M.describe(parser)
  local command = parser:command("submit", DESCRIPTION)
  command:summary("Put reports into the durable queue.")
  command:argument("file", 'Files with reports; "-": standard input.'):args("+")
  command:flag("--now", "Send at once, and wait for the server.")
  common.add_report_options(command)
  command:option("--format", "Of the files, whatever their names (default: by the name's ending;"
    .. " wsjf for standard input)."):argname("<name>")
  common.add_queue_options(command)
  return command:epilog(common.EXIT_CODES)
end

-- The time of change is part of what ids are made of, where the file does not say them.
local function modified(path)
  local found, lfs = pcall(require, "lfs")
  return found and lfs.attributes(path, "modification") or nil
end

-- A file that is not read yet, or nil and the reason.
local function open(path)
  local fields = { path = path, name = path:match("[^/]*$"), size = 0 }
  if path == "-" then
    fields.name, fields.modified = "stdin", core.time()
    local content, reason = io.stdin:read(MAX_BYTES + 1)
    if reason then return nil, reason end
    fields.content = content or ""
    if #fields.content > MAX_BYTES then return nil, ("larger than %d bytes"):format(MAX_BYTES) end
  else
    fields.modified = modified(path)
  end
  return formats.file(fields, MAX_BYTES)
end

local function read(format, file)
  local text, reason = file:text()
  if not text then return nil, reason end
  file.size = #text
  return formats.read(format, file)
end

-- Online. The first failure ends it: what was confirmed before is told with it.
local function send(client, texts)
  local ids = {}
  for i, text in ipairs(texts) do
    local parsed, err = report.parse(text, { format = "wsjf" }) -- as it is sent
    local done
    if parsed then done, err = client.report:submit(text) end
    if not done then return nil, err, ids end
    ids[i] = parsed.id
  end
  return ids
end

local function store(queue, texts, priority)
  if #texts > 1 then return queue:submit_batch(texts, { priority = priority }) end
  local id, err = queue:submit(texts[1], { priority = priority })
  if not id then return nil, err end
  return { id }
end

local function format_of(args, set, path, file)
  if args.format then return set:named(args.format) end
  if path == "-" then return formats.wsjf end
  local format, _, problem = set:of(file.name, file, true)
  return format, problem
end

-- One file. Its ids; or nil, the reason, and the ids of reports that went out before it.
local function submit(args, set, path, to)
  local file, reason = open(path)
  if not file then return nil, reason end
  local format, texts
  format, reason = format_of(args, set, path, file)
  if not format then
    return nil, reason or "no format for it; there are " .. set:extensions()
  end
  texts, reason = read(format, file)
  if not texts then return nil, reason end
  local ids, err, before
  if args.now then
    ids, err, before = send(to, texts)
  else
    ids, err = store(to, texts, args.priority)
  end
  -- of a request that failed more is worth knowing than the message
  return ids, err and (args.now and tostring(err) or err.message), before
end

local function tell(args, path, ids, reason)
  if args.json then
    common.print_json { file = path, ids = require("wats.json").array(ids), error = reason }
  else
    for _, id in ipairs(ids) do common.print(id .. "  " .. common.shown(path)) end
    common.flush()
  end
  if reason then common.complain(args, "%s: %s", path, reason) end
end

local function submit_all(args, set, to)
  local failed, bar = 0, progress.new { total = #args.file, quiet = true }
  for i, path in ipairs(args.file) do
    local ids, reason, before = submit(args, set, path, to)
    bar:clear()
    tell(args, path, ids or before or {}, reason)
    if not ids then failed = failed + 1 end
    if #args.file > 1 then
      bar:show(i, failed > 0 and ("%d failed"):format(failed) or common.shown(path))
    end
  end
  bar:clear()
  return failed == 0 and common.OK or common.FAILED
end

--- Submits; returns the exit code.
function M.run(args)
  local set, code = common.load_formats(args)
  if not set then return code end
  if args.format and not set:named(args.format) then
    common.complain(args, "there is no format %s", args.format)
    return common.USAGE
  end
  local to
  if args.now then
    to, code = common.connect(args)
  else
    to, code = common.open_queue(args, {})
  end
  if not to then return code end
  code = submit_all(args, set, to)
  to:close()
  return code
end

return M
