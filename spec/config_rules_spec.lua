local rules = require("wats.config_rules")

local function names(of)
  local list = {}
  for name in pairs(of) do list[#list + 1] = name end
  table.sort(list)
  return list
end

describe("config_rules", function()
  it("has no default in the rules of one source, at any depth", function()
    local function check(of)
      for name, rule in pairs(of) do
        assert.is_nil(rule.default, name)
        if rule.fields then check(rule.fields) end
      end
    end
    check(rules.arguments)
    check(rules.file)
    check(rules.environment)
    assert.equal(30, rules.all.timeout.default)
    assert.equal(3, rules.all.retry.fields.max_attempts.default)
  end)

  it("allows the same in a call as altogether, and less in a file", function()
    assert.same(names(rules.all), names(rules.arguments))
    local of_file = names(rules.file)
    of_file[#of_file + 1], of_file[#of_file + 2] = "config", "metrics"
    table.sort(of_file)
    assert.same(names(rules.all), of_file)
  end)

  it("keeps what could be a token out of messages, from every source", function()
    for _, name in ipairs { "base_url", "token" } do
      for _, of in ipairs { rules.all, rules.arguments, rules.file } do
        assert.is_true(of[name].secret)
      end
    end
    assert.is_true(rules.environment.WATS_BASE_URL.secret)
    assert.is_true(rules.environment.WATS_AUTH_TOKEN.secret)
  end)

  it("says what keeps a text out of a report", function()
    assert.is_nil(rules.text_problem("\u{D8}st 1"))
    assert.equal("must be UTF-8", rules.text_problem("\xD8st"))
    assert.equal("must have no control characters", rules.text_problem("a\tb"))
    assert.is_nil(rules.text_problem({}))
  end)
end)
