-- wats.report.columns: text beneath text, by columns and not by bytes; nothing is lost.

local columns = require("wats.report.columns")

local PIECES = { "a", " ", "\u{301}", "\u{65E5}", "word", "\u{3A9}" }

describe("wats.report.columns", function()
  it("counts columns", function()
    for text, width in pairs { abc = 3, ["\u{3A9}"] = 1, ["\u{65E5}\u{672C}"] = 4, ["e\u{301}"] = 1,
      [""] = 0, ["\u{1F600}"] = 2, ["\u{FF21}"] = 2 } do
      assert.equal(width, columns.width(text))
    end
  end)

  it("breaks at blanks, else where the column ends, never within a character", function()
    assert.same({ "one two", "three", "four five" }, columns.wrap("one two three four five", 9))
    assert.same({ "xxxx", "xxxx", "xx" }, columns.wrap(("x"):rep(10), 4))
    assert.same({ "\u{65E5}\u{672C}", "\u{8A9E}" }, columns.wrap("\u{65E5}\u{672C}\u{8A9E}", 5))
    assert.same({ "\u{65E5}" }, columns.wrap("\u{65E5}", 1))
    assert.same({ "" }, columns.wrap("", 10))
    assert.same({ "abcd" }, columns.wrap("abcd", 4))
  end)

  it("loses nothing of a text, however long or odd", function()
    for seed = 1, 60 do
      local parts = {}
      for i = 1, seed * 5 do
        parts[i] = PIECES[(i * seed + i // 3) % #PIECES + 1]
      end
      local text = table.concat(parts)
      local lines = columns.wrap(text, 7)
      assert.equal((text:gsub(" ", "")), (table.concat(lines):gsub(" ", "")))
      for _, line in ipairs(lines) do assert.is_true(columns.width(line) <= 7) end
    end
  end)

  it("lays out a row, over several lines where a cell is too long for one", function()
    local out = {}
    columns.row(out, { { width = 4 }, { width = 5, side = "right" }, { width = 3 } },
      { "\u{3A9}", "7", "abcdef" })
    assert.same({ "\u{3A9}         7  abc", "             def" }, out)
    out = {}
    columns.row(out, { { width = 2 }, { width = 1 } }, { { "a", "b" }, "x" })
    assert.same({ "a   x", "b" }, out)
  end)

  it("makes the widest narrower first", function()
    local layout = { { width = 30 }, { width = 10 }, { width = 20 } }
    columns.squeeze(layout, 40, 6)
    assert.same({ 15, 10, 15 }, { layout[1].width, layout[2].width, layout[3].width })
    columns.squeeze(layout, 1, 6)
    assert.same({ 6, 6, 6 }, { layout[1].width, layout[2].width, layout[3].width })
  end)
end)
