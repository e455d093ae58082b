-- Many requests at once to a real web server, over HTTP/1.1 and over HTTP/2 with TLS.

local needs = require("spec.support.needs")
local nginx = require("spec.support.nginx")
local support = require("spec.support.client")
local wats = require("wats")

describe("a thousand requests, 64 at a time,", function()
  local available = nginx.available()
  local it = needs.that(available, "no nginx or openssl here", it, pending)
  local server
  local SMALL, LARGE = ("x"):rep(300), ("0123456789"):rep(20000)

  setup(function()
    if available then server = nginx.start { small = SMALL, large = LARGE } end
  end)
  teardown(function() if server then server:stop() end end)

  local function ask(url, path, body, count)
    local client = support.connect(url, { cache = false, ca_file = server.ca_file })
    local list, version = {}, nil
    for i = 1, count do list[i] = i end
    local results, errors = wats.map(list, function()
      local res = assert(client:get(path))
      version = version or res.http_version
      return res.http_version == version and res.body == body
    end, { concurrency = 64 })
    assert.is_nil(errors)
    for i = 1, count do assert.is_true(results[i]) end
    local stats = client:stats()
    assert.equal(count, stats.exchanges)
    assert.equal(count, stats.connections_new + stats.connections_reused)
    assert.equal(0, stats.in_flight)
    return version, stats.connections_new
  end

  it("over HTTP/1.1", function()
    local version, connections = ask(server.url, "/small", SMALL, 1000)
    assert.equal("1.1", version)
    assert.is_true(connections <= 64)
  end)

  it("over HTTP/2, whose streams share a connection", function()
    local version, connections = ask(server.tls_url, "/small", SMALL, 1000)
    assert.equal("2", version)
    assert.is_true(connections <= 4, connections .. " connections")
  end)

  it("with large bodies, over both", function()
    ask(server.url, "/large", LARGE, 100)
    ask(server.tls_url, "/large", LARGE, 100)
  end)
end)
