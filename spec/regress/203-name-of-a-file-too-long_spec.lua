-- A file's name may be longer than a name in the format: it is refused where it is said, as any
-- other name, and not found out when the report is judged or sent.
local report = require("wats.report")

describe("an attachment that takes its name from a file", function()
  local path

  setup(function()
    local base = os.tmpname()
    os.remove(base)
    path = base .. ("x"):rep(120) .. ".txt"
    local file = assert(io.open(path, "wb"))
    file:write("all that was said")
    file:close()
  end)

  teardown(function() os.remove(path) end)

  it("has one that the format takes", function()
    local unit = { part_number = "P", serial_number = "S", revision = "", process_code = 10 }
    local uut = report.uut(unit, { name = "ICT-01" })
    local ok, message = pcall(function() uut:attachment { file = path } end)
    assert.is_false(ok)
    assert.matches("203.*_spec.lua:%d+: attachment: the file's name has %d+ characters, at most "
      .. "100 are possible %(option \"name\"%)$", message)
    assert.equal(0, uut:count_steps())
    uut:attachment { file = path, name = "log.txt" }
    local uur = report.uur({ uut = uut }, { name = "REP-01" })
    assert.has_error(function()
      uur:failure { category = "a", code = "b", attachments = { { file = path } } }
    end)
    assert.has_error(function() uur:attachment { file = path } end)
    assert.is_true(uut:validate())
  end)
end)
