-- Today's reports were those of another day, by the hours that the station is away from Greenwich:
-- local time was sent as if it were UTC. Shown in child processes that live in other zones.

local helper = require("spec.tools.helper")
local instant = require("wats.instant")
local needs = require("spec.support.needs")
local sites = require("spec.support.headers")

local SCRIPT = [[
local client = require("wats").connect { base_url = arg[1], token = arg[2], station = "S" }
local rows = assert(client.report:get_todays_headers())
for _, row in ipairs(rows) do print(row.serialNumber) end
]]

describe("today", function()
  local it, setup, teardown = needs.sandbox(it, pending, setup, teardown)
  local site, directory

  setup(function()
    site, directory = sites.start(), helper.directory()
    helper.write(directory .. "/today.lua", SCRIPT)
  end)

  teardown(function()
    site:stop()
    helper.remove(directory)
  end)

  -- What a station in that zone finds of a report of yesterday's last second and of today's first.
  local function found(zone, from)
    assert(site.sandbox:reset())
    for name, start in pairs { yesterday = from - 1, first = from } do
      site:post { sn = name, start = instant.utc(start) }
    end
    local ok, output = helper.sh(("TZ=%s %s %s/today.lua %s %s"):format(zone,
      os.getenv("LUA") or "lua5.4", directory, site.sandbox.url, site.box.token))
    assert.is_true(ok, output)
    return output
  end

  for _, zone in ipairs { { "PST8", -28800 }, { "UTC0", 0 }, { "NPT-5:45", 20700 },
    { "LINT-14", 50400 } } do
    it("begins at midnight where the station is: " .. zone[1], function()
      local from, to = instant.day(os.time(), zone[2])
      local output = found(zone[1], from)
      if from ~= instant.day(os.time(), zone[2]) then -- midnight has come in between
        from, to = instant.day(os.time(), zone[2])
        output = found(zone[1], from)
      end
      assert.equal("first\n", output)
      assert.matches(("start ge %s and start lt %s"):format(instant.utc(from), instant.utc(to)),
        site:asked(), 1, true)
    end)
  end
end)
