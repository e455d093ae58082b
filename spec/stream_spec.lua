-- Bodies piece by piece: into a function, into a file, and what goes wrong meanwhile.

local core = require("wats.core")
local files = require("spec.support.files")
local needs = require("spec.support.needs")
local raw_servers = require("spec.support.raw_server")
local support = require("spec.support.client")
local wats = require("wats")

local SERVER = [[
  while true do
    local request = read()
    if not request then break end
    local kind = request.target:match("^/(%a+)")
    if kind == "small" then
      send("HTTP/1.1 200 OK\r\nContent-Length: 12\r\n\r\nab\0cd\r\n\255\0efg")
    elseif kind == "empty" then
      send("HTTP/1.1 204 No Content\r\n\r\n")
    elseif kind == "large" then
      local chunk = ("0123456789"):rep(10000)
      local count = tonumber(request.target:match("%d+"))
      send(("HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n"):format(count * #chunk))
      for _ = 1, count do send(chunk) end
    elseif kind == "missing" then
      send("HTTP/1.1 404 Not Found\r\nContent-Length: 4\r\n\r\nnone")
    elseif kind == "moved" then
      send("HTTP/1.1 302 Found\r\nLocation: /small\r\nContent-Length: 6\r\n\r\nsecond")
    elseif kind == "cut" then
      send("HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n" .. ("x"):rep(50000))
      return
    elseif kind == "slow" then
      send("HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nabc")
      sleep(1.5)
      send("def")
    elseif kind == "stalled" then
      send("HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n")
      sleep(0.2)
      send(("x"):rep(100000))
      sleep(20)
      return
    elseif kind == "late" then
      sleep(3)
      send("HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nabcdef")
    end
  end
]]

local function memory()
  for line in io.lines("/proc/self/status") do
    local kilobytes = line:match("^VmRSS:%s*(%d+)")
    if kilobytes then return tonumber(kilobytes) * 1024 end
  end
end

local read_file = files.read

local function count_parts(name)
  local pipe = io.popen(("ls -d %s.*.part 2>/dev/null | wc -l"):format(name))
  local count = pipe:read("n")
  pipe:close()
  return count
end

describe("a body into a sink", function()
  local server, client, name

  setup(function() server = raw_servers.start(SERVER) end)
  teardown(function() server:stop() end)
  before_each(function()
    name = os.tmpname()
    os.remove(name)
    client = support.connect(server)
  end)
  after_each(function()
    assert.equal(0, count_parts(name))
    os.remove(name)
    client:close()
  end)

  local function into_text(path, options)
    local chunks = {}
    local all = { sink = function(chunk) chunks[#chunks + 1] = chunk end }
    for key, value in pairs(options or {}) do all[key] = value end
    local res, err = client:get(path, all)
    return table.concat(chunks), res, err
  end

  it("comes as it was sent, and is not in the answer", function()
    local text, res = into_text("/small")
    assert.equal("ab\0cd\r\n\255\0efg", text)
    assert.equal("", res.body)
    assert.equal(12, res.bytes)
    assert.equal(200, res.status)
    assert.equal("bypass", res.cache_status)
    assert.equal("ab\0cd\r\n\255\0efg", client:get("/small").body)
    assert.equal(12, client:get("/small").bytes)
  end)

  it("is written to a file, which is there when it is whole", function()
    local res = assert(client:get("/small", { sink = name }))
    assert.equal(12, res.bytes)
    assert.equal("ab\0cd\r\n\255\0efg", read_file(name))
    assert(client:get("/empty", { sink = name }))
    assert.equal("", read_file(name))
  end)

  it("of 100 MB takes no memory", function()
    if needs.slowness > 1 then
      pending("what watches memory keeps what was freed")
    end
    into_text("/large100")
    collectgarbage()
    local before, most, bytes, whole = memory(), 0, 0, true
    assert(client:get("/large1000", { sink = function(chunk)
      bytes = bytes + #chunk
      whole = whole and chunk:sub(1, 1) == tostring((bytes - #chunk) % 10)
      if bytes % (16 * 1024 * 1024) < #chunk then
        collectgarbage() -- what busted has made in 30 MB of its own would hide the rest
        most = math.max(most, memory())
      end
    end }))
    assert.equal(100 * 1000 * 1000, bytes)
    assert.is_true(whole)
    assert.is_true(most - before < 30e6, ("grew by %d"):format(most - before))
  end)

  it("of another status stays in the answer", function()
    local text, res = into_text("/missing")
    assert.equal("", text)
    assert.equal(404, res.status)
    assert.equal("none", res.body)
    assert(client:get("/missing", { sink = name }))
    assert.is_nil(read_file(name))
  end)

  it("follows redirects first", function()
    local text, res = into_text("/moved")
    assert.equal("ab\0cd\r\n\255\0efg", text)
    assert.equal(200, res.status)
  end)

  it("that is cut short is an error, and leaves no file", function()
    local res, err = client:get("/cut", { sink = name, retry = true })
    assert.is_nil(res)
    assert.equal("connection", err.kind)
    assert.equal("GET", err.method)
    assert.is_nil(read_file(name))
  end)

  it("is not asked for again once a byte was given", function()
    client = support.connect(server, { retry = { max_attempts = 3, base_delay = 0.01 } })
    local text, _, err = into_text("/cut")
    assert.equal("connection", err.kind)
    assert.equal(1, err.attempts)
    assert.is_true(#text <= 50000)
  end)

  it("keeps what was there when it fails", function()
    local file = assert(io.open(name, "wb"))
    file:write("before")
    file:close()
    assert.is_nil(client:get("/cut", { sink = name }))
    assert.equal("before", read_file(name))
  end)

  it("ends with what the sink raises, at its place", function()
    local ok, message = pcall(into_text, "/large100", { sink = function() error("no room") end })
    assert.is_false(ok)
    assert.matches("stream_spec.lua:%d+: no room", message)
    local own = {}
    ok, message = pcall(wats.run, function()
      client:get("/large100", { sink = function() error(own) end })
    end)
    assert.is_false(ok)
    assert.equal(own, message)
    assert.equal(200, client:get("/small").status)
  end)

  it("ends when the sink says so", function()
    local answers = { table.pack(false), table.pack(nil, "enough"), table.pack(false, "enough") }
    for _, answer in ipairs(answers) do
      local calls = 0
      local res, err = client:get("/large100", { sink = function()
        calls = calls + 1
        return table.unpack(answer, 1, answer.n)
      end })
      assert.is_nil(res)
      assert.equal("cancelled", err.kind)
      assert.equal(1, calls)
      assert.equal(answer[2], err.cause)
    end
    local deadline = core.monotonic() + 10
    while client:stats().in_flight > 0 and core.monotonic() < deadline do core.sleep(0.01) end
    assert.equal(0, client:stats().in_flight)
  end)

  it("waits for a sink that waits, and others go on", function()
    local function slow_sink()
      wats.sleep(0.02)
      assert(client:get("/small"))
    end
    assert(client:get("/large10", { sink = slow_sink }))
    local others, over = 0, false
    wats.run(function()
      local task = wats.spawn(function()
        assert(client:get("/large20", { sink = slow_sink }))
        over = true
      end)
      while not over do
        assert(client:get("/small"))
        others = others + 1
        wats.sleep(0.01)
      end
      task:join()
    end)
    assert.is_true(others > 10)
  end)

  it("of a cancelled task ends", function()
    wats.run(function()
      local task = wats.spawn(function()
        return client:get("/large1000", { sink = function() return wats.sleep(0.01) end })
      end)
      wats.sleep(0.05)
      task:cancel()
      local res, err = task:join()
      assert.is_nil(res)
      assert.equal("cancelled", err.kind)
      task = wats.spawn(client.get, client, "/late", { sink = name })
      wats.sleep(0.05)
      task:cancel()
      assert.equal("cancelled", select(2, task:join()).kind)
    end)
    assert.is_nil(read_file(name))
  end)

  it("leaves nothing behind where the state ends midway", function()
    local script = ([[
      local wats = require("wats")
      local client = wats.connect { base_url = %q, token = "t" }
      wats.spawn(function() client:get("/slow", { sink = %q }) end)
      wats.spawn(function()
        client:get("/large1000", { sink = function() wats.sleep(0.05) end })
      end)
      wats.spawn(function()
        client:put("/small", { source = function() wats.sleep(1) return "x" end })
      end)
      wats.sleep(0.1)
      io.write("over")
    ]]):format(server.url, name)
    local process = assert(core.spawn { argv = { os.getenv("LUA") or "lua5.4", "-e", script } })
    local begun = core.monotonic()
    assert.equal(0, process:wait(20))
    assert.is_true(core.monotonic() - begun < 10)
    process:close()
    assert.is_nil(read_file(name))
  end)

  it("has the time that it takes: timeout is for the head", function()
    local text = into_text("/slow", { timeout = 0.8 })
    assert.equal("abcdef", text)
    local _, res, err = into_text("/late", { timeout = 0.3 })
    assert.is_nil(res)
    assert.equal("timeout", err.kind)
  end)

  it("that stands still is a timeout", function()
    client = support.connect(server, { low_speed = { 1000, 1 } })
    local text, res, err = into_text("/slow")
    assert.is_nil(res)
    assert.equal("timeout", err.kind)
    assert.equal("abc", text)
  end)

  it("that stands still is one however much has come before", function()
    if not os.getenv("WATS_TEST_LONG") then return pending("takes 5 seconds") end
    client = support.connect(server, { low_speed = { 1000, 4 } })
    local begun = core.monotonic()
    local _, res, err = into_text("/stalled")
    assert.is_nil(res)
    assert.equal("timeout", err.kind)
    local took = core.monotonic() - begun
    assert.is_true(took > 4 and took < 7.5, took) -- not twice the time
  end)

  it("that waits for its sink is none", function()
    client = support.connect(server, { low_speed = { 1000, 1 } })
    local bytes, waited = 0, false
    assert(client:get("/large100", { sink = function(chunk)
      bytes = bytes + #chunk
      if not waited then wats.sleep(2.5) end
      waited = true
    end }))
    assert.equal(10000000, bytes)
  end)

  it("is not larger than max_body, when the request says so", function()
    client = support.connect(server, { max_body = 1000 })
    assert.equal(100000, #into_text("/large1"))
    local _, res, err = into_text("/large1", { max_body = 99999 })
    assert.is_nil(res)
    assert.equal("too_large", err.kind)
  end)

  it("tells how far it is, with a sink and without", function()
    local seen = {}
    local function note(done, total) seen[#seen + 1] = { done, total } end
    into_text("/large20", { on_progress = note })
    assert.same({ 2000000, 2000000 }, seen[#seen])
    seen = {}
    assert.equal(2000000, #assert(client:get("/large20", { on_progress = note })).body)
    assert.same({ 2000000, 2000000 }, seen[#seen])
    for i = 2, #seen do assert.is_true(seen[i][1] > seen[i - 1][1]) end
    local ok, message = pcall(client.get, client, "/large30", {
      on_progress = function() error("enough") end })
    assert.is_false(ok)
    assert.matches("enough$", message)
  end)

  it("goes to regular files only, and says when they cannot be written", function()
    local res, err = client:get("/small", { sink = "/dev/null" })
    assert.is_nil(res)
    assert.equal("io", err.kind)
    res, err = client:get("/small", { sink = "/nowhere/at/all" })
    assert.is_nil(res)
    assert.equal("io", err.kind)
    assert.matches("/nowhere/at/all", err.message)
  end)

  it("says that the disk is full", function()
    local real = io.open
    io.open = function(path, mode) -- luacheck: ignore
      if path:find("%.part$") then path = "/dev/full" end
      return real(path, mode)
    end
    local res, err = client:get("/large1", { sink = name })
    io.open = real -- luacheck: ignore
    assert.is_nil(res)
    assert.equal("io", err.kind)
    assert.matches("No space left", err.message)
  end)

  it("is refused at the caller's line when it is something else", function()
    local text = support.blamed(function() client:get("/small", { sink = 3 }) end)
    assert.equal("sink: a function or the name of a file expected, got number", text)
  end)

  it("is refused of HEAD, and leaves what is there alone", function()
    local file = assert(io.open(name, "wb"))
    file:write("kept")
    file:close()
    local text = support.blamed(function() client:head("/small", { sink = name }) end)
    assert.matches("the answer to HEAD has no body for a sink$", text)
    assert.equal("kept", read_file(name))
    text = support.blamed(function() client:head("/small", { source = function() end }) end)
    assert.matches("HEAD is sent without a body$", text)
  end)
end)

describe("a packed body into a sink", function()
  local it, setup, teardown = needs.sandbox(it, pending, setup, teardown)
  local sandbox, client
  setup(function()
    sandbox = support.sandbox()
    client = support.connect(sandbox)
  end)
  teardown(function() sandbox:stop() end)

  it("of a domain call goes to the sink as it is, and its value is true", function()
    local text = ""
    local function sink(chunk) text = text .. chunk end
    assert.is_true(client.product:get_product("PCBA-100", { sink = sink }))
    assert.matches('"partNumber":"PCBA%-100"', text)
    text = ""
    assert.is_true(client.product:get_products({ sink = sink }))
    assert.matches("^%[", text)
    local value, err = client.product:get_product("none such", { sink = sink })
    assert.is_nil(value)
    assert.equal("not_found", err.kind)
  end)

  it("comes unpacked", function()
    local chunks = {}
    local path = "/api/App/Processes"
    local whole = assert(client:get(path))
    local res = assert(client:get(path, { sink = function(chunk) chunks[#chunks + 1] = chunk end }))
    assert.equal("gzip", res.headers["content-encoding"])
    assert.equal(whole.body, table.concat(chunks))
    assert.equal(#whole.body, res.bytes)
  end)
end)
