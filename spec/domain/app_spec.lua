-- client.app, and what all domain calls make of an answer.

local boxed = require("spec.support.boxed")
local errors = require("wats.errors")
local json = require("wats.json")
local support = require("spec.support.client")

local blamed = support.blamed

describe("client.app", function()
  local it, box = boxed(it, pending, setup, teardown, before_each)
  local client
  before_each(function() client = box.client end)

  -- Makes the next GET of the levels answer so.
  local function answer(status, body, content_type)
    assert(box.sandbox:fault { method = "GET", path = "/api/App/Levels", status = status,
      body = body,
      headers = { ["Content-Type"] = content_type or body and "application/json" or nil } })
  end

  it("gives the version as text, never from the cache", function()
    assert.equal("25.3.0.0", client.app:get_version())
    assert.equal("25.3.0.0", client.app:get_version())
    assert.equal(2, #assert(box.sandbox:journal()))
  end)

  it("takes no page of a proxy, and no record, for a version", function()
    for _, case in ipairs { { "<!DOCTYPE html><title>Log in</title>", "text/html" },
      { ' <?xml version="1.0"?><x/>', "application/xml" }, { "{}", "application/json" },
      { "[1]", "application/json" }, { "", "text/plain" }, { '" "', "application/json" } } do
      assert(box.sandbox:fault { path = "/api/App/Version", status = 200, body = case[1],
        headers = { ["Content-Type"] = case[2] } })
      local version, err = client.app:get_version()
      assert.is_nil(version)
      assert.equal("decode", err.kind)
      assert.equal(box.sandbox.url .. "/api/App/Version", err.url)
      assert.falsy(tostring(err):find("%c"))
    end
    assert(box.sandbox:fault { path = "/api/App/Version", status = 200, body = "25.1",
      headers = { ["Content-Type"] = "text/plain" } })
    assert.equal("25.1", client.app:get_version())
  end)

  it("lists processes, levels and product groups", function()
    local processes = assert(client.app:get_processes())
    assert.equal(6, #processes)
    assert.same({ 10, "SW Debug", true }, { processes[1].code, processes[1].name,
      processes[1].isTestOperation })
    assert.equal("integer", math.type(processes[1].code))
    local levels = assert(client.app:get_levels())
    assert.same({ 3, 1, "Oslo" }, { #levels, levels[1].levelId, levels[1].levelName })
    local groups = assert(client.app:get_product_groups())
    assert.same({ 2, "Power" }, { #groups, groups[1].productGroupName })
  end)

  it("finds a name as it is written before one of another case", function()
    answer(200, '[{"levelId":7,"levelName":"A"},{"levelId":8,"levelName":"a"},null]')
    assert.equal(8, assert(client.app:get_level("a")).levelId)
    client.cache:clear()
    answer(200, '[{"levelId":7,"levelName":"Ab"},{"levelId":8,"levelName":"aB"}]')
    assert.equal(7, assert(client.app:get_level("AB")).levelId) -- the first of those alike
  end)

  it("finds a level and a product group by id and by name", function()
    assert.equal("Oslo line 1", assert(client.app:get_level(2)).levelName)
    assert.equal(3, assert(client.app:get_level("oslo LINE 2")).levelId)
    assert.equal("Radio", assert(client.app:get_product_group(2)).productGroupName)
    assert.equal(1, assert(client.app:get_product_group("Power")).productGroupId)
    assert.equal(2, #assert(box.sandbox:journal()))
    for _, name in ipairs { "get_level", "get_product_group" } do
      for _, which in ipairs { "O'Brien A/B #1?x ø", 99 } do
        local record, err = client.app[name](client.app, which)
        assert.is_nil(record)
        assert.equal("not_found", err.kind)
      end
      assert.equal(("app:%s: an id (integer) or a name expected, got nil"):format(name),
        blamed(function() client.app[name](client.app) end))
      assert.matches('got ""$', blamed(function() client.app[name](client.app, "") end))
      assert(box.sandbox:fault { method = "GET", status = 403 })
      assert.equal("auth",
        select(2, client.app[name](client.app, 1, { cache = "bypass" })).kind)
    end
  end)

  it("gives product groups with their filters", function()
    local groups = assert(client.app:get_product_groups { query = { includeFilters = true } })
    assert.equal("Power", groups[1].filters[1].productCategoryName)
    assert.is_nil(assert(client.app:get_product_groups())[1].filters)
  end)

  it("gives the settings of a user, never from the cache", function()
    for _ = 1, 2 do
      local settings = assert(client.app:get_common_user_settings("admin"))
      assert.same({ "Administrator", "Manager" }, settings.roles)
      assert.is_true(json.is_array(settings.levels))
    end
    assert.equal(2, #assert(box.sandbox:journal()))
    local settings, err = client.app:get_common_user_settings("O'Brien A/B #1?x ø")
    assert.is_nil(settings)
    assert.equal("not_found", err.kind)
    assert.matches("O'Brien A/B #1%?x ø", err.message)
    assert(box.sandbox:fault { method = "GET", status = 401 })
    assert.equal("auth", select(2, client.app:get_common_user_settings("admin")).kind)
    assert.equal("app:get_common_user_settings: user_name: a string that is not empty expected, "
      .. "got nil", blamed(function() client.app:get_common_user_settings() end))
  end)

  it("hands the options on", function()
    local repairs = assert(client.app:get_processes { query = { includeRepairOperations = true } })
    assert.equal(2, #repairs)
    local journal = assert(box.sandbox:journal())
    assert.equal("includeRepairOperations=true", journal[1].query)
    assert.equal("too_large", select(2, client.app:get_levels { max_body = 2 }).kind)
  end)

  describe("as all domain calls", function()
    it("has an error of a kind by status", function()
      for status, kind in pairs { [400] = "invalid", [422] = "invalid", [401] = "auth",
        [403] = "auth", [404] = "not_found", [409] = "conflict", [429] = "rate_limited",
        [301] = "redirect", [302] = "redirect", [304] = "redirect", [500] = "server",
        [502] = "server", [503] = "server",
        [504] = "server", [599] = "server", [405] = "http", [410] = "http",
        [418] = "http" } do
        answer(status, '"words"')
        local value, err = client.app:get_levels { cache = "bypass" }
        assert.is_nil(value)
        assert.is_true(errors.is_error(err))
        assert.same({ kind, status, "GET", box.sandbox.url .. "/api/App/Levels" },
          { err.kind, err.status, err.method, err.url })
        local again = status == 429 or status >= 500 and status <= 504 -- of those here
        assert.equal(again, err.retryable, status)
      end
    end)

    it("reads what the server says, in each shape that it may have", function()
      for body, said in pairs {
        ['"plain JSON text"'] = "plain JSON text",
        ['{"Message":"of ASP.NET"}'] = "of ASP.NET",
        ['{"Message":"An error.","ExceptionMessage":"the cause"}'] = "An error. the cause",
        ['{"Message":"Invalid.","ModelState":{"a.b":["is missing"]}}'] = "Invalid. a.b: is missing",
        ['{"type":"about:blank","title":"Bad","detail":"no pn","status":400}'] = "Bad: no pn",
        ['{"schemas":["urn:x"],"detail":"scim","status":"400"}'] = "scim",
        ['{"errors":["one","two"]}'] = "one; two",
        ["<html><head><title>502 Bad Gateway</title></head></html>"] = "502 Bad Gateway",
        ["words\nin two lines"] = "words in two lines",
        [""] = "Bad Request",
        ["null"] = "Bad Request",
        ["{}"] = "Bad Request",
        ["{cut"] = "{cut",
      } do
        answer(400, body, body:find("^<") and "text/html" or "application/json")
        local _, err = client.app:get_levels()
        assert.equal("invalid", err.kind)
        assert.equal(said, err.message)
        assert.equal(body, err.body)
        assert.equal(("GET %s/api/App/Levels: 400 invalid: %s"):format(box.sandbox.url, said),
          tostring(err))
      end
    end)

    it("tells how long to wait", function()
      assert(box.sandbox:fault { path = "/api/App/Levels", status = 429,
        headers = { ["Retry-After"] = "7" } })
      local _, err = client.app:get_levels()
      assert.equal(7, err.retry_after)
    end)

    it("has not_found for null", function()
      answer(200, " null\n")
      local value, err = client.app:get_levels()
      assert.is_nil(value)
      assert.same({ "not_found", 200, "GET", box.sandbox.url .. "/api/App/Levels" },
        { err.kind, err.status, err.method, err.url })
    end)

    it("has the URL with its query in errors", function()
      answer(200, "null")
      local _, err = client.app:get_levels { query = { a = 1 } }
      assert.equal(box.sandbox.url .. "/api/App/Levels?a=1", err.url)
      answer(500, "x")
      _, err = client.app:get_levels { query = { a = "ø" }, cache = "bypass" }
      assert.equal(box.sandbox.url .. "/api/App/Levels?a=%C3%B8", err.url)
    end)

    it("keeps an empty list a list", function()
      answer(200, "[]")
      local list = assert(client.app:get_levels())
      assert.same({}, list)
      assert.is_true(json.is_array(list))
      assert.equal("[]", json.encode(list))
    end)

    it("has an error of kind decode, with status and URL, for broken JSON", function()
      for _, body in ipairs { "[{]", "[1,2", '{"a":1}x', "[NaN]", ("["):rep(2000) } do
        answer(200, body)
        local value, err = client.app:get_levels { cache = "bypass" }
        assert.is_nil(value)
        assert.same({ "decode", 200, "GET", box.sandbox.url .. "/api/App/Levels", false },
          { err.kind, err.status, err.method, err.url, err.retryable })
        assert.falsy(tostring(err):find("%c"))
      end
    end)

    it("has one too for what is no list or record", function()
      for _, case in ipairs { { "<html>log in</html>", "text/html" }, { "5", "application/json" },
        { '"text"', "application/json" }, { "true", "application/json" },
        { "", "application/json" }, { "[]", "text/plain" } } do
        answer(200, case[1], case[2])
        local value, err = client.app:get_levels { cache = "bypass" }
        assert.is_nil(value)
        assert.same({ "decode", 200, "GET" }, { err.kind, err.status, err.method })
        assert.matches(case[1] == "" and "it is empty" or case[2], err.message)
        assert.equal(case[1], err.body)
      end
      assert(box.sandbox:fault { path = "/api/App/Levels", status = 204 })
      assert.equal("decode", select(2, client.app:get_levels()).kind)
    end)

    it("reads JSON by any of its names", function()
      for _, name in ipairs { "application/json; charset=utf-8", "text/json", "APPLICATION/JSON",
        "application/problem+json", "application/scim+json;x=y" } do
        answer(200, "[5]", name)
        assert.same({ 5 }, client.app:get_levels { cache = "bypass" })
      end
    end)

    it("drops null members, keeps null elements", function()
      answer(200, '[{"a":null,"b":1},null]')
      assert.same({ { b = 1 }, json.null }, client.app:get_levels())
    end)

    it("has a connection error when the connection ends: before, amid and after", function()
      for _, drop in ipairs { "before", "mid", "after" } do
        assert(box.sandbox:clear_faults())
        assert(box.sandbox:fault { path = "/api/App/Levels", drop = drop, times = 0 })
        local value, err = client.app:get_levels { cache = "bypass" }
        assert.is_nil(value)
        assert.same({ "connection", true, "GET" }, { err.kind, err.retryable, err.method })
        assert.is_nil(err.status)
      end
      assert(box.sandbox:clear_faults())
      assert.equal(3, #client.app:get_levels())
    end)

    it("has a timeout when the answer is late", function()
      assert(box.sandbox:fault { path = "/api/App/Levels", delay_ms = 3000 })
      local _, err = client.app:get_levels { timeout = 0.1 }
      assert.same({ "timeout", true }, { err.kind, err.retryable })
    end)
  end)
end)
