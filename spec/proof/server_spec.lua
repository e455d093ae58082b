-- A server that is away, slow, cuts its answers, fails, refuses the token, or has somebody else's
-- log-in page in front of it: what was accepted comes to it all the same once it is well.

local needs = require("spec.support.needs")
local trials = require("spec.support.queue_trials")
local worlds = require("spec.support.queue_world")

describe("the queue, when the server", function()
  local it = needs.queue(it, pending)
  local seconds = worlds.LONG and 5 or 0.4

  local function tell(name, trial)
    it(name, function()
      local world <close> = worlds.new()
      trial(world)
      local verdict = world:prove("server " .. name)
      assert.is_true(verdict.counts.acknowledged > 20)
    end)
  end

  local function trouble(name)
    return function(world)
      trials.trouble(world, name, seconds)
      world:settle()
      local struck = 0
      for _, entry in ipairs(assert(world.sandbox:journal())) do
        struck = struck + (entry.fault and 1 or 0)
      end
      assert.is_true(struck > 0)
    end
  end

  tell("is away", function(world)
    trials.server_away(world, seconds)
    world:settle()
  end)
  tell("cuts its answers in half", trouble("half"))
  tell("does not answer what it has taken", trouble("unanswered"))
  tell("fails", trouble("broken"))
  tell("refuses the token", trouble("unauthorized"))
  tell("has a log-in page in front of it", trouble("portal"))
  if worlds.LONG then
    tell("is slow", trouble("slow"))
    tell("is later than anybody waits", trouble("late"))
    tell("closes connections", trouble("closed"))
    tell("asks for patience", trouble("unavailable"))
    tell("sends elsewhere", trouble("elsewhere"))
    tell("does not know the path", trouble("gone"))
  end
end)
