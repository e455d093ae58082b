-- The cache on disk as a script sees it: what a second run finds, what processes tell each other,
-- what is never in the files, and what happens to files that cannot be used.

local core = require("wats.core")
local needs = require("spec.support.needs")
local processes = require("spec.support.other_process")
local raw_servers = require("spec.support.raw_server")
local support = require("spec.support.client")
local wats = require("wats")

local PRODUCT = "/api/Product/PCBA-100"

local function shell(command)
  local pipe = assert(io.popen(command .. " 2>&1"))
  local text = pipe:read("a")
  pipe:close()
  return text
end

describe("the client's cache on disk", function()
  local box, folder, path
  local it = needs.that(needs.has_sqlite, "built without SQLite", it, pending)
  local setup, teardown = setup, teardown
  if needs.has_sqlite then it, setup, teardown = needs.sandbox(it, pending, setup, teardown) end

  setup(function() box = needs.has_sandbox and support.sandbox() or nil end)
  teardown(function() if box then box:stop() end end)

  before_each(function()
    folder = os.tmpname()
    os.remove(folder)
    shell("mkdir -m 700 " .. folder)
    path = folder .. "/cache.db"
    if box then assert(box.sandbox:reset()) end
  end)

  after_each(function()
    collectgarbage() -- clients end with their files
    collectgarbage()
    shell("rm -rf " .. folder)
  end)

  local function connect(options, to)
    local cache = { path = path }
    for name, value in pairs(options or {}) do cache[name] = value end
    return support.connect(to or box, { cache = cache })
  end

  -- As if its process had ended.
  local function finish(client)
    client:close()
    client[1] = nil
    collectgarbage()
    collectgarbage()
  end

  local function asked(method)
    local count = 0
    for _, entry in ipairs(assert(box.sandbox:journal())) do
      if entry.method == method then count = count + 1 end
    end
    return count
  end

  local function status(client, target, options)
    return assert(client:get(target or PRODUCT, options)).cache_status
  end

  local function written(client)
    local deadline = core.monotonic() + 20
    while client.cache:stats().disk.queued > 0 or client.cache:stats().disk.stores == 0 do
      assert(core.monotonic() < deadline, "nothing was written")
      wats.sleep(0.005)
    end
  end

  it("starts a second process warm", function()
    local program = [[
      local client = assert(wats.connect(options))
      local res = assert(client:get("/api/Product/PCBA-100"))
      io.write(res.cache_status, " ", tostring(res.from_cache), " ", res:json().partNumber)
    ]]
    local options = { cache = { path = path } }
    assert.equal("miss false PCBA-100", (processes.run(box.sandbox.url, options, program)))
    assert.equal("hit true PCBA-100", (processes.run(box.sandbox.url, options, program)))
    assert.equal(1, asked("GET"))
    -- and one that ends in another way has stored what it got
    local other = [[
      print(assert(assert(wats.connect(options)):get("/api/App/Levels")).cache_status)
      os.exit(0)
    ]]
    assert.equal("miss\n", (processes.run(box.sandbox.url, options, other)))
    assert.equal("hit\n", (processes.run(box.sandbox.url, options, other)))
    assert.equal(2, asked("GET"))
  end)

  it("hands out the same bytes, fields and age", function()
    local client = connect()
    local first = assert(client:get(PRODUCT))
    finish(client)
    client = connect()
    local second = assert(client:get(PRODUCT))
    assert.equal("hit", second.cache_status)
    assert.equal(first.body, second.body)
    assert.equal(first.headers["content-type"], second.headers["content-type"])
    assert.equal(first.headers.etag, second.headers.etag)
    assert.is_true(second.age >= 0 and second.age < 60)
    local disk = client.cache:stats().disk
    assert.equal(1, disk.entries)
    assert.equal(1, disk.hits)
    assert.equal(256 * 1024 * 1024, disk.max_bytes)
    assert.is_true(disk.bytes > 0)
    assert.equal("hit", client.cache:explain(PRODUCT).status)
  end)

  it("tells no figures of a disk where there is none", function()
    assert.is_nil(support.connect(box).cache:stats().disk)
  end)

  it("tells other processes of a write, at once", function()
    local client = connect()
    local other = processes.start(box.sandbox.url, { cache = { path = path } })
    finally(function() other:stop() end)
    assert.equal("miss", status(client))
    written(client)
    local ask = ('client:get(%q).cache_status'):format(PRODUCT)
    assert.equal("hit", other:ask(ask))
    local product = assert(client:get(PRODUCT)):json()
    product.name = "another"
    assert.equal(200, assert(client:put("/api/Product", { json = product })).status)
    assert.equal("miss", other:ask(ask))
    assert.equal("another", other:ask(('client:get(%q):json().name'):format(PRODUCT)))
    -- what that one asked for is there for us, and its writes are ours
    local deadline = core.monotonic() + 20
    while status(client) ~= "hit" do assert(core.monotonic() < deadline) end
    assert.equal("another", assert(client:get(PRODUCT)):json().name)
    assert.equal("200", other:ask(
      ('client:put("/api/Product", { json = client:get(%q):json() }).status'):format(PRODUCT)))
    assert.equal("miss", status(client))
  end)

  it("keeps what a refused write concerned", function()
    local client = connect()
    local other = processes.start(box.sandbox.url, { cache = { path = path } })
    finally(function() other:stop() end)
    assert.equal("miss", status(client))
    written(client)
    assert.equal("400", other:ask('client:put("/api/Product", { json = {} }).status'))
    assert.equal("hit", status(client))
  end)

  it("keeps the variants of a URL", function()
    local server = raw_servers.start [[
      while true do
        local r = read()
        if not r then break end
        send("HTTP/1.1 200 OK\r\nCache-Control: max-age=60\r\nVary: Accept-Language\r\n"
          .. "Content-Length: 2\r\n\r\n" .. r.headers["accept-language"])
      end
    ]]
    local function speak(client, language)
      local res = assert(client:get("/x", { headers = { ["Accept-Language"] = language } }))
      return res.cache_status .. " " .. res.body
    end
    local client = connect({}, server)
    assert.same({ "miss en", "miss de" }, { speak(client, "en"), speak(client, "de") })
    finish(client)
    client = connect({}, server)
    assert.same({ "hit de", "hit en" }, { speak(client, "de"), speak(client, "en") })
    assert.same({ "hit de", "hit en" }, { speak(client, "de"), speak(client, "en") })
    assert.equal(2, #server:requests())
    server:stop()
  end)

  it("goes on where the server is away, also in a new process, and says so", function()
    local server = raw_servers.start(raw_servers.always(
      raw_servers.answer(200, "known", { "Cache-Control: max-age=1" })))
    finish((function()
      local client = connect({}, server)
      assert.equal("miss", status(client, "/x"))
      return client
    end)())
    server:stop()
    core.sleep(1.2)
    local client = connect({ stale_if_error = 60 }, server)
    local res = assert(client:get("/x"))
    assert.same({ "stale", "known" }, { res.cache_status, res.body })
    assert.is_true(res.age >= 1)
    assert.is_nil((client:get("/x", { cache = "refresh" })))
    assert.is_nil((connect({}, server):get("/x")))
  end)

  it("is one for a name", function()
    local one <close> = connect { name = "cache_disk_spec" }
    local same <close> = connect { name = "cache_disk_spec" }
    local ok, message = pcall(connect, { name = "cache_disk_spec", path = folder .. "/other.db" })
    assert.is_false(ok)
    assert.matches("cache.path: " .. folder .. "/other.db asked for, but another client of the "
      .. 'cache "cache_disk_spec" has ' .. path, message, 1, true)
    assert.equal("miss", status(one))
    assert.equal("hit", status(same))
  end)

  it("drops by hand in all processes", function()
    local client = connect()
    local other = processes.start(box.sandbox.url, { cache = { path = path } })
    finally(function() other:stop() end)
    status(client)
    written(client)
    assert.equal("1", other:ask(('client:get(%q) and client.cache:invalidate("/api/Product")')
      :format(PRODUCT)))
    assert.equal("miss", status(client))
    assert.equal("nil", other:ask("client.cache:clear()"))
    assert.equal("miss", status(client))
  end)

  it("never serves one token's answers to another", function()
    local server = raw_servers.start(raw_servers.always(raw_servers.answer(200, "mine")))
    finally(function() server:stop() end)
    local function as(token)
      return support.connect(server, { token = token, cache = { path = path } })
    end
    local one, two = as("b25l"), as("dHdv")
    assert.equal("miss", status(one, "/x"))
    assert.equal("miss", status(two, "/x"))
    finish(one)
    finish(two)
    assert.equal("miss", status(as("dGhyZWU="), "/x"))
    assert.equal("hit", status(as("b25l"), "/x"))
    assert.equal("hit", status(as("dHdv"), "/x"))
  end)

  it("holds neither a credential nor what is made of it", function()
    local server = raw_servers.start(raw_servers.always(raw_servers.answer(200, "body-mark",
      "Vary: X-Key, Accept-Language\r\n")))
    finally(function() server:stop() end)
    local client = connect(nil, server)
    local own = "c2Vjb25kLWNhbmFyeQ=="
    assert(client:get("/a", { headers = { ["X-Key"] = "third-canary" } }))
    assert(client:get("/b", { headers = { Authorization = "Basic " .. own } }))
    assert(client:get("/c", { query = { q = "fourth-canary" } }))
    finish(client)
    local files = {}
    for name in shell("ls " .. folder):gmatch("[^\n]+") do
      local file = assert(io.open(folder .. "/" .. name, "rb"))
      files[#files + 1] = file:read("a")
      file:close()
      assert.equal("600\n", shell(("stat -c %%a %s/%s"):format(folder, name)))
    end
    local all = table.concat(files, "\n")
    assert.truthy(all:find("body-mark", 1, true)) -- it is what was stored
    for _, secret in ipairs { support.TOKEN, own, core.base64_decode(support.TOKEN),
      core.base64_decode(own), "third-canary", "fourth-canary" } do
      local digest = core.sha256(secret)
      local raw = digest:gsub("%x%x", function(hex) return string.char(tonumber(hex, 16)) end)
      for _, text in ipairs { secret, core.base64_encode(secret), digest, digest:upper(), raw,
        raw:sub(1, 16), digest:sub(1, 16) } do
        assert.falsy(all:find(text, 1, true), secret)
      end
    end
  end)

  it("returns what makes a path unusable", function()
    local function refused(where, text)
      local client, err = wats.connect { base_url = box.sandbox.url, token = support.TOKEN,
        cache = { path = where } }
      assert.is_nil(client)
      assert.equal("io", err.kind)
      assert.truthy(err.message:find(text, 1, true), err.message)
    end
    refused(folder .. "/none/cache.db", "no directory for")
    refused(folder, "it is a directory")
    shell(("ln -s /etc/passwd %s/link"):format(folder))
    refused(folder .. "/link", "it is a symbolic link")
  end)

  it("raises where another client has it with another bound", function()
    local first = connect { max_disk_bytes = 2 * 1024 * 1024 }
    assert.equal("miss", status(first))
    assert.equal(2 * 1024 * 1024, connect().cache:stats().disk.max_bytes) -- takes what there is
    local options = { base_url = box.sandbox.url, token = "b3RoZXI=", station = "S",
      cache = { path = path, max_disk_bytes = 3 * 1024 * 1024 } }
    local message = support.blamed(function() wats.connect(options) end)
    assert.matches("cache.max_disk_bytes: 3145728 asked for, but another client .* has 2097152",
      message)
  end)

  it("is not held by a cache of some name that nobody uses any more", function()
    connect({ name = "station", max_disk_bytes = 5000000 }):close()
    collectgarbage()
    collectgarbage()
    local client = connect { name = "station", max_disk_bytes = 6000000 }
    assert.equal(6000000, client.cache:stats().disk.max_bytes)
  end)

  it("sets damage aside, says so in the log, and goes on", function()
    local client = connect()
    status(client)
    finish(client)
    local file = assert(io.open(path, "wb"))
    file:write(("damage "):rep(3000))
    file:close()
    local heard = {}
    wats.log.set(function(level, message, fields)
      heard[#heard + 1] = { level, message, fields.path }
    end)
    finally(function() wats.log.set(nil) end)
    client = connect()
    assert.equal("miss", status(client))
    assert.equal("hit", status(client))
    finish(client)
    assert.equal("hit", status(connect()))
    assert.same({ "warn", "the cache on disk was damaged: set aside", path }, heard[1])
    assert.matches("cache%.db%.damaged%-%d+", shell("ls " .. folder))
  end)

  it("stays within its bound", function()
    local size = 60000
    local server = raw_servers.start(raw_servers.always(raw_servers.answer(200,
      ("x"):rep(size))))
    finally(function() server:stop() end)
    local client = connect({ max_disk_bytes = 1024 * 1024 }, server)
    for i = 1, 40 do status(client, "/n/" .. i) end
    finish(client)
    assert.is_true(tonumber(shell("stat -c %s " .. path)) <= 1024 * 1024 + 65536)
    client = connect({ max_disk_bytes = 1024 * 1024 }, server)
    assert.equal("hit", status(client, "/n/40"))
    assert.equal("miss", status(client, "/n/1"))
  end)

  it("survives being killed while it writes", function()
    for i = 1, os.getenv("WATS_TEST_LONG") and 50 or 4 do
      local other = processes.start(box.sandbox.url, { cache = { path = path } })
      other:ask('pcall(function() for i = 1, 20 do '
        .. 'client:get("/api/Product/Query?$skip=" .. i) end end)')
      assert(other.process:write('pcall(function() while true do '
        .. 'client:get("/api/Product/Query?$skip=" .. math.random(1e6)) end end)\n'))
      wats.sleep(0.01 + 0.007 * (i % 5))
      other:kill()
      local client = connect()
      local res = assert(client:get("/api/Product/Query?$skip=1"))
      assert.equal(200, res.status)
      assert.is_table(res:json())
      assert.equal("hit", status(client, "/api/Product/Query?$skip=1"))
      finish(client)
    end
    assert.equal("", shell("ls " .. folder .. " | grep damaged"))
  end)
end)

if not needs.has_sqlite then
  describe("a build without SQLite", function()
    it("says so when a path is given", function()
      local options = { cache = { path = "/tmp/x" } }
      local ok, message = pcall(support.connect, "http://127.0.0.1:1", options)
      assert.is_false(ok)
      assert.matches("wats.connect: cache.path: built without SQLite$", message)
    end)
  end)
end
