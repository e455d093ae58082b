-- wats.report.html_steps: rows, and the tree that opens where something fails.

local html_steps = require("wats.report.html_steps")
local outline = require("wats.report.outline")
local page = require("spec.support.page")

local function step(name, status, more)
  more = more or {}
  more.name, more.status = name, status
  return more
end

local ROOT = step("root", "F", { steps = {
  step("good", "P", { steps = { step("g1", "P") } }),
  step("bad <script>", "F", { steps = {
    step("inner", "F", { steps = { step("deep", "F", { totTime = 0.25, numericMeas = {
      { compOp = "GELE", status = "F", value = 5.5, unit = "V", lowLimit = 1, highLimit = 2 },
    } }) } }),
    step("multi", "P", { numericMeas = { { name = "a", status = "P", value = 1 },
      { name = "b", status = "P", value = 2 } } }),
  } }),
  step("text", "P", { stringMeas = { { status = "P", value = ("long "):rep(20), limit = "x" } } }),
} })

local function tree(open)
  local self, out = outline.of({ root = ROOT }, true), { "<main>" }
  html_steps.tree(out, self, { open = open, image_limit = 0 })
  out[#out + 1] = "</main>"
  return page.read(table.concat(out)), self
end

-- The names of the <details> that are open, or of those that are not.
local function named(node, open)
  local names = {}
  for _, details in ipairs(page.all(node, "details")) do
    if (details.attributes.open ~= nil) == open then
      names[#names + 1] = page.all(details, ".n")[1].text
    end
  end
  return table.concat(names, ",")
end

describe("wats.report.html_steps", function()
  it("stands open where something fails, and nowhere else", function()
    local node = tree("failures")
    assert.equal("root,bad <script>,inner", named(node, true))
    assert.equal("good,multi", named(node, false))
    assert.equal("", named(tree("all"), false))
    assert.equal("", named(tree("none"), true))
  end)

  it("nests as the steps do", function()
    local node = tree("failures")
    local deep = page.all(node, function(e) return e.attributes.id == "s6" end)[1]
    assert.equal("deep", page.all(deep, ".n")[1].text)
    local above = {}
    local at = deep.parent
    while at.name == "details" do
      above[#above + 1] = page.all(at, ".n")[1].text
      at = at.parent
    end
    assert.same({ "inner", "bad <script>", "root" }, above)
  end)

  it("has values, units and limits each in their column", function()
    local node = tree("failures")
    local deep = page.all(node, function(e) return e.attributes.id == "s6" end)[1]
    local cells = {}
    for _, span in ipairs(page.all(deep, "span")) do
      cells[span.attributes.class] = span.text
    end
    assert.same({ n = "deep", v = "5.5", u = "V", l = "\u{2265} 1", h = "\u{2264} 2", c = "GELE",
      t = "0.25" }, cells)
    assert.equal("Failed", page.all(deep, "b")[1].text)
    assert.matches("bad", deep.attributes.class, 1, true)
    local wide = page.all(node, ".w")
    assert.same({ "value " .. ("long "):rep(20), "limit x" }, { wide[1].text, wide[2].text })
  end)

  it("has behind a sequence's name what it calls", function()
    local self, out = outline.of({ root = step("Power", "P", { steps = {}, seqCall = {
      name = "Power", path = "C:\\<p>.seq", version = "1.2" } }) }, true), {}
    html_steps.tree(out, self, { open = "all", image_limit = 0 })
    local node = page.read("<main>" .. table.concat(out) .. "</main>")
    assert.equal("C:\\<p>.seq, version 1.2", page.all(node, "small")[1].text)
  end)

  it("marks what does not fail, so that it can be hidden", function()
    for _, row in ipairs(page.all((tree("all")), ".ok")) do
      local name = page.all(row, ".n")[1].text
      assert.is_truthy(("good g1 multi a b text"):find(name, 1, true), name)
    end
  end)

  it("lists the failing steps with links into the tree", function()
    local node, self = tree("failures")
    local out = { "<main>" }
    html_steps.failures(out, outline.failures(self))
    out[#out + 1] = "</main>"
    local list = page.read(table.concat(out))
    local links = page.all(list, "a")
    assert.equal(1, #links)
    local id = links[1].attributes.href:sub(2)
    assert.equal(1, #page.all(node, function(e) return e.attributes.id == id end))
    assert.equal("bad <script> / inner", page.all(list, ".g")[1].text)
  end)

  it("shows what failed by how much, and no number in two pieces", function()
    local function measured(value)
      return step("m", "F", { totTime = 7, numericMeas = { { compOp = "GELE", status = "F",
        value = value, unit = "V", lowLimit = 1, highLimit = 2 } } })
    end
    local self = outline.of({ root = step("r", "F", { steps = { measured(5.5),
      measured(0.1234567890123456), { name = "w", status = "F", stringMeas = { {
        status = "F", value = "a text of twenty one ." } } } } }) }, true)
    local out = { "<main>" }
    html_steps.failures(out, outline.failures(self))
    local node = page.read(table.concat(out) .. "</main>")
    local times = page.all(node, ".t")
    assert.same({ "Off by", "+3.5", "-0.877" }, { times[1].text, times[2].text, times[3].text })
    assert.equal(3, #times)
    assert.equal(3, #page.all(node, ".bad"))
    local small = page.all(node, ".z")
    assert.same({ 1, "0.1234567890123456" }, { #small, small[1].text })
  end)
end)
