-- Processes that submit and deliver on one queue, ended by force wherever they are: nothing that was
-- accepted is lost, and what comes twice is what a process had under way when it ended.
-- With WATS_TEST_LONG=1 four of them and a thousand ends, else two and a dozen.

local core = require("wats.core")
local needs = require("spec.support.needs")
local worlds = require("spec.support.queue_world")

describe("the queue, when processes are killed", function()
  local it = needs.queue(it, pending)

  local function storm(world, processes, kills)
    local workers = {}
    local function begin(i)
      workers[i] = world:start("both", { seed = i * 1000 + #world.workers, pause = 0.001,
        size = 3000 })
    end
    for i = 1, processes do begin(i) end
    for _ = 1, kills do
      core.sleep(0.05 + math.random() * 0.25)
      local i = math.random(processes)
      workers[i]:kill()
      begin(i)
    end
  end

  it("loses nothing and keeps its promises", function()
    local world <close> = worlds.new()
    world.clock:step { rate = 10 } -- leases run out while others still work
    storm(world, worlds.LONG and 4 or 2, worlds.LONG and 1000 or 12)
    world:settle()
    local verdict = world:prove("kill -9")
    assert.is_true(verdict.counts.acknowledged > 100)
    assert.is_true(verdict.counts.kills >= 12)
  end)
end)
