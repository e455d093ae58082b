-- wats.queue: the durable queue of reports, store and forward.
--
--   local queue = assert(wats.queue.open { path = "outbox.db", client = client })
--   local id = assert(queue:submit(uut))     -- on the disk from here on
--
-- What `submit` has returned an id for is on the disk, and leaves it only when the server has
-- confirmed it, or when somebody discards it. A thread of the core delivers, whatever Lua does
-- meanwhile. Several processes and Lua states may have one file open. docs/queue.md has it all.
--
-- A queue is a table: slot 1 holds the core's. It belongs to one Lua state, and may be closed and
-- collected before or after its client, in any order.

local async_check = require("wats.async.check")
local config = require("wats.config")
local config_rules = require("wats.config_rules")
local core = require("wats.core")
local errors = require("wats.errors")
local flush = require("wats.queue.flush")
local options = require("wats.options")
local payload = require("wats.queue.payload")
local watch = require("wats.queue.watch")

local methods = core.queue_methods

local queue = {}

---@class wats.QueueOptions
---@field path string              the file; made where it is missing, its directory is not
---@field client? wats.Client      delivers; without one the queue stores only
---@field base_url? string         without a client: of the server that the reports are for; else
---                                WATS_BASE_URL or the configuration's
---@field concurrency? integer     reports under way at once, 1 to 64; 4
---@field recovery_spread? number  seconds over which delivery begins anew after an outage; 30
---@field max_rows? integer        reports in the file; 1,000,000
---@field max_bytes? integer       bytes of their bodies; 4 GiB
---@field lifeboat? string         directory for reports that the file cannot take; path-lifeboat
---@field patience? number         seconds that a call waits for the file; 2
---@field on_event? fun(event: wats.QueueEvent)  see queue:on_event

---@class wats.QueueEvent
---@field kind "sent"|"dead"|"paused"|"resumed"|"lost"
---@field time number         epoch seconds
---@field id? string          of "sent", "dead"
---@field attempts? integer   likewise, the last one included
---@field status? integer     of the answer, where there was one
---@field reason? string      of "dead", "paused"
---@field count? integer      of "lost": events that nobody fetched in time

---@class wats.QueueStats
---@field pending integer     not yet confirmed: ready, waiting, blocked, in_flight and lifeboat
---@field ready integer
---@field waiting integer     for their time, after a failure
---@field blocked integer     behind an earlier report of their unit
---@field in_flight integer   being sent
---@field lifeboat integer    in files of their own, until the database takes them
---@field dead integer        given up, kept with the server's answer
---@field sent integer        ever since the file was made, as are the next two
---@field died integer
---@field discarded integer
---@field bytes integer       of all bodies
---@field oldest_age? number  seconds, of the oldest that is pending
---@field paused? string      why deliveries are held up
---@field other_targets? integer  pending reports that are for other servers
---@field max_rows integer
---@field max_bytes integer

---@class wats.QueueRow
---@field id string            the report's uuid
---@field seq integer          in the order of arrival
---@field state "ready"|"waiting"|"blocked"|"in_flight"|"dead"|"sent"
---@field type "T"|"R"         test or repair
---@field priority integer
---@field attempts integer     so far
---@field status? integer      of the last answer
---@field reason? string       why the last attempt failed
---@field created number       epoch seconds, as are the next three
---@field due? number          when it is tried again
---@field died? number
---@field sent? number         state "sent": this, id and state are all that is known
---@field size integer         bytes of the body
---@field part_number? string
---@field serial_number? string
---@field target string        base URL of its server
---@field body? string         of `get` alone, as is the next
---@field answer? string       the server's, of a dead report; its beginning

---@class wats.Queue
---@field path string    absolute
---@field target string  base URL of the server that reports submitted here are for
local Queue = {}
Queue.__index = Queue
Queue.__name = "wats.queue"

-- ---- opening ----

local function path_problem(path)
  return path:find("\0", 1, true) and "must have no NUL" or nil
end

local function client_problem(value)
  local metatable = getmetatable(value)
  local name = type(metatable) == "table" and rawget(metatable, "__name")
  return name ~= "wats.client" and "must be a client of wats.connect" or nil
end

local function hook_problem(value)
  return not async_check.is_callable(value) and "must be a function" or nil
end

local function whole(least, most)
  return { "number", min = least, max = most, check = function(value)
    return not math.tointeger(value) and "must be a whole number" or nil
  end }
end

local PATH = { "string", min = 1, check = path_problem }

local OPEN = {
  path = { "string", min = 1, check = path_problem, required = true },
  client = { "table", check = client_problem },
  base_url = config_rules.all.base_url,
  concurrency = whole(1, 64),
  recovery_spread = { "number", min = 0, max = 3600 },
  max_rows = whole(1, 2 ^ 40),
  max_bytes = whole(1, 2 ^ 50),
  lifeboat = PATH,
  patience = { "number", above = 0, max = 3600 },
  on_event = { "any", check = hook_problem },
}

-- Without a client, whose it is to know.
local function find_target(given)
  local said, err = config.look({ base_url = given })
  if not said then return nil, err end
  if said.base_url then return said.base_url end
  return nil, errors.new {
    kind = "invalid",
    message = "no server is named that the reports are for: give a client or base_url to "
      .. "wats.queue.open, set WATS_BASE_URL, or name it in the configuration",
  }
end

-- Opens the queue in a file. With a client it is delivered from now on, also what other processes
-- put in for the same server; without one it is stored for whoever delivers. The first one in the
-- process to open a file sets its options; left out later they stay, and others raise.
---@param given wats.QueueOptions
---@return wats.Queue? queue
---@return wats.Error? err
function queue.open(given)
  local checked = options.check(2, "wats.queue.open", given, OPEN)
  if checked.client and checked.base_url then
    errors.raise("wats.queue.open: base_url is the client's where there is one: give one of them")
  end
  if checked.on_event and not checked.client then
    errors.raise("wats.queue.open: on_event needs a client: without one nothing is sent from here")
  end
  if not checked.client then
    local err
    checked.base_url, err = find_target(checked.base_url)
    if not checked.base_url then return nil, err end
  end
  local box, path, target = core.queue(checked, checked.client, core.metrics_default())
  if not box then return nil, path end
  local self = setmetatable({ box, path = path, target = target }, Queue)
  if checked.on_event then methods.on_event(self, checked.on_event) end
  return self
end

-- ---- taking in ----

-- Else what stands in place of the other arguments would be blamed.
local function check_self(self, name)
  if getmetatable(self) ~= Queue then
    errors.raise("a queue expected: call its methods with a colon, as in queue:%s(...)", name)
  end
end

local PRIORITY = 5
local SUBMIT = { priority = { "integer", min = 1, max = 10, default = PRIORITY } }

-- Takes in a report, and returns when it is on the disk: its id. One that is not finished is
-- finished. The same report twice is one; one with the id of a report that waits takes its place.
-- What is wrong with the report, or keeps it from the disk, is nil and an error, and then nothing
-- was stored: of kind "invalid" (`err.problems` lists what), "decode" (the text is no report),
-- "queue_full", "io" or "closed".
---@param report wats.Report|table|string  a report, a record in the server's format, or its JSON
---@param opts? { priority: integer? }  1 (first) to 10; 5
---@return string? id
---@return wats.Error? err
function Queue:submit(report, opts)
  check_self(self, "submit")
  local priority = PRIORITY
  if opts ~= nil then priority = options.check(2, "queue:submit", opts, SUBMIT).priority end
  local text, err = payload.text("queue:submit", report)
  if not text then return nil, err end
  return methods.submit(self, text, priority)
end

-- Takes in all of them, or none, in one commit. `err.index` says which one is wrong.
---@param list (wats.Report|table|string)[]
---@param opts? { priority: integer? }
---@return string[]? ids  in the order of the list
---@return wats.Error? err
function Queue:submit_batch(list, opts)
  check_self(self, "submit_batch")
  local priority = options.check(2, "queue:submit_batch", opts, SUBMIT).priority
  local texts, err = payload.texts("queue:submit_batch", list)
  if not texts then return nil, err end
  local ids, index
  ids, err, index = methods.submit_all(self, texts, priority)
  if not ids and index then payload.of_element(err, index) end
  return ids, err
end

-- Makes all due now that waits for its time, and waits until everything for this server has been
-- confirmed or is dead. Other tasks go on. What the server rejects meanwhile, or a server that is
-- away, is waited for as well; leases of other processes and held-up deliveries stay as they are.
---@param timeout? number  seconds; 30. math.huge: as long as it takes
---@return true? ok
---@return wats.Error? err  of kind "timeout", "cancelled", "closed" or "io"
---@return wats.QueueStats? stats
function Queue:flush(timeout)
  check_self(self, "flush")
  timeout = options.argument(2, "queue:flush", 1, timeout, { "number|nil", min = 0 }) or 30
  local ok, err, stats = flush.run(self, timeout)
  return ok, err, stats
end

-- Watches a directory from which files are taken in; see wats.queue.watch.
Queue.watch = watch.method

-- ---- looking ----

local ALL = { all_targets = { "boolean", default = false } }

-- Figures of what is in the file for this server, or for all of them.
---@param opts? { all_targets: boolean? }
---@return wats.QueueStats? stats
---@return wats.Error? err
function Queue:stats(opts)
  check_self(self, "stats")
  return methods.stats(self, options.check(2, "queue:stats", opts, ALL).all_targets)
end

local STATES = { ready = 1, waiting = 2, blocked = 4, in_flight = 8, dead = 16, pending = 15 }
local MAX_LIMIT = 10000

local LIST = {
  state = { "string", choices = { "pending", "ready", "waiting", "blocked", "in_flight", "dead" } },
  limit = { "integer", min = 1, max = MAX_LIMIT, default = 100 },
  after = { "integer", min = 0, default = 0 },
  all_targets = ALL.all_targets,
}

-- What is in the file for this server, in the order of arrival, without bodies. For more than
-- `limit`, go on `after` the last one's seq.
---@param opts? { state: string?, limit: integer?, after: integer?, all_targets: boolean? }
---@return wats.QueueRow[]? rows
---@return wats.Error? err
function Queue:list(opts)
  check_self(self, "list")
  local checked = options.check(2, "queue:list", opts, LIST)
  return methods.list(self, STATES[checked.state] or 0, checked.limit, checked.after,
    checked.all_targets)
end

local function not_there(id, why)
  return errors.new { kind = "not_found", message = ("report %s %s"):format(id, why) }
end

-- A report by its id, with body and, if it is dead, the server's answer. Of one that was sent only
-- `sent`, the time, is known, for 30 days.
---@param id string
---@return wats.QueueRow? row
---@return wats.Error? err  of kind "not_found" where it never was, or is gone
function Queue:get(id)
  local row, err = methods.get(self, id)
  if row or err then return row, err end
  return nil, not_there(id, "is not in the queue")
end

-- Writes the body of a report into a file, as it was taken in; it stays in the queue. What the
-- file held before is replaced, in one step.
---@param id string
---@param file string  its name
---@return true? ok
---@return wats.Error? err
function Queue:export(id, file)
  check_self(self, "export")
  file = options.argument(2, "queue:export", 2, file, PATH)
  local row, err = self:get(id)
  if not row then return nil, err end
  if not row.body then return nil, not_there(id, "was sent: its body is not kept") end
  local temporary = file .. ".part"
  local out, reason = io.open(temporary, "wb")
  local ok = out
  if out then
    ok, reason = out:write(row.body)
    local closed, why = out:close()
    if ok and not closed then ok, reason = nil, why end
    if ok then ok, reason = os.rename(temporary, file) end
    if not ok then os.remove(temporary) end
  end
  if ok then return true end
  return nil, errors.new { kind = "io", message = "queue:export: " .. tostring(reason) }
end

-- ---- by a person ----

local function done(id, word, err)
  if word == "done" then return true end
  if not word then return nil, err end
  if word == "not_there" then return nil, not_there(id, "does not wait and is not dead") end
  return nil, errors.new {
    kind = "conflict", retryable = true,
    message = ("report %s is being sent at this moment"):format(id),
  }
end

-- A dead report waits again, as if it had just come; one that waits for its time is due now.
---@param id string
---@return true? ok
---@return wats.Error? err  of kind "not_found", or "conflict": it is being sent
function Queue:retry(id)
  local word, err = methods.retry(self, id)
  return done(id, word, err)
end

-- Takes a report out for good, sent or not: the only way to lose one.
---@param id string
---@return true? ok
---@return wats.Error? err  of kind "not_found", or "conflict": it is being sent
function Queue:discard(id)
  local word, err = methods.discard(self, id)
  return done(id, word, err)
end

-- ---- events and the end ----

-- Calls `fn(event)` from now on for each report that this process has sent or given up, and when
-- deliveries are held up or go on; nil: no more. It is called when a function of a queue begins or
-- ends, and at each turn of the tasks, never within itself; it cannot yield, and what it raises is
-- swallowed and told once on stderr.
---@param fn (fun(event: wats.QueueEvent))?
---@return true? ok
---@return wats.Error? err  of kind "closed"
function Queue:on_event(fn)
  check_self(self, "on_event")
  if fn ~= nil and not async_check.is_callable(fn) then
    errors.raise("queue:on_event: a function or nil expected, got %s", type(fn))
  end
  return methods.on_event(self, fn)
end

-- Ends the queue for this Lua state; what is in the file stays there. If nobody else in the process
-- delivers, what is under way may take up to two seconds to end. Later calls return nil and an
-- error of kind "closed"; a second close does nothing.
function Queue:close()
  methods.close(self)
end

Queue.__close = Queue.close

function Queue:__tostring()
  return ("wats.queue (%s, for %s%s)"):format(self.path, self.target,
    methods.is_closed(self) and ", closed" or "")
end

return queue
