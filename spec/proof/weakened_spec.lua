-- The proof itself: run on builds with one promise broken (tools/weaken.lua) it has to fail, and
-- for the reason that was made. With WATS_TEST_LONG=1 on all of them, else on those that take
-- seconds.

local helper = require("spec.tools.helper")
local mounts = require("spec.support.mounts")
local needs = require("spec.support.needs")
local trials = require("spec.support.queue_trials")
local weaken = require("tools.weaken")
local worlds = require("spec.support.queue_world")

local LONG = worlds.LONG

describe("the proof of the queue fails", function()
  local it = needs.that(weaken.is_possible(), "not with this build", needs.queue(it, pending),
    pending)
  local made = {}

  -- On a file system whose power can be cut, or on any.
  local function with_world(cpath, disk_kind, trial)
    local directory = disk_kind and helper.directory()
    local verdict
    do
      local disk <close> = disk_kind and mounts[disk_kind](directory, 256)
      local world <close> = worlds.new { directory = disk and disk.path, cpath = cpath, bound = 2 }
      trial(world, disk)
      verdict = world:judge()
    end
    if directory then helper.remove(directory) end
    return verdict
  end

  -- `kinds`: what the judge has to find, one of them. It may be a matter of chance, of which moment
  -- a kill falls on: so ten times at most.
  local function fails(name, kinds, trial, disk_kind)
    local lacking = disk_kind and needs.has_queue and mounts.lacking(disk_kind)
    needs.that(not lacking, tostring(lacking), it, pending)("with " .. name, function()
      made[name] = made[name] or weaken.build(name)
      local verdict
      for _ = 1, 10 do
        verdict = with_world(made[name], disk_kind, trial)
        for kind in kinds:gmatch("%a+") do
          if verdict.kinds[kind] then
            local line = tostring(verdict):match("\n([^\n]*)")
            print(("figures: weakened, %s: %s"):format(name, line))
            return
          end
        end
      end
      error("it was not found: " .. tostring(verdict))
    end)
  end

  local function kills(world) trials.kills(world, 2, LONG and 20 or 6) end
  local function cuts(world, disk) trials.cuts(world, disk, 2, LONG and 6 or 2) end

  fails("acknowledge_before_commit", "lost", kills)
  fails("html_counts_as_sent", "lost", function(world)
    trials.trouble(world, "portal", 0.3)
    world:settle()
  end)
  fails("no_order", "order", function(world) trials.peace(world, 30) end)
  fails("no_lease", "doubled overlap", function(world) trials.peace(world, 30) end)
  -- a kill would have to fall between the claim and the arrival; an attempt that fails need not
  fails("delete_before_confirmed", "lost", function(world)
    trials.trouble(world, "closed", 0.3)
    world:settle()
  end)
  if LONG then
    fails("no_lease_token", "doubled overlap", function(world) trials.overtaken(world) end)
    fails("synchronous_normal", "lost", cuts, "ext4")
    fails("synchronous_off", "lost", cuts, "ext4")
    fails("lifeboat_unsynced", "lost", function(world, disk)
      trials.boat_cuts(world, disk, 4)
    end, "ext4")
    fails("replaces_in_flight", "lost body overlap", function(world)
      trials.peace(world, 40, 300, { pause = 0.08, units = 40 })
    end)
    fails("no_checksum", "invented", function(world)
      trials.waiting(world, 60)
      for i = 1, 10 do
        trials.damage(world, "", "flip", (i - 0.5) / 10)
        if world:judge().kinds.invented then break end
      end
    end)
  end
end)
