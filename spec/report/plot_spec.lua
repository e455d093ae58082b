-- wats.report.plot: charts as drawings. Coordinates are read out of the SVG.

local page = require("spec.support.page")
local plot = require("wats.report.plot")

local function draw(chart, measured)
  return page.read(plot.html(chart, measured))
end

-- Absolute coordinates of a path made of M, L, H, V and "h0": a list of pieces, each a list of
-- points.
local function pieces(path)
  local list = {}
  local command = "([MLHV])(%-?[%d.]+) ?(%-?[%d.]*)"
  for letter, a, b in path:gsub("h0", ""):gmatch(command) do
    a, b = tonumber(a), tonumber(b)
    if letter == "M" then list[#list + 1] = {} end
    local piece = list[#list]
    local last = piece[#piece]
    piece[#piece + 1] = letter == "H" and { a, last[2] } or letter == "V" and { last[1], a }
      or { a, b }
  end
  return list
end

local function curves(node)
  local list = {}
  for i, path in ipairs(page.all(node, ".cv")) do list[i] = pieces(path.attributes.d) end
  return list
end

local function assert_inside(node)
  local function inside(x, y)
    assert.is_true(x >= 0 and x <= plot.WIDTH and y >= 0 and y <= plot.HEIGHT)
  end
  for _, path in ipairs(page.all(node, "path")) do
    assert.is_nil(path.attributes.d:find("[^MLHVh%d. %-]"), path.attributes.d)
    for _, piece in ipairs(pieces(path.attributes.d)) do
      for _, point in ipairs(piece) do inside(point[1], point[2]) end
    end
  end
  for _, text in ipairs(page.all(node, "text")) do
    inside(tonumber(text.attributes.x), tonumber(text.attributes.y))
  end
end

local function marks(node, class)
  local list = {}
  for i, text in ipairs(page.all(node, class)) do list[i] = text.text end
  return table.concat(list, " ")
end

describe("wats.report.plot", function()
  it("draws each series, by its own numbers", function()
    local node = draw { chartType = "Line", label = "A & <B>", xLabel = "t", xUnit = "s", series = {
      { name = "one", xdata = "0;1;2", ydata = "0;10;5" }, { name = "<two>", ydata = "1;2;3" } } }
    assert_inside(node)
    local one = curves(node)[1][1]
    assert.equal(3, #one)
    assert.near(one[2][1] - one[1][1], one[3][1] - one[2][1], 0.2)
    assert.is_true(one[1][2] > one[3][2] and one[3][2] > one[2][2]) -- up is less in SVG
    assert.near((one[1][2] + one[2][2]) / 2, one[3][2], 0.2)
    assert.equal("0 0.5 1 1.5 2", marks(node, ".tx"))
    assert.equal("one<two>", page.all(node, "p")[1].text)
    assert.same({ "t [s]", "" }, { page.all(node, ".tl")[1].text, page.all(node, ".tl")[2].text })
    assert.equal("A & <B>", page.all(node, "figcaption")[1].text)
  end)

  it("has logarithmic axes as the type says, whatever its case", function()
    for kind, logs in pairs { Line = {}, LineLogX = { x = true }, lineLOGy = { y = true },
      LineLogXY = { x = true, y = true } } do
      local data = "1;10;100"
      local node = draw { chartType = kind, series = { { xdata = data, ydata = data } } }
      assert_inside(node)
      local line = curves(node)[1][1]
      local even_x = math.abs(line[2][1] * 2 - line[1][1] - line[3][1]) < 0.3
      local even_y = math.abs(line[2][2] * 2 - line[1][2] - line[3][2]) < 0.3
      assert.same({ logs.x or false, logs.y or false }, { even_x, even_y })
    end
  end)

  it("leaves gaps for what is no number, and a dot for a point between two", function()
    local node = draw { series = { { ydata = "1;2;NaN;4;;6;7;Infinity;x;0x10;3" } } }
    assert_inside(node)
    local line = curves(node)[1]
    assert.same({ 2, 1, 2, 1 }, { #line[1], #line[2], #line[3], #line[4] })
    assert.matches("h0", page.all(node, ".cv")[1].attributes.d, 1, true)
  end)

  it("says what a logarithmic axis has no place for", function()
    local node = draw { chartType = "LineLogY", series = { { ydata = "1;0;-5;100" } } }
    assert.same({ 1, 1 }, { #curves(node)[1][1], #curves(node)[1][2] })
    assert.matches("2 points not above 0 left out", page.all(node, "p")[1].text, 1, true)
  end)

  it("draws the limits of measurements in an axis' unit, if they are near", function()
    local function limits(unit, low, high)
      return #page.all(draw({ xUnit = "s", yUnit = "V", series = { { ydata = "1;2;3" } } },
        { { unit = unit, low_number = low, high_number = high } }), ".li")
    end
    assert.equal(2, limits("V", 0.5, 4))
    assert.equal(1, limits("V", 0.5, 4000))
    assert.equal(1, limits("s", 1))
    assert.equal(0, limits("A", 0.5, 4))
    local node = draw({ yUnit = "V", series = { { ydata = "1;2;3" } } },
      { { unit = "V", high_number = 5 } })
    assert_inside(node)
    local line = pieces(page.all(node, ".li")[1].attributes.d)[1]
    for _, point in ipairs(curves(node)[1][1]) do assert.is_true(point[2] > line[1][2]) end
  end)

  it("draws a hundred thousand points in a few, without losing a peak", function()
    local values = {}
    for i = 1, 100000 do values[i] = i == 77777 and "9" or i % 2 == 0 and "1" or "-1" end
    local node = draw { series = { { ydata = table.concat(values, ";") } } }
    assert_inside(node)
    local line = curves(node)[1][1]
    assert.is_true(#line < 4 * plot.WIDTH)
    local highest = math.huge
    for _, point in ipairs(line) do highest = math.min(highest, point[2]) end
    assert.is_true(highest < line[1][2] - 100)
  end)

  it("bears numbers of every size, and what is no chart", function()
    for _, data in ipairs { "-1.7e308;1.7e308;0", "5e-324;0", "3;3;3", "1e17;100000000000000016",
      "5e-324;1.7e308", "7" } do
      for _, kind in ipairs { "Line", "LineLogXY" } do
        assert_inside(draw { chartType = kind, series = { { xdata = data, ydata = data } } })
      end
    end
    for _, chart in ipairs { {}, { series = "x" }, { series = { {}, { ydata = {} } } },
      { chartType = {}, series = { { ydata = "a;b", xdata = 7, name = {} } } } } do
      assert.matches("Nothing to draw", draw(chart).text, 1, true)
    end
  end)

  it("makes a point that stands alone one that can be seen", function()
    local function dots(ydata)
      local node = draw { series = { { ydata = ydata } } }
      local found = page.all(node, ".pt")
      return found[1] and select(2, found[1].attributes.d:gsub("M", "")) or 0
    end
    assert.equal(1, dots "7")
    assert.equal(2, dots "1;NaN;2;3;NaN;4")
    assert.equal(0, dots "1;2;3")
    assert.equal(500, dots(("1;NaN;"):rep(600)))
  end)
end)
