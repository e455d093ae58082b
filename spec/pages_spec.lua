-- wats.pages: rows of pages, each once, and what happens when a page fails.

local pages = require("wats.pages")

-- A source of these pages, in which a string stands for a failure; counts its calls.
local function source_of(list)
  local self = { calls = 0 }
  local at = 0
  function self.next()
    self.calls = self.calls + 1
    at = at + 1
    local page = list[at]
    if type(page) == "string" then
      return nil, { message = page }
    end
    return page, list[at + 1] ~= nil
  end
  return self
end

local function collect(iterate)
  local list = {}
  for row in iterate do list[#list + 1] = row end
  return list
end

describe("pages.each", function()
  it("gives the rows of all pages, empty ones among them, and ends", function()
    local source = source_of { { 1, 2 }, {}, {}, { 3 }, {} }
    local iterate = pages.each(source.next)
    assert.same({ 1, 2, 3 }, collect(iterate))
    assert.equal(5, source.calls)
    assert.is_nil(iterate())
    assert.equal(5, source.calls)
  end)

  it("asks for a page when its first row is wanted, and for none beyond the limit", function()
    local source = source_of { { 1, 2 }, { 3, 4 }, { 5 } }
    local iterate = pages.each(source.next, 3)
    assert.equal(0, source.calls)
    iterate()
    iterate()
    assert.equal(1, source.calls)
    assert.equal(3, iterate())
    assert.equal(2, source.calls)
    assert.is_nil(iterate())
    assert.equal(2, source.calls)
    source = source_of { { 1 } }
    assert.same({}, collect(pages.each(source.next, 0)))
    assert.equal(0, source.calls)
  end)

  it("raises the error of a page that failed, and goes on when called again", function()
    local source = source_of { { 1 }, "down", { 2 } }
    local iterate = pages.each(source.next)
    assert.equal(1, iterate())
    local ok, err = pcall(iterate)
    assert.is_false(ok)
    assert.equal("down", err.message)
    assert.equal(2, iterate())
    assert.is_nil(iterate())
  end)
end)

describe("pages.all", function()
  it("puts the rows of all pages in one list", function()
    assert.same({ 1, 2, 3 }, pages.all(source_of({ { 1, 2 }, {}, { 3 } }).next))
    assert.same({}, pages.all(source_of({ {} }).next))
  end)

  it("heeds the limit, and asks for no page beyond it", function()
    local source = source_of { { 1, 2 }, { 3 }, { 4 } }
    assert.same({ 1, 2 }, pages.all(source.next, 2))
    assert.equal(1, source.calls)
    assert.same({ 1 }, pages.all(source_of({ { 1, 2 } }).next, 1))
  end)

  it("returns the error of the page that failed", function()
    local rows, err = pages.all(source_of({ { 1 }, "down" }).next)
    assert.is_nil(rows)
    assert.equal("down", err.message)
  end)
end)
