local status = require("wats.report.status")

describe("status.parse", function()
  it("reads letters and words in any case", function()
    for word, letter in pairs {
      P = "P", p = "P", Passed = "P", passed = "P", PASS = "P", F = "F", Failed = "F", fail = "F",
      Done = "D", Skipped = "S", skip = "S", Error = "E", Terminated = "T", U = "U",
    } do
      assert.equal(letter, status.parse(word, status.STEP), word)
    end
  end)

  it("takes nothing else, above all not for a pass", function()
    for _, word in ipairs { "", "ok", "true", "Pased", "PF", "1", " P" } do
      local letter, problem = status.parse(word, status.STEP)
      assert.is_nil(letter, word)
      assert.matches("^unknown status", problem)
    end
    local _, problem = status.parse("Fialed", status.STEP)
    assert.equal('unknown status "Fialed" (did you mean "failed"?)', problem)
  end)

  it("takes only what may stand there", function()
    local letter, problem = status.parse("Done", status.REPORT)
    assert.is_nil(letter)
    assert.equal('status "Done" is not possible here (P F E T)', problem)
    assert.is_nil((status.parse("error", status.MEASUREMENT)))
  end)
end)

describe("status.worse", function()
  it("ranks error over terminated over failed over passed", function()
    local order = { "P", "F", "T", "E" }
    for i, one in ipairs(order) do
      for j, other in ipairs(order) do
        assert.equal(order[math.max(i, j)], status.worse(one, other))
      end
    end
  end)

  it("lets done and skipped pass, and an unknown end fail", function()
    assert.equal("P", status.worse("D", "S"))
    assert.equal("P", status.worse("P", "D"))
    assert.equal("F", status.worse("P", "U"))
    assert.equal("F", status.worse("U", "S"))
    assert.equal("T", status.worse("U", "T"))
  end)
end)

describe("status.fails", function()
  it("is true of all but passed, done and skipped", function()
    for letter, fails in pairs { P = false, D = false, S = false, F = true, E = true, T = true,
      U = true, X = true } do
      assert.equal(fails, status.fails(letter), letter)
    end
  end)
end)
