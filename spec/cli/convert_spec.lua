-- `wats convert`, as a user runs it.

local folders = require("spec.support.folder")
local json = require("wats.json")
local program = require("spec.support.program")
local stations = require("spec.support.station")

local LOG = "examples/data/2025-03-13_PSU-1030.csv"

local CONVERTER = [[
  local wats = require("wats")
  return wats.converter.new {
    name = "%s", files = { "%s" },
    convert = function(file)
      local list = {}
      for line in file:lines() do
        if line == "bad" then file:fail("it is bad") end
        list[#list + 1] = file:uut { part_number = "%s", serial_number = line, revision = "A",
          process_code = 50, start = "2026-01-30T10:00:00Z" }
      end
      return list
    end,
  }
]]

describe("wats convert", function()
  local it, station, world = stations(it, pending, setup, teardown, before_each, after_each)
  local folder, with

  before_each(function()
    folder = folders.new()
    with = station.file("one.lua", CONVERTER:format("one", "*.one", "PN-1"))
  end)
  after_each(function() folder:remove() end)

  local function file(name, text)
    folder:write(name, text)
    return folder.path .. "/" .. name
  end

  local function lines_of(out)
    local list = {}
    for line in out:gmatch("[^\n]+") do list[#list + 1] = line end
    return list
  end

  it("prints the reports, a line for each", function()
    local code, out, errors = station.run("convert", file("a.one", "S1\nS2\n"),
      file("b.one", "S3\n"), "--with", with)
    assert.same({ 0, "" }, { code, errors })
    local numbers = {}
    for i, line in ipairs(lines_of(out)) do
      local record = json.decode(line)
      numbers[i] = record.sn
      assert.equal("S", record.machineName) -- of the environment
    end
    assert.same({ "S1", "S2", "S3" }, numbers)
    -- and needs neither server nor token
    local again
    code, again = program.run({ "convert", LOG, "--with", "station_log" },
      { env = { WATS_STATION = "S" } })
    assert.equal(0, code)
    assert.equal(21, #lines_of(again))
  end)

  it("takes the station from --config", function()
    local config = station.file("c.json", '{"station":{"name":"C-9","location":"Bergen"}}')
    local code, out = program.run({ "convert", file("a.one", "S1\n"), "--with", with, "--config",
      config }, { env = station.env { WATS_STATION = false } })
    assert.equal(0, code)
    local record = json.decode(out)
    assert.same({ "C-9", "Bergen" }, { record.machineName, record.location })
  end)

  it("goes on after a file that it cannot convert, and says why, with code 1", function()
    local code, out, errors = station.run("convert", file("a.one", "S1\nbad\n"),
      folder.path .. "/missing.one", file("b.one", "S3\n"), "--with", with)
    assert.equal(1, code)
    assert.equal(1, #lines_of(out))
    assert.matches("a.one: line 2: it is bad %(.-one.lua:%d+%)\n", errors)
    assert.matches("missing.one: No such file or directory\n", errors, 1, true)
    local said
    code, said = station.json("convert", file("a.one", "S1\nbad\n"), file("b.one", "S3\n"),
      "--with", with)
    assert.same({ 1, 2, 0, 1 }, { code, #said, #said[1].ids, #said[2].ids })
    assert.matches("^line 2: it is bad", said[1].error)
  end)

  it("with --out writes files that are reports, the same ones each time", function()
    local out_dir = folder.path .. "/deep/out"
    for _ = 1, 2 do
      local code, out = station.run("convert", file("a.one", "S1\nS2\n"), "--with", with, "--out",
        out_dir)
      assert.equal(0, code)
      local ids = {}
      for i, line in ipairs(lines_of(out)) do ids[i] = line:match("^%S+") end
      local names = { "a.one." .. ids[1] .. ".wsjf", "a.one." .. ids[2] .. ".wsjf" }
      table.sort(names)
      assert.same(names, folder:files("deep/out"))
      assert.equal(ids[1], json.decode(folder:read("deep/out/a.one." .. ids[1] .. ".wsjf")).id)
    end
    local code, _, errors = station.run("convert", file("a.one", "S1\n"), "--with", with, "--out",
      folder.path .. "/a.one")
    assert.equal(1, code)
    assert.matches("a.one", errors, 1, true)
  end)

  it("with --queue puts them into the queue, once", function()
    local a = file("a.one", "S1\nS2\n")
    assert.equal(0, (station.run("convert", a, "--with", with, "--queue", "--priority", "2")))
    assert.equal(0, (station.run("convert", "--queue=" .. world.path, a, "--with", with)))
    local rows = world.store():list()
    assert.same({ 2, 2 }, { #rows, rows[1].priority })
    -- the watch folder knows the same file by the same ids
    assert.equal(0, (station.run("watch", folder.path, "--once", "--store-only", "--settle", "0",
      "--with", with)))
    assert.equal(2, #world.store():list())
  end)

  it("of several converters takes the one that fits", function()
    local two = station.file("two.lua", CONVERTER:format("two", "*.two", "PN-2"))
    local code, out, errors = station.run("convert", file("a.one", "S1\n"), file("a.two", "S2\n"),
      file("a.six", "S3\n"), "--with", with, "--with", two)
    assert.equal(1, code)
    local list = lines_of(out)
    assert.same({ "PN-1", "PN-2" }, { json.decode(list[1]).pn, json.decode(list[2]).pn })
    assert.matches("a.six: none of the converters takes it", errors, 1, true)
    -- a single one takes whatever it is given
    assert.equal(0, (station.run("convert", file("a.six", "S3\n"), "--with", two)))
  end)

  it("says what is wrong with the command line, with code 2", function()
    local a = file("a.one", "S1\n")
    for _, case in ipairs {
      { "no converter: --with FILE, or one of station_log, wsxf", a },
      { "--out or --queue, not both", a, "--with", with, "--out", "x", "--queue" },
      { "nosuch: there is neither such a file nor a converter", a, "--with", "nosuch" },
      { "nosuch.lua: cannot open", a, "--with", "nosuch.lua" },
      { "it returns no format", a, "--with", station.file("empty.lua", "return 7") },
      { 'option "convert" is missing', a, "--with",
        station.file("wrong.lua", 'return require("wats").converter.new { name = "x", '
          .. 'files = { "*" } }') },
      { "broken.lua:1:", a, "--with", station.file("broken.lua", "return {") },
    } do
      local code, out, errors = station.run("convert", table.unpack(case, 2))
      assert.same({ 2, "" }, { code, out })
      assert.matches(case[1], errors, 1, true)
    end
  end)
end)
