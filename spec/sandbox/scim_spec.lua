-- User accounts in the sandbox: what SCIM wants of a server.

local cjson = require("cjson")
local filters = require("wats.sandbox.scim_filter")
local sandboxes = require("spec.support.sandbox")

local USERS = "/api/SCIM/v2/Users"

describe("sandbox users", function()
  local it, box = sandboxes.open(it, pending, setup, teardown, before_each)

  local function ask(method, path, record)
    local response = box:request(method, path, { json = record })
    local body = response.body ~= "" and cjson.decode(response.body) or nil
    return response.status, body, response
  end

  local function add(name)
    local status, user = ask("POST", USERS, { userName = name })
    assert.equal(201, status)
    return user
  end

  it("are made, in SCIM's own media type", function()
    local status, user, response = ask("POST", USERS, { userName = "a", emails = {
      { value = "a@b.no" } }, active = cjson.null })
    assert.equal(201, status)
    assert.matches("^application/scim%+json", response.headers["content-type"])
    assert.same({ "a", true, "a@b.no", "User" },
      { user.userName, user.active, user.emails[1].value, user.meta.resourceType })
    assert.matches("^%d+%-%d%d%-%d%dT", user.meta.created)
  end)

  it("refuse in SCIM's own shape", function()
    add("a")
    for path, expected in pairs {
      [USERS .. "/00000000-0000-0000-0000-000000000000"] = { 404, nil },
      [USERS .. "/userName=none"] = { 404, nil },
      [USERS .. "?filter=x"] = { 400, "invalidFilter" },
      ["/api/SCIM/v2/Token?duration=0"] = { 400, "invalidValue" },
    } do
      local status, body = ask("GET", path)
      assert.same({ expected[1], tostring(expected[1]) }, { status, body.status })
      assert.equal("urn:ietf:params:scim:api:messages:2.0:Error", body.schemas[1])
      assert.truthy(body.scimType == expected[2] or not expected[2] and body.scimType == cjson.null)
      assert.is_string(body.detail)
    end
    local status, body = ask("POST", USERS, { userName = "A" })
    assert.same({ 409, "uniqueness" }, { status, body.scimType })
    status, body = ask("POST", USERS, { displayName = "x" })
    assert.same({ 400, "invalidValue" }, { status, body.scimType })
  end)

  it("come in pages, counted from one", function()
    for i = 1, 5 do add("u" .. i) end
    local _, page = ask("GET", USERS .. "?startIndex=4&count=9")
    assert.same({ 5, 4, 2, "u4" }, { page.totalResults, page.startIndex, page.itemsPerPage,
      page.Resources[1].userName })
    _, page = ask("GET", USERS .. "?startIndex=-3&count=0")
    assert.same({ 5, 1, 0 }, { page.totalResults, page.startIndex, page.itemsPerPage })
    _, page = ask("GET", USERS .. "?startIndex=9")
    assert.same({ 5, {} }, { page.totalResults, page.Resources })
  end)

  it("are patched in full or not at all", function()
    local user = add("a")
    local function patch(record) return ask("PATCH", USERS .. "/" .. user.id, record) end
    local schemas = { "urn:ietf:params:scim:api:messages:2.0:PatchOp" }
    local status, body = patch { schemas = schemas, Operations = {
      { op = "replace", path = "fullName", value = "A" },
      { op = "replace", path = "userName", value = "b" } } }
    assert.same({ 400, "invalidPath" }, { status, body.scimType })
    local _, now = ask("GET", USERS .. "/" .. user.id)
    assert.equal(cjson.null, now.displayName)
    for _, record in ipairs { { schemas = schemas }, { schemas = schemas, Operations = {} },
      { schemas = schemas, Operations = { 5 } }, { Operations = { { op = "replace" } } } } do
      status, body = patch(record)
      assert.same({ 400, "invalidSyntax" }, { status, body.scimType })
    end
    status, now = patch { schemas = schemas, Operations = {
      { op = "replace", path = "FULLNAME", value = "A" },
      { op = "replace", path = "levels", value = "x;;y;x" } } }
    assert.same({ 200, "A", "A", { "x", "y" } },
      { status, now.displayName, now.name.formatted, now.levels })
  end)

  it("are deleted once", function()
    local user = add("a")
    assert.equal(204, (ask("DELETE", USERS .. "/" .. user.id)))
    assert.equal(404, (ask("DELETE", USERS .. "/" .. user.id)))
    add("a")
  end)
end)

describe("a filter of SCIM", function()
  local user = { id = "ab", userName = "Kari", active = true, displayName = 'say "x"\\',
    name = { familyName = "N" }, emails = { { value = "k@n.no" } } }

  it("holds or not", function()
    for text, holds in pairs {
      ['userName eq "KARI"'] = true, ['username EQ "kari"'] = true, ['userName eq "kar"'] = false,
      ['id eq "AB"'] = false, ['id eq "ab"'] = true, ['userName ne "x"'] = true,
      ["active eq true"] = true, ["active eq false"] = false, ["active ne false"] = true,
      ['active eq "true"'] = false, ['userName sw "ka"'] = true, ['userName ew "RI"'] = true,
      ['userName ew ""'] = true, ['userName co "ar"'] = true, ['userName co "%a"'] = false,
      ['emails.value eq "K@n.no"'] = true, ['emails eq "k@n.no"'] = true,
      ["externalId pr"] = false, ["userName pr"] = true, ['externalId eq "x"'] = false,
      ['externalId ne "x"'] = true, ['displayName eq "say \\"x\\"\\\\"'] = true,
      ['userName eq "x" or active eq true'] = true, ['name.familyName eq "n"'] = true,
      ['userName eq "x" and active eq true'] = false,
      ['userName eq "x" and active eq true or id pr'] = true,
      ['id pr or userName eq "x" and active eq false'] = true,
    } do
      local test = assert(filters.compile(text))
      assert.equal(holds, test(user), text)
    end
  end)

  it("says what is wrong with it", function()
    for text, problem in pairs {
      [""] = "No term", ["userName"] = "No term", ["userName eq"] = "No value",
      ['userName eq "x'] = "No value", ["userName eq 'x'"] = "No value",
      ['wage gt "5"'] = "Unknown attribute 'wage'", ["wage pr"] = "Unknown attribute 'wage'",
      ['userName gt "5"'] = "operator 'gt'", ["userName sw true"] = "operator 'sw'",
      ['userName eq "x" xor id pr'] = "'and' or 'or' expected", ["id pr and"] = "'and' or 'or'",
      ["id pr and "] = "No term", ['userName eq "\\q"'] = "No value",
    } do
      local test, message = filters.compile(text)
      assert.is_nil(test, text)
      assert.matches(problem, message, 1, true)
    end
  end)
end)
