-- client.scim: one user: create, get, change, delete.

local boxed = require("spec.support.boxed")
local errors = require("wats.errors")
local support = require("spec.support.client")

local blamed = support.blamed
local NONE = "00000000-0000-0000-0000-000000000000"

describe("client.scim", function()
  local it, box = boxed(it, pending, setup, teardown, before_each)
  local client, scim

  before_each(function()
    client = box.client
    scim = client.scim
  end)

  local function kari(more)
    local user = { userName = "kari@company.com", displayName = "Kari",
      name = { givenName = "Kari", familyName = "Nordmann" },
      emails = { { value = "kari@company.com", primary = true } } }
    for name, value in pairs(more or {}) do user[name] = value end
    return assert(scim:create_user(user))
  end

  describe("create_user", function()
    it("adds one, and returns it as the server has it", function()
      local given = { userName = "ola", active = false }
      local user = assert(scim:create_user(given))
      assert.same({ userName = "ola", active = false }, given)
      assert.is_string(user.id)
      assert.same({ "ola", false }, { user.userName, user.active })
      assert.same({ "urn:ietf:params:scim:schemas:core:2.0:User" }, user.schemas)
      assert.same(user, scim:get_user(user.id))
      assert.equal("Nordmann", kari().name.familyName)
    end)

    it("has a conflict where there is one of that name, in any case", function()
      kari()
      local user, err = scim:create_user { userName = "KARI@company.com" }
      assert.is_nil(user)
      assert.same({ "conflict", 409, "POST", false },
        { err.kind, err.status, err.method, err.retryable })
      assert.matches("There is a user", err.message)
    end)

    it("has the server's reason where it refuses", function()
      local user, err = scim:create_user { userName = "x", active = "yes" }
      assert.is_nil(user)
      assert.same({ "invalid", "The active field must be a boolean." }, { err.kind, err.message })
    end)

    it("raises at the caller's line for what is no new user", function()
      assert.equal("scim:create_user: user: a table expected, got string",
        blamed(function() scim:create_user("ola") end))
      assert.equal("scim:create_user: userName: a string that is not empty expected, got nil",
        blamed(function() scim:create_user {} end))
      assert.matches('got ""$', blamed(function() scim:create_user { userName = "" } end))
      assert.matches("update_user",
        blamed(function() scim:create_user { userName = "a", id = NONE } end))
    end)
  end)

  describe("a user", function()
    it("is had by id and by name", function()
      local user = kari()
      assert.same(user, scim:get_user(user.id))
      assert.same(user, scim:get_user(user.id:upper()))
      assert.same(user, scim:get_user_by_username("kari@company.com"))
      for _, call in ipairs {
        function() return scim:get_user(NONE) end,
        function() return scim:get_user(NONE) end,
        function() return scim:get_user_by_username("none") end,
        function() return scim:delete_user(NONE) end,
        function() return scim:update_user(NONE, { active = true }) end,
        function() return scim:set_user_active(NONE, true) end,
        function() return scim:deactivate_user(NONE) end,
        function() return scim:update_display_name(NONE, "x") end,
      } do
        local value, err = call()
        assert.is_nil(value)
        assert.is_true(errors.is_error(err))
        assert.same({ "not_found", 404 }, { err.kind, err.status })
        assert.matches("^Resource .* not found%.$", err.message)
      end
    end)

    it("may have a name of any characters", function()
      for _, name in ipairs { "A/B #1?x", "O'Brien", "ø Å", "100%", "a+b&c=d", "..", "%2F", "a;b",
        'x"y', "back\\slash", "userName=z", "DOMAIN\\kari" } do
        local user = assert(scim:create_user { userName = name })
        assert.equal(user.id, assert(scim:get_user_by_username(name)).id, name)
        local found = assert(scim:get_users { filter = { userName = name } })
        assert.same({ 1, user.id }, { found.totalResults, found.Resources[1].id }, name)
      end
    end)

    it("is deleted", function()
      local user = kari()
      assert.is_true(scim:delete_user(user.id))
      assert.equal("not_found", select(2, scim:get_user(user.id)).kind)
      assert.equal("not_found", select(2, scim:delete_user(user.id)).kind)
    end)

    it("is never served from before a write", function()
      local user = kari()
      local keep = { cache = { ttl = 60 } }
      local function active() return assert(scim:get_user(user.id, keep)).active end
      assert.is_true(active())
      assert.is_true(active())
      local before = #assert(box.sandbox:journal())
      assert(scim:deactivate_user(user.id))
      assert.is_false(active())
      assert(scim:set_user_active(user.id, true))
      assert.is_true(active())
      assert.equal(before + 4, #assert(box.sandbox:journal()))
      assert(scim:get_users(nil, keep))
      assert(scim:delete_user(user.id))
      assert.is_nil(scim:get_user(user.id, keep))
      assert.equal(0, scim:get_users(nil, keep).totalResults)
    end)

    it("raises at the caller's line without an id or a name", function()
      for _, name in ipairs { "get_user", "delete_user", "get_user_by_username",
        "deactivate_user" } do
        for _, wrong in ipairs { "", false, 1.5 } do
          assert.matches("^scim:" .. name .. ": ",
            blamed(function() scim[name](scim, wrong) end))
        end
      end
      assert.matches("^scim:update_user: .*id",
        blamed(function() scim:update_user("", { active = true }) end))
    end)
  end)

  describe("update_user", function()
    it("replaces what it is given", function()
      local user = kari()
      local changed = assert(scim:update_user(user.id, { fullName = "Kari N", familyName = "N",
        givenName = "K", email = "k@n.no", roles = "Operator", active = false,
        levels = { "Oslo", "Bergen" }, productGroups = "Power;Radio" }))
      assert.same({ "Kari N", "N", "K", "k@n.no", "Operator", false },
        { changed.displayName, changed.name.familyName, changed.name.givenName,
          changed.emails[1].value, changed.roles[1].value, changed.active })
      assert.same({ "Oslo", "Bergen" }, changed.levels)
      assert.same({ "Power", "Radio" }, changed.productGroups)
      changed = assert(scim:update_user(user.id, { levels = { "Oslo", "Moss" } }))
      assert.same({ "Oslo", "Bergen", "Moss" }, changed.levels)
      assert.same(changed, scim:get_user(user.id))
    end)

    it("takes a whole PatchOp, and has the server's reason where that is refused", function()
      local user = kari()
      local function patch(op, path, value)
        return scim:update_user(user.id, {
          schemas = { "urn:ietf:params:scim:api:messages:2.0:PatchOp" },
          Operations = { { op = "replace", path = "active", value = false },
            { op = op, path = path, value = value } } })
      end
      for reason, arguments in pairs {
        ["Only the operation 'replace' is supported."] = { "remove", "active" },
        ["The path 'displayName' cannot be replaced."] = { "replace", "displayName", "x" },
        ["The value of 'fullName' must be a string."] = { "replace", "fullName", false },
        ["The value of 'active' must be a boolean."] = { "replace", "active", "False" },
        ["There is no role 'King'."] = { "replace", "roles", "King" },
      } do
        local changed, err = patch(table.unpack(arguments))
        assert.is_nil(changed)
        assert.same({ "invalid", reason }, { err.kind, err.message })
      end
      assert.is_true(scim:get_user(user.id).active) -- nothing was done by halves
      assert.equal("x", assert(patch("Replace", "fullName", "x")).displayName)
      local _, err = scim:update_user(user.id, { Operations = { { op = "replace", path = "active",
        value = true } } })
      assert.matches("schema", err.message)
    end)

    it("sends SCIM's media type, unless told another, beside fields of the caller's", function()
      local user = kari()
      local function sent(headers)
        assert(scim:update_user(user.id, { fullName = "K" }, { headers = headers }))
        local journal = assert(box.sandbox:journal())
        return journal[#journal].headers
      end
      assert.equal("application/scim+json", sent()["content-type"])
      local fields = sent { ["X-Ticket"] = "7" }
      assert.same({ "application/scim+json", "7" }, { fields["content-type"], fields["x-ticket"] })
      fields = sent { { "X-Ticket", "8" }, { "CONTENT-type", "application/json" } }
      assert.same({ "application/json", "8" }, { fields["content-type"], fields["x-ticket"] })
    end)

    it("raises at the caller's line for what cannot be changed", function()
      local function wrong(changes) return blamed(function() scim:update_user("x", changes) end) end
      assert.equal("scim:update_user: changes: a table expected, got nil", wrong(nil))
      assert.equal("scim:update_user: nothing to change was given", wrong {})
      assert.equal('scim:update_user: unknown field "fullname" (did you mean "fullName"?)',
        wrong { fullname = "x" })
      assert.matches('unknown field "displayName"', wrong { displayName = "x" })
      assert.equal("scim:update_user: active: boolean expected, got string",
        wrong { active = "true" })
      assert.equal("scim:update_user: roles: string expected, got table", wrong { roles = {} })
      assert.equal('scim:update_user: levels: strings without ";" expected, got "a;b"',
        wrong { levels = { "a;b" } })
      assert.matches("got number$", wrong { levels = { 5 } })
      for _, none in ipairs { { [1] = "Oslo", [3] = "Moss" }, { Oslo = true } } do
        assert.equal("scim:update_user: levels: string expected, got a table that is no list",
          wrong { levels = none })
      end
      assert.equal("scim:set_user_active: active: boolean expected, got nil",
        blamed(function() scim:set_user_active("x") end))
      assert.equal("scim:update_display_name: name: string expected, got nil",
        blamed(function() scim:update_display_name("x") end))
    end)

    it("changes the name that is shown", function()
      local user = kari()
      assert.equal("Kari Ø", assert(scim:update_display_name(user.id, "Kari Ø")).displayName)
    end)

    it("is not sent again when it fails", function()
      client = support.connect(box, { retry = { max_attempts = 3, base_delay = 0.001 } })
      local user = kari()
      assert(box.sandbox:fault { method = "PATCH", status = 503, times = 2 })
      local changed, err = client.scim:deactivate_user(user.id)
      assert.is_nil(changed)
      assert.equal("server", err.kind)
      assert.equal(2, #assert(box.sandbox:journal()))
    end)
  end)
end)
