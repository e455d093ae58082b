-- ISO 8601 may be spelt in several ways, of which readers of JSON take but one: "T" between date
-- and time, a colon in the offset. And what ends a repair is kept in UTC.
local report = require("wats.report")

local function test(start)
  local uut = report.uut({ part_number = "P", serial_number = "S", revision = "",
    process_code = 10, start = start }, { name = "ICT-01" })
  return uut.record, uut:action { name = "a", start = start }
end

describe("a point in time that is given as text", function()
  for given, expected in pairs {
    ["2026-01-30 22:01:41.4707353+0100"] =
      { "2026-01-30T22:01:41.4707353+01:00", "2026-01-30T21:01:41.4707353Z" },
    ["2026-01-30t17:31:41-0330"] = { "2026-01-30T17:31:41-03:30", "2026-01-30T21:01:41Z" },
    ["2026-01-30t21:01:41.50z"] = { "2026-01-30T21:01:41.50Z", "2026-01-30T21:01:41.50Z" },
    ["2026-01-30T21:01:41+00:00"] = { "2026-01-30T21:01:41+00:00", "2026-01-30T21:01:41Z" },
    ["2016-12-31T23:59:60Z"] = { "2017-01-01T00:00:00Z", "2017-01-01T00:00:00Z" },
  } do
    it("is sent in the one spelling: " .. given, function()
      local record, step = test(given)
      assert.same(expected, { record.start, record.startUTC })
      assert.equal(expected[1], step.start)
    end)
  end

  it("is in UTC where a repair was confirmed and finalized", function()
    local repair = report.uur({ part_number = "P", serial_number = "S", revision = "",
      test_process_code = 10, confirm_date = "2026-01-30T22:01:41.5+01:00",
      finalize_date = 1769806902 }, { name = "REP-01" })
    repair:finish() -- which changes neither
    local uur = repair.record.uur
    assert.equal("2026-01-30T21:01:41.5Z", uur.confirmDate)
    assert.equal("2026-01-30T21:01:42Z", uur.finalizeDate)
  end)
end)

describe("a start as a number", function()
  local script = [[local report = require "wats.report"
    for _, start in ipairs { 0, 1774745999.75, 1774746000, 1792889999.5, 1792890000 } do
      local uut = report.uut({ part_number = "P", serial_number = "S", revision = "",
        process_code = 10, start = start }, { name = "x" })
      uut:finish()
      print(uut.record.start, uut:validate())
    end]]

  for _, zone in ipairs { "UTC", "CET-1CEST,M3.5.0,M10.5.0/3", "NST3:30NDT,M3.2.0,M11.1.0",
    "<+1345>-13:45", "LMT0:44:30" } do
    it("is the same instant as its startUTC in the zone " .. zone, function()
      local pipe = assert(io.popen(("TZ='%s' %s -e '%s' 2>&1")
        :format(zone, os.getenv("LUA") or "lua5.4", script)))
      local text = pipe:read("a")
      pipe:close()
      local count = 0
      for line in text:gmatch("[^\n]+") do
        count = count + 1
        assert.matches("^%d+%-%d%d%-%d%dT[%d:.]+[+-]%d%d:%d%d\ttrue\t", line)
      end
      assert.equal(5, count)
    end)
  end
end)
