local cjson = require("cjson")
local core = require("wats.core")
local json = require("wats.json")

-- The same number in kind and in bits.
local function same_number(a, b)
  return math.type(a) == math.type(b) and string.pack("n", a) == string.pack("n", b)
end

local function round_trip(value)
  local text = json.encode(value)
  local back = json.decode(text)
  assert(same_number(value, back), ("%s became %s by way of %s"):format(value, back, text))
end

-- Calls `f`, which must raise at its own line of this file; returns the message without the place.
local function raised(f)
  local ok, err = pcall(f)
  assert.is_false(ok)
  local line, message = err:match("^spec/json_spec.lua:(%d+): (.*)$")
  assert(line, err)
  local info = debug.getinfo(f, "S")
  assert.is_true(tonumber(line) >= info.linedefined and tonumber(line) <= info.lastlinedefined)
  return message
end

describe("json.encode and json.decode", function()
  it("keep the bits of every double", function()
    local kept = 0
    while kept < 10000 do
      local value = string.unpack("n", string.pack("j", math.random(0)))
      if value == value and value ~= math.huge and value ~= -math.huge then
        round_trip(value)
        kept = kept + 1
      end
    end
    for exponent = -1074, 1023 do round_trip(2.0 ^ exponent) end
    for _, value in ipairs { 0.0, -0.0, 5.0, 1e15, 2.0 ^ 53, 2.0 ^ 63, -2.0 ^ 63, 0.1 + 0.2, 5e-324,
      2.2250738585072014e-308, 1.7976931348623157e308, 3.3100000000000001, 1e22, 1e23 } do
      round_trip(value)
    end
  end)

  it("keep every integer", function()
    for _, value in ipairs { 0, 1, -1, (1 << 53) + 1, -(1 << 53) - 1, math.maxinteger,
      math.maxinteger - 1, math.mininteger, math.mininteger + 1 } do
      round_trip(value)
    end
    for bit = 0, 62 do
      round_trip(1 << bit)
      round_trip((1 << bit) - 1)
      round_trip(-(1 << bit))
    end
    for _ = 1, 1000 do round_trip(math.random(0) >> math.random(0, 63)) end
    assert.equal("9223372036854775807", json.encode(math.maxinteger))
    assert.equal("-9223372036854775808", json.encode(math.mininteger))
  end)

  it("keep the order, nulls and emptiness of arrays", function()
    for _, text in ipairs { "[]", "{}", "[[],{},[[]]]", '{"a":[]}', "[null]", "[1,null,null]",
      '[{"a":[{}]}]', '""', "null", "true", "false", '["\\u0000"]' } do
      assert.equal(text, json.encode(json.decode(text)))
    end
  end)

  it("do not depend on the locale", function()
    for _, locale in ipairs { "de_DE.UTF-8", "de_DE", "fr_FR.UTF-8", "nb_NO.UTF-8" } do
      if os.setlocale(locale, "numeric") then break end
    end
    local text = json.encode { 1 / 3, 0.5, 1e300 }
    local value = json.decode("0.333333333333333314829616256247390992939472198486328125")
    os.setlocale("C", "numeric")
    assert.equal("[0.3333333333333333,0.5,1e300]", text)
    assert.equal(1 / 3, value)
  end)
end)

describe("json.decode", function()
  it("makes integers of integers and floats of the rest", function()
    local list = json.decode("[1,1.0,-0,1e2,9223372036854775807,9223372036854775808,0.10]")
    local kinds = {}
    for i, number in ipairs(list) do kinds[i] = math.type(number) .. " " .. number end
    assert.same({ "integer 1", "float 1.0", "float -0.0", "float 100.0",
      "integer 9223372036854775807", "float 9.2233720368548e+18", "float 0.1" }, kinds)
  end)

  it("leaves null members out, or keeps them", function()
    local text = '{"a":null,"b":[null,1],"c":{"d":null}}'
    local dropped = json.decode(text)
    assert.is_nil(dropped.a)
    assert.same({ json.null, 1 }, dropped.b)
    assert.is_nil(next(dropped.c))
    assert.same(dropped, json.decode(text, { nulls = "drop" }))
    local kept = json.decode(text, { nulls = "keep" })
    assert.equal(json.null, kept.a)
    assert.equal(json.null, kept.c.d)
    assert.equal(json.null, (json.decode("null")))
  end)

  it("lets the last of equal keys count", function()
    assert.same({ a = 3 }, json.decode('{"a":1,"a":2,"\\u0061":3}'))
    assert.same({}, json.decode('{"a":1,"a":null}'))
    assert.same({ a = json.null }, json.decode('{"a":1,"a":null}', { nulls = "keep" }))
    assert.same({ a = 1 }, json.decode('{"a":null,"a":1}'))
    local long = ("name "):rep(20)
    assert.same({ [long] = 2 }, json.decode(('{"%s":1,"%s":2}'):format(long, long)))
    assert.same({ a = 3, b = { a = 2 } }, json.decode('{"a":1,"b":{"a":1,"a":2},"a":3}'))
  end)

  it("marks arrays, and only those", function()
    local value = json.decode('[[],{},{"a":[1]}]')
    assert.is_true(json.is_array(value))
    assert.is_true(json.is_array(value[1]))
    assert.is_false(json.is_array(value[2]))
    assert.is_true(json.is_array(value[3].a))
  end)

  it("makes tables at their exact size", function()
    local function bytes_of(text)
      json.decode(text) -- its strings are there now
      collectgarbage()
      collectgarbage("stop")
      local before = collectgarbage("count")
      local value = json.decode(text)
      local after = collectgarbage("count")
      collectgarbage("restart")
      assert.is_table(value)
      return (after - before) * 1024
    end
    local empty = bytes_of("[]")
    assert.equal(bytes_of("{}"), empty)
    assert.equal(empty + 1000 * 16, bytes_of("[" .. ("1,"):rep(999) .. "1]"))
    local names, members = {}, {} -- few, for the stack not to grow; names alive already
    for i = 1, 15 do
      names[i] = "n" .. i
      members[i] = '"' .. names[i] .. '":null'
    end
    assert.equal(bytes_of('{"a":1}'), bytes_of('{"a":1,' .. table.concat(members, ",") .. "}"))
  end)

  it("reads escapes and skips a byte order mark", function()
    assert.equal('"\\/\b\f\n\r\té€😀\0', (json.decode(
      '\xef\xbb\xbf"\\"\\\\\\/\\b\\f\\n\\r\\t\\u00e9\\u20AC\\ud83d\\ude00\\u0000"')))
    local long = ("é\n"):rep(10000)
    assert.equal(long, (json.decode('"' .. ("\\u00e9\\n"):rep(10000) .. '"')))
    assert.same({ ["a\nb"] = 1 }, json.decode('{"a\\nb":1}'))
  end)

  it("returns what is wrong, and where", function()
    local value, err = json.decode('{\n  "a": 1,\n  "é": tru\n}')
    assert.is_nil(value)
    assert.equal("decode", err.kind)
    assert.is_false(err.retryable)
    assert.equal("not JSON: a value expected (line 3, column 8, byte 21)", err.message)
    assert.equal(core.error_metatable, getmetatable(err))
  end)

  it("refuses what RFC 8259 refuses", function()
    for _, text in ipairs { "", " ", "[1,]", '{"a":1,}', "[1 2]", "{1:2}", "{a:1}", "'a'", "nul",
      "NaN", "Infinity", "-Infinity", "0x10", "+1", "01", "-01", "1.", ".5", "1e", "1e400",
      "-1e400", "--1", "[1]]", "1 2", '"\n"', '"\t"',
      '"\\x"', '"\\u12"', '"\\ud800"', '"\\udc00x"', '"\xe6"', '"\xc0\x80"',
      '"\xed\xa0\x80"', "[", "{", '"', '{"a"', '{"a":', "// c\n1", "[]\0", "\0" } do
      local value, err = json.decode(text)
      assert.is_nil(value, text)
      assert.equal("decode", err.kind)
    end
  end)

  it("reads 200 levels and no more", function()
    local deep = json.decode(("["):rep(200) .. ("]"):rep(200))
    for _ = 1, 199 do deep = deep[1] end
    assert.same({}, deep)
    local _, err = json.decode(("["):rep(201) .. ("]"):rep(201))
    assert.matches("nested too deep", err.message)
    _, err = json.decode(('{"a":'):rep(100000))
    assert.matches("nested too deep", err.message)
  end)

  it("reads more values than Lua's stack holds", function()
    local count = 1200000
    local list = json.decode("[" .. ("7,"):rep(count - 1) .. "8]")
    assert.equal(count, #list)
    assert.equal(7, list[1])
    assert.equal(7, list[count - 1])
    assert.equal(8, list[count])
    assert.is_true(json.is_array(list))
    local members = {}
    for i = 1, 300000 do members[i] = ('"k%d":%d'):format(i, i) end
    local object = json.decode("{" .. table.concat(members, ",") .. ',"n":null,"k1":0}')
    local n = 0
    for _ in pairs(object) do n = n + 1 end
    assert.equal(300000, n)
    assert.equal(0, object.k1)
    assert.equal(299999, object.k299999)
  end)

  it("fills several wide levels at once", function()
    local wide = ("1,"):rep(40000)
    local text = "1"
    for _ = 1, 6 do text = "[" .. wide .. text .. "," .. wide .. '{"a":1}]' end
    local value = json.decode(text)
    for _ = 1, 6 do
      assert.equal(80002, #value)
      assert.same({ a = 1 }, value[80002])
      value = value[40001]
    end
    assert.equal(1, value)
  end)

  it("takes no other arguments", function()
    assert.equal("bad argument #1 to 'decode' (string expected, got number)",
      raised(function() json.decode(12) end))
    assert.matches("#1.*string expected", raised(function() json.decode() end))
    assert.matches("table of options", raised(function() json.decode("1", 5) end))
    assert.matches('unknown option "null"', raised(function() json.decode("1", { null = 1 }) end))
    assert.matches('"drop" or "keep"', raised(function() json.decode("1", { nulls = true }) end))
  end)
end)

describe("json.encode", function()
  it("tells arrays from objects", function()
    assert.equal("{}", json.encode {})
    assert.equal("[]", json.encode(json.array {}))
    assert.equal("[]", json.encode(json.array()))
    assert.equal("[1,2]", json.encode { 1, 2 })
    assert.equal('{"a":[{}]}', json.encode { a = { {} } })
    local backwards = {}
    for i = 20, 1, -1 do backwards[i] = i end
    assert.equal("[1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20]", json.encode(backwards))
    assert.equal("[1,2,3]", json.encode { [2] = 2, [3] = 3, [1] = 1 })
    assert.equal("[1,2]", json.encode { [1.0] = 1, [2.0] = 2 })
  end)

  it("writes each value as it is", function()
    assert.equal('"a/b\\"\\\\\\u0000\\n\127é"', json.encode('a/b"\\\0\n\127é'))
    assert.equal("5", json.encode(5))
    assert.equal("5.0", json.encode(5.0))
    assert.equal("-0.0", json.encode(-0.0))
    assert.equal("true", json.encode(true))
    assert.equal("null", json.encode(json.null))
    assert.equal("0.1", json.encode(0.1))
  end)

  it("writes members in order when asked", function()
    local value = { b = 1, a = { d = json.array {}, c = { 1, { z = 1, y = 2 } } }, [""] = 0,
      ["a\0"] = 3, B = 2 }
    assert.equal('{"":0,"B":2,"a":{"c":[1,{"y":2,"z":1}],"d":[]},"a\\u0000":3,"b":1}',
      json.encode(value, { sorted = true }))
    assert.same(value, json.decode(json.encode(value)))
  end)

  it("understands lua-cjson's null and marks", function()
    assert.equal(cjson.null, json.null)
    assert.equal("[null]", json.encode { cjson.null })
    if cjson.empty_array then assert.equal("[]", json.encode(cjson.empty_array)) end
    -- a flavour that has them, or a pair of our own making in its place
    local array_mt, empty_mt = cjson.array_mt or {}, cjson.empty_array_mt or {}
    core.json.accept_marks(array_mt, empty_mt, cjson.empty_array)
    assert.equal("[]", json.encode(setmetatable({}, array_mt)))
    assert.equal("[]", json.encode(setmetatable({}, empty_mt)))
    assert.equal('{"a":1}', json.encode(setmetatable({ a = 1 }, empty_mt)))
    assert.equal("[1]", json.encode(setmetatable({ 1 }, empty_mt)))
    core.json.accept_marks(cjson.array_mt, cjson.empty_array_mt, cjson.empty_array)
  end)

  it("asks no metamethods", function()
    local value = setmetatable({ a = 1 }, { __index = error, __len = error, __pairs = error })
    assert.equal('{"a":1}', json.encode(value))
  end)

  local function refused(value, message)
    assert.equal("cannot write as JSON: " .. message, raised(function() json.encode(value) end))
  end

  it("refuses what JSON cannot hold, and tells the place", function()
    refused(0 / 0, "nan")
    refused({ root = { steps = { 1, 2, { value = 1 / 0 } } } }, "inf at root.steps[3].value")
    refused({ -1 / 0 }, "-inf at [1]")
    refused({ f = print }, "a function at f")
    refused({ f = io.stdout }, "a userdata at f")
    refused({ ["two words"] = { coroutine.create(print) } }, 'a thread at ["two words"][1]')
    refused({ log = "Temperatur: 21 \xb0C" }, "text that is not UTF-8 (byte 16 is 0xB0) at log")
    refused({ log = { ["\xe6"] = 1 } }, "a key that is not UTF-8 (byte 1 is 0xE6) at log")
    refused(setmetatable({}, { __index = table }).concat, "a function")
  end)

  it("refuses tables that are neither array nor object", function()
    local mixed = "a table whose keys are neither all text nor 1, 2, 3 ..."
    refused({ a = { 1, b = 2 } }, mixed .. " at a")
    refused({ { [true] = 1 } }, mixed .. " at [1]")
    refused({ [1.5] = 1 }, mixed)
    refused({ [0] = 1 }, "a hole (there is no [1])")
    refused({ a = { 1, nil, 3 } }, "a hole (there is no [2]) at a")
    refused({ [1 << 40] = 1 }, "a hole (there is no [1])")
    refused(json.array { a = 1 }, mixed)
    refused(json.array { 1, nil, 3 }, "a hole (there is no [2])")
    for _, sorted in ipairs { true, false } do
      local message = raised(function() json.encode({ a = 1, [2] = 3 }, { sorted = sorted }) end)
      assert.equal("cannot write as JSON: " .. mixed, message)
    end
  end)

  it("refuses tables within themselves and deeper than 200", function()
    local loop = { a = {} }
    loop.a[1] = { b = loop.a }
    refused(loop, "a table within itself at a[1].b")
    local self = {}
    self[1] = self
    refused(self, "a table within itself at [1]")
    local deep = {}
    for _ = 1, 199 do deep = { deep } end
    assert.equal(("["):rep(199) .. "{}" .. ("]"):rep(199), json.encode(deep))
    assert.matches("more than 200 tables within each other at %[1%]",
      raised(function() json.encode { deep } end))
  end)

  it("takes no other arguments", function()
    assert.matches("#1.*value expected", raised(function() json.encode() end))
    assert.matches("#1.*value expected", raised(function() json.encode(nil) end))
    assert.matches('unknown option "sort"', raised(function() json.encode(1, { sort = true }) end))
    assert.matches("#1.*table expected", raised(function() json.array(5) end))
  end)

  it("keeps no memory of what it refused", function()
    local function resident_pages()
      local file = io.open("/proc/self/statm")
      if not file then return 0 end
      local pages = file:read("a"):match("^%d+ (%d+)")
      file:close()
      return tonumber(pages)
    end
    local bad = { ("x"):rep(1 << 19), print }
    pcall(json.encode, bad)
    local before = resident_pages()
    for _ = 1, 100 do pcall(json.encode, bad) end
    assert.is_true(resident_pages() - before < 5000) -- of at most 50 MB
  end)

  it("works again after it raised, and beside itself in a finalizer", function()
    for _ = 1, 3 do
      pcall(json.encode, { ("x"):rep(1000), print })
      assert.equal('["a"]', json.encode { "a" })
    end
    local texts = {}
    local mode = collectgarbage("generational")
    for i = 1, 2000 do
      setmetatable({}, { __gc = function()
        texts[#texts + 1] = json.encode { finalized = json.decode('["\\u0041"]') }
      end })
      local value = { i, tostring(i), { a = ("é"):rep(i % 50) } }
      assert.same(value, json.decode(json.encode(value, { sorted = i % 2 == 0 })))
    end
    collectgarbage(mode)
    collectgarbage()
    for _, text in ipairs(texts) do assert.equal('{"finalized":["A"]}', text) end
    assert.is_true(#texts >= 2000)
  end)
end)

describe("wats.json without lua-cjson", function()
  it("says which package is missing", function()
    local loaded, loaded_json = package.loaded.cjson, package.loaded["wats.json"]
    package.loaded.cjson, package.loaded["wats.json"] = nil, nil
    package.preload.cjson = function() error("not on this machine") end
    local ok, err = pcall(require, "wats.json")
    package.preload.cjson = nil
    package.loaded.cjson, package.loaded["wats.json"] = loaded, loaded_json
    assert.is_false(ok)
    assert.matches("wats needs the package lua%-cjson", err)
    assert.matches("not on this machine", err)
  end)
end)
