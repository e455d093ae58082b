-- wats.sandbox.rootcause: tickets with their history, and attachments.
--
-- As the API's description says, and as users tell of the real server: it takes an assignee and
-- does not tell it again, and a ticket that comes without one is assigned to nobody. History and
-- number are the server's own: what comes as such is not looked at.

local core = require("wats.core")

local checks = require("wats.sandbox.checks")
local errors = require("wats.sandbox.errors")
local json = require("wats.sandbox.json")
local time = require("wats.sandbox.time")

local M = {}

local v = json.value

--- Whose token it is that all requests come with.
M.USER = "sandbox"

local ticket_record = json.record({
  "ticketId", "ticketNumber", "progress", "owner", "assignee", "subject", "status", "priority",
  "reportUuid", "createdUtc", "updatedUtc", "team", "origin", "tags", "history", "update",
})
local update_record = json.record({
  "updateId", "updateUtc", "updateUser", "content", "updateType", "attachments",
})
local attachment_record = json.record({ "attachmentId", "filename" })
local setting = json.record({ "key", "value", "change" })

local SOLVED, ARCHIVED, ALL = 8, 32, 63
local ONE = { [1] = true, [2] = true, [4] = true, [8] = true, [16] = true, [32] = true }

local FIELDS = {
  { "ticketId", "uuid" },
  { "subject", "string", required = true, not_empty = true, max = 200 },
  { "progress", "string" },
  { "assignee", "string" },
  { "owner", "string" },
  { "status", "integer", one_of = ONE },
  { "priority", "integer", one_of = { [0] = true, [1] = true, [2] = true } },
  { "reportUuid", "uuid" },
  { "team", "string" },
  { "origin", "string" },
  { "tags", "array" },
  { "update", "object" },
}
local UPDATE = {
  { "content", "string" },
  { "updateType", "integer", one_of = { [0] = true, true, true, true } },
  { "attachments", "array" },
}

local function ok(value)
  return { status = 200, headers = {}, body = json.encode(value) }
end

local last = 0

-- No two changes are of one instant, so that updatedUtc tells states of a ticket apart.
local function now()
  last = math.max(last + 1, math.floor(core.time() * 1000) * (time.TICKS // 1000))
  return time.format(last)
end

local function missing(what, id)
  return errors.message(404, ("There is no %s %s."):format(what, id))
end

local function invalid(faults)
  return errors.model_state(400, "The request is invalid.", faults)
end

-- The ticket as the server tells it: without its assignee.
local function told(ticket)
  local copy = {}
  for name, value in pairs(ticket) do
    copy[name] = value
  end
  copy.assignee = nil
  return ticket_record(copy)
end

local function check_attachments(faults, state, update)
  checks.each(faults, update, "update", "attachments", function(attachment, path)
    local id = checks.member(faults, attachment, path, { "attachmentId", "uuid", required = true })
    if id and not state.attachments[id:lower()] then
      checks.add(faults, path .. ".attachmentId", ("There is no attachment %s."):format(id))
    end
  end)
end

local function check(state, source)
  local faults = {}
  checks.members(faults, source, "", FIELDS)
  local update = v(source.update)
  if type(update) == "table" and #faults == 0 then
    checks.members(faults, update, "update", UPDATE)
    check_attachments(faults, state, update)
  end
  return faults
end

-- What comes as `update` becomes a piece of the history.
local function add_update(ticket, update)
  local attachments = json.array()
  for i, attachment in ipairs(v(update.attachments) or {}) do
    attachments[i] = attachment_record({
      attachmentId = attachment.attachmentId:lower(), filename = v(attachment.filename),
    })
  end
  table.insert(ticket.history, update_record({
    updateId = core.uuid(), updateUtc = now(), updateUser = M.USER,
    content = v(update.content) or "", updateType = math.tointeger(v(update.updateType) or 0),
    attachments = attachments,
  }))
end

local function take(ticket, source)
  for _, name in ipairs({ "subject", "progress", "assignee", "reportUuid", "team", "origin" }) do
    ticket[name] = v(source[name])
  end
  ticket.status = math.tointeger(v(source.status) or ticket.status or 1)
  ticket.priority = math.tointeger(v(source.priority) or ticket.priority or 1)
  ticket.tags = json.array()
  for i, tag in ipairs(v(source.tags) or {}) do
    ticket.tags[i] = setting({ key = v(tag.key), value = v(tag.value) })
  end
  local update = v(source.update)
  if update then
    add_update(ticket, update)
  end
  ticket.updatedUtc = now()
end

local function create(state, source)
  local faults = check(state, source)
  if #faults > 0 then
    return invalid(faults)
  end
  local ticket = {
    ticketId = core.uuid(), ticketNumber = #state.tickets + 1, owner = M.USER,
    createdUtc = now(), history = json.array(),
  }
  take(ticket, source)
  table.insert(state.tickets, ticket)
  state.by_id[ticket.ticketId] = ticket
  return ok(told(ticket))
end

local function update(state, source)
  local faults = check(state, source)
  if #faults > 0 then
    return invalid(faults)
  end
  local id = v(source.ticketId)
  local ticket = id and state.by_id[id:lower()]
  if not ticket then
    return missing("ticket", tostring(id))
  elseif ticket.status == ARCHIVED then
    return errors.message(409, "The ticket is archived.")
  elseif v(source.status) == ARCHIVED then
    return errors.message(400, "A ticket is archived by ArchiveTickets.")
  end
  take(ticket, source)
  return ok(told(ticket))
end

local function archive(state, ids)
  local list = {}
  for i, id in ipairs(ids) do
    local ticket = state.by_id[tostring(id):lower()]
    if not ticket then
      return missing("ticket", tostring(id))
    elseif ticket.status ~= SOLVED then
      return errors.message(400, ("Only solved tickets can be archived: %d is not."):format(
        ticket.ticketNumber))
    end
    list[i] = ticket
  end
  for _, ticket in ipairs(list) do
    ticket.status, ticket.updatedUtc = ARCHIVED, now()
  end
  return list[1] and ok(told(list[1])) or invalid({ { "body", "No ticket is named." } })
end

local VIEWS = {
  [0] = function(ticket)
    return ticket.assignee == M.USER
  end,
  [1] = function(ticket)
    return ticket.owner == M.USER
  end,
  [2] = function()
    return true
  end,
}

-- In the subject, in the tags, or in their values; without case.
local function has_text(ticket, text)
  local found = ticket.subject:lower():find(text, 1, true)
  for _, tag in ipairs(ticket.tags) do
    found = found or (tag.key or ""):lower():find(text, 1, true)
      or (tag.value or ""):lower():find(text, 1, true)
  end
  return found ~= nil
end

local function list(state, query)
  local status = math.tointeger(tonumber(query.status))
  local view = VIEWS[math.tointeger(tonumber(query.view))]
  local faults = {}
  if status <= 0 or status & ~ALL ~= 0 then
    checks.add(faults, "status", ("The value '%s' is not valid."):format(query.status))
  end
  if not view then
    checks.add(faults, "view", ("The value '%s' is not valid."):format(query.view))
  end
  if #faults > 0 then
    return invalid(faults)
  end
  local text, found = (query.searchstring or ""):lower(), json.array()
  for _, ticket in ipairs(state.tickets) do
    if ticket.status & status ~= 0 and view(ticket) and has_text(ticket, text) then
      found[#found + 1] = told(ticket)
    end
  end
  return ok(found)
end

local function upload(state, parts)
  local part = parts[1]
  if #parts ~= 1 or not part.filename then
    return invalid({ { "body", "A single file with its name is expected." } })
  end
  local id = core.uuid()
  state.attachments[id] = part
  return ok(id)
end

local function download(state, query)
  local part = state.attachments[query.attachmentid:lower()]
  if not part then
    return missing("attachment", query.attachmentid)
  end
  local headers = { ["Content-Type"] = part.content_type or "application/octet-stream" }
  if query.filename then
    headers["Content-Disposition"] = ('attachment; filename="%s"'):format(
      query.filename:gsub('["%c]', "_"))
  end
  return { status = 200, headers = headers, body = part.body }
end

--- Adds the routes.
function M.open(router, store)
  store.rootcause = store.rootcause or { tickets = {}, by_id = {}, attachments = {} }
  local state = store.rootcause
  router:add("GET", "/api/RootCause/Ticket", function(request)
    local ticket = state.by_id[request.query.ticketid:lower()]
    return ticket and ok(told(ticket)) or missing("ticket", request.query.ticketid)
  end)
  router:add("GET", "/api/RootCause/Tickets", function(request)
    return list(state, request.query)
  end)
  router:add("POST", "/api/RootCause/Ticket", function(request)
    return create(state, request.json)
  end)
  router:add("PUT", "/api/RootCause/Ticket", function(request)
    return update(state, request.json)
  end)
  router:add("POST", "/api/RootCause/ArchiveTickets", function(request)
    return archive(state, request.json)
  end)
  router:add("POST", "/api/RootCause/Attachment", function(request)
    return upload(state, request.parts)
  end)
  router:add("GET", "/api/RootCause/Attachment", function(request)
    return download(state, request.query)
  end)
end

return M
