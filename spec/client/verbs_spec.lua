-- What a call puts on the wire: method, path, body, header fields.

local core = require("wats.core")
local raw_servers = require("spec.support.raw_server")
local support = require("spec.support.client")
local wats = require("wats")

local blamed = support.blamed

describe("a request", function()
  local server, client

  setup(function()
    server = raw_servers.start([[
      while true do
        local request = read()
        if not request then return end
        local length = request.method == "HEAD" and 5 or 2
        send("HTTP/1.1 200 OK\r\nContent-Length: " .. length .. "\r\n\r\n" ..
          (request.method == "HEAD" and "" or "ok"))
      end
    ]])
    client = support.connect(server, { cache = false })
  end)

  teardown(function() server:stop() end)

  local function sent(method, ...)
    local res, err = client[method](client, ...)
    assert(res, err and tostring(err))
    return server:last(), res
  end

  describe("by verb", function()
    it("has its method, path and version, and the client's fields", function()
      for verb, method in pairs { get = "GET", post = "POST", put = "PUT", patch = "PATCH",
        delete = "DELETE" } do
        local request, res = sent(verb, "/api/some/thing")
        assert.equal(method .. " /api/some/thing HTTP/1.1", request.line)
        assert.equal("Basic " .. support.TOKEN, request.headers.authorization)
        assert.equal("application/json", request.headers.accept)
        assert.matches("^wats%-lua/%d", request.headers["user-agent"])
        assert.equal(("127.0.0.1:%d"):format(server.port), request.headers.host)
        assert.matches("gzip", request.headers["accept-encoding"])
        assert.equal("ok", res.body)
        assert.equal("", request.body)
        assert.is_nil(request.headers.expect)
      end
    end)

    it("is a HEAD without a body, whatever length it names", function()
      local request, res = sent("head", "/api/some/thing")
      assert.equal("HEAD", request.method)
      assert.equal("", res.body)
      assert.equal("5", res.headers["content-length"])
      -- and the connection is in step afterwards
      assert.equal("ok", select(2, sent("get", "/x")).body)
    end)

    it("takes any method token, as it is written", function()
      for _, method in ipairs { "OPTIONS", "REPORT", "get", "X-Y_Z!", "PATCH", "HEAD" } do
        assert.equal(method, (sent("request", method, "/x")).method)
      end
    end)

    it("refuses what is no token, at the caller's line", function()
      for _, wrong in ipairs { "", "GET ", "G T", "GET\r\nX: y", "GET\0", "GÆT", "G/T" } do
        assert.matches("token", blamed(function() client:request(wrong, "/x") end))
      end
      assert.equal("method: string expected, got no value", blamed(function() client:request() end))
      assert.equal("method: string expected, got number",
        blamed(function() client:request(5, "/x") end))
    end)

    it("sends a length of 0 where a body belongs and there is none", function()
      for _, verb in ipairs { "post", "put", "patch" } do
        assert.equal("0", (sent(verb, "/x")).headers["content-length"])
      end
      assert.is_nil((sent("get", "/x")).headers["content-length"])
      assert.is_nil((sent("delete", "/x")).headers["content-length"])
    end)
  end)

  describe("path", function()
    it("goes out as it was written", function()
      for _, path in ipairs { "/", "/api//x", "/a%2Fb%20c", "/a;b,c=d", "/a?x=1&y=%20", "/a?",
        "/~a/(b)'*!", "/..a/b..", "/a%2e%2e/b" } do
        assert.equal(path, (sent("get", path)).target)
      end
    end)

    it("has what is not ASCII percent-encoded", function()
      assert.equal("/a/%C3%B8?q=%C3%A6", (sent("get", "/a/ø?q=æ")).target)
    end)

    it("keeps its own query in front of the one given", function()
      assert.equal("/x?b=1&a=2", (sent("get", "/x?b=1", { query = { a = 2 } })).target)
      assert.equal("/x?a=2", (sent("get", "/x?", { query = { a = 2 } })).target)
      assert.equal("/x?b=1", (sent("get", "/x?b=1", { query = {} })).target)
    end)

    it("raises at the caller's line for what is no path", function()
      for _, wrong in ipairs { "", "x", "http://other/x", "//../x", "/a/../b", "/a/..", "/./a",
        "/a b", "/a\r\nX: y", "/a\0b", "/a#b", "/a\tb", "/a\127b" } do
        local message = blamed(function() client:get(wrong) end)
        assert.matches("^GET .*path", message)
        assert.falsy(message:find("%c"))
      end
      for _, wrong in ipairs { 5, true, {}, print } do
        assert.equal(('path: a string such as "/api/..." expected, got %s'):format(type(wrong)),
          blamed(function() client:get(wrong) end))
      end
      assert.matches("got no value", blamed(function() client:get() end))
    end)

    it("refuses a path and query that no server takes, by their length", function()
      local message = blamed(function() client:get("/" .. ("x"):rep(70000)) end)
      assert.matches("path and query have 70001 bytes", message)
      message = blamed(function() client:get("/x", { query = { a = ("x"):rep(70000) } }) end)
      assert.matches("at most 65536 are sent", message)
    end)

    it("tells what is wrong however long the path is", function()
      local message = blamed(function() client:get("/" .. ("ø"):rep(5000) .. " ") end)
      assert.matches("space", message)
      assert.is_true(#message < 300)
      assert.is_truthy(utf8.len(message))
    end)
  end)

  describe("body", function()
    it("is the bytes given, NUL and all, without a type of its own", function()
      local request = sent("post", "/x", { body = "a\0b\r\n\255" })
      assert.equal("a\0b\r\n\255", request.body)
      assert.equal("6", request.headers["content-length"])
      assert.is_nil(request.headers["content-type"])
    end)

    it("may be empty, and may be large", function()
      assert.equal("", (sent("post", "/x", { body = "" })).body)
      local large = ("0123456789"):rep(100000)
      assert.equal(core.sha256(large), (sent("put", "/x", { body = large })).sha256)
    end)

    it("goes with any method, also GET and DELETE", function()
      for _, method in ipairs { "GET", "DELETE", "QUERY" } do
        local request = sent("request", method, "/x", { body = "b" })
        assert.equal(method, request.method)
        assert.equal("b", request.body)
      end
    end)

    it("is JSON, with its type, when a value is given", function()
      local request = sent("post", "/x", { json = { a = { 1, 2.5, wats.null } } })
      assert.equal('{"a":[1,2.5,null]}', request.body)
      assert.equal("application/json", request.headers["content-type"])
      assert.equal("[]", (sent("post", "/x", { json = wats.array {} })).body)
      assert.equal("false", (sent("post", "/x", { json = false })).body)
      assert.equal("null", (sent("post", "/x", { json = wats.null })).body)
      assert.equal('"text"', (sent("post", "/x", { json = "text" })).body)
    end)

    it("keeps the caller's own type", function()
      for _, headers in ipairs { { ["content-TYPE"] = "text/json; charset=utf-8" },
        { { "Content-Type", "text/json; charset=utf-8" } } } do
        local request = sent("post", "/x", { json = {}, headers = headers })
        assert.equal("text/json; charset=utf-8", request.headers["content-type"])
      end
    end)

    it("raises at the caller's line for what cannot be sent", function()
      assert.equal("body and json exclude another",
        blamed(function() client:post("/x", { body = "", json = {} }) end))
      assert.equal("body: string expected, got table (for a table there is the option json)",
        blamed(function() client:post("/x", { body = {} }) end))
      assert.equal("body: string expected, got number (for a table there is the option json)",
        blamed(function() client:post("/x", { body = 5 }) end))
      assert.matches("a%.b%[2%]", blamed(function() client:post("/x",
        { json = { a = { b = { 1, 0 / 0 } } } }) end))
      assert.matches("function", blamed(function() client:post("/x", { json = print }) end))
    end)
  end)

  describe("header fields", function()
    it("come as a map, numbers as text", function()
      local fields = sent("get", "/x", { headers = { ["X-A"] = "1 2", ["X-B"] = 5, ["X-C"] = 2.5,
        ["X-E"] = "" } }).headers
      assert.same({ "1 2", "5", "2.5", "" },
        { fields["x-a"], fields["x-b"], fields["x-c"], fields["x-e"] })
    end)

    it("come as a list, in order and as often as given", function()
      local head = sent("get", "/x",
        { headers = { { "X-A", "1" }, { "X-B", 2 }, { "X-A", "3" } } }).head
      assert.matches("\r\nX%-A: 1\r\nX%-B: 2\r\nX%-A: 3\r\n", head)
    end)

    it("replace the client's own, token included", function()
      local fields = sent("get", "/x", { headers = { Accept = "text/plain", ["user-agent"] = "me",
        authorization = "Bearer other" } }).headers
      assert.same({ "text/plain", "me", "Bearer other" },
        { fields.accept, fields["user-agent"], fields.authorization })
      assert.equal("Basic " .. support.TOKEN, (sent("get", "/x")).headers.authorization)
    end)

    it("cannot carry others within, nor break the request", function()
      for _, value in ipairs { "a\r\nX-Evil: 1", "a\nb", "a\rb", "a\0b", "\n" } do
        local message = blamed(function() client:get("/x", { headers = { ["X-A"] = value } }) end)
        assert.matches('^headers: "X%-A" is no header field', message)
        assert.matches('"X%-A"', blamed(function() client:get("/x",
          { headers = { { "X-A", value } } }) end))
      end
      for _, name in ipairs { "", "X A", "X:A", "X\r\nY", "X\0", "Ø", "X-A:" } do
        local message = blamed(function() client:get("/x", { headers = { [name] = "v" } }) end)
        assert.matches("^headers: ", message)
        assert.falsy(message:find("%c"))
      end
    end)

    it("show no value in a message", function()
      local message = blamed(function() client:get("/x",
        { headers = { Authorization = support.TOKEN .. "\n" } }) end)
      assert.falsy(message:find(support.TOKEN, 1, true))
    end)

    it("raise at the caller's line for other shapes", function()
      assert.equal("headers: table expected, got string",
        blamed(function() client:get("/x", { headers = "X: y" }) end))
      assert.equal("headers: X: string or number expected, got boolean",
        blamed(function() client:get("/x", { headers = { X = true } }) end))
      assert.equal("headers[1]: {name, value} expected, got string",
        blamed(function() client:get("/x", { headers = { "X: y" } }) end))
      assert.equal("headers[2]: {name, value} expected, got number",
        blamed(function() client:get("/x", { headers = { { "A", "b" }, 5 } }) end))
      assert.equal("headers: names are strings, got a number",
        blamed(function() client:get("/x", { headers = { { 5, "b" } } }) end))
      assert.equal("headers: A: string or number expected, got nil",
        blamed(function() client:get("/x", { headers = { { "A" } } }) end))
    end)

    it("may be none", function()
      assert.equal("/x", (sent("get", "/x", { headers = {} })).target)
    end)
  end)

  it("asks for bytes as they are stored with decompress = false", function()
    assert.is_nil((sent("get", "/x", { decompress = false })).headers["accept-encoding"])
    assert.matches("gzip", (sent("get", "/x", { decompress = true })).headers["accept-encoding"])
  end)

  it("uses one connection for one call after another", function()
    local request = sent("get", "/x")
    for _ = 1, 5 do assert.equal(request.connection, (sent("post", "/y")).connection) end
  end)
end)
