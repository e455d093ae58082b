-- examples/what_failed.lua: what it prints of files in both formats.

local function run(...)
  local command = { os.getenv("LUA") or "lua5.4", "examples/what_failed.lua", ... }
  command[#command + 1] = "2>&1; echo code $?"
  local pipe = assert(io.popen(table.concat(command, " ")))
  local output = pipe:read("a")
  pipe:close()
  return output
end

describe("examples/what_failed.lua", function()
  it("names the steps where failures began", function()
    local output = run("spec/support/uut_report.json")
    assert.matches("^F  PCBA%-7731 2026%-0001", output)
    local path = '/MainSequence Callback/Power/5V / "rail"'
    assert.truthy(output:find("\n    F " .. path .. "  it is 5.42 LT 5.0\n", 1, true))
    assert.matches("code 0\n$", output)
    assert.equal(3, select(2, output:gsub("\n", "\n")))
  end)

  it("asks for files where none are named", function()
    assert.equal("Usage: what_failed.lua FILE...\ncode 2\n", run())
  end)

  it("does so from XML, and for repairs", function()
    local output = run("spec/support/uut_report.xml", "spec/support/uur_report.xml")
    assert.truthy(output:find("E  PCBA-7731 SN <7>  2026-03-02T06:15:00.25+01:00\n", 1, true))
    assert.truthy(output:find("    E /Main/firmware  a  CASESENSIT v1\n", 1, true), output)
    assert.truthy(output:find("    T /Main/flash\n", 1, true))
    assert.truthy(output:find("    2026-0001: Solder Cold joint\n", 1, true))
  end)

  it("stands what is no measurement, and null", function()
    local path = os.tmpname()
    local file = assert(io.open(path, "w"))
    file:write('{"type":"T","result":"F","pn":null,"root":{"id":1,"name":"r","status":"F","steps":['
      .. '{"id":5,"name":"a","status":"F","numericMeas":5,"stringMeas":[7,{"status":"F",'
      .. '"name":{},"value":"x"}]}]}}')
    file:close()
    local output = run(path)
    os.remove(path)
    assert.matches("^F  %? %?  \n    F /r/a  table: %S+ x\ncode 0\n$", output)
  end)

  it("says which files it cannot read, and why", function()
    local output = run("README.md", "no/such/file")
    assert.matches("README.md: not JSON: ", output)
    assert.matches("no/such/file: cannot be opened\n", output)
    assert.matches("code 1\n$", output)
  end)
end)
