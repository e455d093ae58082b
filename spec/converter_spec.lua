-- wats.converter: what makes a converter, and how it is tried out.

local blamed = require("spec.support.client").blamed
local folders = require("spec.support.folder")
local json = require("wats.json")
local sandboxes = require("spec.support.sandbox")
local wats = require("wats")

local converter = wats.converter

local function new(changes)
  local all = { name = "spec", files = { "*.log" }, convert = function() return {} end }
  for name, value in pairs(changes) do all[name] = value end
  return converter.new(all)
end

describe("wats.converter.new", function()
  it("raises mistakes at the caller's line", function()
    for problem, change in pairs {
      ['unknown option "file" (did you mean "files"?)'] = { file = {} },
      ['option "convert" must be function, got string'] = { convert = "x" },
      ['option "files" must be a list of patterns'] = { files = {} },
      ['option "head" must be a pattern: malformed pattern'] = { head = "[" },
      ['option "needs" must be a list of names'] = { needs = {} },
      ['option "needs" knows {stem} and {name} only'] = { needs = { "{stam}.pdf" } },
      ['option "needs" must be names of other files'] = { needs = { "{name}" } },
      ['option "needs" must be a list of names of files'] = { needs = { "../{name}.x" } },
      ['option "station" must be a station: '] = { station = { nam = "x" } },
      ['option "time_limit" must be above 0'] = { time_limit = 0 },
      ['option "identity" must be one of "content", "file"'] = { identity = "contents" },
    } do
      assert.matches("wats.converter.new: " .. problem, blamed(function() new(change) end), 1,
        true)
    end
    assert.matches('option "name" is missing', blamed(function()
      converter.new { convert = print, files = { "*" } }
    end), 1, true)
  end)

  it("makes a format of its own, that is journaled and limited", function()
    local format = new { time_limit = 0.05, convert = function() while true do end end,
      head = function() while true do end end, ready = function() while true do end end }
    for name, call in pairs { convert = format.read, head = format.head, ready = format.ready } do
      local ok, message = pcall(call, {})
      assert.is_false(ok)
      assert.matches("it took longer than 0.05 s", message, 1, true, name)
    end
    assert.same({ "", "content" }, { format.once, format.identity })
  end)

  it("waits for what it needs, then for what it is told", function()
    local folder = folders.new()
    folder:write("a.log", "x")
    local is_ready = false
    local format = new { needs = { "{stem}.pdf", "{name}.done" },
      ready = function() return is_ready, "not yet" end }
    local file = require("wats.queue.formats").file({ path = folder.path .. "/a.log",
      name = "a.log", size = 1 }, 100)
    assert.same({ false, "waits for a.pdf" }, { format.ready(file) })
    folder:write("a.pdf", "x")
    assert.same({ false, "waits for a.log.done" }, { format.ready(file) })
    folder:write("a.log.done", "")
    assert.same({ false, "not yet" }, { format.ready(file) })
    is_ready = true
    assert.is_true((format.ready(file)))
    assert.same({ "{stem}.pdf", "{name}.done" }, format.belongings)
    folder:remove()
  end)
end)

describe("wats.converter.run", function()
  local one = new { convert = function(file)
    local text = file:text()
    if text == "" then return nil, "it is empty" end
    if text == "later" then return nil, "wait", true end
    return sandboxes.report { sn = text, comment = file.name }
  end }

  it("gives what a watch folder would take in", function()
    local folder = folders.new()
    folder:write("a.log", "SN-1")
    local texts = assert(converter.run(one, folder.path .. "/a.log"))
    local record = json.decode(texts[1])
    assert.same({ "SN-1", "a.log" }, { record.sn, record.comment })
    -- the same file elsewhere, at another time: the same report
    assert.same(texts, converter.run(one, "x", { name = "a.log", text = "SN-1", modified = 7 }))
    local other = json.decode(assert(converter.run(one, "x/b.log", { text = "SN-1" }))[1])
    assert.not_equal(record.id, other.id)
    folder:remove()
  end)

  it("gives the reason in place of reports", function()
    assert.same({ nil, "it is empty", false }, { converter.run(one, "a", { text = "" }) })
    assert.same({ nil, "wait", true }, { converter.run(one, "a", { text = "later" }) })
    assert.same({ nil, "No such file or directory", false }, { converter.run(one, "/no/such") })
    for reason, value in pairs {
      ["report 1: a report, its record or its text expected, got number"] = 7,
      ["report 1: a report, its record or its text expected, got boolean"] = true,
      ["report 2: a report, its record or its text expected, got boolean"] =
        { sandboxes.report(), false },
      ["it holds no report"] = {},
      ["the list of reports has no element 2"] = { sandboxes.report(), nil, sandboxes.report() },
      ["report 1: it is not valid: "] = { pn = 7 },
      ["report 1: not JSON"] = "{",
    } do
      local texts, why = converter.run(new { convert = function() return value end }, "a",
        { text = "x" })
      assert.is_nil(texts)
      assert.equal(reason, why:sub(1, #reason))
    end
  end)

  it("raises mistakes at the caller's line", function()
    assert.matches("wats.converter.run: a format is a table, got nil",
      blamed(function() converter.run(nil, "a") end), 1, true)
    assert.matches("bad argument #2 to 'wats.converter.run' (string expected, got nil)",
      blamed(function() converter.run(one) end), 1, true)
    assert.matches('unknown option "txt"',
      blamed(function() converter.run(one, "a", { txt = "" }) end), 1, true)
  end)
end)

describe("wats.converter.shipped", function()
  it("knows those that come with the library", function()
    for name in converter.names():gmatch("[%w_]+") do
      assert.equal(name, converter.shipped(name).name)
    end
    assert.is_nil(converter.shipped("nobody"))
  end)
end)

describe("docs/converters.md", function()
  it("shows a converter that works", function()
    local page = assert(io.open("docs/converters.md")):read("a")
    local one = assert(load(page:match("```lua\n(local wats.-)```")))()
    local function run(text)
      return converter.run(one, "FT2-1.log", { text = text, modified = 1700000000 })
    end
    local texts = assert(run("SN-1 20.1\nSN-2 21\n"))
    local first, second = json.decode(texts[1]), json.decode(texts[2])
    assert.same({ "SN-1", "P", "SN-2", "F" }, { first.sn, first.result, second.sn, second.result })
    assert.matches("^line 2: 'x' is no number", (select(2, run("SN-1 20.1\nSN-2 x\n"))))
  end)
end)
