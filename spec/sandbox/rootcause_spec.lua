-- Tickets in the sandbox, as they are on the wire.

local cjson = require("cjson")
local sandboxes = require("spec.support.sandbox")

local NOWHERE = "00000000-0000-0000-0000-000000000000"
local TICKET = "/api/RootCause/Ticket"

describe("sandbox tickets", function()
  local it, box = sandboxes.open(it, pending, setup, teardown, before_each)

  local function send(method, path, record)
    local response = box:request(method, path, { json = record })
    return response.status, response.body ~= "" and cjson.decode(response.body) or nil
  end

  local function make(record)
    local status, ticket = send("POST", TICKET, record)
    assert.equal(200, status)
    return ticket
  end

  local function form(...)
    local body = ""
    for _, text in ipairs { ... } do
      body = body .. "--q\r\nContent-Disposition: form-data; " .. text .. "\r\n"
    end
    return box:request("POST", "/api/RootCause/Attachment", {
      headers = { ["Content-Type"] = "multipart/form-data; boundary=q" },
      body = body .. "--q--\r\n",
    })
  end

  it("have all members of the API's record, and hide the assignee", function()
    local ticket = make { subject = "x", assignee = "kari", tags = { { key = "a", value = "b" } } }
    for _, name in ipairs { "ticketId", "ticketNumber", "progress", "owner", "assignee", "subject",
      "status", "priority", "reportUuid", "createdUtc", "updatedUtc", "team", "origin", "tags",
      "history", "update" } do
      assert.is_not_nil(ticket[name], name)
    end
    assert.same({ 1, 1, cjson.null, cjson.null },
      { ticket.status, ticket.priority, ticket.assignee, ticket.update })
    assert.equal(ticket.ticketId, box:get_json(TICKET .. "?ticketId=" .. ticket.ticketId:upper())
      .ticketId)
    assert.equal(404, box:get(TICKET .. "?ticketId=" .. NOWHERE).status)
  end)

  it("keep a history of their own", function()
    local ticket = make { subject = "x", update = { content = "one" } }
    ticket.update = { content = "two", updateType = 1 }
    ticket.history = { { content = "forged" } }
    ticket.ticketNumber = 77
    local _, changed = send("PUT", TICKET, ticket)
    assert.same({ 2, "one", "two", 1, 1 }, { #changed.history, changed.history[1].content,
      changed.history[2].content, changed.history[2].updateType, changed.ticketNumber })
    assert.is_string(changed.history[2].updateId)
  end)

  it("tell of faults by field", function()
    for _, record in ipairs { { subject = "" }, { subject = 5 }, { subject = "x", status = 3 },
      { subject = "x", priority = 3 }, { subject = "x", update = "y" },
      { subject = "x", update = { updateType = 4 } }, { subject = "x", reportUuid = "y" },
      { subject = "x", update = { attachments = { { attachmentId = NOWHERE } } } } } do
      local status, answer = send("POST", TICKET, record)
      assert.equal(400, status)
      assert.is_table(answer.ModelState)
    end
    assert.equal(404, (send("PUT", TICKET, { subject = "x" })))
    assert.equal(404, (send("PUT", TICKET, { subject = "x", ticketId = NOWHERE })))
  end)

  it("are listed by status and view", function()
    make { subject = "a", assignee = "sandbox" }
    make { subject = "b", status = 8 }
    local function list(query) return box:get("/api/RootCause/Tickets?" .. query) end
    assert.equal(1, #cjson.decode(list("status=1&view=0").body))
    assert.equal(2, #cjson.decode(list("status=63&view=2").body))
    assert.equal("[]", list("status=8&view=0").body)
    assert.equal(1, #cjson.decode(list("status=63&view=1&searchString=B").body))
    for _, wrong in ipairs { "status=0&view=0", "status=64&view=0", "status=1&view=3",
      "status=1", "view=1", "status=1&view=0&search=x" } do
      assert.equal(400, list(wrong).status, wrong)
    end
  end)

  it("are archived once they are solved, all or none", function()
    local a, b = make { subject = "a", status = 8 }, make { subject = "b" }
    local path = "/api/RootCause/ArchiveTickets"
    assert.equal(400, (send("POST", path, { a.ticketId, b.ticketId })))
    assert.equal(404, (send("POST", path, { a.ticketId, NOWHERE })))
    assert.equal(8, box:get_json(TICKET .. "?ticketId=" .. a.ticketId).status)
    assert.equal(200, (send("POST", path, { a.ticketId })))
    assert.equal(32, box:get_json(TICKET .. "?ticketId=" .. a.ticketId).status)
    a.status = 1
    assert.equal(409, (send("PUT", TICKET, a)))
    b.status = 32
    assert.equal(400, (send("PUT", TICKET, b)))
    assert.equal(400, box:request("POST", path, { body = "[]" }).status)
  end)

  it("have attachments", function()
    local res = form('name="f"; filename="a b.png"\r\nContent-Type: image/png\r\n\r\n\0\1')
    local id = cjson.decode(res.body)
    local path = "/api/RootCause/Attachment?attachmentId=" .. id
    res = box:get(path)
    assert.same({ "\0\1", "image/png" }, { res.body, res.headers["content-type"] })
    res = box:get(path .. "&fileName=x%22y.png")
    assert.equal('attachment; filename="x_y.png"', res.headers["content-disposition"])
    assert.equal(404, box:get("/api/RootCause/Attachment?attachmentId=" .. NOWHERE).status)
    assert.equal(400, form('name="f"\r\n\r\nx').status)
    assert.equal(400, form('name="f"; filename="a"\r\n\r\nx', 'name="g"; filename="b"\r\n\r\ny')
      .status)
  end)
end)
