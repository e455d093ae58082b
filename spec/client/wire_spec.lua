-- What comes off the wire in unusual form: sizes, versions, 1xx, trailers, codings.

local core = require("wats.core")
local raw_servers = require("spec.support.raw_server")
local support = require("spec.support.client")

describe("an answer", function()
  it("of large size does not pile up behind small objects", function()
    local big = raw_servers.start([[
      local body = ("x"):rep(1000000)
      while read() do send("HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n" .. body) end
    ]])
    finally(function() big:stop() end)
    local other = support.connect(big, { cache = false })
    local function resident()
      local file = io.open("/proc/self/statm")
      if not file then return nil end
      local pages = tonumber(file:read("a"):match("^%d+ (%d+)"))
      file:close()
      return pages * 4096
    end
    local before = resident()
    if not before then pending("no /proc here") end
    if os.getenv("ASAN_OPTIONS") then pending("the sanitizer keeps freed memory") end
    for _ = 1, 100 do assert(other:get("/x")) end -- 100 MB in all
    assert.is_true(resident() - before < 50e6)
  end)

  it("of HTTP/1.0 is told apart", function()
    local old = raw_servers.start('read() send("HTTP/1.0 200 OK\\r\\n\\r\\nto the end")')
    finally(function() old:stop() end)
    local res = assert(support.connect(old, { cache = false }):get("/x"))
    assert.equal("1.0", res.http_version)
    assert.equal("to the end", res.body)
  end)

  it("may be preceded by others of 1xx", function()
    local early = raw_servers.start([[
      read() send("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early\r\nX-Early: 1\r\n\r\n")
      send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi")
    ]])
    finally(function() early:stop() end)
    local res = assert(support.connect(early, { cache = false }):get("/x"))
    assert.equal(200, res.status)
    assert.equal("hi", res.body)
    assert.is_nil(res.headers["x-early"])
  end)

  it("has trailers counted as no head", function()
    local trailing = raw_servers.start([[
      read() send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
      send("2\r\nhi\r\n0\r\nX-Late: 1\r\n\r\n")
    ]])
    finally(function() trailing:stop() end)
    local res = assert(support.connect(trailing, { cache = false }):get("/x"))
    assert.equal("hi", res.body)
    assert.is_nil(res.headers["x-late"])
  end)

  it("unpacks gzip without a word, and says so where it was asked not to", function()
    local packed = core.gzip(("text "):rep(100))
    local zipped = raw_servers.start(raw_servers.always(raw_servers.answer(200, packed,
      { "Content-Encoding: gzip" })))
    finally(function() zipped:stop() end)
    local other = support.connect(zipped)
    assert.equal(("text "):rep(100), assert(other:get("/x")).body)
    assert.equal(packed, assert(other:get("/x", { decompress = false })).body)
    assert.equal(("text "):rep(100), assert(other:get("/x")).body)
  end)
end)

describe("with accept_encoding = \"all\" an answer", function()
  local ENCODED = {
    br = "\x0b\x02\x80hello\x03",
    deflate = "\x78\x9c\xcb\x48\xcd\xc9\xc9\x07\x00\x06\x2c\x02\x15",
    gzip = core.gzip("hello"),
    identity = "hello",
  }

  local function serve(coding, bytes)
    local server = raw_servers.start(([[
      local bytes = %q
      while true do
        local request = read()
        if not request then break end
        send("HTTP/1.1 200 OK\r\nContent-Encoding: %s\r\nContent-Length: " .. #bytes .. "\r\n\r\n"
          .. bytes)
      end
    ]]):format(bytes, coding))
    finally(function() server:stop() end)
    return server, support.connect(server, { cache = false, accept_encoding = "all" })
  end

  for coding, bytes in pairs(ENCODED) do
    it("may come as " .. coding, function()
      local server, client = serve(coding, bytes)
      local res, err = client:get("/x")
      local asked = server:last().head:match("\r\nAccept%-Encoding: ([^\r]*)")
      if not asked:find(coding, 1, true) and coding ~= "identity" then
        pending("libcurl has no " .. coding)
      end
      assert.equal("hello", assert(res, err).body)
      assert.equal(coding, res.headers["content-encoding"])
      assert.equal(bytes, client:get("/x", { decompress = false }).body)
      local _, large = client:get("/x", { max_body = 4 })
      assert.equal("too_large", large.kind)
    end)
  end

  it("that is broken is a decode error", function()
    for coding, bytes in pairs { deflate = "\x78\x9cgarbage", gzip = "\x1f\x8bgarbage..",
      ["x-gzip"] = core.gzip("whole") .. "and more", unknown = "x" } do
      local _, client = serve(coding, bytes)
      local res, err = client:get("/x")
      assert.is_nil(res)
      assert.equal("decode", err.kind)
    end
  end)
end)

describe("a body", function()
  local server

  setup(function()
    server = raw_servers.start([[
      while true do
        local request = read()
        if not request then break end
        send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
      end
    ]])
  end)
  teardown(function() server:stop() end)

  local function sent(options)
    assert(support.connect(server, { cache = false }):post("/api/x", options))
    local last = server:last()
    return last.head, last.body
  end

  it("is packed where that is asked for", function()
    local text = ("measurement "):rep(1000)
    local head, body = sent { body = text, compress = true }
    assert.matches("\r\nContent%-Encoding: gzip\r\n", head)
    assert.matches("\r\nContent%-Length: " .. #body .. "\r\n", head .. "\r\n")
    assert.is_true(#body < 200)
    assert.equal(text, core.gunzip(body))
    head, body = sent { json = { text }, compress = true }
    assert.matches("\r\nContent%-Type: application/json\r\n", head)
    assert.equal('["' .. text .. '"]', core.gunzip(body))
    head, body = sent { body = "", compress = true }
    assert.not_matches("Content%-Encoding", head)
    assert.equal("", body)
    head, body = sent { body = "a\0b" }
    assert.not_matches("Content%-Encoding", head)
    assert.equal("a\0b", body)
  end)

  it("is not packed twice, nor a stream", function()
    local client = support.connect(server, {})
    assert.matches("compress and a field Content%-Encoding exclude another",
      support.blamed(function() client:post("/x", { body = "x", compress = true,
        headers = { ["content-encoding"] = "br" } }) end))
    assert.matches("compress goes with body and json only", support.blamed(function()
      client:post("/x", { source = print, compress = true }) end))
    assert.matches("compress: boolean expected, got number",
      support.blamed(function() client:post("/x", { body = "x", compress = 1 }) end))
  end)
end)
