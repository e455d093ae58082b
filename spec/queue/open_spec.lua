-- wats.queue.open: options, whose reports they are, and queues that meet in one file.

local config = require("wats.config")
local needs = require("spec.support.needs")
local queued = require("spec.support.queued")
local support = require("spec.support.client")
local wats = require("wats")

local blamed = support.blamed

describe("wats.queue.open", function()
  local it, world = queued(it, pending, setup, teardown, before_each, after_each)

  after_each(function() config.getenv = os.getenv end)

  local function environment(values)
    config.getenv = function(name) return values[name] end
  end

  it("makes the file and tells where it is, and for whom", function()
    local queue = world.open()
    assert.equal(world.path, queue.path)
    assert.equal(world.sandbox.url, queue.target)
    assert.equal(("wats.queue (%s, for %s)"):format(world.path, world.sandbox.url),
      tostring(queue))
    assert(io.open(world.path)):close()
    queue:close()
    assert.matches(", closed%)$", tostring(queue))
  end)

  it("raises at the caller's line for wrong options", function()
    local client, path = world.client, world.path
    local function message(options) return blamed(function() wats.queue.open(options) end) end
    assert.matches('^wats%.queue%.open: option "path" is missing', message {})
    assert.matches('unknown option "pth" %(did you mean "path"%?%)', message { pth = path })
    assert.matches('"concurrency" must be at least 1', message { path = path, concurrency = 0 })
    assert.matches('"concurrency" must be at most 64', message { path = path, concurrency = 65 })
    assert.matches("whole number", message { path = path, concurrency = 1.5 })
    assert.matches('"path" must be string, got number', message { path = 1 })
    assert.matches('"path" must be at least 1', message { path = "" })
    assert.matches("NUL", message { path = "a\0b" })
    assert.matches('"client" must be a client of wats.connect',
      message { path = path, client = {} })
    assert.matches('"client" must be table', message { path = path, client = "x" })
    assert.matches('"max_rows" must be at least 1', message { path = path, max_rows = 0 })
    assert.matches('"patience" must be above 0', message { path = path, patience = 0 })
    assert.matches('"recovery_spread"', message { path = path, recovery_spread = -1 })
    assert.matches("nan", message { path = path, patience = 0 / 0 })
    assert.matches("must be a function", message { path = path, client = client, on_event = 1 })
    assert.matches("a table of options expected", message(path))
    assert.matches("give one of them", message { path = path, client = client,
      base_url = "https://x" })
    assert.matches("on_event needs a client", message { path = path, base_url = "https://x",
      on_event = print })
    assert.matches("base_url", message { path = path, base_url = "ftp://x" })
  end)

  it("returns nil and an error where the file cannot be", function()
    for _, path in ipairs { world.directory .. "/no/such/outbox.db", world.directory } do
      local queue, err = world.try_open { path = path }
      assert.is_nil(queue)
      assert.equal("io", err.kind)
      assert.truthy(err.message:find(world.directory, 1, true))
    end
  end)

  it("refuses a client that is closed", function()
    world.client:close()
    local queue, err = world.try_open()
    assert.is_nil(queue)
    assert.equal("closed", err.kind)
  end)

  it("stores without a client for a base URL, spelt as a client would have it", function()
    local queue = world.open { client = false, base_url = "HTTP://LocalHost:80/api/" }
    assert.equal("http://localhost", queue.target)
    local id = assert(queue:submit(world.record()))
    assert.equal("http://localhost", queue:get(id).target)
  end)

  it("takes the base URL of the environment, then that of the file", function()
    environment { WATS_BASE_URL = "https://one.example" }
    assert.equal("https://one.example", assert(wats.queue.open { path = world.path }).target)
    local file = world.directory .. "/wats.json"
    local out <close> = assert(io.open(file, "w"))
    out:write('{"base_url": "https://two.example/api"}')
    out:close()
    environment { WATS_CONFIG = file }
    assert.equal("https://two.example", assert(wats.queue.open { path = world.path }).target)
  end)

  it("returns nil and an error where nobody names a server", function()
    environment {}
    local queue, err = wats.queue.open { path = world.path }
    assert.is_nil(queue)
    assert.equal("invalid", err.kind)
    assert.matches("WATS_BASE_URL", err.message)
    environment { WATS_CONFIG = world.directory .. "/none.json" }
    queue, err = wats.queue.open { path = world.path }
    assert.is_nil(queue)
    assert.equal("io", err.kind)
  end)

  it("finds the same queue by another way to the file", function()
    local one = world.store()
    assert(os.execute(("ln -s %s %s/link"):format(world.directory, world.directory)))
    local two = world.store { path = world.directory .. "/./link/outbox.db" }
    local id = assert(one:submit(world.record()))
    assert.equal(id, two:get(id).id)
    assert.equal(1, two:stats().pending)
  end)

  it("takes what is there where options are left out, and raises where they differ", function()
    local first = world.store { max_rows = 10, max_bytes = 1e6 }
    local second = world.store()
    assert.equal(10, second:stats().max_rows)
    world.store { max_rows = 10 }
    for name, value in pairs { max_rows = 11, max_bytes = 5e6, lifeboat = world.directory } do
      local options = { path = world.path, client = world.client, [name] = value }
      assert.matches("^wats%.queue%.open: .*" .. name,
        blamed(function() wats.queue.open(options) end))
    end
    first:close()
  end)

  it("raises where another has asked for another concurrency", function()
    world.open { concurrency = 2 }
    world.open { concurrency = 2 }
    world.open()
    local options = { path = world.path, client = world.client, concurrency = 3 }
    assert.matches("^wats%.queue%.open: .*concurrency",
      blamed(function() wats.queue.open(options) end))
  end)

  it("refuses a file that was never a queue, and leaves it as it is", function()
    local text = ("part;limit\n"):rep(1000)
    local file = assert(io.open(world.path, "wb"))
    file:write(text)
    file:close()
    local queue, err = wats.queue.open { path = world.path, client = world.client }
    assert.is_nil(queue)
    assert.equal("io", err.kind)
    assert.matches("it is no queue", err.message)
    file = assert(io.open(world.path, "rb"))
    assert.equal(text, file:read("a"))
    file:close()
  end)

  it("keeps reports of several servers apart", function()
    local mine = world.open()
    local other = world.open { client = false, base_url = "https://other.example" }
    local id = assert(other:submit(world.record()))
    assert.equal(0, mine:stats().pending)
    assert.equal(1, mine:stats().other_targets)
    assert.equal(1, mine:stats { all_targets = true }.pending)
    assert.is_nil(mine:stats { all_targets = true }.other_targets)
    assert.same({}, mine:list())
    assert.equal(id, mine:list { all_targets = true }[1].id)
    assert.is_true(mine:flush(world.LONG))
    assert.equal("https://other.example", mine:get(id).target)
    assert.equal(0, #world.posts())
  end)
end)

describe("wats.queue", function()
  local without = needs.that(not needs.has_sqlite, "only in a build without SQLite", it, pending)

  without("says so in a build without SQLite", function()
    local message = blamed(function() wats.queue.open { path = "x", base_url = "https://x" } end)
    assert.matches("built without SQLite", message)
  end)
end)
