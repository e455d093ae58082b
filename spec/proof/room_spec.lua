-- A disk without room: what was accepted is delivered from it all the same, and then there is room.

local helper = require("spec.tools.helper")
local mounts = require("spec.support.mounts")
local needs = require("spec.support.needs")
local trials = require("spec.support.queue_trials")
local worlds = require("spec.support.queue_world")

describe("the queue, when the disk is full", function()
  local lacking = needs.has_queue and mounts.lacking("memory")
  local it = needs.that(not lacking, "no file system of its own: " .. tostring(lacking),
    needs.queue(it, pending), pending)

  local function count(list, said)
    local n = 0
    for _, s in ipairs(list) do n = n + (s.said == said and 1 or 0) end
    return n
  end

  it("refuses, delivers what it has, and takes in again", function()
    local directory = helper.directory()
    do
      local disk <close> = mounts.memory(directory, worlds.LONG and 64 or 48)
      local world <close> = worlds.new { directory = disk.path }
      local filling, full, after = trials.no_room(world, disk)
      world:prove("disk full", { strict_refusals = true })
      assert.is_true(count(filling, "ack") > 100)
      assert.is_true(count(filling, "refused") >= 30)
      -- What had been sent before may have left room for one in the queue's own files.
      local refused = count(full, "refused")
      assert.is_true(refused >= 3)
      assert.equal(5, refused + count(full, "ack"))
      for _, s in ipairs(full) do assert.matches(s.said == "ack" and "" or "room", s.message) end
      assert.equal(5, count(after, "ack"))
    end
    helper.remove(directory)
  end)
end)
