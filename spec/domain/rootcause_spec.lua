-- client.rootcause: tickets. Their attachments: spec/domain/rootcause/.

local boxed = require("spec.support.boxed")
local core = require("wats.core")
local json = require("wats.json")
local support = require("spec.support.client")

local blamed = support.blamed

local NOWHERE = "00000000-0000-0000-0000-000000000000"
local ME = "sandbox" -- whose token it is, in the sandbox
local TICKET = "/api/RootCause/Ticket"

describe("client.rootcause", function()
  local it, box = boxed(it, pending, setup, teardown, before_each)
  local client, rootcause

  before_each(function()
    client = box.client
    rootcause = client.rootcause
  end)

  local function fails(kind, value, err)
    assert.is_nil(value)
    assert.equal(kind, err.kind)
    return err
  end

  local function make(subject, more)
    local ticket = more or {}
    ticket.subject = subject or "Fuse blown"
    return assert(rootcause:create_ticket(ticket))
  end

  local function subjects(list)
    local texts = {}
    for i, ticket in ipairs(assert(list)) do texts[i] = ticket.subject end
    return table.concat(texts, ", ")
  end

  local function sent(method)
    local count = 0
    for _, entry in ipairs(assert(box.sandbox:journal())) do
      if entry.method == method then count = count + 1 end
    end
    return count
  end

  describe("create_ticket", function()
    it("makes one, and returns it as the server has it", function()
      local given = { subject = "O'Brien's / fixture #1 ø", priority = "high", assignee = "kari",
        tags = { { key = "line", value = "2" } }, update = { content = "burnt" } }
      local ticket = assert(rootcause:create_ticket(given))
      assert.same({ "O'Brien's / fixture #1 ø", 2, 1, 1, "kari" }, { ticket.subject,
        ticket.priority, ticket.status, ticket.ticketNumber, ticket.assignee })
      assert.equal("burnt", ticket.history[1].content)
      assert.equal("high", given.priority)
      assert.equal(ticket.ticketId, assert(rootcause:get_ticket(ticket.ticketId)).ticketId)
    end)

    it("returns the server's words for what it refuses", function()
      fails("invalid", rootcause:create_ticket { subject = ("x"):rep(300) })
      assert.matches("attachment", fails("invalid", rootcause:create_ticket { subject = "x",
        update = { content = "y", attachments = { { attachmentId = NOWHERE } } } }).message)
    end)

    it("is not sent twice when no answer came", function()
      assert(box.sandbox:fault { method = "POST", drop = "after", times = 0 })
      assert.is_false(fails("connection", rootcause:create_ticket { subject = "x" }).retryable)
      assert.equal(1, sent("POST"))
    end)

    it("raises at the caller's line", function()
      assert.equal("rootcause:create_ticket: ticket: a table expected, got string",
        blamed(function() rootcause:create_ticket("x") end))
      assert.matches("^rootcause:create_ticket: subject: ",
        blamed(function() rootcause:create_ticket {} end))
      assert.matches("update_ticket",
        blamed(function() rootcause:create_ticket { subject = "x", ticketId = "y" } end))
      assert.equal('rootcause:create_ticket: priority: one of low, medium, high expected, '
        .. 'got "hihg" (did you mean "high"?)',
        blamed(function() rootcause:create_ticket { subject = "x", priority = "hihg" } end))
    end)
  end)

  describe("reading", function()
    it("is live, and has not_found for what is not there", function()
      local id = make().ticketId
      assert.equal(1, rootcause:get_ticket(id).status)
      assert(support.connect(box).rootcause:change_status(id, "on_hold"))
      assert.equal(4, rootcause:get_ticket(id).status)
      fails("not_found", rootcause:get_ticket(NOWHERE))
    end)

    it("lists by status and view", function()
      make("a", { assignee = ME })
      make("b", { assignee = ME, status = "in_progress" })
      make("c", { assignee = "kari" })
      make("d", { assignee = ME, status = "solved" })
      assert.equal("a", subjects(rootcause:get_tickets()))
      assert.equal("a, c", subjects(rootcause:get_tickets("open", "all")))
      assert.equal("a, c, d", subjects(rootcause:get_tickets({ "open", "solved" }, "all")))
      assert.equal("a, c, d", subjects(rootcause:get_tickets(9, 2)))
      assert.equal("b, d", subjects(rootcause:get_tickets { "in_progress", 8 }))
      assert.equal("a", subjects(rootcause:get_open_tickets()))
      assert.equal("a, c", subjects(rootcause:get_open_tickets("all")))
      assert.equal("a, b", subjects(rootcause:get_active_tickets()))
      assert.equal("a, b, c", subjects(rootcause:get_active_tickets("following")))
      assert.equal("[]", json.encode(assert(rootcause:get_tickets("archived"))))
    end)

    it("searches", function()
      for _, text in ipairs { "A/B #1?x", "O'Brien", "ø Å", "100%", "a+b&c=d" } do
        make("about " .. text)
        make("by tag", { tags = { { key = "who", value = text } } })
        assert.equal("about " .. text .. ", by tag",
          subjects(rootcause:get_tickets("open", "all", text)))
      end
      assert.equal("", subjects(rootcause:get_tickets("open", "all", "nothing")))
    end)

    it("raises at the caller's line", function()
      assert.matches("^rootcause:get_ticket: ticket_id: ",
        blamed(function() rootcause:get_ticket() end))
      assert.matches('status: one of open, in_progress, on_hold, solved, closed, archived '
        .. 'expected, got "opne" %(did you mean "open"%?%)$',
        blamed(function() rootcause:get_tickets("opne") end))
      assert.matches("^rootcause:get_tickets: status: ",
        blamed(function() rootcause:get_tickets(64) end))
      assert.matches("^rootcause:get_open_tickets: view: one of assigned, following, all ",
        blamed(function() rootcause:get_open_tickets("mine") end))
      assert.matches("^rootcause:get_active_tickets: view: ",
        blamed(function() rootcause:get_active_tickets(3) end))
      assert.matches('parameter "searchString" must be string',
        blamed(function() rootcause:get_tickets("open", "all", {}) end))
    end)
  end)

  describe("update_ticket", function()
    it("sends back all that came, known or not", function()
      local body = ('{"ticketId":"%s","subject":"x","future":{"a":[1,[],{}]},"tags":[],"n":1.50}')
        :format(NOWHERE)
      assert(box.sandbox:fault { method = "GET", status = 200, body = body,
        headers = { ["Content-Type"] = "application/json" } })
      local ticket = assert(rootcause:get_ticket(NOWHERE))
      ticket.progress = "found"
      assert(box.sandbox:fault { method = "PUT", status = 200, body = "" })
      assert.is_true(rootcause:update_ticket(ticket))
      local journal = assert(box.sandbox:journal())
      assert.equal(core.sha256(json.encode(ticket)), journal[#journal].body_sha256)
    end)

    it("changes fields, and takes names for numbers", function()
      local ticket = make("x", { assignee = "kari" })
      ticket.status, ticket.priority, ticket.update = "solved", "low", { content = "new fuse" }
      local changed = assert(rootcause:update_ticket(ticket))
      assert.same({ 8, 0, "kari" }, { changed.status, changed.priority, changed.assignee })
      assert.equal("solved", ticket.status)
      assert.equal("new fuse", rootcause:get_ticket(ticket.ticketId).history[1].content)
      fails("not_found", rootcause:update_ticket { subject = "x", ticketId = NOWHERE })
      ticket.status = "archived"
      fails("invalid", rootcause:update_ticket(ticket))
    end)

    it("adds no piece of the history that the server gave", function()
      local ticket = make("x", { update = { content = "once" } })
      ticket.update = ticket.history[1]
      ticket.team = "T"
      assert.equal(1, #assert(rootcause:update_ticket(ticket)).history)
      assert.equal("once", ticket.update.content)
      ticket.update = { content = "new" }
      assert.equal(2, #assert(rootcause:update_ticket(ticket)).history)
    end)

    it("overwrites another's change, unless told to look", function()
      local mine = make("x")
      mine = assert(rootcause:get_ticket(mine.ticketId))
      local other = assert(rootcause:get_ticket(mine.ticketId))
      other.progress = "other"
      assert(rootcause:update_ticket(other))
      mine.team = "mine"
      local options = { unless_changed = true }
      local err = fails("conflict", rootcause:update_ticket(mine, options))
      assert.matches("was changed at ", err.message)
      assert.equal("other", rootcause:get_ticket(mine.ticketId).progress)
      assert.same({ unless_changed = true }, options)
      assert(rootcause:update_ticket(mine))
      assert.is_nil(rootcause:get_ticket(mine.ticketId).progress)
      local fresh = assert(rootcause:get_ticket(mine.ticketId))
      fresh.team = "again"
      assert.equal("again", assert(rootcause:update_ticket(fresh, options)).team)
    end)

    it("raises at the caller's line", function()
      assert.matches("^rootcause:update_ticket: ticketId: ",
        blamed(function() rootcause:update_ticket { subject = "x" } end))
      assert.matches("a table expected", blamed(function() rootcause:update_ticket("x") end))
      assert.matches("status: one of ", blamed(function()
        rootcause:update_ticket { ticketId = "x", status = "open " } end))
    end)
  end)

  describe("add_comment", function()
    it("adds to the history, and keeps the rest", function()
      local id = make("x", { assignee = ME, team = "T", update = { content = "first" } }).ticketId
      local ticket = assert(rootcause:add_comment(id, "O'Brien: ø \"1\"", ME))
      assert.same({ "first", "O'Brien: ø \"1\"", "T", ME }, { ticket.history[1].content,
        ticket.history[2].content, ticket.team, ticket.assignee })
      assert.equal("x", subjects(rootcause:get_open_tickets()))
    end)

    it("takes attachments", function()
      local id = make().ticketId
      local attachment = assert(rootcause:upload_attachment("bytes", "a.txt"))
      local comment = { content = "see", attachments = { { attachmentId = attachment,
        filename = "a.txt" } } }
      local ticket = assert(rootcause:add_comment(id, comment))
      assert.same({ { attachmentId = attachment, filename = "a.txt" } },
        ticket.history[1].attachments)
      assert.is_nil(comment.updateType)
    end)

    it("does not add the last one again", function()
      local id = make().ticketId
      local ticket = assert(rootcause:get_ticket(id))
      ticket.update = { content = "old", updateType = 0 }
      for _, change in ipairs {
        function() return rootcause:change_status(id, "solved") end,
        function() return rootcause:assign_ticket(id, "kari") end,
        function() return rootcause:add_comment(id, "new") end,
      } do
        assert(box.sandbox:fault { method = "GET", status = 200, body = json.encode(ticket),
          headers = { ["Content-Type"] = "application/json" } })
        assert(change())
      end
      for _, update in ipairs(rootcause:get_ticket(id).history) do
        assert.not_equal("old", update.content)
      end
      assert.equal(3, #rootcause:get_ticket(id).history)
    end)

    it("is not sent twice when no answer came", function()
      client = support.connect(box, { retry = { max_attempts = 3, base_delay = 0.01 } })
      local id = make().ticketId
      assert(box.sandbox:fault { method = "PUT", drop = "after" })
      fails("connection", client.rootcause:add_comment(id, "once"))
      assert.equal(1, sent("PUT"))
      assert.equal(1, #rootcause:get_ticket(id).history)
    end)

    it("reads the ticket at the last moment, whatever the options say", function()
      local id = make().ticketId
      local options = { cache = { ttl = 60 } }
      assert(rootcause:get_ticket(id, options))
      assert(support.connect(box).rootcause:change_status(id, "solved"))
      assert.equal(1, rootcause:get_ticket(id, options).status)
      assert.equal(8, assert(rootcause:add_comment(id, "x", nil, options)).status)
      assert.equal(8, rootcause:get_ticket(id, options).status)
      assert.same({ cache = { ttl = 60 } }, options)
    end)

    it("has not_found, and raises at the caller's line", function()
      fails("not_found", rootcause:add_comment(NOWHERE, "x"))
      assert.equal(0, sent("PUT"))
      assert.matches("^rootcause:add_comment: comment: ",
        blamed(function() rootcause:add_comment("x") end))
      assert.matches("^rootcause:add_comment: comment.content: ",
        blamed(function() rootcause:add_comment("x", {}) end))
      assert.matches("^rootcause:add_comment: ticket_id: ",
        blamed(function() rootcause:add_comment(nil, "x") end))
      assert.matches("^rootcause:add_comment: assignee: ",
        blamed(function() rootcause:add_comment("x", "y", "") end))
    end)
  end)

  describe("change_status and assign_ticket", function()
    it("change one thing, and write it into the history", function()
      local id = make("x", { assignee = ME, progress = "p" }).ticketId
      local ticket = assert(rootcause:change_status(id, "in_progress", ME))
      assert.same({ 2, "p", ME, "status: in_progress", 2 }, { ticket.status, ticket.progress,
        ticket.assignee, ticket.history[1].content, ticket.history[1].updateType })
      ticket = assert(rootcause:assign_ticket(id, "O'Brien / ø"))
      assert.same({ 2, "O'Brien / ø", "assignee: O'Brien / ø" },
        { ticket.status, ticket.assignee, ticket.history[2].content })
      assert.equal("", subjects(rootcause:get_active_tickets()))
    end)

    it("tell what the server refuses", function()
      local id = make().ticketId
      fails("invalid", rootcause:change_status(id, "archived"))
      fails("not_found", rootcause:change_status(NOWHERE, "solved"))
      fails("not_found", rootcause:assign_ticket(NOWHERE, "kari"))
      assert.matches("^rootcause:change_status: status: one of ",
        blamed(function() rootcause:change_status(id) end))
      assert.matches("^rootcause:change_status: ticket_id: ",
        blamed(function() rootcause:change_status("", "open") end))
      assert.matches("^rootcause:assign_ticket: assignee: ",
        blamed(function() rootcause:assign_ticket(id) end))
      assert.matches("options of the request: table expected",
        blamed(function() rootcause:assign_ticket(id, "kari", 5) end))
    end)
  end)

  describe("archive_tickets", function()
    it("archives those that are solved, all or none", function()
      local a, b = make("a", { status = "solved" }), make("b")
      fails("invalid", rootcause:archive_tickets { a.ticketId, b.ticketId })
      assert.equal(8, rootcause:get_ticket(a.ticketId).status)
      assert(rootcause:change_status(b.ticketId, "solved"))
      assert(rootcause:archive_tickets { a.ticketId, b.ticketId })
      assert.equal("a, b", subjects(rootcause:get_tickets("archived", "all")))
      fails("invalid", rootcause:archive_tickets(a.ticketId))
      fails("conflict", rootcause:add_comment(a.ticketId, "late"))
      fails("not_found", rootcause:archive_tickets(NOWHERE))
    end)

    it("raises at the caller's line", function()
      assert.matches("ticket_ids: an id or a list", blamed(function()
        rootcause:archive_tickets {} end))
      assert.matches("ticket_ids: an id or a list", blamed(function()
        rootcause:archive_tickets() end))
      assert.matches("ticket_ids is a list with holes: 2 of 3", blamed(function()
        rootcause:archive_tickets { "x", nil, "y" } end))
      assert.matches("ticket_ids%[2%]: ", blamed(function()
        rootcause:archive_tickets { NOWHERE, "" } end))
      assert.matches("ticket_ids%[1%]: uuid expected, got \"x\"", blamed(function()
        rootcause:archive_tickets { "x" } end))
    end)
  end)

  it("takes no page of a proxy for tickets", function()
    for _, call in ipairs {
      function() return rootcause:get_tickets() end,
      function() return rootcause:get_ticket("3f2504e0-4f89-11d3-9a0c-0305e82c3301") end,
      function() return rootcause:add_comment("3f2504e0-4f89-11d3-9a0c-0305e82c3301", "y") end,
    } do
      assert(box.sandbox:fault { path = TICKET .. "*", status = 200, body = "<html>log in</html>",
        headers = { ["Content-Type"] = "text/html" } })
      fails("decode", call())
    end
    assert.equal(0, sent("PUT"))
  end)
end)
