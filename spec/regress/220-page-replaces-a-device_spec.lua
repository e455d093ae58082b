-- `wats report html -o` put its page in place of whatever had the name: of a pipe or a device
-- (/dev/null), of a link, and of the report itself when it was named in another way.

local files = require("spec.support.files")
local folders = require("spec.support.folder")
local program = require("spec.support.program")

local UUT = "spec/support/uut_report.json"

local contents = files.contents

describe("the page of a report", function()
  local folder, directory

  before_each(function()
    folder = folders.new()
    directory = folder.path
    assert(os.execute("mkdir " .. directory .. "/d"))
    folder:write("a.json", contents(UUT))
  end)

  after_each(function() folder:remove() end)

  local function run(output, ...)
    return program.run({ "report", "html", "-o", directory .. output, ... }, {})
  end

  it("goes through a pipe, which stays one", function()
    assert(os.execute("mkfifo " .. directory .. "/pipe"))
    local reader = io.popen("cat " .. directory .. "/pipe")
    local code, _, errors = run("/pipe", UUT)
    local got = reader:read("a")
    reader:close()
    assert.same({ 0, "" }, { code, errors })
    assert.matches("</html>\n$", got)
    assert.is_true(os.execute("test -p " .. directory .. "/pipe"))
  end)

  it("replaces the file behind a link, not the link", function()
    assert(os.execute("cd " .. directory .. " && echo old > real && ln -s real link"))
    assert.equal(0, (run("/link", UUT)))
    assert.matches("</html>\n$", contents(directory .. "/real"))
    assert.is_true(os.execute("test -L " .. directory .. "/link"))
  end)

  it("is never written over a report of the command line, however it is named", function()
    assert(os.execute("cd " .. directory .. " && ln -s a.json link && cp a.json d/a.html"))
    for output, named in pairs {
      ["/d/../a.json"] = { directory .. "/a.json" },
      ["/link"] = { directory .. "/a.json" },
      ["/a.json"] = { directory .. "/link" },
      ["/d"] = { directory .. "/a.json", directory .. "/d/a.html" },
    } do
      local code, _, errors = run(output, table.unpack(named))
      assert.equal(1, code, output)
      assert.matches("would be written over the report", errors, 1, true)
      for _, path in ipairs { "/a.json", "/d/a.html" } do
        assert.equal(contents(UUT), contents(directory .. path))
      end
    end
  end)
end)
