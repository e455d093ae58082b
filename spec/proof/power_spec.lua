-- The power fails while processes submit and deliver (an ext4 file system of the spec's own is shut
-- down without its journal): nothing that was accepted is lost.
-- With WATS_TEST_LONG=1 a hundred times, else three times.

local helper = require("spec.tools.helper")
local mounts = require("spec.support.mounts")
local needs = require("spec.support.needs")
local trials = require("spec.support.queue_trials")
local worlds = require("spec.support.queue_world")

describe("the queue, when the power fails", function()
  local lacking = needs.has_queue and mounts.lacking("ext4")
  local it = needs.that(not lacking, "no file system to cut off: " .. tostring(lacking),
    needs.queue(it, pending), pending)

  it("loses nothing and keeps its promises", function()
    local directory = helper.directory()
    do
      local disk <close> = mounts.ext4(directory, 256)
      local world <close> = worlds.new { directory = disk.path }
      local excused = trials.cuts(world, disk, 3, worlds.LONG and 100 or 3)
      print("figures: " .. world.control_figures)
      local verdict = world:prove("power cuts", { expected_loss = excused })
      assert.is_true(verdict.counts.acknowledged > 100)
    end
    helper.remove(directory)
  end)

  it("loses nothing of what became files, because the database was locked", function()
    local directory = helper.directory()
    do
      local disk <close> = mounts.ext4(directory, 256)
      local world <close> = worlds.new { directory = disk.path }
      trials.boat_cuts(world, disk, worlds.LONG and 30 or 1)
      world:prove("power cuts with the lifeboat")
    end
    helper.remove(directory)
  end)
end)
