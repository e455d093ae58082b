-- Files that are damaged while nobody has them open: nothing crashes, no body arrives changed, what
-- is whole arrives, and what is set aside can be looked at.

local helper = require("spec.tools.helper")
local needs = require("spec.support.needs")
local oracle = require("spec.support.oracle")
local trials = require("spec.support.queue_trials")
local worlds = require("spec.support.queue_world")

local REPORTS = 60
local ROUNDS = worlds.LONG and 200 or 4

describe("the queue, when its file", function()
  local it = needs.queue(it, pending)

  -- What of a damaged report is kept for people is not judged: it is not what was submitted.
  local function judge(world)
    local history = world:history { expected_loss = REPORTS }
    local left = {}
    for _, row in ipairs(history.left) do
      if row.state ~= "dead" then left[#left + 1] = row end
    end
    history.left, history.dead = left, REPORTS
    return oracle.judge(history), history
  end

  -- SQLite takes a frame of the log that is damaged for its end: what is lost then is a tail.
  local function is_tail(history)
    local came, ended = {}, false
    for _, entry in ipairs(history.journal) do came[entry.body_sha256] = true end
    for _, row in ipairs(history.left) do came[row.sha256] = true end
    for _, s in ipairs(history.submissions) do
      if not came[s.sha256] then ended = true elseif ended then return false end
    end
    return true
  end

  -- Places that are shares of the file; those that are fixed, in bytes, come first.
  local function places(fixed)
    local list = {}
    for i, place in ipairs(fixed or {}) do list[i] = place end
    for round = 1, ROUNDS do list[#list + 1] = (round - math.random()) / ROUNDS end
    return list
  end

  -- Lost ones of all rounds.
  local function rounds(world, suffix, how, fixed)
    local lost, worst, aside = 0, 0, 0
    for round, place in ipairs(places(fixed)) do
      trials.damage(world, suffix, how, place)
      local verdict, history = judge(world)
      for _, problem in ipairs(world.problems) do verdict:add("process", "%s", problem) end
      if not verdict.ok then error(("round %d: %s"):format(round, tostring(verdict)), 2) end
      lost, worst = lost + verdict.counts.lost, math.max(worst, verdict.counts.lost)
      local _, found = helper.sh(("ls -d %s*damaged* %s*quarantine/* 2>/dev/null"):format(
        world.path, world.path))
      -- Where nothing is left of a body, the list of the dead tells of its report; else files do.
      local told = found ~= "" or world.finished.dead >= verdict.counts.lost
      if found ~= "" then aside = aside + 1 end
      if suffix == "-wal" then assert.is_true(is_tail(history), "from the middle of the log") end
      assert.is_true(told or suffix ~= "", "nothing tells of it")
    end
    print(("figures: %s %s: %d rounds of %d reports, %d lost, %d at most in one, "
      .. "%d times set aside"):format(
      suffix == "" and "file" or suffix, how, ROUNDS + #(fixed or {}), REPORTS, lost, worst, aside))
    return lost, worst
  end

  it("has a bit changed", function()
    local world <close> = worlds.new()
    trials.waiting(world, REPORTS)
    local _, worst = rounds(world, "", "flip")
    assert.is_true(worst <= REPORTS // 2)
  end)

  it("is cut short", function()
    local world <close> = worlds.new()
    trials.waiting(world, REPORTS)
    rounds(world, "", "cut", { 0, 1 })
  end)

  it("has a log with a bit changed or cut short", function()
    local world <close> = worlds.new()
    trials.waiting(world, REPORTS, true)
    rounds(world, "-wal", "flip")
    rounds(world, "-wal", "cut")
  end)
end)
