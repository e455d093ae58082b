-- The judge of the queue: from what was submitted, what the server received and what is still in
-- the queue it says which promises were broken. It knows nothing of how the queue works.
--
--   local verdict = oracle.judge {
--     submissions = { { uuid, sha256, unit, said, elapsed, batch }, ... },
--        -- in the order in which they were made; a uuid and a unit belong to one process at a time
--        -- said: "ack", "refused", or nil: the process ended before it knew
--     journal = { ... },      -- what the server received, in order: the sandbox's journal
--     left = { { uuid, sha256, state }, ... },    -- still there, dead ones and files included
--     kills = 3,              -- processes that delivered and were ended by force, and
--     concurrency = 4,        -- how many reports each may have had under way
--     lost_leases = 0,        -- claims that others may have taken over meanwhile
--     doubles = nil,          -- how many of those may have been confirmed before; nil: all
--     blackouts = {},         -- { from, to } by the journal's clock: the power was gone, and only
--                             -- the processes here did not know. What they sent came, but a
--                             -- machine without power would not have sent it, nor been told
--     timeout = nil,          -- after which a client gives up waiting for an answer
--     dead = 0,               -- how many may have died
--     expected_loss = 0,      -- of a file that was damaged on purpose
--     strict_refusals = false -- what was refused must not come to the server either
--     emptied = 2.5, bound = 60,   -- seconds from the end of all trouble till the queue was empty
--                                  -- (nil: never), and how long that may take (nil: not asked)
--     patience = 10,          -- no submit may take longer (nil: not asked)
--   }
--   verdict.ok, verdict.counts, verdict.kinds["lost"], tostring(verdict)
--
-- Kinds of problems
--   lost        acknowledged, and neither received nor left, nor replaced by a later body
--   invented    received or left, and never submitted so; or under another report's name
--   body        an older body came after a newer one, or the last one is not the last submitted
--   order       a report of a unit was sent before one that came earlier was settled
--   doubled     received again after it was confirmed, more often than crashes and leases explain
--   overlap     sent while it was being sent, likewise
--   died        more dead ones than expected
--   liveness    the queue was not empty in time
--   patience    a submit took too long
--   torn        of a batch some came and some did not
--   refused     a submit failed, and the report came all the same

local M = {}

local Verdict = {}
Verdict.__index = Verdict

local SHOWN = 5 -- problems of each kind

function Verdict:add(kind, format, ...)
  self.kinds[kind] = (self.kinds[kind] or 0) + 1
  self.ok = false
  if self.kinds[kind] <= SHOWN then
    self.problems[#self.problems + 1] = kind .. ": " .. format:format(...)
  end
end

local COUNTS = { "submitted", "acknowledged", "refused", "unknown", "received", "delivered", "left",
  "dead", "lost", "doubled", "explained", "kills", "units" }

--- One line of figures, then one for each problem.
function Verdict:__tostring()
  local parts = {}
  for i, name in ipairs(COUNTS) do parts[i] = ("%s %d"):format(name, self.counts[name]) end
  return table.concat(parts, ", ") .. (#self.problems > 0 and "\n" or "")
    .. table.concat(self.problems, "\n")
end

-- ---- what is known of each report ------------------------------------------

local function is_success(status)
  return status and status >= 200 and status < 300
end

-- Of a uuid: its submissions and its requests, in order.
local function report_of(world, uuid)
  local report = world.reports[uuid]
  if not report then
    report = { uuid = uuid, submissions = {}, requests = {}, left = {} }
    world.reports[uuid] = report
    world.list[#world.list + 1] = report
  end
  return report
end

local function add_submissions(world, submissions)
  for _, s in ipairs(submissions) do
    local report = report_of(world, s.uuid)
    local place = #report.submissions + 1
    report.submissions[place] = s
    report.unit = report.unit or s.unit
    -- one that was refused has its place in the order from when it was accepted, if not before
    if s.said == "refused" and place == 1 then report.unplaced = true end
    local body = world.bodies[s.sha256]
    if not body then
      body = { report = report, index = place }
      world.bodies[s.sha256] = body
      report.kinds_of_body = (report.kinds_of_body or 0) + 1
    end
    if s.said ~= "refused" then body.maybe = true end
    if s.said == "ack" then body.acked, body.last_ack = true, place end
  end
end

local function is_within(spans, time)
  for _, span in ipairs(spans) do
    if time >= span[1] and time <= span[2] then return true end
  end
  return false
end

local function add_requests(world, journal, verdict)
  for place, entry in ipairs(journal) do
    if entry.method == "POST" and entry.path:lower():find("^/api/report/") then
      world.received = world.received + 1
      local body = world.bodies[entry.body_sha256]
      local key = entry.headers and entry.headers["idempotency-key"]
      if not body then
        verdict:add("invented", "request %d has a body that nobody submitted", place)
      else
        if key and key:lower():gsub('"', "") ~= body.report.uuid then
          verdict:add("invented", "request %d names %s and has the body of %s", place, key,
            body.report.uuid)
        end
        local request = { place = place, body = body, begun = entry.time,
          ended = entry.time + (entry.delay or 0), stored = is_success(entry.processed),
          told = is_success(entry.status) and is_success(entry.processed) and not entry.dropped }
        if is_within(world.blackouts, entry.time) then request.told, request.void = false, true end
        if world.timeout and (entry.delay or 0) >= world.timeout then
          request.told, request.ended = false, entry.time + world.timeout
        end
        table.insert(body.report.requests, request)
      end
    end
  end
end

local function add_left(world, left, verdict)
  for _, row in ipairs(left) do
    local body = world.bodies[row.sha256]
    if not body or body.report.uuid ~= row.uuid then
      verdict:add("invented", "what is left of %s (%s) has a body that nobody submitted", row.uuid,
        row.state)
    else
      body.is_left = true
      table.insert(body.report.left, { body = body, state = row.state })
      if row.state == "dead" then
        body.report.dead = true
        world.dead = world.dead + 1
      end
    end
  end
end

-- ---- the promises ------------------------------------------------------------

-- Where the last body that was received or is left stands among the submissions of its report.
local function newest_seen(report)
  local newest = 0
  for _, request in ipairs(report.requests) do
    if request.stored then
      request.body.stored = true
      newest = math.max(newest, request.body.index)
    end
  end
  for _, row in ipairs(report.left) do newest = math.max(newest, row.body.index) end
  return newest
end

local function check_conservation(world, verdict)
  local missing = {}
  for _, report in ipairs(world.list) do
    local newest = newest_seen(report)
    for place, s in ipairs(report.submissions) do
      local body = world.bodies[s.sha256]
      if s.said == "ack" and not body.stored and not body.is_left and newest <= place then
        missing[#missing + 1] = ("%s (%d of it, unit %s)"):format(s.uuid, place, s.unit)
      end
    end
  end
  world.lost = #missing
  if #missing > world.expected_loss then
    for _, text in ipairs(missing) do verdict:add("lost", "%s", text) end
  end
end

local function check_bodies(world, verdict)
  for _, report in ipairs(world.list) do
    if report.kinds_of_body and report.kinds_of_body > 1 then
      local newest, last_ack = 0, 0
      for place, s in ipairs(report.submissions) do
        if s.said == "ack" then last_ack = place end
      end
      for _, request in ipairs(report.requests) do
        if request.body.index < newest then
          verdict:add("body", "%s: body %d was sent after body %d", report.uuid,
            request.body.index, newest)
        end
        newest = math.max(newest, request.body.index)
      end
      local seen = newest_seen(report)
      if last_ack > 0 and seen > 0 then
        local body = world.bodies[report.submissions[last_ack].sha256]
        if seen < body.index then
          verdict:add("body", "%s: body %d is the last that came, body %d was accepted after it",
            report.uuid, seen, body.index)
        end
      end
    end
  end
end

-- The reports of each unit in the order in which they were first submitted.
local function units_of(world)
  local units = {}
  for _, report in ipairs(world.list) do
    if report.unit and not report.unplaced then
      units[report.unit] = units[report.unit] or {}
      table.insert(units[report.unit], report)
    end
  end
  return units
end

local function first_stored(report)
  for _, request in ipairs(report.requests) do
    if request.stored then return request.place end
  end
end

-- Where it was first sent by a machine that had power.
local function first_sent(report)
  for _, request in ipairs(report.requests) do
    if not request.void then return request.place end
  end
end

-- The last request of a report that had one body only; of others later bodies may be late.
local function last_request(report)
  local requests = report.requests
  if report.kinds_of_body == 1 and #requests > 0 then return requests[#requests].place end
  return first_stored(report)
end

local function was_accepted(report)
  for _, s in ipairs(report.submissions) do
    if s.said == "ack" then return true end
  end
  return #report.requests > 0
end

local function check_order(world, verdict)
  local count = 0
  for unit, reports in pairs(units_of(world)) do
    count = count + 1
    local settled, by = 0, nil -- the latest place up to which an earlier one was under way
    for _, report in ipairs(reports) do
      local first = first_sent(report)
      if first and first < settled then
        verdict:add("order", "unit %s: %s was sent (request %d) before %s was settled (%s)", unit,
          report.uuid, first, by.uuid, settled == math.huge and "never" or "request " .. settled)
      end
      if was_accepted(report) and not report.dead then
        local last = first_stored(report) and last_request(report) or math.huge
        if #report.left > 0 and report.kinds_of_body == 1 then last = math.huge end
        if last > settled then settled, by = last, report end
      end
    end
  end
  return count
end

local function check_doubles(world, verdict, explained, overlapping)
  local doubled, overlaps, example, meeting = 0, 0, nil, nil
  for _, report in ipairs(world.list) do
    local told, ended = {}, nil
    for _, request in ipairs(report.requests) do
      if told[request.body] then
        doubled, example = doubled + 1, example or report.uuid
      end
      told[request.body] = told[request.body] or request.told
      if ended and request.begun < ended - 0.002 then
        overlaps, meeting = overlaps + 1, meeting or report.uuid
      end
      if not request.void then ended = math.max(ended or 0, request.ended) end
    end
  end
  if doubled > explained then
    verdict:add("doubled", "%d sent again though confirmed, %d explained; for instance %s",
      doubled, explained, example)
  end
  if overlaps > overlapping then
    verdict:add("overlap", "%d sent while being sent, %d explained; for instance %s", overlaps,
      overlapping, meeting)
  end
  return doubled
end

local function check_refusals(world, verdict)
  for _, report in ipairs(world.list) do
    for _, request in ipairs(report.requests) do
      if request.body.index and not request.body.maybe then
        verdict:add("refused", "%s was refused and came in request %d", report.uuid, request.place)
      end
    end
  end
end

local function check_batches(world, submissions, verdict)
  local batches = {}
  for _, s in ipairs(submissions) do
    if s.batch then
      local batch = batches[s.batch] or { all = 0, seen = 0 }
      batches[s.batch], batch.all = batch, batch.all + 1
      local body = world.bodies[s.sha256]
      if body.stored or body.is_left then batch.seen = batch.seen + 1 end
    end
  end
  for name, batch in pairs(batches) do
    if batch.seen ~= 0 and batch.seen ~= batch.all then
      verdict:add("torn", "%d of %d reports of batch %s came", batch.seen, batch.all, name)
    end
  end
end

local function check_time(history, world, verdict)
  local waiting = #history.left - world.dead
  if history.bound and (not history.emptied or waiting > 0) then
    verdict:add("liveness", "%d still wait, %g seconds after all trouble ended", waiting,
      history.bound)
  elseif history.bound and history.emptied > history.bound then
    verdict:add("liveness", "empty after %g seconds, %g were allowed", history.emptied,
      history.bound)
  end
  for _, s in ipairs(history.submissions) do
    if history.patience and (s.elapsed or 0) > history.patience then
      verdict:add("patience", "submit of %s took %.1f seconds", s.uuid, s.elapsed)
    end
  end
end

local function tally(history, world, counts)
  counts.submitted, counts.received, counts.left = #history.submissions, world.received,
    #history.left
  counts.acknowledged, counts.refused, counts.unknown, counts.delivered = 0, 0, 0, 0
  for _, s in ipairs(history.submissions) do
    local name = s.said == "ack" and "acknowledged" or s.said or "unknown"
    counts[name] = counts[name] + 1
  end
  for _, report in ipairs(world.list) do
    if first_stored(report) then counts.delivered = counts.delivered + 1 end
  end
end

--- Judges a history; see above.
---@param history table
---@return table verdict
function M.judge(history)
  local verdict = setmetatable({ ok = true, problems = {}, kinds = {}, counts = {} }, Verdict)
  local counts = verdict.counts
  local world = { reports = {}, list = {}, bodies = {}, received = 0, dead = 0,
    blackouts = history.blackouts or {}, timeout = history.timeout,
    expected_loss = history.expected_loss or 0 }
  add_submissions(world, history.submissions)
  add_requests(world, history.journal, verdict)
  add_left(world, history.left, verdict)
  counts.kills = history.kills or 0
  local crashes, lost = counts.kills * (history.concurrency or 0), history.lost_leases or 0
  counts.explained = crashes + (history.doubles or lost)
  check_conservation(world, verdict)
  check_bodies(world, verdict)
  if world.expected_loss == 0 then check_batches(world, history.submissions, verdict) end
  counts.units = check_order(world, verdict)
  counts.doubled = check_doubles(world, verdict, counts.explained, crashes + lost)
  if history.strict_refusals then check_refusals(world, verdict) end
  check_time(history, world, verdict)
  if world.dead > (history.dead or 0) then
    verdict:add("died", "%d are dead, %d may be", world.dead, history.dead or 0)
  end
  counts.dead, counts.lost = world.dead, world.lost
  tally(history, world, counts)
  return verdict
end

return M
