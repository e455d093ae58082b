local instant = require("wats.instant")

describe("instant", function()
  it("writes UTC with the digits that count", function()
    for text, epoch in pairs {
      ["1970-01-01T00:00:00Z"] = 0,
      ["2026-01-30T21:01:41Z"] = 1769806901,
      ["2026-01-30T21:01:41.25Z"] = 1769806901.25,
      ["2026-01-30T21:01:41.000001Z"] = 1769806901.000001,
      ["2026-01-30T21:01:42Z"] = 1769806901.9999999,
      ["1969-12-31T23:59:59.5Z"] = -0.5,
      ["2024-02-29T12:00:00Z"] = 1709208000.0,
    } do
      assert.equal(text, instant.utc(epoch))
    end
  end)

  it("writes the same instant at any offset", function()
    assert.equal("2026-01-30T22:01:41.5+01:00", instant.with_offset(1769806901.5, 3600))
    assert.equal("2026-01-30T17:31:41-03:30", instant.with_offset(1769806901, -12600))
    assert.equal("2026-01-30T21:01:41+00:00", instant.with_offset(1769806901, 0))
  end)

  it("takes this machine's offset, with its summer time", function()
    local script = [[local instant = require "wats.instant"
      print(instant.with_offset(1769806901), instant.with_offset(1784000000))]]
    local pipe = assert(io.popen(("TZ='CET-1CEST,M3.5.0,M10.5.0/3' %s -e '%s'")
      :format(os.getenv("LUA") or "lua5.4", script)))
    local text = pipe:read("l")
    pipe:close()
    assert.equal("2026-01-30T22:01:41+01:00\t2026-07-14T05:33:20+02:00", text)
  end)

  it("reads what servers write", function()
    local epoch, offset, digits = instant.parse("2026-01-30T22:01:41.4707353+01:00")
    assert.equal(1769806901.4707353, epoch)
    assert.equal(3600, offset)
    assert.equal("4707353", digits)
    assert.equal(1769806901, instant.parse("2026-01-30T21:01:41Z"))
    assert.equal(1769806901, instant.parse("2026-01-30 17:31:41-0330"))
  end)

  it("reads back what it wrote", function()
    for _ = 1, 2000 do
      local epoch = math.random(-2 ^ 33 // 1 | 0, 2 ^ 36 // 1 | 0)
      assert.equal(epoch, instant.parse(instant.utc(epoch)))
      assert.equal(epoch, instant.parse(instant.with_offset(epoch, math.random(-14, 14) * 1800)))
    end
  end)

  it("refuses what is no instant", function()
    for _, text in ipairs {
      "", "2026-01-30", "2026-01-30T22:01:41", "2026-01-30T22:01:41+1", "2026-13-01T00:00:00Z",
      "2026-02-29T00:00:00Z", "2026-01-01T24:00:00Z", "2026-01-01T00:60:00Z",
      "2026-01-01T00:00:00.Z", "2026-01-01T00:00:00Z ", "2026-01-01T00:00:00+19:00",
    } do
      assert.is_nil(instant.parse(text), text)
    end
  end)
end)
