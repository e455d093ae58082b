-- client.software: what stations ask about packages that they have, and tell.

local boxed = require("spec.support.boxed")
local json = require("wats.json")
local support = require("spec.support.client")

local blamed = support.blamed

local NOWHERE = "00000000-0000-0000-0000-000000000000"

describe("client.software: stations", function()
  local it, box = boxed(it, pending, setup, teardown, before_each)
  local software
  before_each(function() software = box.client.software end)

  local function fails(kind, value, err)
    assert.is_nil(value)
    assert.equal(kind, err.kind)
    return err
  end

  local function make(name, tags)
    local list = {}
    for key, value in pairs(tags or {}) do list[#list + 1] = { key = key, value = value } end
    return assert(software:create_package { name = name, tags = list }).packageId
  end

  local function release(name, tags)
    local id = make(name, tags)
    assert(software:submit_for_review(id))
    assert(software:release_package(id))
    return id
  end

  local function versions(list)
    local texts = {}
    for i, package in ipairs(assert(list)) do texts[i] = package.Name .. package.Version end
    return table.concat(texts, " ")
  end

  describe("is_connected", function()
    it("is what the server says", function()
      assert.is_true(software:is_connected())
      for body, expected in pairs { ["true"] = true, ["{}"] = true, ["false"] = false,
        ["null"] = false } do
        assert(box.sandbox:fault { status = 200, body = body,
          headers = { ["Content-Type"] = "application/json" } })
        assert.equal(expected, software:is_connected())
      end
    end)

    it("is an error where nobody could be asked", function()
      assert(box.sandbox:fault { drop = "before", times = 0 })
      fails("connection", software:is_connected())
      assert(box.sandbox:clear_faults())
      assert(box.sandbox:fault { status = 404 })
      fails("not_found", software:is_connected())
    end)
  end)

  describe("get_package_history", function()
    it("finds by tags, of any characters", function()
      local values = { "A/B #1?x", "O'Brien", "ø Å", 'say "hi"', [["it's"]], "a&b<c>]", "" }
      for i, value in ipairs(values) do
        make("P" .. i, { PartNumber = value, Process = "ICT" })
        local list = software:get_package_history { PartNumber = value, Process = "ICT" }
        assert.equal("P" .. i .. "1", versions(list))
      end
      assert.equal("", versions(software:get_package_history { PartNumber = "O'Brien",
        Process = "FCT" }))
    end)

    it("takes the packages of any station for those of one", function()
      make("Own", { StationName = "ICT-01" })
      make("All", { StationName = "Any" })
      make("Other", { StationName = "ICT-02" })
      assert.equal("Own1 All1",
        versions(software:get_package_history { StationName = "ICT-01" }))
    end)

    it("gives the newest, or all versions, of a status or any", function()
      local first = release("P", { T = "x" })
      release("P", { T = "x" })
      make("P", { T = "x" })
      assert.equal("P3", versions(software:get_package_history { T = "x" }))
      assert.equal("P2", versions(software:get_package_history({ T = "x" }, "released")))
      assert.equal("P2", versions(software:get_package_history({ T = "x" }, "Released", false)))
      assert.equal("P1 P2", versions(software:get_package_history({ T = "x" }, 2, true)))
      assert.equal("P1 P2 P3", versions(software:get_package_history({ T = "x" }, nil, true)))
      assert(software:revoke_package(first))
      assert.equal("P1", versions(software:get_package_history({ T = "x" }, 3, true)))
    end)

    it("takes an XPath as it is", function()
      make("P", { T = "x" })
      assert.equal("P1", versions(software:get_package_history('//*[T[.="x"]] ')))
      fails("invalid", software:get_package_history("//*["))
    end)

    it("raises at the caller's line", function()
      assert.matches("tags: values by tag, or an XPath expected, got nil$",
        blamed(function() software:get_package_history() end))
      assert.matches('got ""$', blamed(function() software:get_package_history("") end))
      assert.matches("one at least", blamed(function() software:get_package_history {} end))
      assert.matches('tags: "a%]%[b" is no name of a tag$',
        blamed(function() software:get_package_history { ["a][b"] = "x" } end))
      assert.matches("tags: number is no name of a tag$",
        blamed(function() software:get_package_history { "x" } end))
      assert.matches("tags: T: a string expected, got number$",
        blamed(function() software:get_package_history { T = 1 } end))
      assert.matches("status: one of draft, pending, released, revoked expected, got 4$",
        blamed(function() software:get_package_history({ T = "x" }, 4) end))
      assert.matches('parameter "allVersions" must be boolean',
        blamed(function() software:get_package_history({ T = "x" }, nil, 1) end))
    end)
  end)

  describe("installed packages", function()
    it("have newer versions", function()
      local first, other = release("P"), release("Q")
      assert.equal("[]", json.encode(assert(software:get_available_packages { first, other })))
      release("P")
      make("Q")
      assert.equal("P2", versions(software:get_available_packages { first, other, NOWHERE }))
      assert.equal("P2", versions(software:get_available_packages(first)))
    end)

    it("are revoked, or gone", function()
      local first, other = release("P"), release("Q")
      assert.same({}, assert(software:get_revoked_packages { first, other }))
      assert(software:revoke_package(first))
      assert.same({ first, NOWHERE },
        assert(software:get_revoked_packages { first, other, NOWHERE }))
      release("P")
      assert.same({ first }, assert(software:get_revoked_packages(first, false)))
      assert.same({}, assert(software:get_revoked_packages(first, true)))
    end)

    it("are asked for live", function()
      local first = release("P")
      assert.same({}, assert(software:get_revoked_packages(first)))
      assert(support.connect(box).software:revoke_package(first))
      assert.same({ first }, assert(software:get_revoked_packages(first)))
    end)

    it("raise where they are no ids", function()
      for _, name in ipairs { "get_revoked_packages", "get_available_packages" } do
        assert.matches("installed: an id or a list of ids expected, got nil$",
          blamed(function() software[name](software) end))
        assert.matches("installed: .* got an empty list$",
          blamed(function() software[name](software, {}) end))
        assert.matches("installed%[2%]: an id expected, got number$",
          blamed(function() software[name](software, { "a", 1 }) end))
        assert.matches('installed%[1%]: an id expected, got ""$',
          blamed(function() software[name](software, "") end))
      end
    end)
  end)

  describe("log_download", function()
    it("is a line in the history", function()
      local id = release("P")
      assert.same({}, assert(software:get_package_download_history(1)))
      assert.is_true(software:log_download(id, 5000000000))
      local list = assert(software:get_package_download_history(1))
      assert.same({ 1, id, 5000000000 }, { #list, list[1].packageId, list[1].downloadSize })
      assert.same({}, assert(software:get_package_download_history(2)))
    end)

    it("is never sent twice, though it is a GET", function()
      software = support.connect(box, { retry = { max_attempts = 3, base_delay = 0.01 } }).software
      local id = release("P")
      for _, fault in ipairs { { drop = "after" }, { status = 503 } } do
        fault.path = "/api/internal/Software/Log"
        assert(box.sandbox:fault(fault))
        local before = #assert(box.sandbox:journal())
        local value, err = software:log_download(id, 1)
        assert.is_nil(value)
        assert.truthy(err.kind)
        assert.equal(before + 1, #assert(box.sandbox:journal()))
      end
      assert.equal(1, #assert(software:get_package_download_history(1)))
    end)

    it("is not answered from the cache", function()
      local id = release("P")
      assert.is_true(software:log_download(id, 1, { cache = { ttl = 60 } }))
      assert.is_true(software:log_download(id, 1, { cache = { ttl = 60 } }))
      assert.equal(2, #assert(software:get_package_download_history(1)))
    end)

    it("has not_found, and raises at the caller's line", function()
      fails("not_found", software:log_download(NOWHERE, 1))
      assert.matches("^software:log_download: package_id: ",
        blamed(function() software:log_download() end))
      assert.matches('parameter "downloadSize" is missing',
        blamed(function() software:log_download(NOWHERE) end))
      assert.matches('parameter "clientId" must be integer',
        blamed(function() software:get_package_download_history("1") end))
      assert.matches("^software:get_software_entity_details: package_id: ",
        blamed(function() software:get_software_entity_details("") end))
    end)
  end)
end)
