-- The RootCause tag: tickets that several people write. Who changes one sends the whole ticket
-- back, so what he read must be the newest.
local ROOTCAUSE = { "rootcause" }

return {
  tag = "RootCause",
  domain = "rootcause",

  { "GET", "/api/RootCause/Ticket", "RootCause_GetTicket", volatility = "live",
    family = "rootcause", query = "ticketId:uuid!" },
  { "GET", "/api/RootCause/Tickets", "RootCause_GetTickets", volatility = "live",
    family = "rootcause", query = "status:integer! view:integer! searchString" },
  -- An attachment never changes under its id.
  { "GET", "/api/RootCause/Attachment", "RootCause_GetAttachment", volatility = "standard",
    family = "rootcause", query = "attachmentId:uuid! fileName" },

  { "POST", "/api/RootCause/Ticket", "RootCause_PostTicket", body = "json", stale = ROOTCAUSE },
  -- Adds the ticket's `update` to its history: sent twice, the comment stands there twice.
  { "PUT", "/api/RootCause/Ticket", "RootCause_PutTicket", body = "json", idempotent = false,
    stale = ROOTCAUSE },
  { "POST", "/api/RootCause/ArchiveTickets", "RootCause_ArchiveTickets", body = "json",
    stale = ROOTCAUSE },
  { "POST", "/api/RootCause/Attachment", "RootCause_PostAttachment", body = "multipart",
    stale = ROOTCAUSE },
}
