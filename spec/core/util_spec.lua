local core = require "wats.core"

describe("core.sha256", function()
  it("gives the digest in lower-case hex", function()
    assert.equal("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
      core.sha256 "abc")
    assert.equal("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
      core.sha256 "")
  end)

  it("sees bytes behind a NUL", function()
    assert.not_equal(core.sha256 "a\0b", core.sha256 "a\0c")
  end)

  it("reads a file, of any size", function()
    local name = os.tmpname()
    for _, length in ipairs { 0, 1, 16384, 16385, 300000 } do
      local text = ("\0\255x"):rep(length):sub(1, length)
      local file = assert(io.open(name, "wb"))
      file:write(text)
      file:close()
      assert.equal(core.sha256(text), core.sha256_file(name))
    end
    os.remove(name)
    for _, wrong in ipairs { name, "/" } do
      local digest, message = core.sha256_file(wrong)
      assert.is_nil(digest)
      assert.equal(wrong .. ": ", message:sub(1, #wrong + 2))
    end
  end)
end)

describe("core.crc32c", function()
  it("gives an integer that fits in 32 bits", function()
    assert.equal(0xe3069283, core.crc32c "123456789")
    assert.equal("integer", math.type(core.crc32c "123456789"))
    assert.equal(0, core.crc32c "")
  end)
end)

describe("core.base64", function()
  it("encodes and decodes any bytes", function()
    local bytes = {}
    for i = 0, 255 do bytes[#bytes + 1] = string.char(i) end
    local all = table.concat(bytes)
    for length = 0, 256 do
      local part = all:sub(1, length)
      assert.equal(part, core.base64_decode(core.base64_encode(part)))
    end
    assert.equal("Zm9vYg==", core.base64_encode "foob")
  end)

  it("handles a text larger than any fixed buffer", function()
    local large = ("\0\xff wats"):rep(200000)
    assert.equal(large, core.base64_decode(core.base64_encode(large)))
  end)

  it("refuses what is not base64, by nil and a message", function()
    for _, text in ipairs { "Zg", "Zg=", "Zh==", "Zm9v\n", "Zm-v", "====", "Zg==Zg==" } do
      local bytes, message = core.base64_decode(text)
      assert.is_nil(bytes)
      assert.equal("not base64", message)
    end
  end)
end)

describe("core.uuid", function()
  it("gives a new version 4 UUID each time", function()
    local seen = {}
    local hex = "%x"
    local pattern = "^" .. hex:rep(8) .. "%-" .. hex:rep(4) .. "%-4" .. hex:rep(3) .. "%-[89ab]"
      .. hex:rep(3) .. "%-" .. hex:rep(12) .. "$"
    for _ = 1, 1000 do
      local id = core.uuid()
      assert.matches(pattern, id)
      assert.equal(id:lower(), id)
      assert.is_nil(seen[id])
      seen[id] = true
    end
  end)
end)

describe("core clocks", function()
  it("monotonic never goes back and has a fraction", function()
    local last, fraction = core.monotonic(), false
    for _ = 1, 1000 do
      local now = core.monotonic()
      assert.is_true(now >= last)
      fraction = fraction or now ~= math.floor(now)
      last = now
    end
    assert.is_true(fraction)
  end)

  it("time is the wall clock's, finer than os.time", function()
    local before, fraction = os.time(), false
    for _ = 1, 100 do
      local now = core.time()
      fraction = fraction or now ~= math.floor(now)
    end
    local now = core.time()
    assert.equal("float", math.type(now))
    assert.is_true(now >= before - 1 and now <= os.time() + 2)
    assert.is_true(fraction)
  end)
end)

describe("core.hostname", function()
  it("is a name", function()
    local name = assert(core.hostname())
    assert.equal("string", type(name))
    assert.is_nil(name:find("%z"))
  end)
end)

describe("core.parse_http_date", function()
  it("reads all three forms into an integer", function()
    for _, text in ipairs {
      "Sun, 06 Nov 1994 08:49:37 GMT",
      "Sunday, 06-Nov-94 08:49:37 GMT",
      "Sun Nov  6 08:49:37 1994",
    } do
      assert.equal(784111777, core.parse_http_date(text))
      assert.equal("integer", math.type(core.parse_http_date(text)))
    end
    assert.is_true(core.parse_http_date "Sat, 01 Jan 1938 00:00:00 GMT" < 0)
  end)

  it("gives nil for anything else", function()
    for _, text in ipairs {
      "", "0", "now", "1994-11-06T08:49:37Z", "Sun, 06 Nov 1994 08:49:37",
      "Sun, 06 Nov 1994 08:49:37 CET", "Sun, 31 Feb 2024 00:00:00 GMT",
      "Sun, 06 Nov 1994 08:49:37 GMT\0", " Sun, 06 Nov 1994 08:49:37 GMT",
    } do
      assert.equal(1, select("#", core.parse_http_date(text)))
      assert.is_nil(core.parse_http_date(text))
    end
  end)

  it("takes a two-digit year for the nearest century", function()
    local year = tonumber(os.date "!%Y")
    local text = ("Sunday, 06-Nov-%02d 08:49:37 GMT"):format((year + 60) % 100)
    assert.equal(year - 40, tonumber(os.date("!%Y", core.parse_http_date(text))))
  end)
end)

describe("core.make_directory", function()
  local lfs = require("lfs")
  local root = os.tmpname()
  setup(function()
    os.remove(root)
    assert(lfs.mkdir(root))
  end)
  teardown(function() os.execute("rm -rf '" .. root .. "'") end)

  it("makes what is missing, for this user alone, and leaves what is there as it is", function()
    local before = lfs.attributes(root, "permissions")
    assert.is_true(core.make_directory(root .. "/a b//\u{D8}/c"))
    assert.is_true(core.make_directory(root .. "/a b/\u{D8}/c/"))
    assert.equal("rwx------", lfs.attributes(root .. "/a b", "permissions"))
    assert.equal("rwx------", lfs.attributes(root .. "/a b/\u{D8}/c", "permissions"))
    assert.equal(before, lfs.attributes(root, "permissions"))
  end)

  it("says why it cannot", function()
    assert(io.open(root .. "/file", "w")):close()
    local made, message = core.make_directory(root .. "/file/below")
    assert.is_nil(made)
    assert.equal("make the directory " .. root .. "/file/below: Not a directory", message)
    assert.is_false(pcall(core.make_directory, ""))
    assert.is_false(pcall(core.make_directory, root .. "/a\0b"))
  end)
end)

describe("core.append_file", function()
  it("adds to the end, makes the file where it is missing, and says why it cannot", function()
    local path = os.tmpname()
    os.remove(path)
    assert.is_true(core.append_file(path, "a\0b\n"))
    assert.is_true(core.append_file(path, "", true))
    assert.is_true(core.append_file(path, "c", true))
    local file = assert(io.open(path, "rb"))
    assert.equal("a\0b\nc", file:read("a"))
    file:close()
    os.remove(path)
    assert.same({ nil, "/no/such/file: No such file or directory", 2 },
      { core.append_file("/no/such/file", "x") })
    if io.open("/dev/full") then
      assert.matches("No space left", select(2, core.append_file("/dev/full", "x")), 1, true)
    end
  end)

  it("says so when a link is in the way or the disk does not confirm, and keeps nothing open",
    function()
      local path = os.tmpname()
      local link = path .. "-link"
      assert(os.execute("ln -s " .. path .. " " .. link))
      local function open_here() -- how many descriptors a child finds open
        local file = assert(io.popen("ls /proc/self/fd 2>/dev/null | wc -l"))
        local count = file:read("n")
        file:close()
        return count
      end
      collectgarbage() -- what others left open
      collectgarbage()
      local before = open_here()
      for _ = 1, 50 do
        assert.matches("-link: ", select(2, core.append_file(link, "x", true)), 1, true)
        local ok, message, code = core.append_file("/dev/null", "x", true) -- fsync fails there
        assert.is_nil(ok)
        assert.matches("^/dev/null: ", message)
        assert.is_true(code > 0)
        assert.is_true(core.append_file(path, "x", true))
      end
      assert.equal(before, open_here())
      local file = assert(io.open(path, "rb"))
      assert.equal(50, #file:read("a"))
      file:close()
      os.remove(link)
      os.remove(path)
    end)
end)

describe("core utilities", function()
  it("raise for what is not text, at the caller's line", function()
    for _, name in ipairs {
      "sha256", "crc32c", "base64_encode", "base64_decode", "parse_http_date", "make_directory",
      "sha256_file", "append_file",
    } do
      local ok, message = pcall(function() return (core[name]({})) end)
      assert.is_false(ok)
      assert.matches("util_spec.lua:%d+: bad argument #1 to", message)
      assert.matches("string expected, got table", message)
    end
  end)
end)

describe("core.sleep", function()
  it("blocks for as long as it is told", function()
    for _, seconds in ipairs { 0, 0.001, 0.15 } do
      local begun = core.monotonic()
      core.sleep(seconds)
      assert.is_true(core.monotonic() - begun >= seconds)
    end
  end)

  it("refuses what is no duration", function()
    for _, value in ipairs { -1, 0 / 0, "x", {} } do
      assert.is_false(pcall(core.sleep, value))
    end
  end)

  it("leaves the hooks of others alone", function()
    local calls, hook = 0, nil
    local function count() calls = calls + 1 end
    local co = coroutine.create(function()
      core.sleep(0.001)
      hook = select("#", debug.gethook()) > 1
    end)
    debug.sethook(count, "c")
    assert(coroutine.resume(co))
    local own = debug.gethook()
    debug.sethook()
    assert.equal(count, own)
    assert.is_false(hook)
  end)
end)
