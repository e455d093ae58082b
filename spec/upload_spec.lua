-- Bodies of requests piece by piece: from functions, files, and the parts of a form.

local core = require("wats.core")
local raw_servers = require("spec.support.raw_server")
local support = require("spec.support.client")
local wats = require("wats")

-- Answers with what it was sent: length, digest, and the head's fields.
local SERVER = [[
  local core = require("wats.core")
  local function answer(status, body)
    send(("HTTP/1.1 %s\r\nContent-Length: %d\r\n\r\n%s"):format(status, #body, body))
  end
  local function digest(request)
    local h = request.headers
    answer("200 OK", table.concat({ #request.body, core.sha256(request.body),
      h["content-length"] or "-", h["transfer-encoding"] or "-", h["content-type"] or "-",
      request.method, h["expect"] or "-" }, " "))
  end
  while true do
    local request = read(number == shared.early)
    if not request then break end
    if request.target == "/next-early" then
      shared.early = number + 1
      send("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 0\r\n\r\n")
      return
    elseif request.target == "/early" then
      answer("413 Content Too Large", "too much")
      sleep(0.3)
      return
    elseif request.target == "/answer-first" then
      send("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 5\r\n\r\n")
      for i = 1, 5 do sleep(0.3) send(tostring(i)) end
      return
    elseif request.target == "/twice" then
      shared.count = (shared.count or 0) + 1
      if shared.count % 2 == 1 then answer("503 Service Unavailable", "") else digest(request) end
    elseif request.target == "/echo" then
      send(("HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n"):format(#request.body))
      send(request.body)
    elseif request.target == "/moved" then
      send("HTTP/1.1 307 Temporary Redirect\r\nLocation: /put\r\nContent-Length: 0\r\n\r\n")
    elseif request.target == "/silent" then
      sleep(5)
    else
      digest(request)
    end
  end
]]

local function words(text)
  local list = {}
  for word in text:gmatch("[^ ]+") do list[#list + 1] = word end
  return list
end

describe("a body from a source", function()
  local server, client, name

  local BYTES = ("\0\1\2\255\r\n0123456789"):rep(65536)   -- 1 MB

  setup(function() server = raw_servers.start(SERVER) end)
  teardown(function() server:stop() end)
  before_each(function()
    name = os.tmpname()
    client = support.connect(server)
  end)
  after_each(function()
    os.remove(name)
    client:close()
  end)

  local function write(text)
    local file = assert(io.open(name, "wb"))
    file:write(text)
    file:close()
  end

  -- In pieces of odd sizes, with empty ones among them.
  local function pieces_of(text)
    local at, sizes, turn = 1, { 1, 100000, 0, 70001, 400000 }, 0
    return function()
      if at > #text then return nil end
      turn = turn % #sizes + 1
      local piece = text:sub(at, at + sizes[turn] - 1)
      at = at + #piece
      return piece
    end
  end

  it("that is a function is sent in chunks", function()
    local res = assert(client:post("/put", { source = pieces_of(BYTES) }))
    assert.same({ tostring(#BYTES), core.sha256(BYTES), "-", "chunked", "-", "POST", "-" },
      words(res.body))
    assert.equal("0", words(assert(client:put("/put", { source = function() end })).body)[1])
  end)

  it("whose length is known is announced", function()
    local res = assert(client:put("/put", { source = pieces_of(BYTES), source_length = #BYTES,
      headers = { ["Content-Type"] = "application/zip" } }))
    assert.same({ tostring(#BYTES), core.sha256(BYTES), tostring(#BYTES), "-", "application/zip",
      "PUT", "-" }, words(res.body))
  end)

  it("that is a file has its length", function()
    write(BYTES)
    local res = assert(client:put("/put", { source = { file = name } }))
    assert.same({ tostring(#BYTES), core.sha256(BYTES), tostring(#BYTES), "-" },
      { table.unpack(words(res.body), 1, 4) })
    write("")
    res = assert(client:put("/put", { source = { file = name } }))
    assert.same({ "0", core.sha256(""), "0", "-" }, { table.unpack(words(res.body), 1, 4) })
  end)

  it("of 50 MB arrives, from a file and from a function", function()
    local text = BYTES:rep(50)
    local expected = core.sha256(text)
    write(text)
    local res = assert(client:put("/put", { source = { file = name } }))
    assert.equal(expected, words(res.body)[2])
    res = assert(client:put("/put", { source = pieces_of(text) }))
    assert.equal(expected, words(res.body)[2])
  end)

  it("may wait for its bytes, in tasks and outside", function()
    client = support.connect(server, { low_speed = { 1000, 1 } })
    local function slow()
      local left = 3
      return function()
        wats.sleep(left == 3 and 1.5 or 0.05)
        left = left - 1
        return left >= 0 and "abc" or nil
      end
    end
    assert.equal("9", words(assert(client:put("/put", { source = slow() })).body)[1])
    wats.run(function()
      assert.equal("9", words(assert(client:put("/put", { source = slow() })).body)[1])
    end)
  end)

  it("ends with what the function raises, or the reason that it gives", function()
    local ok, message = pcall(client.put, client, "/put", { source = function() error("gone") end })
    assert.is_false(ok)
    assert.matches("upload_spec.lua:%d+: gone", message)
    local res, err = client:put("/put", { source = function() return nil, "unplugged" end })
    assert.is_nil(res)
    assert.equal("cancelled", err.kind)
    assert.equal("unplugged", err.cause)
    assert.equal("PUT", err.method)
  end)

  it("must give strings, and as many bytes as were announced", function()
    assert.matches("returned a number", support.blamed(function()
      client:put("/put", { source = function() return 3 end })
    end))
    assert.matches("source_length is 9", support.blamed(function()
      client:put("/put", { source = function() end, source_length = 9 })
    end))
    assert.matches("more than source_length", support.blamed(function()
      client:put("/put", { source = function() return "abc" end, source_length = 2 })
    end))
  end)

  it("is sent again from a file, never from a function", function()
    client = support.connect(server, { retry = { max_attempts = 2, base_delay = 0.01 } })
    write(BYTES)
    local res = assert(client:put("/twice", { source = { file = name } }))
    assert.equal(core.sha256(BYTES), words(res.body)[2])
    assert.equal(2, res.attempts)
    res = assert(client:put("/twice", { source = pieces_of(BYTES) }))
    assert.equal(503, res.status)
    assert.equal(1, res.attempts)
    assert.equal(200, client:put("/twice", { source = { file = name } }).status)
  end)

  it("follows a redirect from a file, never from a function", function()
    write("abc")
    assert.equal("3", words(assert(client:put("/moved", { source = { file = name } })).body)[1])
    assert.equal(307, assert(client:put("/moved", { source = pieces_of("abc") })).status)
  end)

  it("stops when the server has answered", function()
    assert(client:get("/next-early"))
    local given = 0
    local res, err = client:put("/early", { source = function()
      given = given + 65536
      return given < 200e6 and ("x"):rep(65536) or nil
    end })
    assert.is_nil(err)
    assert.equal(413, res.status)
    assert.equal("too much", res.body)
    assert.is_true(given < 100e6)
  end)

  it("is given the answer's time after its end, whether its length is known or not", function()
    write(BYTES)
    for _, body in ipairs {
      { source = pieces_of(BYTES) },
      { source = pieces_of(BYTES), source_length = #BYTES },
      { source = { file = name } },
      { multipart = { { name = "a", file = name } } },
    } do
      body.timeout = 0.5
      local res, err = client:put("/silent", body)
      assert.is_nil(res)
      assert.equal("timeout", err.kind)
      assert.is_true(err.elapsed < 4, err.message)
    end
  end)

  it("leaves the answer its time where that came first", function()
    client = support.connect(server, { timeout = 0.5 })
    assert(client:get("/next-early"))
    local given, got = 0, {}
    local res = assert(client:put("/answer-first", {
      source = function()
        given = given + 1
        wats.sleep(0.1)
        return given <= 3 and "x" or nil
      end,
      sink = function(chunk) got[#got + 1] = chunk end,
    }))
    assert.equal(200, res.status)
    assert.equal("12345", table.concat(got))
  end)

  it("tells how far it is", function()
    write(BYTES)
    local seen = {}
    local function note(done, total) seen[#seen + 1] = { done, total } end
    assert(client:put("/put", { source = { file = name }, on_progress = note }))
    assert.same({ #BYTES, #BYTES }, seen[#seen])
    seen = {}
    assert(client:put("/put", { body = BYTES, on_progress = note }))
    assert.same({ #BYTES, #BYTES }, seen[#seen])
  end)

  it("goes out while the answer comes in", function()
    local chunks = {}
    local res = assert(client:put("/echo", { source = pieces_of(BYTES),
      sink = function(chunk) chunks[#chunks + 1] = chunk end }))
    assert.equal(#BYTES, res.bytes)
    assert.is_true(table.concat(chunks) == BYTES)
  end)

  it("that is not there is an error before anything is sent", function()
    local res, err = client:put("/put", { source = { file = "/nowhere" } })
    assert.is_nil(res)
    assert.equal("io", err.kind)
    assert.matches("/nowhere", err.message)
    assert.equal("io", select(2, client:put("/put", { source = { file = "/dev/zero" } })).kind)
    assert.equal(0, client:stats().exchanges)
  end)

  it("excludes other bodies", function()
    local text = support.blamed(function() client:put("/put", { source = print, json = {} }) end)
    assert.equal("only one of body, json, source and multipart can be given", text)
    text = support.blamed(function() client:put("/put", { body = "x", source_length = 1 }) end)
    assert.equal("source_length: it is the length of a function's source", text)
  end)

  it("with NUL bytes goes and comes as a string too", function()
    local zip = "PK\3\4\0\0\0\0" .. BYTES:sub(1, 5000)
    assert.is_true(assert(client:post("/echo", { body = zip })).body == zip)
  end)

  describe("that is a form", function()
    it("comes as its parts", function()
      write("\0file\r\n")
      local res = assert(client:post("/echo", { multipart = {
        { name = 'a"b\r\nc', body = "one" },
        { name = "log", filename = 'x".txt', body = "two\0", content_type = "text/plain" },
        { name = "zip", file = name },
      } }))
      local boundary = res.body:match("^%-%-(wats%-[%x-]+)\r\n")
      local expected = table.concat({
        "--B", 'Content-Disposition: form-data; name="a%22b%0D%0Ac"', "", "one",
        "--B", 'Content-Disposition: form-data; name="log"; filename="x%22.txt"',
        "Content-Type: text/plain", "", "two\0",
        "--B", ('Content-Disposition: form-data; name="zip"; filename="%s"'):format(
          name:match("[^/]*$")),
        "Content-Type: application/octet-stream", "", "\0file\r\n", "--B--", "" }, "\r\n")
      assert.equal(expected, (res.body:gsub(boundary:gsub("%-", "%%-"), "B")))
      res = assert(client:post("/put", { multipart = { { name = "a", body = "b" } } }))
      local sent = words(res.body)
      assert.equal(sent[1], sent[3])
      assert.matches("^multipart/form%-data;$", sent[5])
    end)

    it("is refused where it is wrong", function()
      local function form(parts) return { multipart = parts } end
      assert.matches("it is empty", support.blamed(function() client:post("/put", form {}) end))
      assert.matches("name is missing", support.blamed(function()
        client:post("/put", form { { body = "" } })
      end))
      assert.matches("one of body and file", support.blamed(function()
        client:post("/put", form { { name = "a" } })
      end))
      assert.matches("unknown field \"nmae\"", support.blamed(function()
        client:post("/put", form { { nmae = "a" } })
      end))
      assert.matches("multipart%[2%]: a table expected, got nil", support.blamed(function()
        client:post("/put", form { { name = "a", body = "" }, nil, { name = "c", body = "" } })
      end))
      -- a file's name would end there, and be another file's
      for field, part in pairs { name = { name = "a\0b", body = "" },
        filename = { name = "a", body = "", filename = "a\0b" },
        file = { name = "a", file = "README.md\0b" } } do
        assert.matches("^multipart%[1%]." .. field .. ": NUL", support.blamed(function()
          client:post("/put", form { part })
        end))
      end
      assert.matches('the key "boundary"', support.blamed(function()
        client:post("/put", form { { name = "a", body = "" }, boundary = "x" })
      end))
      local _, err = client:post("/put", form { { name = "a", file = "/nowhere" } })
      assert.equal("io", err.kind)
    end)
  end)
end)
