-- What an answer is to Lua.

local errors = require("wats.errors")
local raw_servers = require("spec.support.raw_server")
local support = require("spec.support.client")
local wats = require("wats")

local blamed = support.blamed

describe("an answer", function()
  local server, client

  -- Each path is the answer's own recipe: /STATUS?body
  setup(function()
    server = raw_servers.start([[
      while true do
        local request = read()
        if not request then return end
        local status, query = request.target:match("^/(%d+)%??(.*)$")
        local body = query:gsub("%%(%x%x)", function(x) return string.char(tonumber(x, 16)) end)
        if status == "204" or status == "304" or request.method == "HEAD" then body = "" end
        send("HTTP/1.1 " .. status .. " Some Words\r\nX-One: 1\r\nx-two: a\r\n" ..
          "Set-Cookie: a=1\r\nX-Two: b\r\nX-Empty:\r\nX-Utf8: \195\184\r\nSet-Cookie: b=2\r\n")
        if status == "302" then send("Location: http://other.invalid/x\r\n") end
        if status == "307" then send("Location: //other.invalid:1/x\r\n") end
        if status == "301" then send("Location: /200?moved\r\n") end
        if status == "303" then send("Location: /303\r\n") end
        if status ~= "204" and status ~= "304" then
          send("Content-Length: " .. #body .. "\r\n")
        end
        send("\r\n" .. body)
      end
    ]])
    client = support.connect(server, { cache = false })
  end)

  teardown(function() server:stop() end)

  local function get(path, options)
    local res, err = client:get(path, options)
    assert(res, err and tostring(err))
    return res
  end

  it("comes for every status", function()
    for _, status in ipairs { 200, 201, 202, 204, 206, 226, 299, 300, 304, 305, 400, 401, 403, 404,
      405, 409, 410, 418, 422, 429, 451, 499, 500, 501, 502, 503, 504, 599 } do
      local res, err = client:get(("/%d?text"):format(status))
      assert.is_nil(err)
      assert.equal(status, res.status)
      assert.equal(status >= 200 and status < 300, res.ok)
      assert.equal((status == 204 or status == 304) and "" or "text", res.body)
    end
  end)

  it("is the redirect itself where that leads to another origin, or in circles", function()
    for path, location in pairs { ["/302"] = "http://other.invalid/x",
      ["/307"] = "//other.invalid:1/x" } do
      local res = get(path)
      assert.equal(path, "/" .. res.status)
      assert.equal(location, res.headers.location)
      assert.is_false(res.ok)
    end
    assert.equal(303, get("/303").status)
    assert.equal(301, assert(client:post("/301", { body = "x" })).status) -- would become a GET
  end)

  it("is what a redirect within the origin leads to", function()
    local res = get("/301")
    assert.equal(200, res.status)
    assert.equal("moved", res.body)
    assert.equal(2, res.attempts)
  end)

  it("has its fields", function()
    local res = get("/200?abc")
    assert.equal("abc", res.body)
    assert.equal("number", type(res.elapsed))
    assert.is_true(res.elapsed > 0 and res.elapsed < 10)
    assert.equal(1, res.attempts)
    assert.equal("1.1", res.http_version)
    assert.equal("bypass", res.cache_status)
    assert.equal("the client stores nothing", res.cache_reason)
    assert.is_false(res.from_cache)
    assert.is_nil(res.age)
    assert.equal("integer", math.type(res.status))
    assert.equal("wats.response: 200 (3 bytes, cache: bypass)", tostring(res))
    assert.is_nil(res.no_such_field)
    assert.is_nil(res[1])
    assert.is_nil(res[true])
    assert.is_nil(res[0 / 0])
  end)

  it("cannot be changed", function()
    local res = get("/200?abc")
    assert.equal("an answer cannot be changed", blamed(function() res.status = 500 end))
    assert.equal("an answer cannot be changed", blamed(function() res.mine = 1 end))
    assert.equal("an answer's header fields cannot be changed",
      blamed(function() res.headers.x = "y" end))
    assert.is_false(getmetatable(res))
    assert.is_false(getmetatable(res.headers))
    assert.has_error(function() setmetatable(res, {}) end)
    assert.equal(200, res.status)
  end)

  describe("body", function()
    it("is the same string when it is read again, and bytes as they are", function()
      local res = get("/200?a%00b%0D%0A%FF")
      assert.equal("a\0b\r\n\255", res.body)
      assert.equal(res.body, res.body)
      assert.equal("", get("/200").body)
      local large = get("/200?" .. ("x"):rep(30000))
      assert.equal(30000, #large.body)
      assert.equal(("%p"):format(large.body), ("%p"):format(large.body))
    end)

    it("and the rest outlive the client and collections", function()
      local other = support.connect(server)
      local res = assert(other:get("/200?abc"))
      local fields = res.headers
      other = nil -- luacheck: ignore
      for _ = 1, 3 do collectgarbage() end
      assert.equal("abc", res.body)
      res = nil -- luacheck: ignore
      for _ = 1, 3 do collectgarbage() end
      assert.equal("1", fields["x-one"])
      assert.same({ "a", "b" }, fields:all("X-Two"))
    end)
  end)

  describe("json", function()
    it("reads the body, whatever its type and status", function()
      assert.same({ a = { 1, 2.5, "x" } }, get("/200?{%22a%22:[1,2.5,%22x%22]}"):json())
      assert.same({ 1 }, get("/500?[1]"):json())
      assert.equal(wats.null, get("/200?null"):json())
      assert.is_false(get("/200?false"):json())
    end)

    it("drops nulls of objects, or keeps them", function()
      local res = get("/200?{%22a%22:null,%22b%22:[null]}")
      assert.same({ b = { wats.null } }, res:json())
      assert.same({ b = { wats.null } }, res:json { nulls = "drop" })
      assert.same({ a = wats.null, b = { wats.null } }, res:json { nulls = "keep" })
      assert.has_error(function() res:json { nulls = "maybe" } end)
      assert.has_error(function() res:json { null = "keep" } end)
    end)

    it("is a fresh value each time", function()
      local res = get("/200?{%22a%22:[1]}")
      local first = res:json()
      first.a[1], first.b = 2, 3
      assert.same({ a = { 1 } }, res:json())
    end)

    it("is nil and an error with the status for what is no JSON", function()
      for _, text in ipairs { "", "{", "<html>", "[1,]", "nul" } do
        local value, err = get("/502?" .. text):json()
        assert.is_nil(value)
        assert.is_true(errors.is_error(err))
        assert.equal("decode", err.kind)
        assert.equal(502, err.status)
        assert.is_false(err.retryable)
        assert.falsy(tostring(err):find("%c"))
      end
    end)

    it("is a method, and says so", function()
      local res = get("/200?1")
      local json = res.json
      for _, wrong in ipairs { false, {}, "x", io.stdout, client } do
        assert.has_error(function() json(wrong) end)
      end
      assert.has_error(function() json() end)
    end)
  end)

  describe("headers", function()
    it("are found in any case, the first of a name", function()
      local fields = get("/200").headers
      for _, name in ipairs { "X-One", "x-one", "X-ONE" } do assert.equal("1", fields[name]) end
      assert.equal("a", fields["X-Two"])
      assert.equal("", fields["X-Empty"])
      assert.equal("ø", fields["X-Utf8"])
      assert.is_nil(fields["X-None"])
      assert.is_nil(fields[1])
      assert.is_nil(fields[""])
      assert.equal(fields, fields)
    end)

    it("are the same object each time", function()
      local res = get("/200")
      assert.equal(res.headers, res.headers)
    end)

    it("give all lines of a name, in order", function()
      local fields = get("/200").headers
      assert.same({ "a=1", "b=2" }, fields:all("set-cookie"))
      assert.same({ "a", "b" }, fields:all("X-TWO"))
      assert.same({}, fields:all("X-None"))
      assert.has_error(function() fields:all() end)
      assert.has_error(function() fields.all({}, "x") end)
    end)

    it("are walked as sent, in order, by pairs as well", function()
      local fields = get("/200?abc").headers
      local expected = { "X-One=1", "x-two=a", "Set-Cookie=a=1", "X-Two=b", "X-Empty=", "X-Utf8=ø",
        "Set-Cookie=b=2", "Content-Length=3" }
      local list, again = {}, {}
      for name, value in fields:pairs() do list[#list + 1] = name .. "=" .. value end
      for name, value in pairs(fields) do again[#again + 1] = name .. "=" .. value end
      assert.same(expected, list)
      assert.same(expected, again)
    end)

    it("of a walk that is called beyond its end stay at the end", function()
      local step = get("/200").headers:pairs()
      local count = 0
      while step() do count = count + 1 end
      assert.equal(8, count)
      assert.is_nil(step())
      assert.is_nil(step())
    end)

    it("are those of the final answer after a redirect", function()
      assert.is_nil(get("/301").headers.location)
    end)
  end)

  it("may be looked at by a finaliser, whose turn is any", function()
    -- each is collected together with what looks at it; the order is Lua's
    for _, field in ipairs { "body", "headers", "status" } do
      local seen = 0
      local function make()
        local early = setmetatable({}, { __gc = function(t)
          pcall(function() return t.res[field] end)
          pcall(function() return t.res.headers["x-one"] end)
          pcall(function() return t.fields["x-one"] end)
          pcall(function() return t.fields:all("x-two") end)
          pcall(t.walk)
          pcall(function() return t.res:json() end)
          pcall(tostring, t.res)
          seen = seen + 1
        end })
        early.res = get("/200?abc")
        early.fields = early.res.headers
        early.walk = early.fields:pairs()
      end
      make()
      for _ = 1, 3 do collectgarbage() end
      assert.equal(1, seen)
    end
  end)
end)
