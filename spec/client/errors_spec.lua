-- What a raw call returns when no answer was had: nil and an error object, for each kind.

local core = require("wats.core")
local errors = require("wats.errors")
local raw_servers = require("spec.support.raw_server")
local socket = require("socket")
local support = require("spec.support.client")

local PATH = "/api/Product/PN%201"

-- What every error of a request has, whatever its kind.
local function check(err, kind, method, url, retryable)
  assert.is_true(errors.is_error(err))
  assert.equal(kind, err.kind)
  assert.equal(method, err.method)
  assert.equal(url, err.url)
  assert.equal(retryable, err.retryable)
  assert.is_number(err.elapsed)
  assert.is_true(err.elapsed >= 0)
  assert.is_string(err.message)
  assert.is_true(#err.message > 3)
  local text = tostring(err)
  assert.equal(("%s %s: %s: %s"):format(method, url, kind, err.message), text)
  assert.falsy(text:find("[%c]"))
  assert.falsy(text:find(support.TOKEN, 1, true))
  for _, value in pairs(err) do
    assert.falsy(tostring(value):find(support.TOKEN, 1, true))
  end
end

describe("a request without an answer", function()
  local server

  before_each(function() server = nil end)
  after_each(function() if server then server:stop() end end)

  -- The error of a request to a server that does this with each connection.
  local function against(script, options, method)
    server = raw_servers.start(script)
    local client = support.connect(server, { cache = false, timeout = 5 })
    local res, err = client:request(method or "GET", PATH, options)
    assert.is_nil(res)
    return err, server.url .. PATH
  end

  describe("is of kind connection", function()
    it("when nobody listens", function()
      local free = assert(socket.bind("127.0.0.1", 0))
      local _, port = free:getsockname()
      free:close()
      local url = "http://127.0.0.1:" .. port
      local res, err = support.connect(url):get(PATH, { query = { a = "b c" } })
      assert.is_nil(res)
      check(err, "connection", "GET", url .. PATH .. "?a=b%20c", true)
      assert.equal(1, err.attempts)
    end)

    it("when the name is unknown", function()
      local client = support.connect("https://no-such-host.invalid", { timeout = 5 })
      local res, err = client:get(PATH)
      assert.is_nil(res)
      check(err, err.kind, "GET", "https://no-such-host.invalid" .. PATH, true)
      assert.truthy(err.kind == "connection" or err.kind == "timeout")
    end)

    it("when the server hangs up before it answers", function()
      local err, url = against("read()")
      check(err, "connection", "GET", url, true)
    end)

    it("when it resets the connection", function()
      local err, url = against("read() reset()")
      check(err, "connection", "GET", url, true)
    end)

    it("when the answer is cut short, in its head or in its body", function()
      for _, part in ipairs { "HTTP/1.1 2", "HTTP/1.1 200 OK\\r\\nContent-Le",
        "HTTP/1.1 200 OK\\r\\nContent-Length: 10\\r\\n\\r\\n12345",
        "HTTP/1.1 200 OK\\r\\nTransfer-Encoding: chunked\\r\\n\\r\\n5\\r\\n123" } do
        local err, url = against(('read() send("%s")'):format(part))
        check(err, err.kind, "GET", url, err.kind == "connection")
        assert.truthy(err.kind == "connection" or part == "HTTP/1.1 2" and err.kind == "protocol",
          err.kind .. " for " .. part)
        server:stop()
      end
    end)

    it("and says so after a POST too, which is not sent twice", function()
      local err, url = against("read()", { body = "x" }, "POST")
      check(err, "connection", "POST", url, false) -- it may have been done
      assert.equal(1, #server:requests())
    end)

    it("does not say that a POST failed once where it was sent twice", function()
      server = raw_servers.start([[
        read() send("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n") read()
      ]])
      local client = support.connect(server, { cache = false })
      assert(client:get("/x"))
      local res, err = client:post("/x", { body = "x" })
      assert.is_nil(res)
      assert.equal("connection", err.kind)
      assert.equal(2, #server:requests())
    end)
  end)

  it("is of kind timeout", function()
    local err, url = against("read() sleep(8)", { timeout = 0.1 })
    check(err, "timeout", "GET", url, true)
  end)

  it("is of kind protocol for what is no HTTP", function()
    for _, text in ipairs { "SSH-2.0-OpenSSH\\r\\n\\r\\n", "HTTP/1.1 abc OK\\r\\n\\r\\n",
      "HTTP/9.9 200 OK\\r\\nContent-Length: 0\\r\\n\\r\\n",
      "HTTP/1.1 200 OK\\r\\nTransfer-Encoding: chunked\\r\\n\\r\\nzz\\r\\n" } do
      local err, url = against(('read() send("%s")'):format(text))
      check(err, "protocol", "GET", url, false)
      server:stop()
    end
  end)

  it("is of kind too_large, for the body and for endless header fields", function()
    local err, url = against(raw_servers.always(raw_servers.answer(200, ("x"):rep(100))),
      { max_body = 10 })
    check(err, "too_large", "GET", url, false)
    server:stop()
    err, url = against([[
      read()
      send("HTTP/1.1 200 OK\r\n")
      for i = 1, 3000 do send(("X-%d: %s\r\n"):format(i, ("y"):rep(60))) end
      send("\r\n")
    ]])
    check(err, err.kind, "GET", url, err.retryable)
    assert.truthy(err.kind == "too_large" or err.kind == "protocol" or err.kind == "connection")
  end)

  it("is of kind decode when the bytes are not what Content-Encoding says", function()
    local err, url = against(raw_servers.always(raw_servers.answer(200, "not gzip",
      { "Content-Encoding: gzip" })))
    check(err, "decode", "GET", url, false)
  end)

  it("is of kind tls when the server does not speak it", function()
    server = raw_servers.start('send("HTTP/1.1 400 Bad Request\\r\\n\\r\\n")')
    local url = server.url:gsub("http", "https")
    local res, err = support.connect(url):get(PATH)
    assert.is_nil(res)
    check(err, "tls", "GET", url .. PATH, false)
  end)

  it("is of kind closed after close", function()
    server = raw_servers.start("read()")
    local client = support.connect(server)
    client:close()
    local res, err = client:get(PATH)
    assert.is_nil(res)
    check(err, "closed", "GET", server.url .. PATH, false)
    assert.equal(0, err.attempts)
    assert.equal(0, #server:requests())
  end)

  it("reads well from assert and from error", function()
    server = raw_servers.start("read()")
    local file = os.tmpname()
    finally(function() os.remove(file) end)
    local child = assert(core.spawn { argv = { os.getenv("LUA") or "lua5.4", "-e", ([[
      local wats = require("wats")
      local client = wats.connect { base_url = %q, token = %q }
      local res, err = client:get(%q)
      local ok, raised = pcall(assert, res, err)
      if ok or raised ~= err then os.exit(2) end
      error(err)
    ]]):format(server.url, support.TOKEN, PATH) }, stderr = file, stdin = "pipe", stdout = "pipe",
      env = { LUA_PATH = package.path, LUA_CPATH = package.cpath } })
    assert.equal(1, (child:wait(10)))
    local text = io.open(file):read("a")
    assert.matches("GET http://127%.0%.0%.1:%d+/api/Product/PN%%201: connection: %S", text)
    assert.falsy(text:find(support.TOKEN, 1, true))
  end)
end)
