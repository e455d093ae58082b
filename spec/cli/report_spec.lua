-- `wats report validate|text|html`, as a user runs it.

local files = require("spec.support.files")
local folders = require("spec.support.folder")
local json = require("wats.json")
local page = require("spec.support.page")
local program = require("spec.support.program")

local UUT, UUR = "spec/support/uut_report.json", "spec/support/uur_report.json"

local contents = files.contents

describe("wats report", function()
  local folder, directory

  before_each(function()
    folder = folders.new()
    directory = folder.path
  end)

  after_each(function() folder:remove() end)

  local function put(name, text)
    folder:write(name, text)
    return directory .. "/" .. name
  end

  local function run(...)
    return program.run({ "report", ... }, {})
  end

  local function changed(changes)
    local record = json.decode(contents(UUT), { nulls = "keep" })
    for name, value in pairs(changes) do record[name] = value end
    return json.encode(record)
  end

  it("validates: each problem with its place, code 1 when there is one", function()
    local code, out, errors = run("validate", UUT, UUR)
    assert.same({ 0, "" }, { code, errors })
    for _, path in ipairs { UUT, UUR } do assert.matches(path .. ": good\n", out, 1, true) end
    local bad = put("b\nad.json", changed { pn = "", result = json.null })
    code, out, errors = run("validate", bad, UUT)
    assert.same({ 1, "" }, { code, errors })
    assert.matches("b?ad.json: pn: ", out, 1, true)
    assert.matches("b?ad.json: result: ", out, 1, true)
    assert.matches(UUT .. ": good\n", out, 1, true)
  end)

  it("validates for programs: a line of JSON for each report", function()
    local bad = put("bad.json", changed { pn = "" })
    local code, out = run("validate", "--json", UUT, bad, "/no/such")
    assert.equal(1, code)
    local list = {}
    for line in out:gmatch("[^\n]+") do list[#list + 1] = assert(json.decode(line)) end
    assert.same({ UUT, true, 0 }, { list[1].file, list[1].valid, #list[1].problems })
    assert.same({ false, 36 }, { list[2].valid, #list[2].id })
    assert.matches("^pn: ", list[2].problems[1])
    assert.same({ file = "/no/such", error = "No such file or directory" }, list[3])
  end)

  it("goes on after a file that it cannot read", function()
    for _, action in ipairs { "validate", "text" } do
      local code, out, errors = run(action, "/no/such", put("x.json", "{"), directory, UUT)
      assert.equal(1, code)
      assert.matches("wats: report " .. action .. ": /no/such: No such file", errors, 1, true)
      assert.matches("x.json: ", errors, 1, true)
      assert.matches(directory .. ": Is a directory", errors, 1, true)
      assert.matches(action == "validate" and UUT .. ": good\n" or "Test report: ", out, 1, true)
    end
  end)

  it("prints text, from standard input too, in the width that is wanted", function()
    local code, out, errors = program.run({ "report", "text", "--width", "70", "-" },
      { stdin = contents(UUT) })
    assert.same({ 0, "" }, { code, errors })
    assert.matches("^Test report: FAILED\n", out)
    for line in out:gmatch("[^\n]+") do assert.is_true(utf8.len(line) <= 70, line) end
    local _, short = run("text", "--failures", UUT)
    assert.is_true(#short < #out)
    local _, both = run("text", UUT, UUR)
    assert.matches("\n=+\n\nRepair report: ", both)
  end)

  it("writes a page to standard output, or into a file", function()
    local code, out, errors = run("html", UUT)
    assert.same({ 0, "" }, { code, errors })
    assert.equal("html", page.read(out).name)
    local path = directory .. "/page.html"
    code, out = run("html", "--open", "all", "-o", path, UUT)
    assert.same({ 0, "" }, { code, out })
    for _, details in ipairs(page.all(page.read(contents(path)), "details")) do
      assert.equal("open", details.attributes.open)
    end
  end)

  it("writes several into a directory, each under a name of its own", function()
    local other = put("uut_report.json", contents(UUR))
    local code, out, errors = run("html", "-o", directory .. "/", UUT, UUR, other)
    assert.same({ 0, "", "" }, { code, out, errors })
    for name, word in pairs { ["uut_report"] = "Test", ["uur_report"] = "Repair",
      ["uut_report-2"] = "Repair" } do
      assert.matches(word .. " report", contents(directory .. "/" .. name .. ".html"), 1, true)
    end
  end)

  it("never writes over the report, nor several pages into one", function()
    local path = put("a.json", contents(UUT))
    local code, _, errors = run("html", "-o", path, path)
    assert.equal(1, code)
    assert.matches("would be written over the report", errors, 1, true)
    assert.equal(contents(UUT), contents(path))
    code, _, errors = run("html", UUT, UUR)
    assert.equal(2, code)
    assert.matches("say with -o in which directory", errors, 1, true)
    code, _, errors = run("html", "-o", directory .. "/no/such/page.html", UUT)
    assert.equal(1, code)
    assert.matches("No such file or directory", errors, 1, true)
  end)

  it("says what is wrong with the command line, and its exit codes", function()
    for problem, arguments in pairs {
      ["a command is required"] = {},
      ["'9' is not a whole number from 60 to 10000"] = { "text", "--width", "9", UUT },
      ["argument for option '--open' must be one of"] = { "html", "--open", "some", UUT },
    } do
      local code, out, errors = run(table.unpack(arguments))
      assert.same({ 2, "" }, { code, out })
      assert.matches(problem, errors, 1, true)
    end
    local code, out = run("validate", "--help")
    assert.equal(0, code)
    assert.matches("Exit codes: 0 done (validate: all are good)", out, 1, true)
  end)
end)
