-- shift.unsent: a report that was not sent is a file, whole and under its id.

package.path = "examples/?.lua;" .. package.path
local report = require("wats.report")
local unsent = require("shift.unsent")

local function new_report()
  local uut = report.uut({ part_number = "PN", serial_number = "SN", revision = "A",
    process_code = 10 }, { name = "ICT" })
  uut:numeric { name = "x", value = 0.1 }
  return uut
end

describe("shift.unsent", function()
  local directory

  before_each(function()
    directory = os.tmpname()
    os.remove(directory)
  end)
  after_each(function() os.execute("rm -rf " .. directory) end)

  it("makes the directory and writes the text that would be sent", function()
    local uut = new_report()
    local name = assert(unsent.keep(directory .. "/it's new", uut))
    assert.equal(("%s/it's new/%s.json"):format(directory, uut.id), name)
    local file = assert(io.open(name, "rb"))
    local text = file:read("a")
    file:close()
    assert.same(uut:to_table(), assert(report.parse(text)):to_table())
    assert.is_nil(io.open(name .. ".new"))
  end)

  it("hands the text back when it cannot be written", function()
    local uut = new_report()
    for _, place in ipairs { "/dev/null/nowhere", "/dev/full" } do
      local name, problem, text = unsent.keep(place, uut)
      assert.is_nil(name)
      assert.matches("Not a directory", problem)
      assert.equal(uut:to_json(), text)
    end
  end)
end)
