-- Where the API wants a uuid any text was sent: the server's 400 came late and named no line.

local operations = require("wats.operations")
local support = require("spec.support.client")
local wats = require("wats")

local blamed = support.blamed
local ID <const> = "3f2504e0-4f89-11d3-9a0c-0305e82c3301"

describe("a uuid", function()
  local client

  -- nobody is there: what is sent fails with an error of another kind
  setup(function()
    client = assert(wats.connect { base_url = "http://127.0.0.1:1", token = "x", retry = false })
  end)

  teardown(function() client:close() end)

  it("is taken in either case", function()
    for _, id in ipairs { ID, ID:upper() } do
      local path = operations.build_path(assert(operations.find("GET /api/Report/Wsjf/{id}")),
        { id = id })
      assert.equal("/api/Report/Wsjf/" .. id, path)
      assert.equal("connection", select(2, client.report:get_certificate(id)).kind)
    end
  end)

  it("is nothing else, and the caller's line is blamed", function()
    for _, wrong in ipairs { "x", " " .. ID, ID .. "0", "{" .. ID .. "}", (ID:gsub("-", "")),
      (ID:gsub("3f", "3g")), 5, false, {} } do
      assert.matches("^client:call: GET /api/RootCause/Ticket: "
        .. 'parameter "ticketId" must be uuid, got ', blamed(function()
        client:call("GET /api/RootCause/Ticket", { ticketId = wrong })
      end))
      local where = type(wrong) == "string" and '"id" must be uuid' or "id"
      assert.matches(where, blamed(function() client.report:get_certificate(wrong) end))
    end
    assert.matches('got "x"; it takes ticketId %(uuid%)',
      blamed(function() client.rootcause:get_ticket("x") end))
  end)
end)
