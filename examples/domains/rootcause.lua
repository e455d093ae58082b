-- A fault that came up three times this morning becomes a ticket, with the picture that shows it.
local wats = require("wats")

-- A WATS server on this machine. Yours: base_url = "https://company.wats.com", and its token.
local url = os.getenv("WATS_BASE_URL")
local server <close> = not url and assert(require("wats.sandbox").spawn()) or nil
local client <close> = assert(wats.connect { base_url = url or server.url,
  token = server and server.token })
local rootcause = client.rootcause

local me = os.getenv("WATS_USER") or "sandbox" -- the user whose token it is

local ticket = assert(rootcause:create_ticket {
  subject = "3V3 too high on PCBA-100", priority = "high", assignee = me, team = "Oslo line 1",
  tags = { { key = "partNumber", value = "PCBA-100" } },
  update = { content = "Three units since 06:00, all at ICT-01." },
})
print(("ticket %d: %s"):format(ticket.ticketNumber, ticket.subject))

-- Bytes here; a file on disk is sent with upload_attachment { file = "scope.png" }.
local picture = assert(rootcause:upload_attachment("\137PNG and so on", "scope.png"))
-- The server does not tell whom a ticket is assigned to, so each change names him again.
assert(rootcause:add_comment(ticket.ticketId, { content = "Ripple on the supply, see the picture.",
  attachments = { { attachmentId = picture, filename = "scope.png" } } }, me))
assert(rootcause:change_status(ticket.ticketId, "in_progress", me))
print("mine to work on: " .. #assert(rootcause:get_active_tickets("assigned")))

-- Somebody else changes the ticket while it is being edited here.
local mine = assert(rootcause:get_ticket(ticket.ticketId))
assert(rootcause:add_comment(ticket.ticketId, "C12 is of the wrong batch.", me))
mine.assignee, mine.progress = me, "waiting for parts"
local done, err = rootcause:update_ticket(mine, { unless_changed = true })
print("my edit: " .. (done and "done" or err.kind))

assert(rootcause:change_status(ticket.ticketId, "solved", me))
for _, update in ipairs(assert(rootcause:get_ticket(ticket.ticketId)).history) do
  for _, attachment in ipairs(update.attachments or {}) do
    local bytes = assert(rootcause:get_attachment(attachment.attachmentId))
    print(("  %s, %d bytes"):format(attachment.filename, #bytes))
  end
  print("  " .. update.content)
end

assert(rootcause:archive_tickets(ticket.ticketId))
print("left to work on: " .. #assert(rootcause:get_active_tickets("assigned")))
