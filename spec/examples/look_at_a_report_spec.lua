-- examples/look_at_a_report.lua, as a user runs it.

local page = require("spec.support.page")
local program = require("spec.support.program")

describe("examples/look_at_a_report.lua", function()
  it("prints what fails and writes a page with the curve and its limits", function()
    local path = os.tmpname()
    local code, out, errors = program.run({}, { argv = { os.getenv("LUA") or "lua5.4",
      "examples/look_at_a_report.lua", path } })
    assert.same({ 0, "" }, { code, errors })
    assert.matches("Failing steps (1)", out, 1, true)
    assert.matches("F    Idle current  48.2   mA    LE    <= 45", out, 1, true)
    local file = assert(io.open(path, "rb"))
    local root = page.read(file:read("a"))
    file:close()
    os.remove(path)
    assert.equal(1, #page.all(root, ".cv"))
    assert.equal(4, #page.all(root, ".li"))
  end)
end)
