local core = require("wats.core")
local errors = require("wats.errors")
local formats = require("wats.queue.formats")
local json = require("wats.json")
local report = require("wats.report")
local report_files = require("spec.support.report_files")
local support = require("spec.support.client")

local file = report_files.new

local function format(read, more)
  local all = { name = "test", extensions = { "csv" }, read = read }
  for name, value in pairs(more or {}) do all[name] = value end
  return assert(formats.check(all))
end

local function built(fields)
  local all = { part_number = "PN", serial_number = "SN", revision = "A", process_code = 10 }
  for name, value in pairs(fields or {}) do all[name] = value end
  return report.uut(all, { name = "S", location = "", purpose = "" })
end

teardown(report_files.remove)

describe("a format", function()
  it("is checked where it is registered, at the caller's line", function()
    local good = { name = "x", extensions = { "x" }, read = print }
    for problem, change in pairs {
      ['option "name" is missing'] = { name = false },
      ['option "extensions" must name one at least'] = { extensions = {} },
      ['option "extensions" is missing (table), or "files"'] = { extensions = false },
      ['option "head" needs "files"'] = { head = "x" },
      ['option "head" must be a pattern: malformed pattern (ends with'] = { files = { "*" },
        head = "%" },
      ['option "files" must be a list of patterns'] = { files = {} },
      ['option "extensions" must be a list of texts without a dot'] = { extensions = { ".x" } },
      ['option "read" must be function, got string'] = { read = "x" },
      ['unknown option "tell_end" (did you mean "tells_end"?)'] = { tell_end = true },
    } do
      local wrong = {}
      for name, value in pairs(good) do wrong[name] = value end
      for name, value in pairs(change) do wrong[name] = value or nil end
      local message = support.blamed(function() formats.register(wrong) end)
      assert.matches("formats.register: " .. problem, message, 1, true)
    end
    assert.matches("a format is a table, got nil",
      support.blamed(function() formats.register(nil) end), 1, true)
  end)

  it("is found by the longest ending of a name, whatever its case", function()
    local set = assert(formats.set {
      { name = "csv", extensions = { "CSV", "log.csv" }, read = print },
      { name = "bare", extensions = { "" }, read = print },
      { name = "mine", extensions = { "json" }, read = print },
      { name = "result", extensions = { "result.json" }, read = print },
    })
    for name, expected in pairs {
      ["a.csv"] = "csv", ["A B.CSV"] = "csv", ["a.log.csv"] = "csv", ["report0001"] = "bare",
      ["a.json"] = "mine", ["a.wsjf"] = "wsjf", ["\u{D8}.Json"] = "mine",
      ["a.result.json"] = "result",
    } do
      assert.equal(expected, set:of(name).name, name)
    end
    assert.is_nil(set:of("a.xml"))
    assert.is_nil(set:of(".csv"))
    assert.equal(".csv, .json, .log.csv, .result.json, .wsjf, no extension", set:extensions())
    assert.equal("mine", set:named("mine").name)
    assert.is_nil(set:named("nobody"))
  end)

  it("is found by name and head before any ending, the last one named first", function()
    local set = assert(formats.set {
      { name = "csv", extensions = { "csv" }, read = print },
      { name = "any", files = { "*.csv" }, head = "^any", read = print },
      { name = "first", files = { "A*.csv" }, head = function(head) return #head == 3 end,
        read = print },
      { name = "all", files = { "a-all.csv" }, read = print },
    })
    for _, case in ipairs {
      { "a.csv", "any x", "any" }, { "a.csv", "any", "first" }, { "b.csv", "any", "any" },
      { "b.csv", "other", "csv" }, { "a-all.csv", "any", "all" }, { "b.txt", "any", nil },
    } do
      local found, unsure = set:of(case[1], file(case[2]), true)
      assert.equal(case[3], found and found.name, case[1] .. " " .. case[2])
      assert.is_nil(unsure)
    end
    assert.equal("csv", set:of("a.csv").name) -- without a look at it
    assert.equal("*.csv, .csv, .json, .wsjf, A*.csv, a-all.csv", set:extensions())
  end)

  it("by its head has to wait until that is there", function()
    local set = assert(formats.set { { name = "any", files = { "*.csv" }, head = "^any",
      read = print } })
    assert.same({ nil, true, nil }, { set:of("a.csv", file("an"), false) })
    assert.equal("any", set:of("a.csv", file("any"), false).name)
    assert.same({ nil, nil, nil }, { set:of("a.csv", file("an"), true) })
    assert.same({ nil, nil, nil }, { set:of("a.csv", file(("x"):rep(5000)), false) })
    assert.same({ nil, true, "No such file or directory" },
      { set:of("a.csv", file("", { path = "/no/such" }), true) })
  end)

  it("whose head raises has the file, and refuses it", function()
    local set = assert(formats.set { { name = "any", files = { "*" }, read = print,
      head = function() error("no head", 0) end } })
    local one = file("x")
    local found = assert(set:of("a.csv", one, true))
    assert.same({ nil, "head: no head", false }, { formats.read(found, one) })
    assert.is_true(formats.ready(found, one))
  end)

  it("that was registered is in every set from then on, the later one of a name", function()
    formats.register { name = "spec", extensions = { "spec1" }, read = print }
    local before = assert(formats.set())
    formats.register { name = "spec", extensions = { "spec2" }, read = print }
    local after = assert(formats.set())
    assert.is_truthy(before:of("a.spec1"))
    assert.is_nil(after:of("a.spec1"))
    assert.is_truthy(after:of("a.spec2"))
  end)

  it("of a list that is wrong is named", function()
    local set, problem = formats.set { formats.wsjf, 7 }
    assert.is_nil(set)
    assert.equal("format 2: a format is a table, got number", problem)
  end)
end)

describe("formats.read", function()
  it("gives the text of a WSJF file as it is, but for the mark in front", function()
    assert.same({ '{"a": 1.50}\r\n' }, formats.read(formats.wsjf, file('{"a": 1.50}\r\n')))
    assert.same({ "{}" }, formats.read(formats.wsjf, file("\xEF\xBB\xBF{}")))
    assert.same({ "" }, formats.read(formats.wsjf, file("")))
  end)

  it("takes reports, records and texts, alone and in lists, and gives them ids", function()
    local one = file("1")
    local record = built():to_table()
    for _, value in ipairs { built(), record, json.encode(record) } do
      local texts = assert(formats.read(format(function() return value end), one))
      assert.equal(1, #texts)
      assert.equal(one:uuid(), json.decode(texts[1]).id)
      texts = assert(formats.read(format(function() return { value, value } end), one))
      assert.equal(one:uuid(1), json.decode(texts[1]).id)
      assert.equal(one:uuid(2), json.decode(texts[2]).id)
    end
  end)

  it("leaves ids alone where the format keeps them, and numbers anyway", function()
    local keeping = { keeps_ids = true }
    local own = built()
    local texts = assert(formats.read(format(function() return own end, keeping), file("1")))
    assert.equal(own.id, json.decode(texts[1]).id)
    local text = '{"n":1e0,"v":-0.0,"z":null,' .. built():to_json():sub(2)
    assert.same({ text }, formats.read(format(function() return text end, keeping), file("1")))
    texts = assert(formats.read(format(function() return text end), file("1")))
    local again = json.decode(texts[1], { nulls = "keep" })
    assert.equal(json.null, again.z)
    assert.equal("-0.0", tostring(again.v))
  end)

  it("makes the same text of the same report, and no test time of the time to read it", function()
    local reading = format(function()
      local uut = built { start = "2026-01-30T10:00:00+01:00" }
      uut:numeric { name = "3V3", value = 3.3, low = 3, high = 4 }
      core.sleep(0.002)
      return uut
    end)
    local one = file("1")
    local texts = assert(formats.read(reading, one))
    assert.same(texts, formats.read(reading, one))
    assert.is_nil(json.decode(texts[1]).uut.execTime)
    assert.matches('^{"assets":', texts[1])
    texts = assert(formats.read(format(function() return built { exec_time = 7.5 } end), one))
    assert.equal(7.5, json.decode(texts[1]).uut.execTime)
  end)

  it("finishes what was left open", function()
    local uut = built()
    uut:numeric { name = "3V3", value = 9, low = 3, high = 4 }
    local texts = assert(formats.read(format(function() return uut end), file("1")))
    assert.equal("F", json.decode(texts[1]).result)
  end)

  it("says why a file holds none", function()
    for reason, read in pairs {
      ["no header"] = function() return nil, "no header" end,
      ["the format gave no reason"] = function() end,
      ["it holds no report"] = function() return {} end,
      ["report 2: a report, its record or its text expected, got number"] = function()
        return { built(), 7 }
      end,
      ["report 1: not JSON"] = function() return "{" end,
      ["formats_spec.lua:"] = function() error("broken") end,
      ["report 1: it is not valid: "] = function() return { { type = "T" } } end,
      ["report 1: "] = function()
        local record = built():to_table()
        record.own = 0 / 0
        return record
      end,
    } do
      local texts, why, later = formats.read(format(read), file("1"))
      assert.is_nil(texts)
      assert.matches(reason, why, 1, true)
      assert.is_falsy(later)
    end
  end)

  it("is to be tried again when the format says so, or a request failed by the network", function()
    local function failing(kind)
      return errors.new { kind = kind, message = "it failed" }
    end
    for _, read in ipairs {
      function() return nil, "the other half is missing", true end,
      function() return nil, failing("connection") end,
      function() return nil, failing("cancelled") end,
      function() return nil, failing("auth") end,
      function() error(failing("timeout")) end,
    } do
      local texts, why, later = formats.read(format(read), file("1"))
      assert.is_nil(texts)
      assert.is_string(why)
      assert.is_true(later)
    end
    for _, kind in ipairs { "not_found", "invalid", "decode" } do
      local _, _, later = formats.read(format(function() return nil, failing(kind) end), file("1"))
      assert.is_falsy(later)
    end
  end)

  it("lets Ctrl-C through, which is no fault of the file", function()
    assert.has_error(function()
      formats.read(format(function() error("interrupted!") end), file("1"))
    end)
  end)

  it("lets a format wait in a task", function()
    local async = require("wats.async")
    local other = 0
    local texts = async.run(function()
      async.spawn(function() other = core.monotonic() end)
      local list = formats.read(format(function()
        async.sleep(0.02)
        return built()
      end), file("1"))
      return list, other > 0
    end)
    assert.equal(1, #texts)
    assert.is_true(other > 0)
  end)
end)

describe("formats.read, where the reading goes by lines", function()
  local TEXT = "first\nsecond\nthird\n"

  it("tells the line at which it ended", function()
    for _, case in ipairs {
      { "line 2: bad", function() error("bad", 0) end },
      { "line 2: bad 7", function(one) one:fail("bad %d", 7) end },
      { "at line 9: bad", function() error("at line 9: bad", 0) end },
    } do
      local texts, reason = formats.read(format(function(one)
        for _, number in one:lines() do if number == 2 then case[2](one) end end
      end), file(TEXT))
      assert.is_nil(texts)
      assert.equal(case[1], reason)
    end
    local _, reason = formats.read(format(function(one)
      for _ in one:lines() do one.n = (one.n or 0) + 1 end
      return nil, "after all"
    end), file(TEXT))
    assert.equal("after all", reason)
  end)

  it("tells at which line a report was begun that is not valid", function()
    local list = format(function(one)
      local reports = {}
      for line in one:lines() do
        reports[#reports + 1] = one:uut { part_number = "PN", serial_number = line,
          revision = "A", process_code = 10,
          start = line == "second" and "2999-01-01T00:00:00Z" or "2026-01-01T00:00:00Z" }
      end
      return reports
    end, { station = { name = "S" } })
    assert.same({ nil, "report 2 (of line 2): it is not valid: start: lies in the future" },
      { formats.read(list, file(TEXT)) })
  end)

  it("refuses lists with holes, for nobody knows what is missing", function()
    for _, value in ipairs { { built(), nil, built() }, { nil, built() }, { [3] = built() },
      { [0] = built() } } do
      local texts, reason = formats.read(format(function() return value end), file("x"))
      assert.is_nil(texts)
      assert.matches("the list of reports has", reason, 1, true)
    end
  end)
end)

describe("formats.ready", function()
  it("tells whether it is time, why not, and what is final", function()
    local function ready(fn) return { formats.ready(format(print, { ready = fn }), file("x")) } end
    assert.is_true(formats.ready(format(print), file("x")))
    assert.same({ true }, ready(function() return true end))
    assert.same({ false, "no" }, ready(function() return false, "no" end))
    assert.same({ false, "it is not ready yet" }, ready(function() end))
    assert.same({ false, "ready: bad", true }, ready(function() error("bad", 0) end))
    local away = errors.new { kind = "connection", message = "away" }
    assert.same({ false, "ready: connection: away", false }, ready(function() error(away) end))
    local file_name = file("x")
    assert.has_error(function()
      formats.ready(format(print, { ready = function() error("interrupted!", 0) end }), file_name)
    end, "interrupted!")
  end)
end)
