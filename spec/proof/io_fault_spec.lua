-- Calls to the system that fail: in each thread the n-th fsync, fdatasync, pwrite64, ftruncate,
-- openat, rename, with EIO and with ENOSPC, with the database free and with it locked (so that
-- reports become files). A submit that fails then is no harm; one that did not is kept.
-- With WATS_TEST_LONG=1 every n till none fails any more, else a few.

local helper = require("spec.tools.helper")
local needs = require("spec.support.needs")
local trials = require("spec.support.queue_trials")
local worlds = require("spec.support.queue_world")

local SAMPLE = { -- call, error, n, locked
  { "fsync", "EIO", 1 }, { "fdatasync", "EIO", 2 }, { "fdatasync", "ENOSPC", 5 },
  { "pwrite64", "EIO", 3 }, { "pwrite64", "ENOSPC", 12 }, { "openat", "EIO", 2 },
  { "fsync", "EIO", 2, true }, { trials.CALLS[6], "EIO", 1, true },
}

describe("the queue, when calls to the system fail", function()
  local works = needs.has_queue and helper.has("strace") and helper.has("flock")
    and helper.sh("strace -qq -o /dev/null -e trace=fsync -e inject=fsync:error=EIO true")
  local it = needs.that(works, "no strace that may trace", needs.queue(it, pending), pending)

  it("loses nothing", function()
    local world <close> = worlds.new()
    local runs, failed = 0, 0
    local function try(...)
      runs = runs + 1
      local hit = trials.failing_call(world, ...)
      failed = failed + (hit and 1 or 0)
      return hit
    end
    if worlds.LONG then
      for _, call in ipairs(trials.CALLS) do
        for _, failure in ipairs(trials.ERRORS) do
          for _, locked in ipairs { false, true } do
            local n = 1
            while try(call, failure, n, locked) do n = n + 1 end
          end
        end
      end
    else
      for _, row in ipairs(SAMPLE) do try(table.unpack(row)) end
    end
    local verdict = world:prove(("failing calls (%d runs, %d with a failure)"):format(runs, failed))
    assert.is_true(failed >= 6)
    assert.is_true(verdict.counts.acknowledged > 4 * runs)
  end)
end)
