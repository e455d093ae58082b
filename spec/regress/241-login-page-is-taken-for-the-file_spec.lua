-- A portal that wants a login answers everything with 200 and a page: that page was handed on as
-- the certificate, the export, the attachment, and written under the file's name.

local core = require("wats.core")
local raw_servers = require("spec.support.raw_server")
local support = require("spec.support.client")

local ID <const> = "3f2504e0-4f89-11d3-9a0c-0305e82c3301"

describe("a login page in place of a file", function()
  local server, client, directory

  setup(function()
    server = raw_servers.start([[
      local PAGE = "\r\n <!DOCTYPE html><title>Log in</title>"
      while true do
        local request = read()
        if not request then return end
        local how = request.headers["x-how"]
        local head, body = "Content-Type: text/html; charset=utf-8\r\n", PAGE
        if how == "marked" then
          head = head .. 'Content-Disposition: Attachment; filename="log.html"\r\n'
        elseif how == "text" then
          body = " a;b"
        elseif how == "blank" then
          body = "  "
        end
        if how == "slow" then
          send("HTTP/1.1 200 OK\r\n" .. head .. "Transfer-Encoding: chunked\r\n\r\n")
          for piece in PAGE:gmatch(".") do
            send("1\r\n" .. piece .. "\r\n")
            sleep(0.001)
          end
          send("0\r\n\r\n")
        else
          send("HTTP/1.1 200 OK\r\n" .. head .. "Content-Length: " .. #body .. "\r\n\r\n" .. body)
        end
      end
    ]])
    client = support.connect(server, { cache = false })
    directory = os.tmpname()
    os.remove(directory)
    assert(core.make_directory(directory))
  end)

  teardown(function()
    server:stop()
    os.remove(directory)
  end)

  local FILES <const> = {
    certificate = function(opts) return client.report:get_certificate(ID, opts) end,
    attachment = function(opts) return client.report:get_attachment(ID, 3, opts) end,
    attachments = function(opts) return client.report:get_all_attachments(ID, opts) end,
    export = function(opts) return client.export:get_file("x", opts) end,
    serial_numbers = function(opts)
      return client.production:export_serial_numbers("MAC", "csv", nil, opts)
    end,
    ticket = function(opts) return client.rootcause:get_attachment(ID, nil, opts) end,
    asset = function(opts) return client.asset:download_file({ id = "1" }, "a", opts) end,
    package = function(opts) return client.software:get_file(ID, opts) end,
    log = function(opts) return client.system:get_client_log("x", opts) end,
    called = function(opts)
      return client:call("GET /api/Export/{fileName}", { fileName = "x" }, opts)
    end,
    called_xml = function(opts)
      return client:call("GET /api/Report/Wsxf/{id}", { id = ID }, opts)
    end,
    called_text = function(opts)
      return client:call("GET /api/Production/SerialNumbers", { serialNumberType = "MAC",
        format = "CSV" }, opts)
    end,
  }

  local function refused(value, err)
    assert.is_nil(value)
    assert.equal("decode", err.kind)
    assert.equal(200, err.status)
    assert.equal("GET", err.method)
    assert.matches(server.url, err.url, 1, true)
    assert.matches("its Content%-Type is text/html", err.message)
    assert.matches("^%s*<", err.body)
  end

  local function nothing_there()
    local list = io.popen("ls -A " .. directory):read("a")
    assert.equal("", list)
  end

  for name, get in pairs(FILES) do
    it(("is an error (%s)"):format(name), function()
      refused(get())
    end)

    it(("leaves no file, and a sink gets nothing of it (%s)"):format(name), function()
      refused(get { sink = directory .. "/file" })
      nothing_there()
      refused(get { sink = function() error("the sink was called") end })
      refused(get { headers = { ["X-How"] = "slow" }, sink = directory .. "/file" })
      nothing_there()
    end)
  end

  it("is an error in a task, too", function()
    require("wats").run(function()
      refused(FILES.certificate())
      refused(FILES.certificate { sink = directory .. "/file" })
      nothing_there()
    end)
  end)

  it("leaves an old file as it is", function()
    local path = directory .. "/old"
    local file = assert(io.open(path, "w"))
    file:write("old")
    file:close()
    refused(FILES.export { sink = path })
    assert.equal("old", io.open(path):read("a"))
    os.remove(path)
    nothing_there()
  end)

  it("is none where the server says that it is an attachment", function()
    local opts = { headers = { ["X-How"] = "marked" } }
    assert.matches("<!DOCTYPE html>", FILES.attachment(opts))
    local got = ""
    opts.sink = function(chunk) got = got .. chunk end
    assert.is_true(FILES.ticket(opts))
    assert.matches("<!DOCTYPE html>", got)
  end)

  it("is none where it is only called so", function()
    for how, body in pairs { text = " a;b", blank = "  " } do
      assert.equal(body, FILES.attachment { headers = { ["X-How"] = how } })
      local got = ""
      assert.is_true(FILES.attachment { headers = { ["X-How"] = how },
        sink = function(chunk) got = got .. chunk end })
      assert.equal(body, got)
    end
  end)

  it("is what was asked for by client:get", function()
    assert.matches("Log in", assert(client:get("/x")).body)
    local got = ""
    local res = assert(client:get("/x", { sink = function(chunk) got = got .. chunk end }))
    assert.equal(200, res.status)
    assert.matches("Log in", got)
  end)
end)
