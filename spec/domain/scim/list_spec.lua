-- client.scim: many users, and tokens.

local boxed = require("spec.support.boxed")
local json = require("wats.json")
local support = require("spec.support.client")

local blamed = support.blamed

describe("client.scim", function()
  local it, box = boxed(it, pending, setup, teardown, before_each)
  local client, scim

  before_each(function()
    client = box.client
    scim = client.scim
  end)

  local function people(count)
    local users = {}
    for i = 1, count do
      users[i] = assert(scim:create_user { userName = ("u%03d"):format(i), active = i % 2 == 0 })
    end
    return users
  end

  local function names(iterator)
    local list = {}
    for user in iterator do list[#list + 1] = user.userName end
    return list
  end

  local function requests()
    local list = {}
    for _, entry in ipairs(assert(box.sandbox:journal())) do
      if entry.method == "GET" then list[#list + 1] = entry.query or "" end
    end
    return list
  end

  describe("get_users", function()
    it("gives one page, and how many there are", function()
      people(5)
      local page = assert(scim:get_users { start_index = 2, count = 3 })
      assert.same({ 5, 2, 3, "u002" }, { page.totalResults, page.startIndex, page.itemsPerPage,
        page.Resources[1].userName })
      assert.equal(5, scim:get_users().totalResults)
      assert.equal(0, #scim:get_users({ count = 0 }).Resources)
      local none = assert(scim:get_users { filter = 'userName eq "none"' })
      assert.is_true(json.is_array(none.Resources))
    end)

    it("filters, in SCIM's words or by values", function()
      people(6)
      assert.equal(3, scim:get_users({ filter = { active = true } }).totalResults)
      local both = { active = true, userName = "U002" }
      assert.equal(1, scim:get_users({ filter = both }).totalResults)
      assert.equal(6, scim:get_users({ filter = {} }).totalResults)
      assert.equal(6, scim:get_users({ filter = 'userName sw "u0"' }).totalResults)
      local page, err = scim:get_users { filter = 'userName is "x"' }
      assert.is_nil(page)
      assert.same({ "invalid", 400, "The operator 'is' cannot be used here." },
        { err.kind, err.status, err.message })
    end)

    it("keeps a value from becoming part of the condition", function()
      people(3)
      for _, value in ipairs { 'x" or userName pr', "\\", '"', "\1\n", 'a" eq "b', "{}" } do
        assert.equal(0, scim:get_users({ filter = { userName = value } }).totalResults, value)
      end
    end)

    it("raises at the caller's line for a wrong query", function()
      assert.matches('^scim:get_users: unknown option "startIndex" %(did you mean "start_index"',
        blamed(function() scim:get_users { startIndex = 1 } end))
      assert.matches('^scim:get_users: option "start_index" must be at least 1',
        blamed(function() scim:get_users { start_index = 0 } end))
      assert.equal("scim:get_users: filter: userName: string or boolean expected, got number",
        blamed(function() scim:get_users { filter = { userName = 5 } } end))
      assert.equal("scim:get_users: filter: name of an attribute expected, got a b",
        blamed(function() scim:get_users { filter = { ["a b"] = "x" } } end))
      assert.matches("^scim:get_users: .*table of options expected",
        blamed(function() scim:get_users("userName") end))
    end)
  end)

  describe("iter_users", function()
    it("pages to the end", function()
      people(7)
      local all = names(scim:iter_users { page_size = 3 })
      assert.same({ "u001", "u002", "u003", "u004", "u005", "u006", "u007" }, all)
      assert.same({ "count=3&startIndex=1", "count=3&startIndex=4", "count=3&startIndex=7" },
        requests())
      assert.equal(7, #names(scim:iter_users()))
      assert.equal(4, #requests())
    end)

    it("asks for nothing behind a full last page, and copes with none at all", function()
      assert.same({}, names(scim:iter_users()))
      people(4)
      assert.equal(4, #names(scim:iter_users { page_size = 2 }))
      assert.equal(3, #requests())
    end)

    it("goes on behind a page that is shorter than asked for", function()
      people(105)
      assert.equal(105, #names(scim:iter_users { page_size = 1000 })) -- the server sends 100
      assert.equal(2, #requests())
    end)

    it("takes a filter, and stops where it is told", function()
      people(6)
      assert.same({ "u002", "u004", "u006" },
        names(scim:iter_users { filter = { active = true }, page_size = 2 }))
      assert.same({ "u001", "u002", "u003" }, names(scim:iter_users { max_users = 3 }))
      assert.same({}, names(scim:iter_users { max_users = 0 }))
    end)

    it("loses none when some are taken out meanwhile, and doubles none when some come", function()
      local users = people(9)
      local seen = {}
      for user in scim:iter_users { page_size = 3 } do
        assert.is_nil(seen[user.userName])
        seen[user.userName] = true
        if user.userName == "u003" then
          assert(scim:delete_user(users[1].id))
          assert(scim:delete_user(users[2].id))
        end
        if user.userName == "u006" then assert(scim:create_user { userName = "late" }) end
      end
      for i = 3, 9 do assert.is_true(seen[users[i].userName], users[i].userName) end
      assert.is_true(seen.late)
    end)

    it("ends with servers that tell no total", function()
      local function answer(body)
        assert(box.sandbox:fault { method = "GET", status = 200, body = body,
          headers = { ["Content-Type"] = "application/scim+json" } })
      end
      answer '{"Resources":[{"id":"1","userName":"a"},{"id":"2","userName":"b"}]}'
      answer '{"Resources":[{"id":"2","userName":"b"},{"id":"3","userName":"c"}]}'
      answer '{"Resources":[{"id":"2","userName":"b"},{"id":"3","userName":"c"}]}'
      assert.same({ "a", "b", "c" }, names(scim:iter_users { page_size = 2 }))
      answer '{"Resources":[{"userName":"a"},5,null]}'
      assert.same({ "a" }, names(scim:iter_users { page_size = 10 }))
      answer '{"totalResults":9,"Resources":[]}'
      assert.same({}, names(scim:iter_users()))
      answer '{"totalResults":0}'
      assert.same({}, names(scim:iter_users()))
    end)

    it("does not take a page without its list for the end", function()
      people(3)
      local function answer(body)
        assert(box.sandbox:fault { method = "GET", status = 200, body = body,
          headers = { ["Content-Type"] = "application/scim+json" } })
      end
      for _, body in ipairs { '{"totalResults":3}', '{"totalResults":3,"Resources":null}',
        '{"totalResults":3,"Resources":{"id":"1"}}' } do
        local iterator = scim:iter_users { page_size = 2 }
        iterator()
        iterator()
        answer(body)
        local ok, err = pcall(iterator)
        assert.is_false(ok, body)
        assert.equal("decode", err.kind)
        assert.matches("tells of 3 users and lists none", tostring(err))
        assert.equal("u003", iterator().userName) -- asked again it goes on
        assert.is_nil(iterator())
      end
    end)

    it("raises the error object of a page that failed, and may be asked again", function()
      people(4)
      local iterator = scim:iter_users { page_size = 2 }
      iterator()
      iterator()
      assert(box.sandbox:fault { method = "GET", status = 403 })
      local ok, err = pcall(iterator)
      assert.is_false(ok)
      assert.equal("auth", err.kind)
      assert.equal("u003", iterator().userName)
    end)

    it("raises at the caller's line for a wrong query", function()
      assert.matches('^scim:iter_users: option "page_size" must be at least 1',
        blamed(function() scim:iter_users { page_size = 0 } end))
      assert.matches('^scim:iter_users: unknown option "count"',
        blamed(function() scim:iter_users { count = 5 } end))
    end)
  end)

  describe("get_token", function()
    it("makes another one with each call, whatever the cache is told", function()
      local first = assert(scim:get_token())
      assert.equal(90, first.duration)
      local second = assert(scim:get_token(7, { cache = { ttl = 60 } }))
      assert.equal(7, second.duration)
      assert.not_equal(second.token, assert(scim:get_token(7, { cache = { ttl = 60 } })).token)
      assert.equal(3, #requests())
      assert.same({}, client.cache:keys())
    end)

    it("is sent once, even if it fails and may be retried", function()
      client = support.connect(box, { retry = { max_attempts = 3, base_delay = 0.001 } })
      assert(box.sandbox:fault { path = "/api/SCIM/v2/Token", status = 503, times = 2 })
      local token, err = client.scim:get_token(nil, { retry = true })
      assert.is_nil(token)
      assert.equal("server", err.kind)
      assert.equal(1, #requests())
    end)

    it("keeps the token out of errors and captures", function()
      local secret = "eyJhbGciOiJIUzI1NiJ9"
      for _, body in ipairs { '{"token":"' .. secret, '"' .. secret, secret } do
        assert(box.sandbox:fault { path = "/api/SCIM/v2/Token", status = 200, body = body,
          headers = { ["Content-Type"] = "application/json" } })
        local trace, token, err = client:capture(scim.get_token, scim)
        assert.is_nil(token)
        assert.equal("decode", err.kind)
        for _, text in ipairs(support.strings { err, tostring(err), trace }) do
          assert.falsy(text:find(secret, 1, true), text)
        end
      end
    end)

    it("is refused for no days at all", function()
      for _, wrong in ipairs { 0, -1, 1.5, "7", true } do
        assert.matches("^scim:get_token: days: a positive integer expected, got ",
          blamed(function() scim:get_token(wrong) end))
      end
    end)
  end)
end)
