-- The README's example is the file that it names, has the length that it says, and prints what it
-- says; the files that README and ARCHITECTURE link to are there.

local files = require("spec.support.files")
local helper = require("spec.tools.helper")
local needs = require("spec.support.needs")

local read = files.contents

describe("README.md", function()
  local text = read("README.md")
  local example = text:match("```lua\n(.-)```")

  it("shows examples/first.lua, in twenty lines", function()
    assert.equal(read("examples/first.lua"), example)
    local _, lines = example:gsub("\n", "")
    assert.equal(20, lines)
  end)

  needs.sandbox(it, pending)("says what the example prints", function()
    local printed = text:match("It prints\n\n```\n(.-)```")
    local ok, output = helper.sh((os.getenv("LUA") or "lua5.4") .. " examples/first.lua")
    assert.equal(printed, output)
    assert.is_true(ok)
  end)
end)

describe("a page", function()
  for _, page in ipairs { "README.md", "ARCHITECTURE.md", "CONTRIBUTING.md" } do
    it(page .. " links to what is there", function()
      for link in read(page):gmatch("%]%(([^)#]+)") do
        if not link:find("^https?:") then
          assert.is_true((helper.sh("test -e " .. helper.quoted(link))), link)
        end
      end
    end)
  end
end)

describe("the Lua of a page", function()
  local pages = { "README.md" }
  local _, listed = helper.sh("find docs -name '*.md'")
  for page in listed:gmatch("%S+") do pages[#pages + 1] = page end

  it("is Lua, from the first line to the last of each block", function()
    local blocks = 0
    for _, page in ipairs(pages) do
      for block in read(page):gmatch("\n```lua\n(.-)\n```") do
        blocks = blocks + 1
        local fn, problem = load(block, "=" .. page)
        assert.is_truthy(fn, problem)
      end
    end
    assert.is_true(blocks > 40, blocks .. " blocks were found")
  end)
end)
