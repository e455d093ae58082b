local common = require("wats.cli.common")

describe("wats.cli.common", function()
  it("reads numbers within bounds", function()
    local read = common.number(1, 10, true)
    assert.equal(10, read("10"))
    for _, text in ipairs { "0", "11", "1.5", "x", "" } do
      local number, problem = read(text)
      assert.is_nil(number)
      assert.equal(("'%s' is not a whole number from 1 to 10"):format(text), problem)
    end
    assert.equal(0.5, common.number(0, 1)("0.5"))
    assert.is_nil((common.number(0, 1)("nan")))
  end)

  it("reads ids as people write them", function()
    local id = "0f8fad5b-d9cb-469f-a165-70867728950e"
    for _, text in ipairs { id, id:upper(), "{" .. id:upper() .. "}" } do
      assert.equal(id, common.report_id(text))
    end
    for _, text in ipairs { "", "x", id .. "0", "{" .. id, (id:gsub("-", "_")) } do
      local none, problem = common.report_id(text)
      assert.is_nil(none)
      assert.matches("is not the id of a report", problem, 1, true)
    end
  end)

  it("shows texts of the world on one line of UTF-8", function()
    assert.equal("a?b \u{D8}", common.shown("a\nb \u{D8}"))
    assert.equal("a?", common.shown("a\xD8"))
    assert.equal("7", common.shown(7))
  end)

  it("shows times and durations", function()
    assert.equal("2023-11-14T22:13:20Z", common.time(1700000000.9))
    assert.equal("", common.time(nil))
    for seconds, text in pairs { [0.5] = "0 s", [119] = "119 s", [120] = "2 min",
      [7199] = "119 min", [7200] = "2 h", [172800] = "2 d", [-5] = "0 s" } do
      assert.equal(text, common.duration(seconds))
    end
    assert.equal("", common.duration(nil))
  end)
end)
