-- A converter that used up the memory and gave up left the collector with all of it, and the next
-- allocation in C, which asks no collector for room, ended the watcher: at each start anew, for the
-- file was never counted as one that ends the program.

local converter = require("wats.converter")
local watched = require("spec.support.watched")

describe("memory that a converter used", function()
  local it, place = watched(it, pending, setup, teardown, before_each, after_each)

  after_each(function() collectgarbage("restart") end)

  it("is free again before anything is made of the outcome", function()
    local left, used = setmetatable({}, { __mode = "v" }), {}
    place.folder:drop("a.log", "SN-1")
    local watcher = place.watch({
      formats = { converter.new { name = "log", files = { "*.log" }, convert = function()
        collectgarbage("stop") -- as it is when there was none for a while
        left[1] = { ("x"):rep(100 * 1024 * 1024) }
        return nil, "no room"
      end } },
      on_file = function(event) used[event.name .. ": " .. event.reason] = left[1] ~= nil end,
    })
    assert(watcher:step())
    assert.same({ ["a.log: no room"] = false }, used)
  end)
end)
