local instant = require("wats.instant")
local json = require("wats.json")
local report = require("wats.report")

local STATION = { name = "ICT-01", location = "Oslo", purpose = "Production" }

local function new(extra)
  local fields = { part_number = "PN-1", serial_number = "SN-1", revision = "A", process_code = 10 }
  for name, value in pairs(extra or {}) do fields[name] = value end
  return report.uut(fields, STATION)
end

-- Position and message of what a call raises.
local function fault(call)
  local ok, message = pcall(call)
  assert.is_false(ok)
  return message:match("^(%S-:%d+): (.*)$")
end

describe("a new report", function()
  it("says what was tested, where, by whom and when, by the format's names", function()
    local uut = new {
      operator = "Kari", comment = "c", exec_time = 1.5, test_socket_index = 2,
      batch_number = "B1", fixture_id = "F1", error_code = 3, error_message = "m",
      batch_fail_count = 4, batch_loop_index = 5, process_name = "ICT",
      start = "2026-01-30T22:01:41.4707353+01:00", id = "33A2D408-3fc8-480b-b554-6866c77fd91c",
      sequence_name = "Main", sequence_path = "main.lua", sequence_version = "2",
    }
    assert.equal("P", uut:finish())
    assert.same({
      type = "T", id = "33a2d408-3fc8-480b-b554-6866c77fd91c", pn = "PN-1", sn = "SN-1", rev = "A",
      processCode = 10, processName = "ICT", result = "P", machineName = "ICT-01",
      location = "Oslo", purpose = "Production", start = "2026-01-30T22:01:41.4707353+01:00",
      startUTC = "2026-01-30T21:01:41.4707353Z", miscInfos = {}, subUnits = {}, assets = {},
      root = {
        id = 1, group = "M", stepType = "SequenceCall", name = "Main", status = "P", steps = {},
        seqCall = { path = "main.lua", name = "Main", version = "2" },
      },
      uut = {
        user = "Kari", comment = "c", execTime = 1.5, testSocketIndex = 2, batchSN = "B1",
        fixtureId = "F1", errorCode = 3, errorMessage = "m", batchFailCount = 4,
        batchLoopIndex = 5,
      },
    }, uut:to_table())
  end)

  it("has a uuid of its own", function()
    local one, other = new(), new()
    assert.matches("^%x%x%x%x%x%x%x%x%-%x%x%x%x%-4%x%x%x%-[89ab]%x%x%x%-%x%x%x%x%x%x%x%x%x%x%x%x$",
      one.id)
    assert.not_equal(one.id, other.id)
    assert.equal(one.id, one:to_table().id)
  end)

  it("starts now, or when it is told, in local time and in UTC", function()
    local record = new({ start = 1769806901.25 }).record
    assert.equal("2026-01-30T21:01:41.25Z", record.startUTC)
    assert.equal(1769806901.25, instant.parse(record.start))
    record = new({ start = "2026-01-30T23:59:59.9999999-03:30" }).record
    assert.equal("2026-01-31T03:29:59.9999999Z", record.startUTC)
    record = new().record
    assert.is_true(math.abs(instant.parse(record.start) - os.time()) < 60)
    assert.equal(instant.parse(record.start), instant.parse(record.startUTC))
  end)

  it("lasts as long as it took, unless it is told", function()
    local uut = new()
    uut:finish()
    assert.is_true(uut.record.uut.execTime >= 0 and uut.record.uut.execTime < 60)
    uut = new()
    uut:finish { exec_time = 12.5 }
    assert.equal(12.5, uut.record.uut.execTime)
  end)

  it("may come from another station", function()
    local record = new({ station = { name = "FCT-02" } }).record
    assert.equal("FCT-02", record.machineName)
    assert.equal("Oslo", record.location)
  end)

  it("raises at the caller's line", function()
    local line = debug.getinfo(1, "l").currentline + 1
    local position, message = fault(function() report.uut({ part_nmber = "x" }, STATION) end)
    assert.equal("spec/report/uut_spec.lua:" .. line, position)
    assert.equal('uut: unknown option "part_nmber" (did you mean "part_number"?)', message)
    for expected, extra in pairs {
      ['option "start" must be epoch seconds or ISO 8601 text with an offset, got "2026-01-30"'] =
        { start = "2026-01-30" },
      ['option "process_code" must be integer, got string'] = { process_code = "10" },
      ['option "id" must be a uuid, got "7"'] = { id = "7" },
      ['option "comment" is not UTF-8'] = { comment = "\xFF" },
      ['option "part_number" must be at least 1 characters, got ""'] = { part_number = "" },
    } do
      position, message = fault(function() new(extra) end)
      assert.matches("uut_spec.lua:", position)
      assert.equal("uut: " .. expected, message)
    end
    position, message = fault(function()
      report.uut { part_number = "a", serial_number = "b", revision = "", process_code = 1 }
    end)
    assert.matches("uut_spec.lua:", position)
    assert.equal('uut: the station has no name (option "station")', message)
  end)
end)

describe("a report's details", function()
  it("are kept as they are: text as text, whole numbers as numbers", function()
    local uut = new()
    uut:misc("Operator note", "10")
    uut:misc("Fixture cycles", 1042)
    uut:misc("Count", 7.0)
    assert.same({
      { description = "Operator note", text = "10" },
      { description = "Fixture cycles", numeric = 1042 },
      { description = "Count", numeric = 7 },
    }, uut.record.miscInfos)
    assert.equal("integer", math.type(uut.record.miscInfos[3].numeric))
    local position, message = fault(function() uut:misc("x", 1.5) end)
    assert.matches("uut_spec.lua:", position)
    assert.equal("bad argument #2 to 'misc' (integer or string expected, got 1.5)", message)
    position, message = fault(function() uut:misc("x") end)
    assert.matches("uut_spec.lua:", position)
    assert.equal("bad argument #2 to 'misc' (integer or string expected, got nil)", message)
    position, message = fault(function() uut:misc("x", "\xFF") end)
    assert.matches("uut_spec.lua:", position)
    assert.equal("bad argument #2 to 'misc' (text is not UTF-8)", message)
    assert.equal(3, #uut.record.miscInfos)
  end)

  it("name the units that are built in", function()
    local uut = new()
    uut:sub_unit {
      part_type = "PCBA", part_number = "P2", serial_number = "S2", revision = "B", position = 1,
    }
    assert.same({ { partType = "PCBA", pn = "P2", sn = "S2", rev = "B", position = 1 } },
      uut.record.subUnits)
    local position, message = fault(function() uut:sub_unit { part_number = "P2" } end)
    assert.matches("uut_spec.lua:", position)
    assert.equal('sub_unit: option "serial_number" is missing (string)', message)
  end)

  it("count the uses of an asset", function()
    local uut = new()
    uut:asset("FIX-1")
    uut:asset("FIX-2", 3)
    uut:asset("FIX-1", 2)
    assert.same({ { assetSN = "FIX-1", usageCount = 3 }, { assetSN = "FIX-2", usageCount = 3 } },
      uut.record.assets)
    local _, message = fault(function() uut:asset("FIX-1", -1) end)
    assert.equal("bad argument #2 to 'asset' (must be at least 0, got -1)", message)
  end)
end)

describe("finish", function()
  it("lets a failure climb through all sequences to the result, and marks the first", function()
    local uut = new()
    local outer = uut:sequence("outer")
    outer:action("setup")
    local inner = outer:sequence("inner")
    inner:numeric { name = "good", value = 1, low = 0 }
    local first = inner:numeric { name = "bad", value = 1, low = 2 }
    outer:pass_fail { name = "worse", passed = false }
    local clean = uut:sequence("clean")
    assert.is_nil(uut.result)
    assert.equal("F", uut:finish())
    assert.equal("F", uut.result)
    assert.equal("F", outer.record.status)
    assert.equal("F", inner.record.status)
    assert.equal("P", clean.record.status)
    assert.equal("F", uut.record.root.status)
    assert.is_true(first.causedUUTFailure)
    assert.equal(first.id, uut.record.uut.stepIdCausedUUTFailure)
    assert.is_nil(outer.record.steps[3].causedUUTFailure)
  end)

  it("marks none where none failed", function()
    local uut = new()
    uut:sequence("s"):action { name = "a", status = "S" }
    assert.equal("P", uut:finish())
    assert.is_nil(uut.record.uut.stepIdCausedUUTFailure)
  end)

  it("takes the first failure in the order of execution, not of nesting", function()
    local uut = new()
    local one, two = uut:sequence("one"), uut:sequence("two")
    local first = two:pass_fail { name = "first", passed = false }
    one:pass_fail { name = "second", passed = false }
    uut:finish()
    assert.equal(first.id, uut.record.uut.stepIdCausedUUTFailure)
  end)

  it("ranks an error above a termination above a failure", function()
    for letters, expected in pairs { FE = "E", FT = "T", TE = "E", UP = "F", DS = "P" } do
      local uut = new()
      for letter in letters:gmatch(".") do uut:action { name = "a", status = letter } end
      assert.equal(expected, uut:finish(), letters)
    end
  end)

  it("can be told that the test was broken off, but not that a failure is none", function()
    local uut = new()
    uut:numeric { name = "a", value = 1, low = 0 }
    assert.equal("T", uut:finish { result = "Terminated", error_message = "emergency stop" })
    assert.equal("emergency stop", uut.record.uut.errorMessage)
    uut = new()
    uut:numeric { name = "a", value = 1, low = 2 }
    assert.equal("F", uut:finish { result = "P" })
    local _, message = fault(function() new():finish { result = "Done" } end)
    assert.equal('finish: status "Done" is not possible here (P F E T)', message)
  end)

  it("may come twice", function()
    local uut = new()
    uut:pass_fail { name = "a", passed = false }
    uut:finish()
    local text = uut:to_json()
    assert.equal("F", uut:finish { result = "E" })
    assert.equal(text, uut:to_json())
  end)

  it("closes the report", function()
    local uut = new()
    local seq = uut:sequence("s")
    assert.is_false(uut.finished)
    uut:finish()
    assert.is_true(uut.finished)
    for name, call in pairs {
      numeric = function() seq:numeric { name = "x", value = 1 } end,
      sequence = function() uut:sequence("x") end,
      misc = function() uut:misc("x", "y") end,
      asset = function() uut:asset("x") end,
      sub_unit = function() uut:sub_unit {} end,
    } do
      local position, message = fault(call)
      assert.matches("uut_spec.lua:", position)
      assert.equal(name .. ": the report is finished", message)
    end
  end)
end)

describe("what is written", function()
  it("is finished", function()
    local uut = new()
    uut:pass_fail { name = "a", passed = true }
    local record = assert(json.decode(uut:to_json()))
    assert.is_true(uut.finished)
    assert.equal("P", record.result)
    assert.equal("a", record.root.steps[1].name)
  end)

  it("has lists, also empty ones, as lists", function()
    local uut = new()
    for _, text in ipairs { uut:to_json(), json.encode(uut:to_table()) } do
      for _, name in ipairs { "miscInfos", "subUnits", "assets", "steps" } do
        assert.truthy(text:find(('"%s":[]'):format(name), 1, true), name)
      end
    end
  end)

  it("belongs to the caller as a table", function()
    local uut = new()
    uut:to_table().uut.user = "other"
    assert.is_nil(uut.record.uut.user)
  end)

  it("tells what it is", function()
    local uut = new()
    assert.equal("wats.report: PN-1 SN-1 " .. uut.id .. ", open", tostring(uut))
    uut:finish()
    assert.equal("wats.report: PN-1 SN-1 " .. uut.id .. ", result P", tostring(uut))
  end)
end)
