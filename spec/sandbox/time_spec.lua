-- wats.sandbox.time: instants exact to 100 ns.

local time = require("wats.sandbox.time")

describe("sandbox time", function()
  it("reads offsets, fractions and leap days", function()
    local cases = {
      ["1970-01-01T00:00:00Z"] = 0,
      ["1970-01-01T00:00:00.0000001Z"] = 1,
      ["1970-01-01T01:00:00+01:00"] = 0,
      ["1969-12-31T23:59:59Z"] = -10000000,
      ["2026-01-30T22:01:41.4707353+01:00"] = 17698069014707353,
      ["2000-02-29"] = 951782400 * 10000000,
      ["2024-02-29T12:00:00.5"] = 17092080005000000,
    }
    for text, ticks in pairs(cases) do
      assert.equal(ticks, (time.parse(text)), text)
    end
  end)

  it("tells whether there was an offset", function()
    assert.is_true(select(2, time.parse("2026-01-01T00:00:00Z")))
    assert.is_false(select(2, time.parse("2026-01-01T00:00:00")))
  end)

  it("refuses what is no instant", function()
    for _, text in ipairs({
      "", "now", "2026-13-01", "2026-00-01", "2026-02-29", "2100-02-29T00:00:00Z", "2026-01-32",
      "2026-01-01T24:00:00Z", "2026-01-01T00:60:00Z", "2026-01-01T00:00:60Z", "2026-01-01 00:00:00",
      "2026-01-01T00:00:00+15:00", "2026-01-01T00:00:00X", "2026-01-01T00:00:00.Z",
      "2026-01-01T00:00Z",
    }) do
      assert.is_nil(time.parse(text), text)
    end
  end)

  it("writes what it reads, in UTC, without needless digits", function()
    for _, text in ipairs({
      "2026-01-30T21:01:41.4707353Z", "1970-01-01T00:00:00Z", "2026-12-31T23:59:59.5Z",
    }) do
      assert.equal(text, time.format((time.parse(text))))
    end
  end)
end)
