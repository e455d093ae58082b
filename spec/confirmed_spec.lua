-- A write that a proxy's page answered was not done, whatever the status.

local confirmed = require("wats.confirmed")
local raw_servers = require("spec.support.raw_server")
local support = require("spec.support.client")

describe("a write", function()
  local put_state = confirmed.bind("PUT /api/Asset/State")

  -- What comes of one that is answered with this.
  local function write(body, kind)
    local server = raw_servers.start(raw_servers.always(
      ("HTTP/1.1 200 OK\r\nContent-Type: %s\r\nContent-Length: %d\r\n\r\n%s"):format(kind, #body,
        body)))
    local client = support.connect(server)
    local value, err = put_state({ client }, "x:y", { state = 1, serialNumber = "A" })
    server:stop()
    return value, err
  end

  it("is confirmed by any answer, and by none", function()
    assert.is_true((write("", "text/plain")))
    assert.is_true((write("null", "application/json")))
    assert.is_true((write("true", "application/json")))
    assert.same({ a = 1 }, (write('{"a":1}', "application/json")))
    assert.equal("OK", (write("OK", "text/plain")))
  end)

  it("is not by a page", function()
    local value, err = write(" <html>log in, " .. support.TOKEN .. "</html>", "text/html")
    assert.is_nil(value)
    assert.same({ "decode", "PUT", false }, { err.kind, err.method, err.retryable })
    assert.matches("/api/Asset/State$", err.url)
    assert.matches("perhaps one to log in", err.message)
    assert.matches("<html>log in, %*%*%*", err.body)
  end)

  it("raises at the caller's line for a wrong parameter", function()
    assert.matches('^x:y: .*"state" must be integer', support.blamed(function()
      put_state({}, "x:y", { state = "a" }) end))
  end)
end)
