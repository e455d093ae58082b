-- Readiness looked for a value that nobody supplied, so it said 503 whatever the station did; also
-- when no check was configured at all.
local json = require("wats.json")
local needs = require("spec.support.needs")
local raw_http = require("spec.support.raw_http")
local wats = require("wats")

describe("/health/ready", function()
  local it = needs.sandbox(it, pending)

  local function ready(health)
    local response = assert(raw_http.request(health.port, { path = "/health/ready" }))
    return response.status, json.decode(response.body)
  end

  it("is 200 where nothing speaks against it", function()
    local health <close> = assert(wats.health.serve { port = 0, systemd = false })
    assert.equal(200, (ready(health)))
  end)

  it("follows the checks, whatever their order", function()
    local health <close> = assert(wats.health.serve { port = 0, systemd = false })
    for i = 1, 5 do health:set("check " .. i, true) end
    assert.equal(200, (ready(health)))
    health:set("check 3", false, "why")
    local status, page = ready(health)
    assert.same({ 503, { status = "not ready", reason = "check 3: why" } }, { status, page })
    health:set("check 3", true)
    assert.equal(200, (ready(health)))
  end)

  it("is 200 with a client that nobody has used yet, and with a server that is away", function()
    local client <close> = require("spec.support.client").connect("http://127.0.0.1:1")
    local health <close> = assert(wats.health.serve { port = 0, client = client, systemd = false })
    assert.equal(200, (ready(health)))
    assert.is_nil((client:get("/x")))
    local status, page = ready(health)
    assert.equal(200, status)
    assert.equal(1, #page.warnings)
  end)
end)
