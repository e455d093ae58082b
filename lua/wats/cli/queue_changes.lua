-- wats.cli.queue_changes: `wats queue retry|discard|export|flush`: what changes the queue, or
-- delivers it.

local common = require("wats.cli.common")
local core = require("wats.core")
local json = require("wats.json")
local progress = require("wats.cli.progress")

local M = {}

-- Complains about an error object; returns the exit code that it is.
---@param args table
---@param err wats.Error
---@return integer code
function M.complain(args, err)
  common.complain(args, "%s", tostring(err.message or err))
  return err.kind == "not_found" and common.NOT_THERE or common.FAILED
end

-- Does something to each report. JSON: one line for each. Returns the exit code: that of the
-- failures where all are of one kind, else FAILED.
local function each(args, ids, word, fn)
  local code, bar = common.OK, progress.new { total = #ids, quiet = true }
  for i, id in ipairs(ids) do
    local result, err = fn(id)
    if not result then
      bar:clear()
      local this = M.complain(args, err)
      code = (code == common.OK or code == this) and this or common.FAILED
    end
    if args.json then
      common.print_json { id = id, done = result and true or false,
        file = type(result) == "string" and result or nil, error = err and err.message }
    elseif result then
      bar:clear()
      common.print(("%s %s"):format(word, type(result) == "string" and common.shown(result) or id))
    end
    if #ids > 1 then bar:show(i, word) end
  end
  bar:clear()
  return code
end

---@param args table
---@param queue wats.Queue
---@param ids string[]
---@return integer code
function M.retry(args, queue, ids)
  return each(args, ids, "waits again", function(id) return queue:retry(id) end)
end

---@param args table
---@param queue wats.Queue
---@param ids string[]
---@return integer code
function M.discard(args, queue, ids)
  if not args.yes then
    common.complain(args, "%d reports would be gone for good, %s: say so with --yes", #ids,
      "whether or not the server has them")
    return common.USAGE
  end
  return each(args, ids, "discarded", function(id) return queue:discard(id) end)
end

-- Is there a file of this name? Not the queue's own: these end in .wsjf.
local function is_there(path)
  local file = io.open(path, "rb")
  if file then file:close() end
  return file ~= nil
end

---@param args table
---@param queue wats.Queue
---@param ids string[]
---@return integer code
function M.export(args, queue, ids)
  return each(args, ids, "wrote", function(id)
    local path = args.output:gsub("(.)/+$", "%1") .. "/" .. id .. ".wsjf"
    if not args.force and is_there(path) then
      return nil, { kind = "io", message = path .. " is there already: see --force" }
    end
    local done, err = queue:export(id, path)
    return done and path, err
  end)
end

-- ---- flush -----------------------------------------------------------------------------------

local function text_of(stats, dead)
  local text = ("%d left"):format(stats.pending)
  if dead > 0 then text = text .. (", %d given up"):format(dead) end
  if stats.paused then text = text .. ", held up: " .. common.shown(stats.paused) end
  return text
end

-- Waits until nothing is pending, the time is over or somebody asks for an end. Returns the last
-- figures, or nil and an error.
local function wait(queue, timeout, before)
  local deadline = core.monotonic() + timeout
  local bar = progress.new { total = math.max(before.pending, 1) }
  local _, err, stats = queue:flush(0)
  while true do
    if not stats then
      bar:clear()
      return nil, err
    end
    -- others may put in more meanwhile
    bar.total = math.max(bar.total, stats.pending)
    if stats.pending == 0 then break end
    bar:show(bar.total - stats.pending, text_of(stats, stats.died - before.died))
    local left = deadline - core.monotonic()
    if left <= 0 or common.stopped(math.min(left, 0.1)) then break end
    stats, err = queue:stats()
  end
  bar:clear()
  return stats
end

---@param args table
---@param queue wats.Queue
---@return integer code
function M.flush(args, queue)
  local before, err = queue:stats()
  if not before then return M.complain(args, err) end
  local stats
  stats, err = wait(queue, args.timeout, before)
  if not stats then return M.complain(args, err) end
  local sent, dead = stats.sent - before.sent, stats.died - before.died
  if args.json then
    common.print_json { sent = sent, dead = dead, pending = stats.pending,
      paused = stats.paused or json.null }
  else
    common.print(("%d sent, %s"):format(sent, text_of(stats, dead)))
  end
  if stats.pending > 0 then return common.LEFT end
  return dead > 0 and common.FAILED or common.OK
end

return M
