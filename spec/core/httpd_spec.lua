-- core.httpd: csrc/lua_httpd.c. What the server itself promises is tested in C.

local core = require("wats.core")
local needs = require("spec.support.needs")
local raw_http = require("spec.support.raw_http")

describe("core.httpd", function()
  local it = needs.sandbox(it, pending)
  local httpd

  local function serve(handler, options)
    options = options or {}
    options.handler = handler
    httpd = assert(core.httpd(options))
  end

  after_each(function()
    if httpd then
      httpd:close()
    end
    httpd = nil
  end)

  -- One request, while the server steps in this very thread.
  local function ask(request)
    local connection = raw_http.connect(httpd:port())
    connection:send(raw_http.text(request))
    for _ = 1, 50 do
      httpd:step(0.002)
    end
    local response, problem = raw_http.read(connection, request.method)
    connection:close()
    return response, problem
  end

  it("hands over the request as it was sent", function()
    local seen
    serve(function(request)
      seen = request
      return { body = "fine" }
    end)
    local response = ask({
      method = "PURGE", path = "/a%2Fb?x=%20&y", body = "a\0b",
      headers = { ["X-Test"] = "1", ["x-tesT"] = "2" },
    })
    assert.equal(200, response.status)
    assert.equal("fine", response.body)
    assert.same({ "PURGE", "/a%2Fb?x=%20&y", "/a%2Fb", "x=%20&y", "a\0b" },
      { seen.method, seen.target, seen.path, seen.query, seen.body })
    assert.is_true(seen.headers["x-test"] == "1, 2" or seen.headers["x-test"] == "2, 1")
    assert.equal("127.0.0.1", seen.headers.host)
    assert.is_nil(seen.too_large)
    ask({ path = "/" })
    assert.is_nil(seen.query)
    assert.equal("", seen.body)
  end)

  it("tells of a body that was too large", function()
    local seen
    serve(function(request)
      seen = request
      return { status = 413 }
    end, { max_body = 10 })
    assert.equal(413, ask({ method = "POST", path = "/", body = ("x"):rep(11) }).status)
    assert.is_true(seen.too_large)
    assert.equal("", seen.body)
  end)

  it("sends status, fields, several of one name, and body", function()
    serve(function()
      return { status = 404, headers = { A = "x", B = { "1", 2 } }, body = "not\0here" }
    end)
    local response = ask({ path = "/" })
    assert.equal(404, response.status)
    assert.equal("x", response.headers.a)
    assert.equal("1, 2", response.headers.b)
    assert.equal("not\0here", response.body)
  end)

  it("answers 500 with the traceback when the handler fails, and goes on", function()
    local answers = {
      function() error("own words") end,
      function() error({}) end,
      function() return nil end,
      function() return { status = 99 } end,
      function() return { headers = { ["bad name"] = "x" } } end,
      function() return { headers = { A = "x\r\nB: y" } } end,
      function() return { headers = { A = true } } end,
      function() return { headers = "A" } end,
      function() return { action = "explode" } end,
      function() coroutine.yield() end,
      function() httpd:step(0) end,
      function() httpd:close() end,
    }
    local current
    serve(function()
      return answers[current]()
    end)
    for i = 1, #answers do
      current = i
      local response = ask({ path = "/" })
      assert.equal(500, response.status, i)
      assert.is_true(#response.body > 0)
      if i == 1 then
        assert.matches("own words.*stack traceback", response.body)
      end
    end
    answers[1], current = function() return {} end, 1
    assert.equal(200, ask({ path = "/" }).status)
  end)

  it("delays, cuts and closes", function()
    local reply
    serve(function()
      return reply
    end)
    reply = { body = "late", delay = 0.01 }
    assert.equal("late", ask({ path = "/" }).body)
    reply = { body = "half", action = "cut" }
    assert.equal("ha", ask({ path = "/" }).body)
    reply = { action = "close" }
    assert.same({ nil, "closed" }, { ask({ path = "/" }) })
  end)

  it("steps inside a coroutine too", function()
    serve(function()
      return { body = "in a thread" }
    end)
    local response = coroutine.wrap(ask)({ path = "/" })
    assert.equal("in a thread", response.body)
  end)

  it("is closed for good, as often as one likes", function()
    serve(function() end)
    httpd:close()
    httpd:close()
    for _, name in ipairs({ "port", "step" }) do
      local ok, problem = pcall(httpd[name], httpd)
      assert.is_false(ok)
      assert.matches("closed", problem)
    end
  end)

  it("says why it cannot listen", function()
    serve(function() end)
    local other, problem = core.httpd({ handler = print, port = httpd:port() })
    assert.is_nil(other)
    assert.matches("listen on", problem)
  end)

  it("raises on wrong options and arguments", function()
    for text, options in pairs({
      handler = {}, port = { port = 65536 }, max_body = { max_body = -1 },
      host = { handler = print, host = {} }, address = { handler = print, host = "nowhere" },
      idle_timeout = { idle_timeout = 1.5 },
    }) do
      local ok, problem = pcall(core.httpd, options)
      assert.is_false(ok, text)
      assert.is_string(problem)
    end
    serve(function() end)
    assert.is_false(pcall(httpd.step, httpd, "soon"))
    assert.is_false(pcall(httpd.step, httpd, 0, 1, 2, 3, 4, 5))
  end)
end)

describe("core.gzip", function()
  it("packs what core.gunzip unpacks", function()
    for _, text in ipairs({ "", "a", ("some text\0"):rep(10000) }) do
      assert.equal(text, core.gunzip(core.gzip(text)))
    end
    assert.is_true(#core.gzip(("x"):rep(10000)) < 200)
  end)

  it("keeps a limit, and refuses what is not gzip", function()
    local packed = core.gzip(("x"):rep(1000))
    assert.equal(1000, #core.gunzip(packed, 1000))
    assert.same({ nil, "more bytes than the limit allows" }, { core.gunzip(packed, 999) })
    assert.is_nil((core.gunzip(packed:sub(1, -2))))
    assert.is_nil((core.gunzip("")))
    assert.is_false(pcall(core.gunzip, packed, -1))
  end)
end)
