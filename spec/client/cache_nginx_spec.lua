-- The cache behind a real web server that says Expires, Cache-Control, Vary and ETag itself: nginx
-- with files, and in front of the sandbox.

local core = require("wats.core")
local needs = require("spec.support.needs")
local nginx = require("spec.support.nginx")
local support = require("spec.support.client")

local LINES = [[
  location /short/ { alias %DIR/files/; expires 3s; }
  location /long/ { alias %DIR/files/; expires 1h; add_header Cache-Control "private"; }
  location /ask/ { alias %DIR/files/; expires -1; }
  location /never/ { alias %DIR/files/; add_header Cache-Control "no-store"; }
  location /packed/ { alias %DIR/files/; gzip on; gzip_vary on; gzip_min_length 10; gzip_types *;
    expires 1h; }
  location /api/ { proxy_pass http://127.0.0.1:PORT; gzip on; gzip_vary on; gzip_proxied any;
    gzip_min_length 10; gzip_types *; expires 1h; }
]]

describe("behind nginx the cache", function()
  local available = nginx.available() and needs.has_sandbox
  local it = needs.that(available, "no nginx, openssl or sandbox here", it, pending)
  local TEXT = ("0123456789"):rep(100)
  local box, server, client

  setup(function()
    if not available then return end
    box = support.sandbox()
    server = nginx.start({ text = TEXT }, { extra = (LINES:gsub("PORT", tostring(box.port))) })
  end)
  teardown(function()
    if server then server:stop() end
    if box then box:stop() end
  end)
  before_each(function()
    if server then client = support.connect(server.tls_url, { ca_file = server.ca_file }) end
  end)

  local function get(path, options)
    local res = assert(client:get(path, options))
    return res, res.cache_status
  end

  it("obeys Expires and max-age, and confirms by ETag when they are over", function()
    local first = get("/short/text")
    assert.is_string(first.headers.expires)
    assert.equal("max-age=3", first.headers["cache-control"])
    assert.equal("hit", select(2, get("/short/text")))
    core.sleep(3.1)
    local res, status = get("/short/text")
    assert.same({ "revalidated", 200, TEXT }, { status, res.status, res.body })
    assert.equal("hit", select(2, get("/short/text")))
    assert.equal("max-age", client.cache:explain("/short/text").lifetime_from)
  end)

  it("asks each time where it is told so, and gets no body for it", function()
    assert.equal("miss", select(2, get("/ask/text")))
    local before = client:stats().bytes_received
    local res, status = get("/ask/text")
    assert.same({ "revalidated", TEXT }, { status, res.body })
    assert.is_true(client:stats().bytes_received - before < #TEXT)
    assert.equal("miss", select(2, get("/never/text")))
    assert.equal("miss", select(2, get("/never/text")))
  end)

  it("keeps packed and plain answers apart", function()
    local packed = get("/packed/text")
    assert.same({ "gzip", "Accept-Encoding" },
      { packed.headers["content-encoding"], packed.headers.vary })
    assert.equal(TEXT, packed.body)
    local plain, status = get("/packed/text", { decompress = false })
    assert.same({ "miss", TEXT }, { status, plain.body })
    assert.is_nil(plain.headers["content-encoding"])
    assert.equal("hit", select(2, get("/packed/text")))
    assert.equal("hit", select(2, get("/packed/text", { decompress = false })))
    local other = support.connect(server.tls_url, { ca_file = server.ca_file,
      accept_encoding = "all" })
    assert.equal("miss", assert(other:get("/packed/text")).cache_status)
  end)

  it("answers parts and conditions as nginx would", function()
    local whole = get("/long/text")
    for _, headers in ipairs {
      { Range = "bytes=5-14" }, { Range = "bytes=-7" }, { Range = "bytes=990-" },
      { Range = "bytes=2000-" }, { ["If-None-Match"] = whole.headers.etag },
      { ["If-Modified-Since"] = whole.headers["last-modified"] },
      { ["If-None-Match"] = '"other"' }, { Range = "bytes=0-3", ["If-Range"] = '"other"' },
      { Range = "bytes=0-3", ["If-Range"] = whole.headers.etag },
    } do
      local ours, status = get("/long/text", { headers = headers })
      local theirs = get("/long/text", { headers = headers, cache = "bypass" })
      assert.equal("hit", status)
      assert.equal(theirs.status, ours.status)
      assert.equal(theirs.headers["content-range"], ours.headers["content-range"])
      assert.equal(theirs.headers.etag, ours.headers.etag)
      if ours.status ~= 416 then assert.equal(theirs.body, ours.body) end
    end
  end)

  it("serves the operations of the API, and drops them by a write", function()
    local path = "/api/Product/PCBA-100"
    local first = get(path)
    assert.same({ "miss", "gzip" }, { first.cache_status, first.headers["content-encoding"] })
    assert.equal("hit", select(2, get(path)))
    local product = assert(client.product:get_product("PCBA-100"))
    product.description = "changed"
    assert(client:put("/api/Product", { json = product }))
    local res, status = get(path)
    assert.same({ "miss", "changed" }, { status, res:json().description })
    -- live state is live, whatever a proxy says of it
    assert.equal("max-age=3600", get("/api/App/Version").headers["cache-control"])
    assert.equal("bypass", select(2, get("/api/App/Version")))
  end)

  it("stands in when the server is gone, and says so", function()
    -- A lifetime that it says: by Last-Modified the answer would be fresh for 0.1 s wherever a
    -- second began after the file was written.
    local own = nginx.start({ text = TEXT },
      { extra = "location /over/ { alias %DIR/files/; expires 0; }" })
    local offline = support.connect(own.tls_url,
      { ca_file = own.ca_file, cache = { stale_if_error = 60 } })
    assert.equal("miss", assert(offline:get("/over/text")).cache_status)
    own:stop()
    local res = assert(offline:get("/over/text"))
    assert.same({ "stale", true, TEXT }, { res.cache_status, res.from_cache, res.body })
    assert.equal(tostring(res.age), res.headers.age)
    assert.matches("stale%-if%-error", res.cache_reason)
    assert.equal(1, offline.cache:stats().stale)
    local live, err = offline:get("/over/text", { cache = "refresh" })
    assert.is_nil(live)
    assert.equal("connection", err.kind)
  end)
end)
