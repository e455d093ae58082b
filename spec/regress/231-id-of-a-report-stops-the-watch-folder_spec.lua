-- A converter whose reports say their ids themselves stopped the watcher with a raised error when
-- one of them was no UUID, and again at each start. Two reports of one id in one file were taken in
-- as one: of the first nobody ever heard again.

local converter = require("wats.converter")
local json = require("wats.json")
local sandboxes = require("spec.support.sandbox")
local watched = require("spec.support.watched")

local ID = "0f8fad5b-d9cb-469f-a165-70867728950e"

describe("a converter with ids of its own", function()
  local it, place = watched(it, pending, setup, teardown, before_each, after_each)

  local function step(reports)
    place.folder:drop("a.log", "x")
    local watcher = assert(place.watch { formats = { converter.new {
      name = "log", files = { "*.log" }, keeps_ids = true, convert = function() return reports end,
    } } })
    local events = assert(watcher:step())
    watcher:close()
    return place.told(events), events[1].reason
  end

  it("may say what is no id: the file is refused, and nothing is noted of it", function()
    for _, id in ipairs { "", "42", "two words", ID:sub(2), ID .. "0" } do
      local record = sandboxes.report { id = id }
      for _, report in ipairs { record, (json.encode(record)) } do
        for _ = 1, 2 do
          local told, reason = step { report }
          assert.same({ "refused a.log" }, told, id)
          assert.matches("id", reason, 1, true)
        end
      end
    end
    assert.same({}, place.queue:list {})
  end)

  it("may not say one for two reports", function()
    local one, two = sandboxes.report { id = ID, sn = "1" },
      sandboxes.report { id = ID:upper(), sn = "2" }
    local told, reason = step { one, two }
    assert.same({ "refused a.log" }, told)
    assert.matches("report 2: it has the id of report 1: " .. ID:upper(), reason, 1, true)
    assert.same({}, place.queue:list {})
    assert.same({ "taken a.log" }, (step { one, one })) -- the same one twice
    assert.equal(1, #place.queue:list {})
  end)
end)
