-- Values of the server by names of ours.

local choice = require("wats.choice")
local support = require("spec.support.client")

local blamed = support.blamed

local PRIORITIES = { low = 0, medium = 1, high = 2 }
local ATTRIBUTES = { none = "None", execute_once = "ExecuteOnce" }
local STATUSES = { open = 1, in_progress = 2, on_hold = 4, solved = 8 }

local value, flags = choice.value, choice.flags

local function pick(choices, given) return value("x:set", "what", choices, given) end

local function sum(given) return flags("x:list", "status", STATUSES, given) end

describe("a value", function()
  it("is given by name or as the server has it", function()
    assert.equal(0, pick(PRIORITIES, "low"))
    assert.equal(2, pick(PRIORITIES, 2))
    assert.equal("integer", math.type(pick(PRIORITIES, 2.0)))
    assert.equal("ExecuteOnce", pick(ATTRIBUTES, "execute_once"))
    for _, text in ipairs { "ExecuteOnce", "executeonce", "EXECUTEONCE" } do
      assert.equal("ExecuteOnce", pick(ATTRIBUTES, text))
    end
  end)

  it("that is none raises at the caller's line, with the names and the nearest", function()
    local expected = "x:set: what: one of low, medium, high expected, got "
    assert.equal(expected .. '"hgih" (did you mean "high"?)',
      blamed(function() value("x:set", "what", PRIORITIES, "hgih") end))
    assert.equal(expected .. "3",
      blamed(function() value("x:set", "what", PRIORITIES, 3) end))
    assert.matches("got 0.5$", blamed(function() value("x:set", "what", PRIORITIES, 0.5) end))
    assert.equal("x:set: what: one of execute_once, none expected, got nil",
      blamed(function() value("x:set", "what", ATTRIBUTES, nil) end))
    assert.matches("got table$", blamed(function() value("x:set", "what", ATTRIBUTES, {}) end))
    assert.matches('got "a%?b"$', blamed(function() value("x:set", "what", ATTRIBUTES, "a\nb") end))
  end)

  it("is shown by its name", function()
    assert.equal("medium", choice.name(PRIORITIES, 1))
    assert.equal(7, choice.name(PRIORITIES, 7))
  end)
end)

describe("flags", function()
  it("are one, a list, or a sum", function()
    assert.equal(1, sum("open"))
    assert.equal(3, sum { "open", "in_progress" })
    assert.equal(9, sum { "open", 8, "open" })
    assert.equal(15, sum(15))
  end)

  it("that are none raise at the caller's line", function()
    for _, wrong in ipairs { 0, 16, -1, 1.5, true, "closed" } do
      assert.matches("^x:list: status: one of open, in_progress, on_hold, solved expected, got ",
        blamed(function() flags("x:list", "status", STATUSES, wrong) end))
    end
    assert.matches("got nil$", blamed(function() flags("x:list", "status", STATUSES, nil) end))
    assert.matches("got none$", blamed(function() flags("x:list", "status", STATUSES, {}) end))
    assert.equal("x:list: status is a list with holes: 2 of 3 elements are there",
      blamed(function() flags("x:list", "status", STATUSES, { "open", nil, "solved" }) end))
    assert.matches('"in_progess" %(did you mean "in_progress"%?%)$',
      blamed(function() flags("x:list", "status", STATUSES, { "open", "in_progess" }) end))
  end)
end)
