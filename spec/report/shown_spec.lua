-- wats.report.shown: whatever comes in, out comes one line of UTF-8 without controls.

local json = require("wats.json")
local shown = require("wats.report.shown")

describe("wats.report.shown", function()
  it("makes visible what a terminal or a reader would not show", function()
    for text, expected in pairs {
      ["3V3 \u{3A9} \u{65E5}"] = "3V3 \u{3A9} \u{65E5}",
      ["a\nb\tc\r"] = "a\\nb\\tc\\r",
      ["\27[31mred\127\0"] = "\\x1B[31mred\\x7F\\x00",
      ["\xFF\xC3"] = "\\xFF\\xC3",
      ["\u{85}\u{202E}abc\u{FEFF}\u{FFFE}\u{2028}\u{200B}\u{61C}"] =
        "\\u{0085}\\u{202E}abc\\u{FEFF}\\u{FFFE}\\u{2028}\\u{200B}\\u{061C}",
      ["\xED\xA0\x80"] = "\\xED\\xA0\\x80", -- half of a pair is no character
    } do
      assert.equal(expected, shown.line(text))
    end
  end)

  it("shows what is no text, and knows what is nothing", function()
    assert.same({ "true", "(an object)", "(a list)" },
      { shown.line(true), shown.line {}, shown.line(json.array {}) })
    for _, nothing in ipairs { json.null, print, io.stdout, coroutine.create(print) } do
      assert.is_nil(shown.value(nothing))
      assert.is_nil(shown.line(nothing))
    end
    assert.is_nil(shown.filled(""))
    assert.equal("0", shown.filled(0))
  end)

  it("writes numbers as they are, whole ones without a point", function()
    for text, number in pairs { ["500"] = 500.0, ["-0"] = -0.0, ["0.1"] = 0.1, ["7"] = 7,
      ["1e300"] = 1e300, NaN = 0 / 0, Inf = math.huge, ["-Inf"] = -math.huge } do
      assert.equal(text, shown.number(number))
    end
    assert.equal(0.1 + 0.2, tonumber(shown.number(0.1 + 0.2)))
  end)

  it("splits text into lines, without empty ones at the end", function()
    assert.same({ "a", "", "b    c\\x1B" }, shown.lines("a\r\n\nb\tc\27\n\n"))
    assert.same({}, shown.lines(""))
    assert.same({}, shown.lines(nil))
    assert.same({ "7" }, shown.lines(7))
  end)

  it("takes the objects of a list and nothing else", function()
    assert.same({ { 1 } }, shown.objects { "x", { 1 }, 7 })
    assert.same({}, shown.objects("x"))
    assert.same({}, shown.objects(json.null))
  end)

  it("knows how many bytes base64 stands for", function()
    for text, size in pairs { [""] = 0, QQ = false, ["QQ=="] = 1, ["QUI=\n"] = 2, QUJD = 3,
      ["QU\r\nJD"] = 3, ["Q*=="] = false, ["Q==="] = false, ["=QUJ"] = false } do
      assert.equal(size or nil, shown.base64_size(text))
    end
    assert.is_nil(shown.base64_size(7))
    assert.same({ "9999 bytes", "10 KiB", "10 MiB" },
      { shown.size(9999), shown.size(10000), shown.size(10000 * 1024) })
  end)

  it("has words for statuses, and keeps those that are none", function()
    assert.same({ "F", "Failed" }, { shown.status("F") })
    assert.same({ "?", "No status" }, { shown.status(nil) })
    assert.same({ "?", "Pa\\nss" }, { shown.status("Pa\nss") })
  end)
end)
