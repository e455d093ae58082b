-- client.software: packages and their life. Files, stations and downloads: spec/domain/software/.

local boxed = require("spec.support.boxed")
local json = require("wats.json")
local support = require("spec.support.client")

local blamed = support.blamed

local NOWHERE = "00000000-0000-0000-0000-000000000000"
local ODD = { "A/B #1?x", "O'Brien", "ø Å", "100%", "a+b&c=d", "  x  ", 'say "hi"', "a;b" }

describe("client.software", function()
  local it, box = boxed(it, pending, setup, teardown, before_each)
  local client, software

  before_each(function()
    client = box.client
    software = client.software
  end)

  local function make(name, more)
    local package = more or {}
    package.name = name
    return assert(software:create_package(package))
  end

  local function release(name)
    local package = make(name)
    assert(software:submit_for_review(package.packageId))
    return assert(software:release_package(package.packageId))
  end

  local function fails(kind, value, err)
    assert.is_nil(value)
    assert.equal(kind, err.kind)
    return err
  end

  describe("reading", function()
    it("gives packages by id, by name, and all", function()
      assert.equal("[]", json.encode(assert(software:get_packages())))
      local first = make("ICT", { description = "first", priority = 3, installOnRoot = true })
      make("ICT")
      assert.equal("first", assert(software:get_package(first.packageId)).description)
      assert.equal(2, assert(software:get_package_by_name("ICT", "draft")).version)
      assert.equal(1, assert(software:get_package_by_name("ICT", "Draft", 1)).version)
      assert.equal(2, #assert(software:get_packages()))
    end)

    it("gives released ones unless told", function()
      release("ICT")
      release("ICT")
      make("ICT")
      assert.equal(2, assert(software:get_released_package("ICT")).version)
      assert.equal(2, assert(software:get_package_by_name("ICT")).version)
      assert.equal(1, assert(software:get_package_by_name("ICT", nil, 1)).version)
      assert.equal(3, assert(software:get_package_by_name("ICT", "DRAFT")).version)
    end)

    it("has not_found for what is not there", function()
      make("ICT")
      for _, call in ipairs {
        function() return software:get_package(NOWHERE) end,
        function() return software:get_package_by_name("ICT") end,
        function() return software:get_package_by_name("ICT", "draft", 2) end,
        function() return software:get_released_package("none") end,
      } do
        assert.equal(404, fails("not_found", call()).status)
      end
    end)

    it("finds names of any characters", function()
      for _, name in ipairs(ODD) do
        local package = release(name)
        assert.equal(name, assert(software:get_released_package(name)).name)
        assert.equal(package.packageId, assert(software:get_package_by_name(name)).packageId)
      end
    end)

    it("finds by tag and value", function()
      for _, value in ipairs(ODD) do
        make("P " .. value, { tags = { { key = "Station", value = value } } })
        local list = assert(software:get_packages_by_tag("Station", value, "draft"))
        assert.equal("P " .. value, list[1].name)
      end
      assert.equal(0, #assert(software:get_packages_by_tag("Station", "100%")))
      assert.equal(0, #assert(software:get_packages_by_tag("station", "100%", "draft")))
      assert.equal(0, #assert(software:get_packages_by_tag("Station", "A=B", "draft")))
    end)

    it("gives the virtual folders", function()
      local folders = assert(software:get_virtual_folders())
      assert.same({ "Test programs", folders[1].id }, { folders[1].name, folders[2].parentId })
    end)

    it("never comes from the cache", function()
      local package = release("ICT")
      assert.equal("Released", software:get_package(package.packageId).status)
      local other = support.connect(box)
      assert(other.software:revoke_package(package.packageId))
      assert.equal("Revoked", software:get_package(package.packageId).status)
      fails("not_found", software:get_released_package("ICT"))
    end)

    it("takes no page of a proxy for a package", function()
      for _, call in ipairs {
        function() return software:get_packages() end,
        function() return software:get_package("x") end,
        function() return software:get_virtual_folders() end,
      } do
        assert(box.sandbox:fault { method = "GET", status = 200, body = "<html>log in</html>",
          headers = { ["Content-Type"] = "text/html" } })
        fails("decode", call())
      end
    end)
  end)

  describe("writing", function()
    it("makes drafts, each the next version of its name", function()
      local given = { name = "ICT", tags = { { key = "a", value = "b" } }, status = "Released" }
      local package = assert(software:create_package(given))
      assert.same({ 1, "Draft", "a" }, { package.version, package.status, package.tags[1].key })
      assert.same({ name = "ICT", tags = { { key = "a", value = "b" } }, status = "Released" },
        given)
      assert.equal(2, make("ICT").version)
      assert.equal(1, make("FCT").version)
    end)

    it("sends back what came, and the next look sees it", function()
      local package = assert(software:get_package(make("ICT").packageId))
      package.description, package.future = "changed", { 1, {} }
      assert.is_true(software:update_package(package))
      assert.equal("changed", assert(software:get_package(package.packageId)).description)
    end)

    it("returns the server's words for what it refuses", function()
      local package = release("ICT")
      package.description = "new"
      local err = fails("conflict", software:update_package(package))
      assert.matches("description", err.message)
      package.description, package.tags = nil, { { key = "a", value = "b" } }
      assert.is_true(software:update_package(package))
      assert.equal("a", software:get_package(package.packageId).tags[1].key)
      fails("invalid", software:create_package { name = "x", priority = "high" })
      fails("not_found", software:update_package { name = "x", packageId = NOWHERE })
    end)

    it("deletes drafts and revoked ones", function()
      local package = make("ICT")
      assert.is_true(software:delete_package(package.packageId))
      fails("not_found", software:get_package(package.packageId))
      fails("not_found", software:delete_package(package.packageId))
      package = release("O'Brien / 1")
      fails("conflict", software:delete_package(package.packageId))
      fails("conflict", software:delete_package_by_name("O'Brien / 1", 1))
      assert(software:revoke_package(package.packageId))
      assert.is_true(software:delete_package_by_name("O'Brien / 1", 1))
      fails("not_found", software:delete_package_by_name("O'Brien / 1", 1))
    end)

    it("returns the error of a write that nobody confirmed", function()
      assert(box.sandbox:fault { method = "POST", drop = "after", times = 0 })
      local err = fails("connection", software:create_package { name = "ICT" })
      assert.is_false(err.retryable)
      assert(box.sandbox:clear_faults())
      assert.equal(1, #software:get_packages())
    end)
  end)

  describe("a package's life", function()
    it("goes from draft to revoked", function()
      local id = make("ICT").packageId
      assert.equal("Pending", assert(software:submit_for_review(id)).status)
      assert.equal("Draft", assert(software:return_to_draft(id)).status)
      assert.equal("Pending", assert(software:update_package_status(id, "pending")).status)
      assert.equal("Released", assert(software:release_package(id)).status)
      assert.equal("Revoked", assert(software:revoke_package(id)).status)
    end)

    it("takes no other step", function()
      local id = make("ICT").packageId
      local function refused(...)
        for _, name in ipairs { ... } do
          local err = fails("conflict", software[name](software, id))
          assert.matches("cannot become", err.message)
        end
      end
      refused("return_to_draft", "release_package", "revoke_package")
      assert(software:submit_for_review(id))
      refused("submit_for_review", "revoke_package")
      assert(software:release_package(id))
      refused("submit_for_review", "return_to_draft", "release_package")
      assert(software:revoke_package(id))
      refused("submit_for_review", "return_to_draft", "release_package", "revoke_package")
      for _, name in ipairs { "submit_for_review", "return_to_draft", "release_package",
        "revoke_package" } do
        fails("not_found", software[name](software, NOWHERE))
      end
    end)

    it("is not moved twice when no answer came", function()
      client = support.connect(box, { retry = { max_attempts = 3, base_delay = 0.01 } })
      local id = make("ICT").packageId
      assert(box.sandbox:fault { method = "POST", path = "/api/Software/PackageStatus/*",
        drop = "after" })
      fails("connection", client.software:submit_for_review(id))
      assert.equal("Pending", software:get_package(id).status)
      local journal, count = assert(box.sandbox:journal()), 0
      for _, entry in ipairs(journal) do
        if entry.path:find("PackageStatus") then count = count + 1 end
      end
      assert.equal(1, count)
    end)
  end)

  it("raises at the caller's line", function()
    local text = "a string that is not empty expected, got "
    assert.equal("software:get_package: id: " .. text .. "nil",
      blamed(function() software:get_package() end))
    assert.equal('software:delete_package: id: ' .. text .. '""',
      blamed(function() software:delete_package("") end))
    for _, name in ipairs { "submit_for_review", "return_to_draft", "release_package",
      "revoke_package" } do
      assert.equal("software:" .. name .. ": id: " .. text .. "table",
        blamed(function() software[name](software, {}) end))
    end
    assert.equal("software:get_released_package: name: " .. text .. "nil",
      blamed(function() software:get_released_package() end))
    assert.matches('^software:get_package_by_name: status: one of draft, pending, released, '
      .. 'revoked expected, got "relased" %(did you mean "released"%?%)$',
      blamed(function() software:get_package_by_name("A", "relased") end))
    assert.matches('^software:get_package_by_name: .*parameter "version" must be integer',
      blamed(function() software:get_package_by_name("A", nil, "1") end))
    assert.matches("^software:update_package_status: status: one of ",
      blamed(function() software:update_package_status("A") end))
    assert.matches("^software:get_packages_by_tag: value: ",
      blamed(function() software:get_packages_by_tag("A") end))
    assert.matches('^software:get_packages_by_tag: tag: a name without "="',
      blamed(function() software:get_packages_by_tag("A=B", "C") end))
    assert.matches('parameter "version" is missing',
      blamed(function() software:delete_package_by_name("A") end))
    assert.equal("software:create_package: package: a table expected, got string",
      blamed(function() software:create_package("A") end))
    assert.matches("^software:create_package: name: ",
      blamed(function() software:create_package {} end))
    assert.matches("update_package", blamed(function()
      software:create_package { name = "A", packageId = "x" } end))
    assert.matches("^software:update_package: packageId: ",
      blamed(function() software:update_package { name = "A" } end))
  end)

  it("leaves the caller's options as they were", function()
    local options = { timeout = 20 }
    assert(software:create_package({ name = "A" }, options))
    assert(software:get_package_by_name("A", "draft", nil, options))
    assert.same({ timeout = 20 }, options)
  end)
end)
