local given = require("wats.report.given")

local RULES = {
  name = { "string", required = true },
  value = { "string", bytes = true },
  station = { "table", fields = { name = { "string" } } },
}

describe("given.read", function()
  it("takes text in UTF-8, and bytes where they were measured", function()
    assert.same({ name = "ø", value = "\xFF" }, given.read({ name = "ø", value = "\xFF" }, RULES))
    local checked, problem = given.read({ name = "\xFF" }, RULES)
    assert.is_nil(checked)
    assert.equal('option "name" is not UTF-8', problem)
    checked, problem = given.read({ name = "a", station = { name = "\xFF" } }, RULES)
    assert.is_nil(checked)
    assert.equal('option "station.name" is not UTF-8', problem)
  end)

  it("takes no NUL, but where it was measured", function()
    local checked, problem = given.read({ name = "a", station = { name = "b\0" } }, RULES)
    assert.is_nil(checked)
    assert.equal('option "station.name" has a NUL in it', problem)
    assert.same({ name = "a", value = "\0" }, given.read({ name = "a", value = "\0" }, RULES))
  end)

  it("says what is wrong with the options", function()
    local checked, problem = given.read({ nme = "a" }, RULES)
    assert.is_nil(checked)
    assert.equal('unknown option "nme" (did you mean "name"?)', problem)
  end)

  it("takes a step's name alone", function()
    assert.same({ name = "a" }, given.read_step("a", RULES))
    assert.same({ name = "a" }, given.read_step({ name = "a" }, RULES))
  end)
end)

describe("given.list_problem", function()
  it("has nothing against lists", function()
    for _, list in ipairs { {}, { 1 }, { 1, 2, false } } do
      assert.is_nil(given.list_problem(list))
    end
  end)

  it("finds holes and other keys", function()
    for _, case in ipairs {
      { { nil, 2 }, "must be a list without holes: [1] is nil" },
      { { 1, nil, 3 }, "must be a list without holes: [2] is nil" },
      { { [5000000] = 1 }, "must be a list without holes: [1] is nil" },
      { { [0] = 1 }, "must be a list, not a table with the key 0" },
      { { [1.5] = 1 }, "must be a list, not a table with the key 1.5" },
      { { name = 1 }, "must be a list, not a table with the key name" },
    } do
      assert.equal(case[2], given.list_problem(case[1]))
    end
  end)
end)

describe("given.show", function()
  it("makes one short line in UTF-8 of anything", function()
    assert.equal("a", given.show("a"))
    assert.equal("5", given.show(5))
    assert.equal("nil", given.show(nil))
    assert.equal("a?b?", given.show("a\0b\n"))
    assert.equal("a?", given.show("a\xC3"))
    for length = 56, 64 do
      local shown = given.show(("x"):rep(length) .. ("\u{1F50C}"):rep(9))
      assert.truthy(utf8.len(shown))
      assert.is_nil(shown:find("?", 1, true))
      assert.is_true(#shown <= 63)
    end
  end)
end)

describe("given.INSTANT", function()
  local check = given.INSTANT.check
  it("takes what can be written with four digits for the year, in every time zone", function()
    for _, value in ipairs {
      0, 1769806901.25, 253402214399, "2026-01-30T22:01:41.4707353+01:00", "1970-01-01T00:00:00Z",
    } do
      assert.is_nil(check(value), value)
    end
    for _, value in ipairs {
      -1, 253402214400, 1 / 0, -1 / 0, 0 / 0, "", "now", "1969-12-31T23:59:59Z",
      "9999-12-31T23:59:59Z", "2026-01-30T22:01:41", "2026-02-30T00:00:00Z",
    } do
      assert.truthy(check(value), value)
    end
  end)
end)
