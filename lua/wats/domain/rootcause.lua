-- wats.domain.rootcause: client.rootcause, tickets on what went wrong, and their attachments.
--
-- A ticket is changed by sending the whole of it back, with what is new in its history as `update`.
-- The server has no notion of which state of the ticket that was made from: when two people change
-- one at the same time the later one wins, and what the earlier one did to its fields is undone.
-- Comments are never lost: the history is the server's own. So the methods here read the ticket at
-- the last moment, never from the cache, and update_ticket can be told to look first.
--
-- The server does not tell who a ticket is assigned to, yet takes a ticket without an assignee for
-- one that has none. Whoever changes a ticket has to name the assignee again.

local call = require("wats.call")
local check = require("wats.async.check")
local choice = require("wats.choice")
local client_module = require("wats.client")
local core = require("wats.core")
local errors = require("wats.errors")
local json = require("wats.json")
local uuid = require("wats.uuid")

local segment, record, with = client_module.segment, client_module.record, client_module.with

---@class wats.UpdateTicketOptions : wats.RequestOptions
---@field unless_changed? boolean  true: a ticket that was changed since it was read is a "conflict"

---@class wats.Client
---@field rootcause wats.Rootcause

---@class wats.Rootcause
local Rootcause = {}
Rootcause.__index = Rootcause
Rootcause.__name = "wats.rootcause"

-- What a ticket can be; each a bit, so that several can be asked for at once.
---@type table<string, integer>
Rootcause.STATUSES = {
  open = 1, in_progress = 2, on_hold = 4, solved = 8, closed = 16, archived = 32,
}

---@type table<string, integer>
Rootcause.PRIORITIES = { low = 0, medium = 1, high = 2 }

-- Whose tickets: "all" takes the permission to manage them all.
---@type table<string, integer>
Rootcause.VIEWS = { assigned = 0, following = 1, all = 2 }

-- What a piece of the history is about.
---@type table<string, integer>
Rootcause.UPDATE_TYPES = { content = 0, progress = 1, properties = 2, notification = 3 }

local DEFAULT_STATUS, DEFAULT_VIEW = "open", "assigned"

local get_ticket = call.bind("GET /api/RootCause/Ticket", "record")
local get_tickets = call.bind("GET /api/RootCause/Tickets", "records")
local post_ticket = call.bind("POST /api/RootCause/Ticket", "record")
local put_ticket = call.bind("PUT /api/RootCause/Ticket", "record")
local post_archive = call.bind("POST /api/RootCause/ArchiveTickets")
local get_attachment = call.bind("GET /api/RootCause/Attachment", "bytes")
local post_attachment = call.bind("POST /api/RootCause/Attachment")

-- ---- reading -----------------------------------------------------------------------------------

-- GET /api/RootCause/Ticket
---@param ticket_id string
---@param opts? wats.RequestOptions
---@return wats.record.Ticket? ticket
---@return wats.Error? err  of kind "not_found" when there is none
function Rootcause:get_ticket(ticket_id, opts)
  local where = "rootcause:get_ticket"
  segment(where, "ticket_id", ticket_id)
  return get_ticket(self, where, { ticketId = ticket_id }, opts)
end

local function list(self, where, status, view, search, opts)
  if view == nil then view = DEFAULT_VIEW end
  return get_tickets(self, where, {
    status = choice.flags(where, "status", Rootcause.STATUSES, status),
    view = choice.value(where, "view", Rootcause.VIEWS, view),
    searchString = search,
  }, opts)
end

-- The tickets that have one of these statuses.  GET /api/RootCause/Tickets
---@param status? string|integer|(string|integer)[]  of STATUSES: one, several, or their sum;
---                                                  default: open
---@param view? string|integer    of VIEWS; default: assigned
---@param search? string          in subject, tags and their values
---@param opts? wats.RequestOptions
---@return wats.record.Ticket[]? tickets
---@return wats.Error? err
function Rootcause:get_tickets(status, view, search, opts)
  if status == nil then status = DEFAULT_STATUS end
  return list(self, "rootcause:get_tickets", status, view, search, opts)
end

-- Those that nobody works on yet.  GET /api/RootCause/Tickets
---@param view? string|integer  of VIEWS; default: assigned
---@param opts? wats.RequestOptions
---@return wats.record.Ticket[]? tickets
---@return wats.Error? err
function Rootcause:get_open_tickets(view, opts)
  return list(self, "rootcause:get_open_tickets", "open", view, nil, opts)
end

-- Those that are open or in progress.  GET /api/RootCause/Tickets
---@param view? string|integer  of VIEWS; default: assigned
---@param opts? wats.RequestOptions
---@return wats.record.Ticket[]? tickets
---@return wats.Error? err
function Rootcause:get_active_tickets(view, opts)
  return list(self, "rootcause:get_active_tickets", { "open", "in_progress" }, view, nil, opts)
end

-- ---- writing -----------------------------------------------------------------------------------

-- The ticket as the server wants it: names of statuses and priorities become its numbers. An
-- update that has an id came from the server: sent back it would stand in the history once more.
local function outgoing(where, ticket)
  local numbers = {}
  if type(ticket.status) == "string" then
    numbers.status = choice.value(where, "status", Rootcause.STATUSES, ticket.status)
  end
  if type(ticket.priority) == "string" then
    numbers.priority = choice.value(where, "priority", Rootcause.PRIORITIES, ticket.priority)
  end
  local old = type(ticket.update) == "table" and type(ticket.update.updateId) == "string"
  if not old and not next(numbers) then return ticket end
  local copy = with(ticket, numbers)
  if old then copy.update = nil end
  return copy
end

-- Who sends back what he got must send the assignee, so it stands in what he got.
local function with_assignee(answer, sent, err)
  if type(answer) == "table" and (answer.assignee == nil or answer.assignee == json.null) then
    answer.assignee = sent
  end
  return answer, err
end

-- A new ticket. What it is about stands in its `update`: { content = "..." }.
-- POST /api/RootCause/Ticket
---@param ticket wats.record.Ticket  with a subject, without ticketId, which the server gives;
---                                  status and priority may be names of STATUSES and PRIORITIES
---@param opts? wats.RequestOptions
---@return wats.record.Ticket|true? ticket  as the server has it
---@return wats.Error? err
function Rootcause:create_ticket(ticket, opts)
  local where = "rootcause:create_ticket"
  segment(where, "subject", record(where, "ticket", ticket).subject)
  if ticket.ticketId ~= nil then
    errors.raise("%s: the ticket has a ticketId: update_ticket changes one that exists", where)
  end
  local answer, err = post_ticket(self, where, nil, with(opts, { json = outgoing(where, ticket) }))
  return with_assignee(answer, ticket.assignee, err)
end

-- The newest state of a ticket, whatever the caller allows for other calls.
local function newest(self, where, ticket_id, opts)
  local own = with(opts, {})
  return get_ticket(self, where, { ticketId = ticket_id },
    { cache = "bypass", timeout = own.timeout, headers = own.headers, retry = own.retry })
end

local function changed(self, ticket, now)
  return errors.new {
    kind = "conflict", method = "PUT",
    url = core.client_methods.base_url(self) .. "/api/RootCause/Ticket",
    message = ("the ticket was changed at %s, after it was read (%s)"):format(
      tostring(now.updatedUtc), tostring(ticket.updatedUtc)),
  }
end

-- Sends a ticket back, had from get_ticket and changed. All of its fields are written over those of
-- the server: see above for what becomes of another's change, and of the assignee.
-- PUT /api/RootCause/Ticket
---@param ticket wats.record.Ticket  with its ticketId; names as in create_ticket
---@param opts? wats.UpdateTicketOptions
---@return wats.record.Ticket|true? ticket
---@return wats.Error? err
function Rootcause:update_ticket(ticket, opts)
  local where = "rootcause:update_ticket"
  segment(where, "ticketId", record(where, "ticket", ticket).ticketId)
  local ours = with(opts, { json = outgoing(where, ticket) })
  local look = ours.unless_changed
  ours.unless_changed = nil
  if look then
    local now, err = newest(self, where, ticket.ticketId, ours)
    if not now then return nil, err end
    if now.updatedUtc ~= ticket.updatedUtc then return nil, changed(self, ticket, now) end
  end
  local answer, err = put_ticket(self, where, nil, ours)
  return with_assignee(answer, ticket.assignee, err)
end

-- Reads a ticket, changes it and sends it back; `apply` puts something new into `update`.
local function change(self, where, ticket_id, assignee, opts, apply)
  segment(where, "ticket_id", ticket_id)
  if assignee ~= nil then segment(where, "assignee", assignee) end
  local ticket, err = newest(self, where, ticket_id, opts)
  if not ticket then return nil, err end
  if assignee then ticket.assignee = assignee end
  apply(ticket)
  local answer
  answer, err = put_ticket(self, where, nil, with(opts, { json = ticket }))
  return with_assignee(answer, ticket.assignee, err)
end

local function comment_of(where, comment)
  if type(comment) == "table" then
    segment(where, "comment.content", comment.content)
    return with(comment, { updateType = comment.updateType or Rootcause.UPDATE_TYPES.content })
  end
  segment(where, "comment", comment)
  return { content = comment, updateType = Rootcause.UPDATE_TYPES.content }
end

-- Adds a comment to a ticket's history. It is not sent again on its own: it would stand there
-- twice.  GET and PUT /api/RootCause/Ticket
---@param ticket_id string
---@param comment string|wats.record.TicketUpdate  the text; or { content =, attachments = }
---@param assignee? string  who the ticket is assigned to, if to anybody: see above
---@param opts? wats.RequestOptions
---@return wats.record.Ticket|true? ticket
---@return wats.Error? err
function Rootcause:add_comment(ticket_id, comment, assignee, opts)
  local where = "rootcause:add_comment"
  local update = comment_of(where, comment)
  return change(self, where, ticket_id, assignee, opts, function(ticket)
    ticket.update = update
  end)
end

-- GET and PUT /api/RootCause/Ticket
---@param ticket_id string
---@param status string|integer  of STATUSES
---@param assignee? string  who the ticket is assigned to, if to anybody: see above
---@param opts? wats.RequestOptions
---@return wats.record.Ticket|true? ticket
---@return wats.Error? err  "invalid" for a step that the server refuses
function Rootcause:change_status(ticket_id, status, assignee, opts)
  local where = "rootcause:change_status"
  status = choice.value(where, "status", Rootcause.STATUSES, status)
  return change(self, where, ticket_id, assignee, opts, function(ticket)
    ticket.status = status
    ticket.update = { updateType = Rootcause.UPDATE_TYPES.properties,
      content = "status: " .. choice.name(Rootcause.STATUSES, status) }
  end)
end

-- GET and PUT /api/RootCause/Ticket
---@param ticket_id string
---@param assignee string  a user's name
---@param opts? wats.RequestOptions
---@return wats.record.Ticket|true? ticket
---@return wats.Error? err
function Rootcause:assign_ticket(ticket_id, assignee, opts)
  local where = "rootcause:assign_ticket"
  segment(where, "assignee", assignee)
  return change(self, where, ticket_id, assignee, opts, function(ticket)
    ticket.update = { updateType = Rootcause.UPDATE_TYPES.properties,
      content = "assignee: " .. assignee }
  end)
end

-- Archives tickets that are solved; the owner of each may, and who manages all tickets.
-- POST /api/RootCause/ArchiveTickets
---@param ticket_ids string|string[]
---@param opts? wats.RequestOptions
---@return any answer  true where it is empty
---@return wats.Error? err  "invalid" where one is not solved
function Rootcause:archive_tickets(ticket_ids, opts)
  local where = "rootcause:archive_tickets"
  local given, ids = type(ticket_ids) == "table" and ticket_ids or { ticket_ids }, json.array {}
  check.list(where, given, "ticket_ids")
  for i, id in ipairs(given) do
    segment(where, ("ticket_ids[%d]"):format(i), id)
    if not uuid.is(id) then
      errors.raise("%s: ticket_ids[%d]: uuid expected, got %q", where, i, tostring(id):sub(1, 80))
    end
    ids[i] = id
  end
  if #ids == 0 then errors.raise("%s: ticket_ids: an id or a list of ids expected", where) end
  return post_archive(self, where, nil, with(opts, { json = ids }))
end

-- ---- attachments -------------------------------------------------------------------------------

---@class wats.AttachmentToUpload
---@field file string        a file's name; it is not read whole
---@field content_type? string

-- Sends a file for a ticket, and returns the id by which an update names it:
--   client.rootcause:add_comment(id, { content = "see picture",
--     attachments = { { attachmentId = attachment_id, filename = "x.jpg" } } })
-- POST /api/RootCause/Attachment
---@param content string|wats.AttachmentToUpload  the bytes; or { file = "x.jpg" }
---@param filename? string  left out only where `content` names a file
---@param opts? wats.RequestOptions
---@return string? attachment_id
---@return wats.Error? err
function Rootcause:upload_attachment(content, filename, opts)
  local where = "rootcause:upload_attachment"
  local part = type(content) == "table" and with(content, {}) or { body = content }
  if type(part.file or part.body) ~= "string" then
    errors.raise("%s: content: the bytes or { file = name } expected, got %s", where,
      type(content) == "table" and "a table without either" or type(content))
  end
  if part.file == nil or filename ~= nil then segment(where, "filename", filename) end
  part.name, part.filename = "file", filename
  local answer, err = post_attachment(self, where, nil, with(opts, { multipart = { part } }))
  if answer == nil or type(answer) == "string" and answer ~= "" then return answer, err end
  return nil, errors.new {
    kind = "decode", method = "POST",
    url = core.client_methods.base_url(self) .. "/api/RootCause/Attachment",
    message = "the answer holds no id of an attachment",
  }
end

-- The bytes of an attachment; or true, where they went to opts.sink (a file's name, or a function).
-- GET /api/RootCause/Attachment
---@param attachment_id string
---@param filename? string  what the server is to call it
---@param opts? wats.RequestOptions
---@return string|true? bytes
---@return wats.Error? err  of kind "not_found" when there is none
function Rootcause:get_attachment(attachment_id, filename, opts)
  local where = "rootcause:get_attachment"
  segment(where, "attachment_id", attachment_id)
  return get_attachment(self, where, { attachmentId = attachment_id, fileName = filename }, opts)
end

local module = {}

---@param client wats.Client
---@return wats.Rootcause
function module.new(client)
  return setmetatable({ client }, Rootcause)
end

return module
