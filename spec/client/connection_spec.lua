-- Ways to a server: client certificates, proxies, sockets, other addresses. Servers and proxy are
-- real ones.

local core = require("wats.core")
local needs = require("spec.support.needs")
local nginx = require("spec.support.nginx")
local socket = require("socket")
local support = require("spec.support.client")
local wats = require("wats")

local blamed = support.blamed

local function write(path, text)
  local file = assert(io.open(path, "w"))
  file:write(text)
  file:close()
end

describe("a connection", function()
  local available = nginx.available()
  local it = needs.that(available, "no nginx or openssl here", it, pending)
  local server, other, clients

  setup(function()
    if not available then return end
    server = nginx.start({ body = "one" }, { names = "IP:127.0.0.1,DNS:wats.example" })
    other = nginx.start({ body = "two" }, { names = "IP:127.0.0.1,DNS:wats.example" })
  end)
  teardown(function()
    if server then server:stop() end
    if other then other:stop() end
  end)
  before_each(function() clients = {} end)
  after_each(function()
    for _, client in ipairs(clients) do client:close() end
  end)

  local function connect(url, options)
    options.cache = false
    local client = support.connect(url, options)
    clients[#clients + 1] = client
    return client
  end

  local function body(client, path)
    return assert(client:get(path or "/body")).body
  end

  it("goes over a unix socket, http without fear", function()
    assert.equal("one", body(connect("http://wats.example", { unix_socket = server.socket })))
    assert.equal("two", body(connect("http://wats.example", { unix_socket = other.socket,
      token = "b3RoZXI=" })))
    local _, err = connect("http://nowhere.example", { unix_socket = "/nowhere/socket" }):get("/x")
    assert.equal("connection", err.kind)
  end)

  it("goes elsewhere by resolve, to each client's own address", function()
    local function resolved(to)
      return connect("https://wats.example", { ca_file = to.ca_file, token = "dG8" .. to.port,
        resolve = { ["wats.example:443"] = "127.0.0.1:" .. to.tls_port } })
    end
    local first, second = resolved(server), resolved(other)
    for _ = 1, 3 do
      assert.equal("one", body(first))
      assert.equal("two", body(second))
    end
    local here = connect("http://localhost:1", { token = "aGVyZQ==", allow_http = true,
      resolve = { ["localhost:1"] = "127.0.0.1:" .. server.port } })
    assert.equal("one", body(here))
  end)

  it("checks the name also behind resolve", function()
    local client = connect("https://elsewhere.example", { ca_file = server.ca_file,
      resolve = { ["elsewhere.example:443"] = "127.0.0.1:" .. server.tls_port } })
    local res, err = client:get("/body")
    assert.is_nil(res)
    assert.equal("tls", err.kind)
  end)

  it("keeps to one version of IP", function()
    local url = "http://localhost:" .. server.port -- which listens on 127.0.0.1 alone
    assert.equal("one", body(connect(url, { ip_version = 4 })))
    local _, err = connect(url, { ip_version = 6, token = "c2l4" }):get("/body")
    assert.equal("connection", err.kind)
  end)

  it("is made under the name that is given", function()
    local echo = nginx.start({}, { extra = "location / { return 200 $http_user_agent; }" })
    local own = { ca_file = echo.ca_file, user_agent = "station/7" }
    local got = body(connect(echo.tls_url, own), "/")
    local usual = body(connect(echo.tls_url, { ca_file = echo.ca_file }), "/")
    echo:stop()
    assert.equal("station/7", got)
    assert.equal("wats-lua/" .. core.version, usual)
  end)

  describe("that the server wants a certificate for", function()
    local strict, first, second, encrypted

    setup(function()
      if not available then return end
      strict = nginx.start({}, { extra = "ssl_client_certificate %CA; ssl_verify_client on; "
        .. "location / { return 200 '$ssl_client_s_dn $ssl_client_serial'; }" })
      first = strict.authority:issue("DNS:first")
      second = strict.authority:issue("DNS:second")
      encrypted = first.key .. ".enc"
      assert(os.execute(("openssl pkey -in %s -aes256 -passout pass:sesame -out %s 2>/dev/null")
        :format(first.key, encrypted)))
    end)
    teardown(function() if strict then strict:stop() end end)

    local function with(cert, options)
      options = options or {}
      options.ca_file, options.client_cert = strict.ca_file, cert
      return connect(strict.tls_url, options)
    end

    it("shows one, and never another client's", function()
      local a, b, none = with(first), with(second), with(nil)
      local as, bs = body(a, "/"), body(b, "/")
      assert.matches("CN=server", as)
      assert.not_equal(as, bs)
      for _ = 1, 3 do
        assert.equal(as, body(a, "/"))
        assert.equal(bs, body(b, "/"))
        assert.equal(400, assert(none:get("/")).status)
      end
    end)

    it("takes it from one file as well", function()
      local both = first.cert .. ".both"
      assert(os.execute(("cat %s %s > %s"):format(first.cert, first.key, both)))
      assert.matches("CN=server", body(with(both), "/"))
    end)

    it("opens a key by its password, and never asks for one", function()
      local cert = { cert = first.cert, key = encrypted, key_password = "sesame" }
      assert.matches("CN=server", body(with(cert), "/"))
      for _, password in ipairs { "wrong", false } do
        -- A file of its own: who names the same certificate shares its connections.
        local copy = os.tmpname()
        assert(os.execute(("cp %s %s"):format(first.cert, copy)))
        local wrong = { cert = copy, key = encrypted, key_password = password or nil }
        local res, err = with(wrong):get("/")
        assert.is_nil(res)
        assert.equal("tls", err.kind)
        assert.is_nil(tostring(err):find("wrong", 1, true))
        os.remove(copy)
      end
    end)

    it("tells a key that is another's", function()
      local third = strict.authority:issue("DNS:third")
      local res, err = with({ cert = third.cert, key = second.key }):get("/")
      assert.is_nil(res)
      assert.equal("tls", err.kind)
    end)

    it("tells files that cannot be used at once", function()
      local function refused(cert)
        local client, err = wats.connect { base_url = strict.tls_url, token = support.TOKEN,
          client_cert = cert }
        assert.is_nil(client)
        assert.equal("io", err.kind)
        return err.message
      end
      assert.matches("^client_cert: cannot read /nowhere: ", refused("/nowhere"))
      assert.matches("^client_cert: no certificate %(PEM%) in ", refused(first.key))
      assert.matches("^client_cert: no private key %(PEM%) in ", refused(first.cert))
      assert.matches("^client_cert: cannot read /nowhere: ",
        refused { cert = first.cert, key = "/nowhere" })
    end)
  end)
end)

describe("a proxy", function()
  local program = io.popen("PATH=$PATH:/usr/sbin:/sbin command -v tinyproxy"):read("l")
  local available = nginx.available() and program ~= nil
  local it = needs.that(available, "no nginx, openssl or tinyproxy here", it, pending)
  local server, process, port, log

  setup(function()
    if not available then return end
    server = nginx.start { body = "one" }
    local probe = assert(socket.bind("127.0.0.1", 0))
    port = select(2, probe:getsockname())
    probe:close()
    log = server.authority.dir .. "/proxy.log"
    write(server.authority.dir .. "/proxy.conf", ("Port %d\nListen 127.0.0.1\nTimeout 20\n"
      .. "Allow 127.0.0.1\nBasicAuth slot s3same\nLogFile \"%s\"\nLogLevel Info\n")
      :format(port, log))
    process = assert(core.spawn { argv = { program, "-d", "-c",
      server.authority.dir .. "/proxy.conf" }, stdin = "pipe", stdout = "/dev/null",
      stderr = "/dev/null" })
    local deadline = core.monotonic() + 20
    while core.monotonic() < deadline and not socket.connect("127.0.0.1", port) do
      core.sleep(0.02)
    end
  end)
  teardown(function()
    if not server then return end
    process:kill(15)
    process:wait(20)
    process:close()
    server:stop()
  end)

  local function connect(url, proxy, token)
    return support.connect(url, { cache = false, allow_http = true, ca_file = server.ca_file,
      proxy = proxy, token = token, timeout = 10 })
  end

  local function through(user)
    return ("http://%s@127.0.0.1:%d"):format(user, port)
  end

  local function used()
    local file = assert(io.open(log))
    local text = file:read("a")
    file:close()
    return select(2, text:gsub("Request %(file descriptor", ""))
  end

  it("is gone through, over TLS too", function()
    local before = used()
    assert.equal("one", assert(connect(server.url, through "slot:s3same"):get("/body")).body)
    assert.equal("one", assert(connect(server.tls_url, through "slot:s3same"):get("/body")).body)
    assert.is_true(used() >= before + 2)
  end)

  it("is not gone through by others", function()
    local before = used()
    assert.equal("one", assert(connect(server.url, nil):get("/body")).body)
    assert.equal(before, used())
  end)

  it("that refuses is told, without its password", function()
    local res, err = connect(server.tls_url, through "slot:wr0ng"):get("/body")
    assert.is_nil(res)
    assert.equal("connection", err.kind)
    for _, value in pairs(err) do assert.is_nil(tostring(value):find("wr0ng", 1, true)) end
    res, err = connect(server.url, "http://slot:wr0ng@127.0.0.1:1"):get("/body")
    assert.is_nil(res)
    assert.equal("connection", err.kind)
    assert.is_nil(tostring(err):find("wr0ng", 1, true))
  end)

  it("is taken from the environment when that is asked for, only then", function()
    local script = [[
      local wats = require("wats")
      local client = wats.connect { base_url = "%s", token = "dG9r", retry = false, cache = false,
        allow_http = true, proxy = %s }
      local res, err = client:get("/body")
      print(res and res.body or err.kind)]]
    local function run(proxy)
      local file = server.authority.dir .. "/script.lua"
      write(file, script:format(server.url, proxy))
      local pipe = assert(io.popen(("http_proxy=http://127.0.0.1:1 no_proxy= %s %s"):format(
        os.getenv("LUA") or "lua5.4", file)))
      local output = pipe:read("l")
      pipe:close()
      return output
    end
    assert.equal("one", run("nil"))
    assert.equal("connection", run('"environment"'))
  end)
end)

describe("options of a connection", function()
  it("that are wrong raise, and show no secret", function()
    for _, wrong in ipairs { { proxy = "127.0.0.1:80" }, { proxy = "ftp://user:s3cret@x" },
      { proxy = "http://" }, { proxy = "http://user:s3cret@" }, { proxy = true },
      { proxy = "http://x y" }, { proxy = "http://slot:s3cret@127.0.0.1:99999" },
      { proxy = "http://slot:s3cret@127.0.0.1:port" }, { proxy = "http://slot:s3cret@[::1" },
      { proxy = "http://slot:s3cret#x@127.0.0.1:1" }, { proxy = "http://sl/ot:s3cret@127.0.0.1:1" },
      { proxy = "http://a@slot:s3cret@127.0.0.1:1" }, { proxy = "http://slot:s3cret@h:1/path" },
      { unix_socket = "" }, { unix_socket = "a\0b" },
      { ip_version = 5 }, { ip_version = "4" }, { resolve = { "x" } }, { resolve = "x" },
      { resolve = { ["host"] = "127.0.0.1" } }, { resolve = { ["host:0"] = "127.0.0.1" } },
      { resolve = { ["host:443"] = "::1" } }, { resolve = { ["host:443"] = "a:b" } },
      { client_cert = 5 }, { client_cert = "" }, { client_cert = {} },
      { client_cert = { key = "x" } }, { client_cert = { cert = "x", password = "s3cret" } },
      { user_agent = "a\r\nX: 1" }, { user_agent = "" } } do
      local name = next(wrong)
      wrong.base_url, wrong.token = "https://127.0.0.1:1", support.TOKEN
      local message = blamed(function() wats.connect(wrong) end)
      assert.matches('option "' .. name, message, 1, true)
      assert.is_nil(message:find("s3cret", 1, true))
    end
  end)

  it("take a proxy's URL in all its forms", function()
    for _, proxy in ipairs { "http://h", "HTTP://h:1/", "https://slot:s3cret@h.example:3128",
      "socks5://slot@[::1]:1080", "socks5h://slot:s3%40cret@127.0.0.1" } do
      support.connect("https://wats.example", { proxy = proxy }):close()
    end
  end)

  it("do not make http to another machine safe", function()
    for _, way in ipairs { { proxy = "http://proxy.example:3128" }, { proxy = "environment" },
      { resolve = { ["127.0.0.1:80"] = "192.0.2.1" } } } do
      way.base_url, way.token = "http://127.0.0.1", support.TOKEN
      assert.matches("http would send the token readable by all",
        blamed(function() wats.connect(way) end))
    end
  end)
end)
