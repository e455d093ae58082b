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
