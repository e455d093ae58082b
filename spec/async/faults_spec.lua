-- What goes wrong on a network, in plain code and in tasks: the same kind of error in both, within
-- its time, after as many attempts as are due; and nothing is left that harms the next request.

local core = require("wats.core")
local needs = require("spec.support.needs")
local raw_servers = require("spec.support.raw_server")
local support = require("spec.support.client")
local tls = require("spec.support.tls")
local wats = require("wats")

-- Long enough for a whole answer, wherever this runs: half of the faults wait for it.
local ATTEMPT = needs.slowness > 1 and 1.5 or 0.25

-- For each path what the server does with the connection once it has read a request.
local SCRIPT = [[
  local core = require("wats.core")
  local OK = "HTTP/1.1 200 OK\r\n"
  local LONG = OK .. "Content-Length: 10\r\n\r\n"
  local FAULTS = {
    ["/reset-before"] = reset,
    ["/reset-within-head"] = function() send(OK .. "Content-Le") reset() end,
    ["/reset-after-head"] = function() send(LONG) reset() end,
    ["/hang-up"] = function() end,
    ["/half-body"] = function() send(LONG .. "12345") end,
    ["/half-chunks"] = function()
      send(OK .. "Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n")
    end,
    ["/silence"] = function() sleep(60) end,
    ["/slow-body"] = function()
      send(OK .. "Content-Length: 1000\r\n\r\n")
      for _ = 1, 100 do send("x") sleep(0.05) end
    end,
    ["/missing-bytes"] = function() send(LONG .. "12345") sleep(60) end,
    ["/endless-head"] = function()
      send(OK)
      for i = 1, 4000 do send("X-Field-" .. i .. ": " .. ("y"):rep(100) .. "\r\n") end
    end,
    ["/two-lengths"] = function()
      send(OK .. "Content-Length: 5\r\nContent-Length: 6\r\n\r\nhello!")
    end,
    ["/no-http"] = function() send("SSH-2.0-OpenSSH_9.2\r\n") end,
    ["/bad-chunk"] = function() send(OK .. "Transfer-Encoding: chunked\r\n\r\nzz\r\nhello\r\n") end,
    ["/bad-gzip"] = function()
      send(OK .. "Content-Encoding: gzip\r\nContent-Length: 10\r\n\r\n\x1f\x8bnot gzip")
      return true -- a whole answer: the connection is kept
    end,
    ["/gzip-bomb"] = function()
      shared.bomb = shared.bomb or core.gzip(("\0"):rep(3000000))
      local bomb = shared.bomb
      send(OK .. "Content-Encoding: gzip\r\nContent-Length: " .. #bomb .. "\r\n\r\n" .. bomb)
      return true
    end,
    ["/interim-storm"] = function()
      for _ = 1, 200 do send(("HTTP/1.1 102 Processing\r\nX: yyyyyyyyyyyyyyy\r\n\r\n"):rep(50)) end
    end,
    ["/minus-length"] = function() send(OK .. "Content-Length: -2\r\n\r\nok") end,
    ["/chunk-overflow"] = function()
      send(OK .. "Transfer-Encoding: chunked\r\n\r\nfffffffffffffffff\r\nhello\r\n")
    end,
    ["/slow-head"] = function()
      send("HTTP/1.1 200 OK\r\nX-Slow: ")
      for _ = 1, 100 do send("y") sleep(0.05) end
    end,
    -- More than was announced: what would pass for the answer to the next request.
    ["/smuggled"] = function()
      send(OK .. "Content-Length: 2\r\n\r\nok" .. OK .. "Content-Length: 4\r\n\r\nevil")
      return true
    end,
    ["/smuggled-behind-204"] = function()
      send("HTTP/1.1 204 No Content\r\n\r\n" .. OK .. "Content-Length: 4\r\n\r\nevil")
      return true
    end,
    ["/smuggled-behind-chunks"] = function()
      send(OK .. "Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n" ..
        OK .. "Content-Length: 4\r\n\r\nevil")
      return true
    end,
    ["/100-MB"] = function()
      send(OK .. "Content-Length: 100000000\r\n\r\n" .. ("x"):rep(200000))
    end,
    ["/100-MB-chunked"] = function()
      send(OK .. "Transfer-Encoding: chunked\r\n\r\n")
      local chunk = "10000\r\n" .. ("x"):rep(65536) .. "\r\n"
      for _ = 1, 1600 do send(chunk) end
    end,
  }
  while true do
    local request = read()
    if not request then break end
    local fault = FAULTS[request.target]
    if fault then
      if not fault() then return end
    elseif request.target == "/trailers" then
      send(OK .. "Transfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\nX-Sum: 1\r\n\r\n")
    elseif request.target == "/other-host" then
      send("HTTP/1.1 302 X\r\nLocation: http://127.0.0.2:1/\r\nContent-Length: 0\r\n\r\n")
    elseif request.target == "/loop" then
      send("HTTP/1.1 307 X\r\nLocation: /loop\r\nContent-Length: 0\r\n\r\n")
    else
      local body = request.target:match("^/good/(.+)") or "ok"
      send(OK .. "Content-Length: " .. #body .. "\r\n\r\n" .. body)
    end
  end]]

-- Path, kind (or status), attempts of a GET, and of a POST that must not be done twice. More of a
-- GET where it went into kept connections that died without a byte: libcurl repeats it, five times
-- at most.
local EXPECTED = {
  { "/reset-before", "connection", 3, 1 },
  { "/reset-within-head", "connection", 3, 1 },
  { "/reset-after-head", "connection", 3, 1 },
  { "/hang-up", "connection", 3, 1 },
  { "/half-body", "connection", 3, 1 },
  { "/half-chunks", "connection", 3, 1 },
  { "/silence", "timeout", 3, 1 },
  { "/slow-body", "timeout", 3, 1 },
  { "/missing-bytes", "timeout", 3, 1 },
  { "/endless-head", "too_large", 1, 1 },
  { "/two-lengths", "protocol", 1, 1 },
  { "/no-http", "protocol", 1, 1 },
  { "/bad-chunk", "protocol", 1, 1 },
  { "/minus-length", "protocol", 1, 1 },
  { "/chunk-overflow", "protocol", 1, 1 },
  { "/slow-head", "timeout", 3, 1 },
  { "/smuggled", 200, 1, 1 },
  { "/smuggled-behind-204", 204, 1, 1 },
  { "/smuggled-behind-chunks", 200, 1, 1 },
  { "/bad-gzip", "decode", 1, 1 },
  { "/gzip-bomb", "too_large", 1, 1 },
  { "/interim-storm", "too_large", 1, 1 },
  { "/100-MB", "too_large", 1, 1 },
  { "/100-MB-chunked", "too_large", 1, 1 },
  { "/trailers", 200, 1, 1 },
  { "/other-host", 302, 1, 1 },
  { "/loop", 307, 6, 6 },
}

describe("a fault of the network", function()
  local server, client, impatient

  setup(function() server = raw_servers.start(SCRIPT) end)
  teardown(function() server:stop() end)
  before_each(function()
    local options = { cache = false, timeout = 20, attempt_timeout = 15, max_body = 1000000,
      retry = { base_delay = 0.001, max_delay = 0.005, budget = 10000 } }
    client = support.connect(server, options)
    options.attempt_timeout = ATTEMPT
    impatient = support.connect(server, options)
  end)
  after_each(function()
    server:requests() -- or its pipe would be full
    client:close()
    impatient:close() -- may be the same
  end)

  -- Good requests go by the client that meets the fault. Only where the fault is that no end comes
  -- is its attempt cut short: a slow machine needs time for the others.
  local function meet(expected)
    if expected[2] == "timeout" then client = impatient end
  end

  -- Ends as it should, within its deadline.
  local function check(expected, method, elapsed, res, err)
    local path, kind = expected[1], expected[2]
    local attempts = expected[method == "GET" and 3 or 4]
    local what = method .. " " .. path
    if type(kind) == "number" then
      assert(res, what .. ": " .. tostring(err))
      assert.equal(kind, res.status, what)
      assert.equal(attempts, res.attempts, what)
    else
      assert.is_nil(res, what)
      assert.equal(kind, err.kind, what .. ": " .. err.message)
      local most = kind == "connection" and method == "GET" and 6 * attempts or attempts
      assert.is_true(err.attempts >= attempts and err.attempts <= most,
        ("%s: %d attempts: %s"):format(what, err.attempts, err.message))
      assert.equal(method, err.method)
      if method == "POST" then assert.is_false(err.retryable, what) end
    end
    assert.is_true(elapsed < 30, what .. " took " .. elapsed)
  end

  local function ask(expected, method)
    local begun = core.monotonic()
    local options = method == "POST" and { body = "x" } or nil
    local by = expected[2] == "timeout" and impatient or client
    local res, err = by:request(method, expected[1], options)
    check(expected, method, core.monotonic() - begun, res, err)
  end

  local function check_health()
    for _ = 1, 3 do assert.equal("ok", assert(client:get("/good")).body) end
    assert.equal(0, client:stats().in_flight)
  end

  -- Each answer is that of its own request, at the first attempt.
  local function ask_good(name)
    local res = assert(client:get("/good/" .. name))
    assert.equal(name, res.body)
    assert.equal(1, res.attempts)
  end

  -- Whoever goes on asks on the connection that is there.
  local function check_reuse()
    ask_good("first")
    local before = client:stats()
    for i = 1, 5 do ask_good("again-" .. i) end
    local after = client:stats()
    assert.equal(0, after.in_flight)
    assert.equal(before.connections_new, after.connections_new)
    assert.equal(before.connections_reused + 5, after.connections_reused)
  end

  -- A client of its own counts: what was tried again is no more than what the faults had coming.
  local function check_beside(expected)
    check_reuse()
    local faults, good = {}, {}
    for i, method in ipairs { "GET", "POST" } do
      faults[i] = wats.spawn(ask, expected, method)
    end
    for i = 1, 6 do
      good[i] = wats.spawn(function()
        for j = 1, 5 do ask_good(("beside-%d-%d"):format(i, j)) end
        return true
      end)
    end
    for _, task in ipairs(good) do assert.is_true(assert(task:join())) end
    for _, task in ipairs(faults) do
      local _, err = task:join()
      assert.is_nil(err, tostring(err))
    end
    local again = type(expected[2]) == "string" and expected[3] - 1 + expected[4] - 1 or 0
    assert.equal(again, client:stats().retries)
    check_reuse()
    ask(expected, "GET")
    check_reuse()
  end

  for _, expected in ipairs(EXPECTED) do
    it(expected[1]:sub(2) .. " is told, in plain code and in a task", function()
      meet(expected)
      ask(expected, "GET")
      check_health()
      wats.run(ask, expected, "GET")
      ask(expected, "POST")
      wats.run(function()
        ask(expected, "POST")
        check_health()
      end)
      check_health()
    end)
  end

  for _, expected in ipairs(EXPECTED) do
    it(expected[1]:sub(2) .. " touches no good request of the same client", function()
      meet(expected)
      check_beside(expected)
    end)
  end

  it("nobody listens: nothing was sent, so anything is tried again", function()
    local gone = raw_servers.start("read()")
    local own = support.connect(gone, { cache = false, retry = { base_delay = 0.001 } })
    gone:stop()
    for _, run in ipairs { function(f) f() end, wats.run } do
      run(function()
        for _, method in ipairs { "GET", "POST" } do
          local res, err = own:request(method, "/x")
          assert.is_nil(res)
          assert.equal("connection", err.kind)
          assert.equal(3, err.attempts)
          assert.is_true(err.retryable)
        end
      end)
    end
    assert.equal(0, own:stats().in_flight)
  end)

  it("harms no other, when all come at once", function()
    local sound = raw_servers.start(raw_servers.always(raw_servers.answer(200, "ok")))
    finally(function() sound:stop() end)
    local other = support.connect(sound, { cache = false })
    local faults, good = {}, {}
    for _, expected in ipairs(EXPECTED) do
      for _, method in ipairs { "GET", "POST" } do
        faults[#faults + 1] = wats.spawn(ask, expected, method)
      end
    end
    for i = 1, 16 do
      good[i] = wats.spawn(function()
        for _ = 1, 10 do assert(assert(other:get("/good")).body == "ok") end
        return true
      end)
    end
    for _, task in ipairs(good) do assert.is_true(assert(task:join())) end
    for _, task in ipairs(faults) do
      local _, err = task:join()
      assert.is_nil(err, tostring(err))
    end
    check_health()
  end)
end)

describe("a fault of a certificate", function()
  local it = tls.available() and it or function(name) pending(name .. " (no openssl here)") end

  it("is told at once, and not tried again", function()
    local authority = tls.authority()
    local servers = {}
    finally(function()
      for _, server in ipairs(servers) do server:stop() end
      authority:remove()
    end)
    for words, certificate in pairs {
      ["self.signed"] = authority:self_signed(),
      ["expired"] = authority:issue("IP:127.0.0.1", -1),
      ["127%.0%.0%.1"] = authority:issue("DNS:other.example"),
    } do
      local server = tls.serve(certificate)
      servers[#servers + 1] = server
      local client = support.connect(server, { cache = false, ca_file = authority.ca_file,
        retry = { base_delay = 0.001 } })
      for _, run in ipairs { function(f) f() end, wats.run } do
        run(function()
          local res, err = client:get("/x")
          assert.is_nil(res)
          assert.equal("tls", err.kind)
          assert.matches(words, err.message)
          assert.equal(1, err.attempts)
        end)
      end
      assert.equal(0, client:stats().in_flight)
      assert.equal(0, #server:requests())
    end
  end)
end)
