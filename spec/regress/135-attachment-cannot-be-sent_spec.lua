-- Uploading an attachment of a ticket raised an error always: the files never reached the request.
local boxed = require("spec.support.boxed")

describe("an attachment of a ticket", function()
  local it, box = boxed(it, pending, setup, teardown, before_each)
  local last = box.last
  local client
  before_each(function() client = box.client end)

  it("is sent as a form, comes back as it was, and is named by a comment", function()
    local bytes = ("\0\255\r\n"):rep(1000)
    local id = assert(client.rootcause:upload_attachment(bytes, "scope.png"))
    assert.matches("^multipart/form%-data; boundary=", last().headers["content-type"])
    assert.equal(bytes, assert(client.rootcause:get_attachment(id)))
    local ticket = assert(client.rootcause:create_ticket { subject = "x" })
    ticket = assert(client.rootcause:add_comment(ticket.ticketId, { content = "see",
      attachments = { { attachmentId = id, filename = "scope.png" } } }))
    assert.equal(id, ticket.history[1].attachments[1].attachmentId)
  end)
end)
