-- examples/watch_format.lua: what it makes of files, and that `wats watch` takes it.

local formats = require("wats.queue.formats")
local json = require("wats.json")
local stations = require("spec.support.station")

local PLUGIN = "examples/watch_format.lua"

local TEXT = [[
UNIT;PCBA-100;B;SN-0042
TEST;50;2026-03-13T08:15:00+01:00;kari
3V3;3.31;V;3.2;3.4
5V;5.42;V;4.8;5.2
END
]]

describe("examples/watch_format.lua", function()
  local it, station, world = stations(it, pending, setup, teardown, before_each, after_each)

  local function read(text)
    local path = station.file("unit.tst", text)
    local format = assert(formats.check(dofile(PLUGIN)))
    local texts, reason = formats.read(format,
      formats.file({ path = path, name = "unit.tst", size = #text, modified = 0 }, 1000000))
    return texts and json.decode(texts[1]), reason
  end

  it("reads a file", function()
    local record = assert(read(TEXT))
    assert.same({ "PCBA-100", "B", "SN-0042", 50, "F", "kari", "TESTER-7" },
      { record.pn, record.rev, record.sn, record.processCode, record.result, record.uut.user,
        record.machineName })
    assert.equal(2, #record.root.steps)
    assert.equal("F", assert(read((TEXT:gsub("\n", "\r\n")))).result)
  end)

  it("makes the same report of the same file", function()
    assert.same(read(TEXT), read(TEXT))
  end)

  it("takes no part of a file for the whole", function()
    for length = 0, #TEXT - 2 do assert.is_nil((read(TEXT:sub(1, length)))) end
  end)

  it("says what is wrong, and where", function()
    for reason, text in pairs {
      ["line 1: no UNIT"] = "x\nEND\n",
      ["line 2: no TEST"] = TEXT:gsub("TEST", "PEST"),
      ["line 3: '3,31' is no number"] = TEXT:gsub("3%.31", "3,31"),
      ["line 4: five fields expected"] = TEXT:gsub("5V;", ""),
    } do
      local record, why = read(text)
      assert.is_nil(record)
      assert.equal(reason, why)
    end
  end)

  it("is taken by `wats watch` and `wats submit` alike", function()
    local path = station.file("a.tst", TEXT)
    local code, out = station.run("submit", "--plugin", PLUGIN, path)
    assert.equal(0, code)
    local id = out:match("^%S+")
    code = station.run("watch", world.directory, "--once", "--plugin", PLUGIN)
    assert.equal(0, code)
    assert.equal(1, #world.posts())
    assert.is_string(world.at_server(id))
  end)
end)
