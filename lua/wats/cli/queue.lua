-- wats.cli.queue: `wats queue ...`: what is in the durable queue, and what a person does with it.
--
-- Looking and changing go by the whole file, whatever server its reports are for; only `flush`
-- needs to know a server.

local changes = require("wats.cli.queue_changes")
local common = require("wats.cli.common")
local json = require("wats.json")

local M = {}

local DESCRIPTION = [[
Shows what is in the durable queue, and changes it.]]

local STATES = { "pending", "ready", "waiting", "blocked", "in_flight", "dead" }

local PAGE = 1000

local ACTIONS = {}

local function add_selection(command, verb)
  command:argument("id", "Ids of reports."):args("*"):convert(common.report_id)
  command:option("--state", verb .. " all reports in this state: " .. table.concat(STATES, ", ")
    .. "."):choices(STATES):argname("<state>")
end

local DESCRIBE = {
  list = { "List reports.", function(command)
    command:option("--state", "Only these: " .. table.concat(STATES, ", ")
      .. " (pending: all that are not yet confirmed)."):choices(STATES):argname("<state>")
    command:option("--limit", "At most so many."):default("100")
      :convert(common.number(1, 1e9, true))
    command:flag("--all", "As many as there are.")
  end },
  show = { "Show one report: where it stands, and what the server said.", function(command)
    command:argument("id", "Its id."):convert(common.report_id)
    command:flag("--body", "Print its text alone.")
  end },
  retry = { "Send again what was given up, or is waiting for its time.", function(command)
    add_selection(command, "Retry")
    command:flag("--all", "All that are dead or waiting.")
  end },
  discard = { "Take reports out for good, sent or not.", function(command)
    add_selection(command, "Discard")
    command:flag("--all", "All that there are.")
    command:flag("--yes", "Do it: without this it only says how many it would be.")
  end },
  export = { "Write the texts of reports into files; they stay in the queue.", function(command)
    add_selection(command, "Export")
    command:flag("--all", "All that there are.")
    command:option("-o --output", "Directory for the files, ID.wsjf."):default(".")
      :argname("<dir>")
    command:flag("--force", "Write over files that are there.")
  end },
  flush = { "Deliver what waits, now, and wait until all is confirmed.", function(command)
    command:option("--timeout", "Seconds to wait."):default("60")
      :convert(common.number(0, 1e7))
  end },
  stats = { "Show how much there is.", function() end },
}

--- Adds the subparser.
function M.describe(parser)
  local command = parser:command("queue", DESCRIPTION)
  command:summary("Show and change what is in the durable queue.")
  command:command_target("action")
  for _, name in ipairs { "list", "show", "retry", "discard", "export", "flush", "stats" } do
    local summary, add = table.unpack(DESCRIBE[name])
    local action = command:command(name, summary):summary(summary)
    add(action)
    common.add_queue_options(action)
    action:epilog(common.QUEUE_EXIT_CODES)
  end
  return command:epilog(common.QUEUE_EXIT_CODES)
end

-- ---- looking ---------------------------------------------------------------------------------

-- The rows, page by page, without those after `limit`.
local function rows(queue, state, limit)
  local page, at, after, count = {}, 0, 0, 0
  return function()
    if count >= limit then return nil end
    if at == #page then
      if after and #page > 0 and #page < PAGE then return nil end
      local err
      page, err = queue:list { state = state, limit = PAGE, after = after, all_targets = true }
      if not page then error(err, 0) end
      if #page == 0 then return nil end
      at, after = 0, page[#page].seq
    end
    at, count = at + 1, count + 1
    return page[at]
  end
end

-- What happened last to a report, in short.
local function fate(row)
  local reason = row.reason and common.shown(row.reason) or ""
  if row.status and not reason:find(tostring(row.status), 1, true) then
    reason = row.status .. " " .. reason
  end
  return reason
end

local COLUMNS = "%-36s  %-9s  %-20s  %8s  %-20s  %-20s  %s\n"

function ACTIONS.list(args, queue)
  local limit = args.all and math.huge or args.limit
  local count = 0
  for row in rows(queue, args.state, limit + 1) do
    count = count + 1
    if count > limit then
      io.stderr:write(("wats: queue list: there are more than %d: see --limit and --all\n")
        :format(limit))
      break
    elseif args.json then
      common.print_json(row)
    else
      if count == 1 then
        common.write(COLUMNS:format("id", "state", "came", "attempts", "part number",
          "serial number", "last failure"))
      end
      common.write((COLUMNS:format(row.id, row.state, common.time(row.created), row.attempts,
        common.shown(row.part_number or ""), common.shown(row.serial_number or ""), fate(row))
        :gsub(" +\n", "\n")))
    end
  end
  return common.OK
end

local SHOWN = { "id", "state", "type", "target", "part_number", "serial_number", "priority", "size",
  "created", "attempts", "due", "died", "sent", "status", "reason", "answer" }
local TIMES = { created = true, due = true, died = true, sent = true }

function ACTIONS.show(args, queue)
  local row, err = queue:get(args.id)
  if not row then return changes.complain(args, err) end
  if args.body then
    if not row.body then
      common.complain(args, "%s was sent: its text is not kept", args.id)
      return common.NOT_THERE
    end
    common.write(row.body)
  elseif args.json then
    common.print_json(row)
  else
    for _, name in ipairs(SHOWN) do
      local value = row[name]
      if TIMES[name] and value then value = common.time(value) end
      if value ~= nil and value ~= "" then
        common.print(("%-14s %s"):format((name:gsub("_", " ")), common.shown(value)))
      end
    end
  end
  return common.OK
end

local FIGURES = { "pending", "ready", "waiting", "blocked", "in_flight", "lifeboat", "dead", "sent",
  "discarded", "bytes", "max_rows", "max_bytes" }

function ACTIONS.stats(args, queue)
  local stats, err = queue:stats { all_targets = true }
  if not stats then return changes.complain(args, err) end
  if args.json then
    stats.path, stats.paused = queue.path, stats.paused or json.null
    common.print_json(stats)
    return common.OK
  end
  common.print(("%-14s %s"):format("queue", common.shown(queue.path)))
  for _, name in ipairs(FIGURES) do
    if stats[name] then common.print(("%-14s %d"):format((name:gsub("_", " ")), stats[name])) end
  end
  for name, text in pairs { oldest = stats.oldest_age and common.duration(stats.oldest_age),
    paused = stats.paused and common.shown(stats.paused) } do
    if text then common.print(("%-14s %s"):format(name, text)) end
  end
  return common.OK
end

-- ---- running ---------------------------------------------------------------------------------

-- The ids that the command line means; or nil and the exit code.
local function select_ids(args, queue)
  if #args.id > 0 then
    if args.all or args.state then
      common.complain(args, "ids, --state and --all exclude each other")
      return nil, common.USAGE
    end
    return args.id
  elseif not args.all and not args.state then
    common.complain(args, "which reports? Give ids, --state or --all")
    return nil, common.USAGE
  end
  local ids, seen = {}, {}
  local states = args.state and { args.state } or args.action == "retry" and { "dead", "waiting" }
    or { false }
  for _, state in ipairs(states) do
    for row in rows(queue, state or nil, math.huge) do
      if not seen[row.id] then ids[#ids + 1] = row.id end
      seen[row.id] = true
    end
  end
  return ids
end

for _, name in ipairs { "retry", "discard", "export" } do
  ACTIONS[name] = function(args, queue)
    local ids, code = select_ids(args, queue)
    if not ids then return code end
    return changes[name](args, queue, ids)
  end
end

local function run_action(args)
  if args.action == "flush" then
    local client, code = common.connect(args)
    if not client then return code end
    local queue
    queue, code = common.open_queue(args, { client = client })
    if not queue then return code end
    code = changes.flush(args, queue)
    queue:close()
    client:close()
    return code
  end
  local queue, code = common.open_queue(args, { existing = true })
  if not queue then return code end
  code = ACTIONS[args.action](args, queue)
  queue:close()
  return code
end

--- Does it; returns the exit code.
function M.run(args)
  local ok, code = pcall(run_action, args)
  if ok then return code end
  -- an error object: a page of the list could not be had
  if type(code) ~= "table" then error(code, 0) end
  return changes.complain(args, code)
end

return M
