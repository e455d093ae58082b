-- Clocks that are wrong, a machine that starts anew, a process that sleeps through its leases.

local needs = require("spec.support.needs")
local trials = require("spec.support.queue_trials")
local worlds = require("spec.support.queue_world")

describe("the queue", function()
  local it = needs.that(io.open("/proc/uptime") ~= nil, "clocks cannot be moved here",
    needs.queue(it, pending), pending)

  local function tell(name, trial)
    it(name, function()
      local world <close> = worlds.new()
      trial(world)
      world:prove(name)
    end)
  end

  if worlds.LONG then -- the waits between attempts are real
    tell("does not wait a year for a wall clock that was a year ahead", function(world)
      trials.wrong_wall(world, 1)
    end)
    tell("goes on when the wall clock was a year behind", function(world)
      trials.wrong_wall(world, -1)
    end)
  end
  tell("takes up at once what was under way before the machine was started anew", trials.restart)
  tell("does not let a process that has lost its leases change anything", trials.overtaken)
end)
