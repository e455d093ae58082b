-- A page was first written under its name with ".part" behind it: a report (or whatever else) that
-- was called so was lost, and a name as long as names may be was too long.

local files = require("spec.support.files")
local folders = require("spec.support.folder")
local program = require("spec.support.program")

describe("a page that is written", function()
  local folder, text

  before_each(function()
    folder, text = folders.new(), files.contents("spec/support/uut_report.json")
  end)

  after_each(function() folder:remove() end)

  it("leaves alone what has its name and an ending more", function()
    folder:write("a.html.part", text)
    local path = folder.path .. "/a.html"
    assert.same({ 0, "", "" },
      { program.run({ "report", "html", "-o", path, path .. ".part" }, {}) })
    assert.equal(text, folder:read("a.html.part"))
    assert.same({ "a.html", "a.html.part" }, folder:files())
  end)

  it("may have a name that is as long as names can be", function()
    local stem = ("n"):rep(250)
    folder:write(stem .. ".json", text)
    assert.same({ 0, "", "" }, { program.run({ "report", "html", "-o", folder.path,
      folder.path .. "/" .. stem .. ".json" }, {}) })
    assert.same({ stem .. ".html", stem .. ".json" }, folder:files())
  end)

  it("leaves nothing behind, whether it can be or not", function()
    folder:write("a.json", text)
    assert(os.execute("mkdir -p " .. folder.path .. "/d/a.html"))
    local function names()
      local list <close> = io.popen("ls -A " .. folder.path .. "/d")
      return list:read("a")
    end
    local code, _, errors = program.run({ "report", "html", "-o", folder.path .. "/d",
      folder.path .. "/a.json" }, {})
    assert.same({ 1, "a.html\n" }, { code, names() })
    assert.matches("/d/a.html: Is a directory\n", errors, 1, true)
    assert.equal(0, (program.run({ "report", "html", "-o", folder.path .. "/d/b.html",
      folder.path .. "/a.json" }, {})))
    assert.equal("a.html\nb.html\n", names())
  end)

  it("says shortly why it cannot be", function()
    folder:write("a.json", text)
    local path = folder.path .. "/none/a.html"
    local code, _, errors = program.run({ "report", "html", "-o", path,
      folder.path .. "/a.json" }, {})
    assert.same({ 1, ("wats: report html: %s: No such file or directory\n"):format(path) },
      { code, errors })
  end)
end)
