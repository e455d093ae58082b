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
    -- of which text has the minutes only
    assert.equal("1969-12-31T23:16:00-00:44", instant.with_offset(0, -2670))
    assert.equal("1970-01-01T00:19:00+00:19", instant.with_offset(0, 1172))
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

  it("reads offsets", function()
    for text, seconds in pairs { ["+01:00"] = 3600, ["-0330"] = -12600, Z = 0, ["+00:00"] = 0 } do
      assert.equal(seconds, instant.offset(text))
    end
    for _, text in ipairs { "", "+1", "CET", "+25:00", ".5Z", " Z", "01:00", "+01:00 " } do
      assert.is_nil(instant.offset(text), text)
    end
  end)

  it("knows when a day begins at an offset", function()
    assert.equal(1769727600, instant.date("2026-01-30", 3600)) -- 23:00 of the day before in UTC
    assert.equal(1769731200, instant.date("2026-01-30", 0))
    for _, text in ipairs { "2026-02-30", "2026-1-30", "2026-01-30T", "2026-13-01", "today" } do
      assert.is_nil(instant.date(text, 0), text)
    end
    for _, offset in ipairs { 0, 3600, -12600, 50400 } do
      local from, to = instant.day(1769806901.75, offset)
      assert.equal(86400, to - from)
      assert.equal(0, (from + offset) % 86400)
      assert.is_true(from <= 1769806901 and 1769806901 < to)
      assert.same({ from, to }, { instant.day(from, offset) })
      assert.same({ to, to + 86400 }, { instant.day(to, offset) })
    end
    assert.same({ -86400, 0 }, { instant.day(-0.5, 0) })
  end)

  -- Where the clocks change, and one zone in which they are put forward at midnight.
  local function days_in(zone, ...)
    local script = [[local instant = require "wats.instant"
      for _, text in ipairs(arg) do
        local noon = instant.date(text) + 43200
        local from, to = instant.day(noon)
        assert(from == instant.date(text), text)
        print(os.date("%m-%d %H:%M", from), (to - from) // 3600, os.date("%d %H:%M", from - 1))
      end]]
    local path = os.tmpname()
    local file = assert(io.open(path, "w"))
    file:write(script)
    file:close()
    local pipe = assert(io.popen(("TZ='%s' %s %s %s"):format(zone, os.getenv("LUA") or "lua5.4",
      path, table.concat({ ... }, " "))))
    local text = pipe:read("a")
    pipe:close()
    os.remove(path)
    return text
  end

  it("knows when a day begins by this machine's clock, of 23, 24 and 25 hours", function()
    assert.equal("01-30 00:00\t24\t29 23:59\n03-29 00:00\t23\t28 23:59\n"
      .. "10-25 00:00\t25\t24 23:59\n",
      days_in("CET-1CEST,M3.5.0,M10.5.0/3", "2026-01-30", "2026-03-29", "2026-10-25"))
    -- forward at midnight of the 8th of March, back at one o'clock of the 1st of November
    assert.equal("03-08 01:00\t23\t07 23:59\n11-01 00:00\t25\t31 23:59\n",
      days_in("CST5CDT,M3.2.0/0,M11.1.0/1", "2026-03-08", "2026-11-01"))
  end)
end)
