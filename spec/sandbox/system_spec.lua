-- Stations, levels and tokens in the sandbox, over the wire.

local cjson = require("cjson")
local sandboxes = require("spec.support.sandbox")

describe("the sandbox", function()
  local it, box = sandboxes.open(it, pending, setup, teardown, before_each)

  local function send(method, path, record)
    local response = box:request(method, path, { json = record,
      headers = { ["Content-Type"] = "application/json" } })
    return response.status, response.body ~= "" and cjson.decode(response.body) or nil
  end

  it("knows a station from its first report on", function()
    assert.equal("[]", box:get("/api/SystemManager/Clients").body)
    assert.equal(200, (send("POST", "/api/Report/WSJF", sandboxes.report())))
    local station = box:get_json("/api/SystemManager/Client?name=ICT-01")
    assert.same({ 1, "Oslo", 1 }, { station.clientId, station.location, station.reportCount })
    assert.matches("received", box:get("/api/SystemManager/ClientLog/"
      .. sandboxes.encode(station.identifier:lower())).body)
    assert.equal(404, box:get("/api/SystemManager/Client?name=none").status)
    assert.equal(400, box:get("/api/SystemManager/Client").status)
    assert.equal(404, box:get("/api/SystemManager/ClientLog/none").status)
  end)

  it("changes of a station what may be changed", function()
    send("POST", "/api/Report/WSJF", sandboxes.report())
    local status, station = send("PUT", "/api/SystemManager/Client",
      { clientId = 1, name = "X", type = 2, displayName = "D", clientGroupId = 3 })
    assert.same({ 200, "ICT-01", 5, "D", 3 }, { status, station.name, station.type,
      station.displayName, station.clientGroupId })
    assert.equal(404, (send("PUT", "/api/SystemManager/Client", { clientId = 2 })))
    assert.equal(400, (send("PUT", "/api/SystemManager/Client", { name = "ICT-01" })))
    assert.equal(400, (send("PUT", "/api/SystemManager/Client",
      { clientId = 1, clientGroupId = 9 })))
  end)

  it("has levels in a tree", function()
    assert.equal("null", box:get("/api/SystemManager/Level?hierarchy=A&hierarchy=B").body)
    local _, id = send("POST", "/api/SystemManager/Level", { "A", "B" })
    assert.equal(id, box:get_json("/api/SystemManager/Level?hierarchy=A&hierarchy=B"))
    assert.equal("null", box:get("/api/SystemManager/Level?hierarchy=B").body)
    assert.equal("B", box:get_json("/api/App/Levels")[5].levelName)
    assert.equal(400, (send("POST", "/api/SystemManager/Level", { "A", "" })))
    assert.equal(400, (send("POST", "/api/SystemManager/Level", { "A", 5 })))
  end)

  it("tells how it is", function()
    assert.equal("OK", box:get_json("/api/SystemStatus").Database)
  end)

  it("makes tokens, shows each once, and forgets them when it begins anew", function()
    local token = box:get_json("/api/Auth/GetToken/x")
    assert.matches("^[%w+/]+=*$", token)
    assert.equal(409, box:get("/api/Auth/GetToken/x").status)
    local function status()
      return box:get("/api/App/Version", { headers = { Authorization = "Basic " .. token } }).status
    end
    assert.equal(200, status())
    assert.not_equal(token, box:get_json("/api/Auth/GetToken/x?reset=true"))
    assert.equal(401, status())
    token = box:get_json("/api/Auth/GetToken")
    assert.equal(200, status())
    assert(box.sandbox:reset())
    assert.equal(401, status())
  end)
end)
