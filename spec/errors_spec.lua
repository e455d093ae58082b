local core = require("wats.core")
local errors = require("wats.errors")
local json = require("wats.json")

local function from(status, body, headers)
  return errors.from_response({ status = status, body = body, headers = headers or {} },
    "GET", "https://host/api/x")
end

describe("an error object", function()
  it("reads as one line, without what is not there", function()
    for text, fields in pairs {
      ["GET https://h/a: 404 not_found: no such product"] = { method = "GET", url = "https://h/a",
        status = 404, kind = "not_found", message = "no such product" },
      ["POST https://h/a: timeout: no answer"] = { method = "POST", url = "https://h/a",
        kind = "timeout", message = "no answer" },
      ["https://h/a: tls"] = { url = "https://h/a", kind = "tls" },
      ["500 server"] = { status = 500, kind = "server" },
      ["decode: line 1"] = { kind = "decode", message = "line 1" },
      ["only a message"] = { message = "only a message", kind = "" },
      ["error"] = {},
    } do
      assert.equal(text, tostring(errors.new(fields)))
    end
  end)

  it("can be shown whatever its fields hold", function()
    local evil = setmetatable({}, { __tostring = function() error("no") end })
    local err = errors.new { kind = evil, message = {}, method = true, url = print, status = evil }
    assert.equal("error", tostring(err))
    assert.equal("error", getmetatable(err).__tostring(nil))
    err.kind, err.status = "io", 1.5
    assert.equal("1.5 io", tostring(err))
  end)

  it("passes through error as it is", function()
    local err = errors.new { kind = "timeout", message = "late" }
    local _, raised = pcall(error, err)
    assert.equal(err, raised)
    assert.is_false(err.retryable)
  end)

  it("is told from other values, made in C too", function()
    local _, made_in_c = json.decode("{")
    assert.is_true(errors.is_error(made_in_c))
    assert.matches("^decode: ", tostring(made_in_c))
    assert.is_true(errors.is_error(errors.new {}))
    for _, value in ipairs { "timeout", 1, true, print, {}, { kind = "timeout" } } do
      assert.is_false(errors.is_error(value))
    end
    assert.is_false(errors.is_error(nil))
  end)

  it("shows no user or password of a URL", function()
    local err = errors.new { url = "https://user:canary@host/a@b?c=@" }
    assert.equal("https://host/a@b?c=@", err.url)
    assert.equal("https://host/a@b", errors.new({ url = "https://host/a@b" }).url)
  end)

  it("is not made of anything but a table", function()
    local line = debug.getinfo(1, "l").currentline + 1
    local _, message = pcall(function() errors.new("timeout") end)
    assert.equal(("spec/errors_spec.lua:%d: bad argument #1 to 'errors.new' "):format(line)
      .. "(table expected, got string)", message)
  end)
end)

describe("errors.raise", function()
  it("blames the line outside of this library, through its modules", function()
    local options = require("wats.options")
    local line = debug.getinfo(1, "l").currentline + 4
    local _, message = pcall(function()
      -- `check` runs in a function of the library, and raises there
      options.read({ a = 1 }, { a = { "number",
        check = function() errors.raise("%s of %d: %%", "one", 2) end } })
    end)
    assert.equal(("spec/errors_spec.lua:%d: one of 2: %%"):format(line), message)
  end)

  it("takes a text alone as it is", function()
    local _, message = pcall(function() errors.raise("100% of %s") end)
    assert.matches(": 100%% of %%s$", message)
  end)
end)

describe("errors.kind_of_status", function()
  it("names what a caller branches on", function()
    local kinds = {}
    for _, status in ipairs { 301, 304, 400, 401, 402, 403, 404, 405, 408, 409, 422, 429, 500, 503,
      599, 600, 199 } do
      kinds[#kinds + 1] = errors.kind_of_status(status)
    end
    assert.same({ "redirect", "redirect", "invalid", "auth", "http", "auth", "not_found", "http",
      "http", "conflict", "invalid", "rate_limited", "server", "server", "server", "http",
      "http" }, kinds)
  end)
end)

describe("errors.from_response", function()
  it("has every field", function()
    local err = errors.from_response({ status = 503, body = '"busy"',
      headers = { ["retry-after"] = "7" } }, "PUT", "https://u:p@host/api")
    assert.same({ kind = "server", message = "busy", method = "PUT", url = "https://host/api",
      status = 503, retryable = true, retry_after = 7, body = '"busy"' }, err)
    assert.is_true(errors.is_error(err))
    assert.equal("PUT https://host/api: 503 server: busy", tostring(err))
  end)

  it("says which statuses may pass", function()
    local passing = {}
    for status = 300, 599 do
      if from(status).retryable then passing[#passing + 1] = status end
    end
    assert.same({ 408, 429, 500, 502, 503, 504 }, passing)
  end)

  it("has the status in words where the server has none", function()
    assert.equal("Service Unavailable", from(503, "").message)
    assert.equal("Not Found", from(404, nil).message)
    assert.equal("Moved Permanently", from(301, " \r\n ").message)
    assert.equal("the server gave no reason", from(599, "").message)
    assert.equal("Bad Request", errors.from_response({ status = 400 }).message)
  end)

  it("keeps the first bytes of the body, cut between characters", function()
    assert.equal(("x"):rep(4096), from(400, ("x"):rep(5000)).body)
    assert.equal(("x"):rep(4095), from(400, ("x"):rep(4095) .. "\u{20AC}").body)
    assert.equal(("x"):rep(4093) .. "\u{20AC}", from(400, ("x"):rep(4093) .. "\u{20AC}yz").body)
    assert.equal(("\xBF"):rep(4096), from(400, ("\xBF"):rep(5000)).body)
    assert.equal("\0\1", from(400, "\0\1").body)
    assert.is_nil(from(400, nil).body)
  end)
end)

describe("retry_after", function()
  local function wait(value, date)
    return from(429, "", { ["retry-after"] = value, date = date }).retry_after
  end

  it("reads seconds", function()
    assert.equal(120, wait("120"))
    assert.equal("integer", math.type(wait("120")))
    assert.equal(1.5, wait(" 1.5 "))
    assert.equal(0, wait("0"))
    assert.equal(2 ^ 31, wait(("9"):rep(400)))
  end)

  it("reads dates, held against the server's own clock", function()
    local at = "Sun, 06 Nov 1994 08:49:37 GMT"
    assert.equal(37, wait(at, "Sun, 06 Nov 1994 08:49:00 GMT"))
    assert.equal(0, wait(at, "Sun, 06 Nov 1994 09:00:00 GMT"))
    assert.equal(0, wait(at))
    local ahead = wait(os.date("!%a, %d %b %Y %H:%M:%S GMT", math.floor(core.time()) + 600))
    assert.is_true(ahead > 500 and ahead <= 600)
    assert.is_true(wait(os.date("!%a, %d %b %Y %H:%M:%S GMT", os.time() + 600), "yesterday") > 500)
  end)

  it("is absent where nothing usable is said", function()
    for _, value in ipairs { "", "soon", "-5", "1,2", "0x10", "nan", "inf", "1e3" } do
      assert.is_nil(wait(value))
    end
    assert.is_nil(wait(nil))
    assert.is_nil(from(429, "", { ["retry-after"] = 5 }).retry_after)
  end)

  it("finds the field of a plain table spelt either way", function()
    assert.equal(3, from(429, "", { ["Retry-After"] = "3" }).retry_after)
  end)
end)
