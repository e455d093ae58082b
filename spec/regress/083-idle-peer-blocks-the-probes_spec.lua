-- One connection on which nothing came held up all others: a probe had no answer, and what watched
-- the station would have ended it.
local core = require("wats.core")
local needs = require("spec.support.needs")
local raw_http = require("spec.support.raw_http")
local wats = require("wats")

describe("a peer that says nothing", function()
  local it = needs.sandbox(it, pending)

  it("keeps nobody from being answered, nor do two hundred", function()
    local health <close> = assert(wats.health.serve { port = 0, systemd = false })
    local idle = {}
    for i = 1, 200 do
      idle[i] = raw_http.connect(health.port)
      if i % 2 == 0 then idle[i]:send("GET /health/live HT") end
      if i == 1 or i % 50 == 0 then
        local begun = core.monotonic()
        local response = assert(raw_http.request(health.port, { path = "/health/live" }))
        assert.equal(200, response.status)
        assert.is_true(core.monotonic() - begun < 2)
      end
    end
    for _, connection in ipairs(idle) do connection:close() end
  end)
end)
