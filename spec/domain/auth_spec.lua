-- client.auth: access tokens; and that they are nowhere but in what the caller is given.

local boxed = require("spec.support.boxed")
local support = require("spec.support.client")
local wats = require("wats")

local blamed = support.blamed

-- What the server below makes; no text has it by chance.
local MADE = "bWFkZTo1ZjA4YzZlZC1ieS10aGUtc2VydmVy"

describe("client.auth", function()
  local it, box = boxed(it, pending, setup, teardown, before_each)
  local client
  before_each(function() client = box.client end)

  local function lets_in(token)
    return assert(support.connect(box, { token = token }):get("/api/App/Version")).status == 200
  end

  local function answer(body, kind, status)
    assert(box.sandbox:fault { path = "/api/Auth/*", status = status or 200, body = body,
      headers = { ["Content-Type"] = kind or "application/json" } })
  end

  it("makes a token that the server lets in", function()
    local token = assert(client.auth:get_token())
    assert.is_true(lets_in(token))
    local station = assert(client.auth:get_token { identifier = "ICT-01" })
    assert.not_equal(token, station)
    assert.is_true(lets_in(station))
  end)

  it("shows it once; reset makes another, and ends the first", function()
    for _, identifier in ipairs { false, "A/B #1?x", "O'Brien ø", ".." } do
      local what = { identifier = identifier or nil }
      local first = assert(client.auth:get_token(what))
      local none, err = client.auth:get_token(what)
      assert.is_nil(none)
      assert.same({ "conflict", 409 }, { err.kind, err.status })
      what.reset = false
      assert.is_nil((client.auth:get_token(what)))
      what.reset = true
      local second = assert(client.auth:get_token(what))
      assert.same({ false, true }, { lets_in(first), lets_in(second) })
    end
  end)

  it("is refused to who is not let in", function()
    local _, err = support.connect(box, { token = "x" }).auth:get_token()
    assert.same({ "auth", 401 }, { err.kind, err.status })
  end)

  it("takes a token as JSON, as bare text, or in a record", function()
    for body, token in pairs { ['"' .. MADE .. '"'] = MADE, [MADE] = MADE,
      ["  " .. MADE .. "==\r\n"] = MADE .. "==", ['"1234"'] = "1234" } do
      answer(body, "text/plain")
      assert.equal(token, client.auth:get_token())
    end
    answer('{"token":"' .. MADE .. '"}')
    assert.same({ token = MADE }, client.auth:get_token())
  end)

  it("takes nothing else for one, and keeps what it was to itself", function()
    for _, body in ipairs { "<html>" .. MADE .. "</html>", "", "null", "{}", "[]",
      '"' .. MADE, "log in first, " .. MADE, '{"token":"' .. MADE } do
      answer(body)
      local token, err = client.auth:get_token()
      assert.is_nil(token, body)
      assert.same({ "decode", false }, { err.kind, err.retryable })
      for _, text in ipairs(support.strings(err)) do
        assert.falsy(text:find("bWFkZTo", 1, true), text)
      end
    end
  end)

  it("raises at the caller's line", function()
    assert.matches('^auth:get_token: unknown option "identifer" %(did you mean "identifier"',
      blamed(function() client.auth:get_token { identifer = "x" } end))
    assert.matches('option "identifier" must be at least 1',
      blamed(function() client.auth:get_token { identifier = "" } end))
    assert.matches('option "reset" must be boolean',
      blamed(function() client.auth:get_token { reset = 1 } end))
    assert.matches("a table of options expected, got string",
      blamed(function() client.auth:get_token("x") end))
    assert.matches("a token goes into no sink",
      blamed(function() client.auth:get_token({}, { sink = print }) end))
  end)

  it("is in no error, log, trace, metric, cache or module", function()
    local name = os.tmpname()
    finally(function()
      wats.log.set(nil)
      os.remove(name)
    end)
    local sink = assert(wats.log.file(name, { level = "debug", format = wats.log.json }))
    wats.log.set(sink)
    local registry = wats.metrics.new()
    local asking = support.connect(box, { metrics = registry })
    local held, token = {}, nil
    local trace = asking:capture(function()
      token = assert(asking.auth:get_token { identifier = "S" })
      for status, body in pairs { [200] = '"' .. token, [500] = token, [400] = '{"Message":"' ..
        token .. '"}', [404] = '"' .. token .. '"' } do
        answer(body, nil, status)
        local _, err = asking.auth:get_token { identifier = "S" }
        wats.log.write("error", "no token", { err = err })
        held[#held + 1] = err
        held[#held + 1] = tostring(err)
      end
    end)
    sink:close()
    local file = assert(io.open(name))
    held[#held + 1] = file:read("a")
    file:close()
    for _, format in ipairs { "prometheus", "openmetrics", "json" } do
      held[#held + 1] = registry:render(format)
    end
    local modules = {}
    for module, value in pairs(package.loaded) do
      if module:find("^wats%f[%W]") then modules[module] = value end
    end
    held[#held + 1] = { trace, asking, asking.cache:keys(), asking:stats(), modules }
    assert.is_true(#held > 8)
    for _, text in ipairs(support.strings(held)) do
      assert.falsy(text:find(token, 1, true), text:sub(1, 300))
    end
  end)
end)
