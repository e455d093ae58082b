local options = require("wats.options")

local SPEC = {
  timeout = { "number", default = 30, above = 0 },
  attempts = { "integer", default = 3, min = 1, max = 10 },
  base_url = { "string" },
  verify = { "boolean", default = true },
  token = { "string", min = 4, secret = true },
  mode = { "string", choices = { "bypass", "refresh" } },
  cache = {
    "table|false",
    default = {},
    fields = { ttl = { "number", default = 300, min = 0 }, path = { "string" } },
  },
  name = {
    "string",
    check = function(text) return text:find("/") and "must have no slash" or nil end,
  },
}

local function connect(given)
  local checked = options.check(2, "wats.connect", given, SPEC)
  return checked
end

-- The message that a call raises, without its position.
local function fault(given)
  local ok, message = pcall(function()
    connect(given)
  end)
  assert.is_false(ok)
  return message:match("^[^:]+:%d+: (.*)$") or message
end

describe("options.check", function()
  it("fills in defaults, of nested options too, and leaves the caller's table alone", function()
    local given = { timeout = 2, cache = { path = "x" } }
    local checked = connect(given)
    assert.same({ timeout = 2, attempts = 3, verify = true, cache = { ttl = 300, path = "x" } },
      checked)
    assert.same({ timeout = 2, cache = { path = "x" } }, given)
    assert.same({ ttl = 300 }, connect().cache)
  end)

  it("hands out no table that two callers would share", function()
    connect().cache.ttl = 1
    assert.equal(300, connect().cache.ttl)
  end)

  it("keeps false where false is allowed", function()
    assert.is_false(connect({ cache = false, verify = false }).cache)
    assert.is_false(connect({ verify = false }).verify)
  end)

  it("names the nearest known option", function()
    assert.equal('wats.connect: unknown option "timout" (did you mean "timeout"?)',
      fault { timout = 1 })
    assert.equal('wats.connect: unknown option "baseUrl" (did you mean "base_url"?)',
      fault { baseUrl = "" })
    assert.equal('wats.connect: unknown option "cache.tll" (did you mean "ttl"?)',
      fault { cache = { tll = 1 } })
    assert.equal('wats.connect: unknown option "zzz"', fault { zzz = 1 })
    assert.equal("wats.connect: unknown option 1", fault { "http://localhost" })
  end)

  it("says what was expected and what it got", function()
    for message, given in pairs {
      ['option "timeout" must be number, got string'] = { timeout = "1" },
      ['option "timeout" must be above 0, got 0'] = { timeout = 0 },
      ['option "timeout" must be a number, not nan, got nan'] = { timeout = 0 / 0 },
      ['option "attempts" must be integer, got 1.5, a float'] = { attempts = 1.5 },
      ['option "attempts" must be at least 1, got 0'] = { attempts = 0 },
      ['option "attempts" must be at most 10, got 11'] = { attempts = 11 },
      ['option "cache" must be table or false, got boolean'] = { cache = true },
      ['option "cache.ttl" must be at least 0, got -1'] = { cache = { ttl = -1 } },
      ['option "mode" must be one of "bypass", "refresh" (did you mean "bypass"?), got "bypas"'] =
        { mode = "bypas" },
      ['option "name" must have no slash, got "a/b"'] = { name = "a/b" },
    } do
      assert.equal("wats.connect: " .. message, fault(given))
    end
    assert.equal("wats.connect: a table of options expected, got string", fault("x"))
  end)

  it("asks for what is required", function()
    local ok, message = pcall(function()
      local checked = options.check(2, "f", {}, { url = { "string", required = true } })
      return checked
    end)
    assert.is_false(ok)
    assert.matches('f: option "url" is missing %(string%)$', message)
  end)

  it("shows no secret", function()
    assert.equal('wats.connect: option "token" must be at least 4 characters',
      fault { token = "abc" })
    assert.equal('wats.connect: option "token" must be string, got number', fault { token = 4711 })
  end)

  it("blames the line that called the public function", function()
    local line = debug.getinfo(1, "l").currentline + 2
    local _, message = pcall(function()
      connect { cache = { tll = 1 } }
    end)
    assert.equal("spec/options_spec.lua:" .. line .. ":", message:match("^%S-:%d+:"))
  end)
end)

describe("options.argument", function()
  local function get(path, count)
    path = options.argument(2, "get", 1, path, "string")
    count = options.argument(2, "get", 2, count, { "integer|nil", min = 1 })
    return path, count
  end

  it("hands the value back", function()
    assert.same({ "/a", 2 }, { get("/a", 2) })
    assert.same({ "/a" }, { get("/a") })
  end)

  it("says which argument, and what was expected", function()
    local line = debug.getinfo(1, "l").currentline + 1
    local _, message = pcall(function() local a = get(nil) return a end)
    assert.equal(("spec/options_spec.lua:%d: bad argument #1 to 'get' (string expected, got nil)")
      :format(line), message)
    assert.error_matches(function() local a = get("/a", 0.5) return a end,
      "bad argument #2 to 'get' %(integer or nil expected, got 0.5, a float%)")
    assert.error_matches(function() local a = get("/a", 0) return a end,
      "bad argument #2 to 'get' %(must be at least 1, got 0%)")
  end)
end)

describe("a mistake in a call that leaves no frame", function()
  it("is told at the next line of Lua above", function()
    local here = "options_spec%.lua:%d+: wats%.connect: unknown option"
    local ok, message = pcall(connect, { x = 1 })
    assert.is_false(ok)
    assert.matches("^%S*" .. here, message)
    ok, message = pcall(function() return connect { x = 1 } end)
    assert.is_false(ok)
    assert.matches("^%S*" .. here, message)
    ok, message = coroutine.resume(coroutine.create(connect), { x = 1 }) -- nothing is above
    assert.is_false(ok)
    assert.matches("^wats%.connect: unknown option", message)
  end)

  it("blames no line of the library, as that of the task which the call ended", function()
    local wats = require("wats")
    local client = wats.connect { base_url = "http://127.0.0.1:1", token = "t" }
    local task = wats.spawn(function() return client.scim:get_users { start_index = 0 } end)
    local _, err = task:join()
    assert.matches("^scim:get_users: option", err.message)
  end)
end)

describe("options.is_list", function()
  it("counts every key", function()
    for _, list in ipairs { {}, { 1 }, { false, 2 }, setmetatable({ "x" }, {}) } do
      assert.is_true(options.is_list(list))
    end
    for _, none in ipairs { { [1] = 1, [3] = 3 }, { 1, nil, 3 }, { 1, nil, 3, x = 1 }, { x = 1 },
      { [0] = 1 }, { 1, n = 1 }, "text", 5, false } do
      assert.is_false(options.is_list(none))
    end
  end)
end)

describe("options.distance", function()
  it("counts edits, a swap of neighbours as one", function()
    for pair, edits in pairs {
      [{ "", "" }] = 0, [{ "", "abc" }] = 3, [{ "abc", "" }] = 3, [{ "abc", "abc" }] = 0,
      [{ "abc", "acb" }] = 1, [{ "timout", "timeout" }] = 1, [{ "kitten", "sitting" }] = 3,
      [{ "ca", "abc" }] = 3,
    } do
      assert.equal(edits, options.distance(pair[1], pair[2]))
    end
  end)
end)

describe("options that come from behind a metatable", function()
  it("are read like the others", function()
    local spec = { a = { "integer", required = true }, b = { "integer", default = 2 },
      c = { "integer" } }
    local usual = { a = 1, c = 3 }
    assert.same({ a = 1, b = 5, c = 3 },
      options.read(setmetatable({ b = 5 }, { __index = usual }), spec))
    assert.same({ nil, 'option "c" must be integer, got string' },
      { options.read(setmetatable({ c = "x" }, { __index = usual }), spec) })
  end)
end)

describe("options.nearest", function()
  it("needs a real likeness", function()
    assert.equal("timeout", options.nearest("timeuot", { "timeout", "verify" }))
    assert.is_nil(options.nearest("ab", { "xy", "timeout" }))
    assert.is_nil(options.nearest("X", { "d", "F" })) -- one letter of one: nothing in common
    assert.is_nil(options.nearest(5, { "timeout" }))
    assert.is_nil(options.nearest(("x"):rep(10000), { "timeout" }))
  end)

  it("is the same on every run where two are equally near", function()
    for _ = 1, 20 do assert.equal("cat", options.nearest("at", { rat = 1, cat = 1, hat = 1 })) end
  end)
end)
