local names = require("wats.queue.names")

describe("names.fit", function()
  it("knows stars and question marks, in either case", function()
    for _, case in ipairs {
      { "a.csv", "*.csv", true }, { "A.CSV", "*.csv", true }, { "a.csv", "*.CSV", true },
      { "a.csv.bak", "*.csv", false }, { ".csv", "*.csv", true }, { "acsv", "*.csv", false },
      { "FT2-1.log", "ft2-*.log", true }, { "xFT2-1.log", "FT2-*.log", false },
      { "r1.txt", "r?.txt", true }, { "r12.txt", "r?.txt", false }, { "r.txt", "r?.txt", false },
      { "r\u{D8}.txt", "r?.txt", true }, { "r\xFF.txt", "r?.txt", true },
      { "100%.(a)[b]-^$+.txt", "100%.(a)[b]-^$+.txt", true }, { "a.b", "a*", true },
      { "abc", "a**c", true }, { "a\nb.csv", "*.csv", true },
    } do
      assert.equal(case[3], names.fit(case[1], { case[2] }), case[1] .. " " .. case[2])
    end
    assert.is_true(names.fit("b", { "a", "b" }))
    assert.is_false(names.fit("c", { "a", "b" }))
  end)

  it("wants patterns for names", function()
    assert.is_nil(names.problem { "*.csv" })
    for _, wrong in ipairs { {}, { "" }, { "a/*.csv" }, { 7 }, { "a\0" } } do
      assert.is_string(names.problem(wrong))
    end
  end)
end)
