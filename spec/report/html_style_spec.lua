-- wats.report.html_style: a style sheet that XML bears as it is and that fetches nothing.

local html_style = require("wats.report.html_style")

describe("wats.report.html_style", function()
  it("needs no escaping, and nothing from elsewhere", function()
    local css = html_style.css(3, 2)
    assert.is_nil(css:find("[<&]"))
    assert.is_nil(css:find("url", 1, true))
    assert.is_nil(css:find("@import", 1, true))
    local _, opened = css:gsub("{", "")
    local _, closed = css:gsub("}", "")
    assert.equal(opened, closed)
  end)

  it("has paper, darkness, and a class for each depth and colour", function()
    local css = html_style.css(20, 2)
    for _, part in ipairs { "@media print", "prefers-color-scheme:dark", ".d20{--d:14}", ".k2{" } do
      assert.matches(part, css, 1, true)
    end
    assert.is_nil(css:find(".d21{", 1, true))
  end)
end)
