-- client.system: stations, levels, the server's state.

local assets = require("spec.support.assets")
local boxed = require("spec.support.boxed")
local sandboxes = require("spec.support.sandbox")
local support = require("spec.support.client")

local blamed = support.blamed

describe("client.system", function()
  local it, box = boxed(it, pending, setup, teardown, before_each)
  local client
  before_each(function() client = box.client end)

  local function is_error(kind, value, err)
    assert.is_nil(value)
    assert.equal(kind, err.kind, tostring(err))
  end

  local function report_from(station)
    assert(client.report:submit(sandboxes.report { machineName = station }))
  end

  it("knows the stations that have sent reports, live", function()
    assert.same({}, client.system:get_clients())
    report_from("ICT-01")
    report_from("ICT-01")
    report_from("FCT-02")
    local list = assert(client.system:get_clients())
    assert.same({ 2, "ICT-01", 2, 5 }, { #list, list[1].name, list[1].reportCount, list[1].type })
    assert.equal("client", client.system:client_type_name(list[1].type))
    assert.equal(99, client.system:client_type_name(99))
  end)

  it("finds one by name or identifier, of any characters", function()
    for _, name in ipairs(assets.ODD) do
      report_from(name)
      local station = assert(client.system:get_client(name))
      assert.equal(name, station.name)
      assert.same(station, client.system:get_client { name = name })
      assert.same(station, client.system:get_client { identifier = station.identifier })
    end
    is_error("not_found", client.system:get_client("none"))
    is_error("not_found", client.system:get_client { identifier = "00:00:00:00:00:00" })
    assert.matches("^system:get_client: client: a name, ",
      blamed(function() client.system:get_client() end))
    assert.matches("^system:get_client: client: option \"name\" must be string",
      blamed(function() client.system:get_client(5) end))
    assert.matches('unknown option "mac"',
      blamed(function() client.system:get_client { mac = "x" } end))
    assert.matches("a name, ", blamed(function()
      client.system:get_client { name = "x", identifier = "y" } end))
  end)

  it("drops levels and reports that are stored here, when one moves", function()
    report_from("ICT-01")
    local ask = { function() return client.app:get_levels() end,
      function() return client.report:query_headers({}, { cache = { ttl = 600 } }) end }
    local function count()
      for _, question in ipairs(ask) do assert(question()) end
      return #assert(box.sandbox:journal())
    end
    local before = count()
    assert.equal(before, count())
    assert(client.system:update_client({ clientId = 1, clientGroupId = 2 }))
    assert.equal(before + 3, count())
  end)

  it("changes where one stands, and what the next look-up sees", function()
    report_from("ICT-01")
    local station = assert(client.system:get_client("ICT-01"))
    station.location, station.clientGroupId = "Bergen", 2
    station.name = "renamed" -- the server takes no new name
    assert(client.system:update_client(station, { move_with_history = true }))
    local entries = assert(box.sandbox:journal())
    assert.equal("moveWithHistory=true", entries[#entries].query)
    local changed = assert(client.system:get_client("ICT-01"))
    assert.same({ "Bergen", 2 }, { changed.location, changed.clientGroupId })
    assert(client.system:update_client { clientId = changed.clientId, purpose = "Repair" })
    assert.equal("Repair", client.system:get_clients()[1].purpose)
    is_error("not_found", client.system:update_client { clientId = 4711 })
    is_error("invalid", client.system:update_client { clientId = 1, clientGroupId = 4711 })
    assert.matches("^system:update_client: clientId: an integer expected, got nil$",
      blamed(function() client.system:update_client {} end))
    assert.matches("^system:update_client: client: a table",
      blamed(function() client.system:update_client("ICT-01") end))
    assert.matches('did you mean "move_with_history"', blamed(function()
      client.system:update_client({ clientId = 1 }, { move_with_histori = true }) end))
  end)

  it("has the log of a station as text", function()
    report_from("ICT-01")
    local identifier = assert(client.system:get_client("ICT-01")).identifier
    local log = assert(client.system:get_client_log(identifier))
    assert.matches("registered\n.*received\n$", log)
    is_error("not_found", client.system:get_client_log("A/B #1?x"))
    assert.matches('"identifier" is empty',
      blamed(function() client.system:get_client_log("") end))
    assert.matches("^system:get_client_log: .*missing",
      blamed(function() client.system:get_client_log() end))
  end)

  it("finds and makes levels, each below the one before", function()
    local path = { "Norway", "A/B #1?x", "O'Brien & ø" }
    is_error("not_found", client.system:get_level(path))
    local id = assert(client.system:create_level(path))
    assert.equal(id, client.system:get_level(path))
    assert.not_equal(id, client.system:get_level("Norway"))
    is_error("not_found", client.system:get_level { "O'Brien & ø" })
    assert.equal(id, client.system:create_level(path))
    assert.equal(1, client.system:get_level { "Oslo" })
  end)

  it("takes a number for a level's id, also as text, and nothing else", function()
    local function answer(body, kind)
      assert(box.sandbox:fault { path = "/api/SystemManager/Level", status = 200, body = body,
        headers = { ["Content-Type"] = kind or "application/json" } })
      return client.system:get_level { "Oslo" }
    end
    for _, body in ipairs { "12", '"12"', "12.0" } do assert.equal(12, (answer(body))) end
    assert.equal(12, (answer("12", "text/plain")))
    for _, body in ipairs { '"Oslo"', "true", "{}", "[12]", "1.5", "" } do
      is_error("decode", answer(body))
    end
    is_error("decode", answer("not here", "text/plain"))
  end)

  it("does not remember that a level is not there, and drops the list of levels", function()
    assert.equal(3, #client.app:get_levels())
    is_error("not_found", client.system:get_level { "New" })
    local other = support.connect(box)
    assert(other.system:create_level { "New" })
    assert(client.system:get_level { "New" })
    assert(client.system:create_level { "Newer" })
    assert.equal(5, #client.app:get_levels())
  end)

  it("raises at the caller's line for what is no hierarchy", function()
    for _, name in ipairs { "get_level", "create_level" } do
      local function of(hierarchy)
        return blamed(function() client.system[name](client.system, hierarchy) end)
      end
      assert.matches("^system:" .. name .. ": hierarchy: a list .* got nil$", of(nil))
      assert.matches("an empty one$", of {})
      assert.matches('element 2: .* got ""$', of { "a", "" })
      assert.matches("element 1: .* got number$", of { 5 })
      -- it would be another level's
      assert.matches("hierarchy is a list with holes: 2 of 3", of { "Norway", nil, "Oslo" })
      assert.matches("hierarchy must be a list; it has the key x", of { "Norway", x = "Oslo" })
    end
  end)

  it("has the server's state, live", function()
    local status = assert(client.system:get_system_status())
    assert.equal("0", status.Reports)
    report_from("ICT-01")
    assert.equal("1", client.system:get_system_status().Reports)
    assert(box.sandbox:fault { path = "/api/SystemStatus", status = 503 })
    is_error("server", client.system:get_system_status())
  end)
end)
