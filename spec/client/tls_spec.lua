-- TLS: who is trusted, who is refused, and that no client's leniency helps another.

local core = require("wats.core")
local needs = require("spec.support.needs")
local raw_servers = require("spec.support.raw_server")
local support = require("spec.support.client")
local tls = require("spec.support.tls")
local wats = require("wats")

describe("over TLS", function()
  local authority, good, servers
  local available = tls.available()
  local it = needs.that(available, "no openssl command here", it, pending)

  setup(function()
    if not available then return end
    authority = tls.authority()
    good = authority:issue("IP:127.0.0.1,DNS:localhost")
  end)

  teardown(function()
    if authority then authority:remove() end
  end)

  before_each(function()
    servers = {}
  end)

  after_each(function()
    for _, server in ipairs(servers) do server:stop() end
  end)

  local function serve(certificate, ending)
    local server = tls.serve(certificate, ending)
    servers[#servers + 1] = server
    return server
  end

  local function connect(server, options)
    options.timeout = options.timeout or 8
    return support.connect(server, options)
  end

  -- Refused for a reason that says `words`, without a request having been sent.
  local function refused(server, options, words)
    local res, err = connect(server, options):get("/x")
    assert.is_nil(res)
    assert.equal("tls", err.kind)
    assert.is_false(err.retryable)
    assert.equal("GET", err.method)
    assert.matches("^https://[%w.]+:%d+/x$", err.url)
    assert.matches(words, err.message:lower())
    assert.falsy(tostring(err):find("%c"))
    assert.falsy(tostring(err):find(support.TOKEN, 1, true))
    assert.equal(0, #server:requests())
  end

  it("a server whose authority is named is trusted", function()
    local server = serve(good)
    local client = connect(server, { ca_file = authority.ca_file })
    assert.equal("1", assert(client:get("/x")).body)
    assert.equal("1", assert(client:get("/x")).body) -- the same connection
    assert.equal("https", server.url:match("^%w+"))
  end)

  it("an unknown authority is refused", function()
    refused(serve(good), {}, "certificate")
  end)

  it("a server that vouches for itself is refused", function()
    local own = authority:self_signed()
    refused(serve(own), { ca_file = authority.ca_file }, "self.signed")
    -- unless it is itself the one that is trusted
    assert(connect(serve(own), { ca_file = own.cert }):get("/x"))
  end)

  it("another name is refused", function()
    local other = authority:issue("DNS:other.example,IP:127.0.0.2")
    refused(serve(other), { ca_file = authority.ca_file }, "127%.0%.0%.1")
    local by_name = authority:issue("DNS:other.example")
    local server = serve(by_name)
    server.url = server.url:gsub("127%.0%.0%.1", "localhost")
    refused(server, { ca_file = authority.ca_file }, "localhost")
  end)

  it("a certificate that has run out is refused", function()
    refused(serve(authority:issue("IP:127.0.0.1", -1)), { ca_file = authority.ca_file }, "expired")
  end)

  it("all are accepted with verify = false", function()
    for _, certificate in ipairs { good, authority:self_signed(),
      authority:issue("DNS:other.example", -1) } do
      local client = connect(serve(certificate), { verify = false })
      assert.equal("1", assert(client:get("/x")).body)
    end
  end)

  describe("ca_file", function()
    local function write(text)
      local path = authority.dir .. "/broken.pem"
      local file = assert(io.open(path, "w"))
      file:write(text)
      file:close()
      return path
    end

    it("that is not there, cannot be read or holds no certificate makes no client", function()
      for _, path in ipairs { authority.dir .. "/none.pem", authority.dir, good.key, write(""),
        write("this is no certificate\n"), write(("x"):rep(100000)) } do
        local client, err = wats.connect { base_url = "https://127.0.0.1:1", token = support.TOKEN,
          ca_file = path }
        assert.is_nil(client)
        assert.equal("io", err.kind)
        assert.is_false(err.retryable)
        assert.truthy(err.message:find(path, 1, true))
        assert.matches("^ca_file: ", err.message)
      end
    end)

    it("with a broken certificate trusts nobody, and says so", function()
      local path = write("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n")
      refused(serve(good), { ca_file = path }, "cert")
    end)

    it("stands in place of the system's authorities, and only for its client", function()
      local server = serve(good)
      local trusting = connect(server, { ca_file = authority.ca_file })
      assert.equal("1", assert(trusting:get("/x")).body)
      local plain = connect(server, {})
      local res, err = plain:get("/x")
      assert.is_nil(res)
      assert.equal("tls", err.kind)
      assert.equal("1", assert(trusting:get("/x")).body) -- still kept
      assert.equal("tls", select(2, plain:get("/x")).kind)
      local other = tls.authority()
      finally(function() other:remove() end)
      local elsewhere = connect(server, { ca_file = other.ca_file })
      assert.equal("tls", select(2, elsewhere:get("/x")).kind)
      assert(trusting:get("/x"))
      assert.equal(3, #server:requests())
    end)
  end)

  it("a lenient client's kept connection serves no strict one", function()
    local server = serve(good)
    local lenient = connect(server, { verify = false })
    assert.equal("1", assert(lenient:get("/x")).body)
    for _ = 1, 2 do
      local res, err = connect(server, {}):get("/x")
      assert.is_nil(res)
      assert.equal("tls", err.kind)
      assert.equal("1", assert(lenient:get("/x")).body) -- it was open all the time
    end
    local strict = connect(server, { ca_file = authority.ca_file })
    assert.is_not.equal("1", assert(strict:get("/x")).body)
    assert.equal(4, #server:requests())
  end)

  it("a lenient client's kept connection to one name serves no other name", function()
    local only = authority:issue("IP:127.0.0.1")
    local server = serve(only)
    assert(connect(server, { ca_file = authority.ca_file }):get("/x"))
    server.url = server.url:gsub("127%.0%.0%.1", "localhost")
    local res, err = connect(server, { ca_file = authority.ca_file }):get("/x")
    assert.is_nil(res)
    assert.equal("tls", err.kind)
  end)

  it("a server that speaks no TLS is refused", function()
    local raw = raw_servers.start('send("220 mail.example ESMTP\\r\\n") sleep(5)')
    servers[1] = raw
    raw.url = raw.url:gsub("^http", "https")
    refused(raw, {}, "%a")
  end)

  -- In a process of its own: the signal would end this one.
  local function survives(ending)
    local server = serve(good, ending)
    local text = ([[
      local wats = require("wats")
      local socket = require("socket")
      local client = wats.connect { base_url = %q, token = "dA==", ca_file = %q, cache = false }
      for i = 1, 3 do
        print(assert(client:get("/x")).body)
        socket.sleep(0.15)
      end
      client:post("/x", { body = ("x"):rep(200000) })
      socket.sleep(0.15)
      client = nil
      collectgarbage()
    ]]):format(server.url, authority.ca_file)
    local out = os.tmpname()
    finally(function() os.remove(out) end)
    local child = assert(core.spawn { argv = { os.getenv("LUA") or "lua5.4", "-e", text },
      stdin = "pipe", stdout = out,
      env = { LUA_PATH = package.path, LUA_CPATH = package.cpath } })
    local code, how = child:wait(30)
    assert.same({ 0, "exit" }, { code, how })
    local file = assert(io.open(out))
    local said = file:read("a")
    file:close()
    assert.matches("^1\n2\n3\n", said)
  end

  it("a kept connection that the server closed kills nobody", function() survives("hangup") end)
  it("a kept connection that was reset kills nobody", function() survives("reset") end)
  it("a kept connection that was ended, then reset, kills nobody", function() survives("half") end)
end)
