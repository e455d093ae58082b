local json = require("wats.json")
local rules = require("wats.report.rules")

local function problem(value, rule)
  local out = {}
  rule.required = true
  table.insert(rule, 1, "f")
  rules.member(out, { f = value }, "a", rule)
  return out[1]
end

describe("rules.member", function()
  it("hands back what is right", function()
    local out = {}
    assert.equal("x", rules.member(out, { f = "x" }, "", { "f", "string" }))
    assert.equal(5.0, rules.member(out, { f = 5.0 }, "", { "f", "integer" }))
    assert.is_false(rules.member(out, { f = false }, "", { "f", "boolean" }))
    assert.is_nil(rules.member(out, { f = json.null }, "", { "f", "string" }))
    assert.same({}, out)
  end)

  it("says what is wrong, and where", function()
    assert.equal("a.f: is missing", problem(nil, { "string" }))
    assert.equal("a.f: is missing", problem(json.null, { "string" }))
    assert.equal("a.f: must be a string, not a number", problem(5, { "string" }))
    assert.equal("a.f: must be a whole number", problem(5.5, { "integer" }))
    assert.equal("a.f: must fit into 32 bits", problem(-2147483649, { "integer" }))
    assert.equal("a.f: must be finite: JSON has no -inf", problem(-1 / 0, { "number" }))
    assert.equal("a.f: is not UTF-8", problem("\xFF", { "string" }))
    assert.equal("a.f: is empty", problem("", { "string", filled = true }))
    assert.equal("a.f: has 3 characters, at most 2 are possible",
      problem("øøø", { "string", max = 2 }))
    assert.equal('a.f: must be one of A B, not "AB"', problem("AB", { "string", one_of = "AB" }))
    assert.equal("a.f: must be a uuid", problem("7", { "uuid" }))
  end)
end)
