-- A program that was started with its standard output closed ended with 0, and what it was to print
-- was nowhere: who kept the page of a failed unit by its exit code kept nothing.

local program = require("spec.support.program")

local UUT = "spec/support/uut_report.json"

describe("standard output that is closed", function()
  local function run(arguments, how)
    return program.run({}, { argv = { "sh", "-c",
      ('lua=$1 && shift && exec "$lua" bin/wats %s %s'):format(arguments, how), "sh",
      os.getenv("LUA") or "lua5.4" } })
  end

  it("is told, with code 1, by whatever prints", function()
    for _, arguments in ipairs { "report text " .. UUT, "report html " .. UUT,
      "report validate --json " .. UUT, "--version",
      "convert --with wsxf spec/support/uut_report.xml" } do
      local code, _, errors = run(arguments, ">&-")
      assert.equal(1, code, arguments)
      assert.equal("wats: standard output: Bad file descriptor\n", errors, arguments)
    end
  end)

  it("is no matter for what prints nothing", function()
    assert.same({ 0, "", "" }, { run("report html -o /dev/null " .. UUT, ">&-") })
  end)
end)
