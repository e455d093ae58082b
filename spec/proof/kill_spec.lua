-- Processes that submit and deliver on one queue, ended by force wherever they are: nothing that
-- was accepted is lost, and what comes twice is what a process had under way when it ended.
-- With WATS_TEST_LONG=1 four of them and a thousand ends, else two and a dozen.

local needs = require("spec.support.needs")
local trials = require("spec.support.queue_trials")
local worlds = require("spec.support.queue_world")

describe("the queue, when processes are killed", function()
  local it = needs.queue(it, pending)

  it("loses nothing and keeps its promises", function()
    local world <close> = worlds.new()
    if worlds.LONG then
      trials.kills(world, 4, 1000, { pause = 0.015 }) -- no faster than the server takes them
    else
      trials.kills(world, 2, 12)
    end
    local verdict = world:prove("kill -9")
    assert.is_true(verdict.counts.acknowledged > 100)
    assert.is_true(verdict.counts.kills >= 12)
  end)
end)
