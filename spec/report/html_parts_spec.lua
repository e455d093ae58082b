-- wats.report.html_parts: tables and attachments.

local html_parts = require("wats.report.html_parts")
local page = require("spec.support.page")

local function attachment(changes, limit)
  local file = { name = "<a>.png", content_type = "image/png", size = 3, data = "QU\nJD",
    owner = "o" }
  for name, value in pairs(changes) do file[name] = value end
  local content = html_parts.attachment(file, { image_limit = limit or 100 })
  return page.read("<div>" .. content .. "</div>")
end

describe("wats.report.html_parts", function()
  it("makes tables of text", function()
    local node = page.read(html_parts.table({ title = "<T>", columns = { "A", "B" },
      rows = { { "<b>", "7" } }, right = { [2] = true } }, true))
    assert.equal("<T>", page.all(node, "caption")[1].text)
    assert.same({ "<b>", "7", "num" }, { page.all(node, "td")[1].text, page.all(node, "td")[2].text,
      page.all(node, "td")[2].attributes.class })
  end)

  it("shows images that are small, of kinds that a page may show", function()
    local image = page.all(attachment {}, "img")[1]
    assert.same({ "data:image/png;base64,QUJD", "<a>.png" },
      { image.attributes.src, image.attributes.alt })
    for _, kind in ipairs { "image/jpeg", "IMAGE/GIF; x=1", "image/svg+xml" } do
      assert.equal(1, #page.all(attachment { content_type = kind }, "img"))
    end
    for _, changes in ipairs { { content_type = "text/html" }, { content_type = "" },
      { size = 101 }, { data = false, size = false } } do
      assert.equal(0, #page.all(attachment(changes), "img"))
    end
    assert.equal(0, #page.all(attachment({}, 0), "img"))
  end)

  it("lists all, and shows here only the images that hang on no step", function()
    local out = {}
    html_parts.attachments(out, { { name = "a", content_type = "image/png", size = 3, data = "QUJD",
      owner = "step", entry = { number = 7 } }, { name = "b", content_type = "image/png", size = 3,
      data = "QUJD", owner = "report" } }, { image_limit = 100 })
    local node = page.read("<div>" .. table.concat(out) .. "</div>")
    assert.equal(1, #page.all(node, "img"))
    assert.equal("#s7", page.all(node, "a")[1].attributes.href)
    assert.equal("a", page.all(node, "td")[1].text)
    assert.equal("3 bytes", page.all(node, "td")[3].text)
  end)
end)
