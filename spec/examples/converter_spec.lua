-- examples/reports/converter.lua: what it makes of a log, when, and what it says of a wrong one.

local converter = require("wats.converter")
local folders = require("spec.support.folder")
local json = require("wats.json")
local stations = require("spec.support.station")

local FILE = "examples/reports/converter.lua"

local LOG = [[
TESTER FT-2
UNIT AMP-300 rev C sn 0117 by kari at 2025-03-13T06:08:21+01:00
  gain          19.98 dB    [19.5 .. 20.5]
  noise         <= 3.0 mV   2.4
  self test     PASS
END 12.5 s
UNIT AMP-300 rev C sn 0118 by kari at 2025-03-13T06:10:00+01:00
  gain          20.98 dB    [19.5 .. 20.5]
END 3 s
]]

describe("examples/reports/converter.lua", function()
  local it, station, world = stations(it, pending, setup, teardown, before_each, after_each)
  local folder

  before_each(function() folder = folders.new() end)
  after_each(function() folder:remove() end)

  local function run(text)
    return converter.run(dofile(FILE), "FT2-1.log", { text = text })
  end

  it("makes a report of each unit", function()
    local texts = assert(run(LOG))
    local first, second = json.decode(texts[1]), json.decode(texts[2])
    assert.same({ "AMP-300", "C", "0117", 100, "P", "kari", "FT-2", 12.5 },
      { first.pn, first.rev, first.sn, first.processCode, first.result, first.uut.user,
        first.machineName, first.uut.execTime })
    local names = {}
    for i, step in ipairs(first.root.steps) do names[i] = step.name .. " " .. step.status end
    assert.same({ "gain P", "noise P", "self test P" }, names)
    assert.same({ "0118", "F" }, { second.sn, second.result })
    assert.equal(2, #texts)
    assert.same(texts, run(LOG))
  end)

  it("says what is wrong, and where", function()
    for reason, text in pairs {
      ["line 3: '19,98' is no number"] = LOG:gsub("19%.98", "19,98"),
      ["line 5: MAYBE is neither PASS nor FAIL"] = LOG:gsub("PASS", "MAYBE"),
      ["line 6: the unit before has no END"] = LOG:gsub("END 12.5 s\n", ""),
      ["line 2: nobody knows what 'UNIT' means"] = LOG:gsub("(UNIT)[^\n]*", "%1", 1),
      ["the last unit has no END"] = LOG:gsub("END 3 s\n", ""),
      ["line 2: no UNIT is open"] = LOG:gsub("UNIT[^\n]*\n", "", 1),
    } do
      local texts, why = run(text)
      assert.is_nil(texts)
      assert.equal(reason, (why:gsub(" %(examples/reports/converter.lua:%d+%)$", "")))
    end
  end)

  it("waits for the plot and the lock, and puts the plot away with the log", function()
    folder:drop("FT2-1.log", LOG)
    folder:write("FT2-1.log.lock", "")
    folder:drop("other.log", LOG)
    local function watch()
      return select(2, station.run("watch", folder.path, "--once", "--with", FILE))
    end
    assert.matches("kept  FT2-1.log  waits for FT2-1.png", watch(), 1, true)
    folder:write("FT2-1.png", "a plot")
    assert.matches("kept  FT2-1.log  the tester has it locked", watch(), 1, true)
    os.remove(folder.path .. "/FT2-1.log.lock")
    assert.matches("taken  FT2-1.log  ", watch(), 1, true)
    assert.same({ "FT2-1.log", "FT2-1.png" }, folder:files("done"))
    assert.same({ "other.log" }, folder:files())
    assert.equal(2, #world.posts())
  end)
end)
