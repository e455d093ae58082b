-- The page of a report in a browser: what its parser makes of it, and whether it can be printed.

local browser = require("spec.support.browser")
local folders = require("spec.support.folder")
local needs = require("spec.support.needs")
local page = require("spec.support.page")
local report = require("wats.report")

local function build()
  local uut = report.uut({ part_number = "PN", serial_number = "SN", revision = "A",
    process_code = 10, comment = "<script>document.title = 'taken'</script>" }, { name = "ICT" })
  local power = uut:sequence "Power <b>"
  power:numeric { name = "5V", value = 9, unit = "V", low = 3, high = 4 }
  power:chart { name = "Curve", y_unit = "V", series = { { name = "s", y = { 1, 0 / 0, 3, 2 } } } }
  for i = 1, 200 do uut:action("Wait " .. i) end
  uut:finish()
  return uut
end

describe("the page of a report in a browser", function()
  local it = needs.that(browser.program, "no Chromium here", it, pending)
  local folder, directory, path, content

  before_each(function()
    folder = folders.new()
    directory, content = folder.path, build():to_html()
    path = directory .. "/page.html"
    folder:write("page.html", content)
  end)

  after_each(function() folder:remove() end)

  it("is the same tree for HTML as for XML, and runs nothing", function()
    local dom = browser.open(path, directory, "--dump-dom")
    local root = page.read(content)
    for _, name in ipairs { "details", "summary", "div", "span", "b", "table", "tr", "td", "svg",
      "path", "text", "figure", "section", "p", "pre", "a", "dd" } do
      local _, count = dom:gsub("<" .. name .. "[ >]", "")
      assert.equal(#page.all(root, name), count, name)
    end
    assert.matches("<title>PN SN A Failed</title>", dom, 1, true)
    assert.is_nil(dom:find("<script", 1, true))
    local _, open = dom:gsub("<details[^>]* open=", "")
    assert.equal(3, open) -- the outermost sequence, the one that fails, the step that made it fail
  end)

  it("can be printed: several pages, and the picture on the screen is not empty", function()
    browser.open(path, directory, "--no-pdf-header-footer", "--print-to-pdf=" .. directory
      .. "/page.pdf")
    local file = assert(io.open(directory .. "/page.pdf", "rb"))
    local pdf = file:read("a")
    file:close()
    assert.equal("%PDF-", pdf:sub(1, 5))
    local _, pages = pdf:gsub("/Type /Page[^s]", "")
    assert.is_true(pages >= 2 and pages <= 10, pages .. " pages")
    browser.open(path, directory, "--window-size=800,600", "--screenshot=" .. directory
      .. "/page.png")
    file = assert(io.open(directory .. "/page.png", "rb"))
    local size = file:seek("end")
    file:close()
    assert.is_true(size > 10000) -- one colour makes less than 5,000
  end)
end)
