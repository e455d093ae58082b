local core = require("wats.core")
local json = require("wats.json")
local report = require("wats.report")

local STATION = { name = "REP-01", location = "Oslo" }

-- What is said of a mistake; it is blamed on this file.
local function fault(build)
  local ok, message = pcall(build)
  assert.is_false(ok)
  local said = message:match("^spec/report/repair_spec%.lua:%d+: (.*)")
  return said or "elsewhere: " .. message
end

local function tested()
  local uut = report.uut({
    part_number = "PN-1", serial_number = "SN-1", revision = "B", process_code = 50,
    process_name = "PCBA test",
  }, { name = "ICT-01" })
  local power = uut:sequence("Power")
  power:numeric { name = "3V3", value = 3.3, low = 3.2, high = 3.4 }
  power:numeric { name = "5V", value = 5.5, low = 4.8, high = 5.2 }
  uut:sequence("Retest"):numeric { name = "3V3", value = 3.9, low = 3.2, high = 3.4 }
  uut:sub_unit { part_number = "PSU", serial_number = "PSU-1", revision = "A",
    part_type = "Supply" }
  uut:finish()
  return uut
end

describe("a repair", function()
  it("takes over from the test what it is of", function()
    local uut = tested()
    local uur = report.uur({ uut = uut, operator = "ola", process_code = 510 }, STATION)
    local record = uur.record
    assert.same({ "R", "PN-1", "SN-1", "B", 510, "REP-01", "Oslo" }, { record.type, record.pn,
      record.sn, record.rev, record.processCode, record.machineName, record.location })
    assert.same({ refUUT = uut.id, processCode = 50, processName = "PCBA test", user = "ola" },
      record.uur)
    assert.same({
      { idx = 0, partType = "Main", pn = "PN-1", sn = "SN-1", rev = "B", failures = {} },
      { idx = 1, parentIdx = 0, partType = "Supply", pn = "PSU", sn = "PSU-1", rev = "A",
        failures = {} },
    }, record.subUnits)
    assert.is_nil(record.root)
    assert.is_nil(record.uut)
    assert.equal(500, report.uur({ uut = uut }, STATION).record.processCode)
  end)

  it("does the same from a test that was read, and from its record", function()
    local uut = tested()
    local read = assert(report.parse(uut:to_json()))
    read.record.subUnits[1].position = json.null
    for _, from in ipairs { read, read.record } do
      local record = report.uur({ uut = from }, STATION).record
      assert.same({ uut.id, "PSU-1", 50 },
        { record.uur.refUUT, record.subUnits[2].sn, record.uur.processCode })
      assert.is_nil(record.subUnits[2].position)
    end
    -- the test's report stays as it was
    assert.is_nil(read.record.subUnits[1].idx)
  end)

  it("belongs to a test of which only the uuid is known", function()
    local id = core.uuid()
    local uur = report.uur({ uut = id:upper(), part_number = "P", serial_number = "S",
      revision = "", test_process_code = 50 }, STATION)
    assert.equal(id, uur.record.uur.refUUT)
    assert.matches('failure: option "step" can be a name only with the report on the test',
      fault(function() uur:failure { category = "c", code = "d", step = "5V" } end))
    uur:failure { category = "c", code = "d", step = 7 }
    assert.equal(7, uur.record.subUnits[1].failures[1].refStepId)
  end)

  it("is one chain of calls", function()
    local uut = tested()
    local uur = report.uur({ uut = uut }, STATION)
      :failure { category = "Component", code = "Defective component", com_ref = "U7",
        comment = "hot", func_block = "Power", step = "5V", art_number = "LM1", art_rev = "2",
        art_vendor = "TI", art_description = "Regulator",
        attachments = { { name = "u7.jpg", data = "\xFF\xD8" } } }
      :sub_unit { part_number = "PSU", serial_number = "PSU-2", replaces = "PSU-1" }
      :failure { category = "Other", code = "Scrapped", unit = "PSU-1" }
      :attachment { name = "log.txt", data = "all" }
      :attachment { name = "psu.txt", data = "psu", failure = 2 }
      :misc("Oven", "2"):asset("IRON-1")
    local units = uur.record.subUnits
    local first = units[1].failures[1]
    local attached = first.attachments[1]
    assert.equal("image/jpeg", attached.contentType)
    assert.matches("^%x+%-", attached.id)
    first.attachments = nil
    assert.same({ category = "Component", code = "Defective component", comRef = "U7",
      comment = "hot", funcBlock = "Power", refStepId = 4, artNumber = "LM1", artRev = "2",
      artVendor = "TI", artDescription = "Regulator" }, first)
    assert.same({ 2, 0, 1 }, { units[3].idx, units[3].parentIdx, units[3].replacedIdx })
    assert.equal("psu.txt", units[2].failures[1].attachments[1].name)
    assert.equal("log.txt", uur.record.binaryData[1].name)
    assert.equal("P", uur:finish())
    assert.is_true(uur:validate())
    assert.is_truthy(uur.record.uur.finalizeDate)
    assert.is_number(uur.record.uur.execTime)
    assert.same(json.decode(uur:to_json()),
      json.decode(assert(report.parse(uur:to_json())):to_json()))
  end)

  it("has failures that refer to steps: by id, name or record; of several, the one that failed",
    function()
      local uut = tested()
      local uur = report.uur({ uut = uut }, STATION)
      local five = uut.record.root.steps[1].steps[2]
      for _, step in ipairs { five.id, "5V", five } do
        uur:failure { category = "c", code = "d", step = step }
      end
      uur:failure { category = "c", code = "d", step = "3V3" }
      local ids = {}
      for i, failure in ipairs(uur.record.subUnits[1].failures) do ids[i] = failure.refStepId end
      assert.same({ 4, 4, 4, 6 }, ids)
      for said, step in pairs {
        ["there is no step with the id 99 in the report on the test"] = 99,
        ['there is no step "9V" in the report on the test'] = "9V",
        ['option "step" is no step: it has no id'] = {},
      } do
        assert.equal("failure: " .. said, fault(function()
          uur:failure { category = "c", code = "d", step = step }
        end))
      end
    end)

  for said, build in pairs {
    ['uur: option "part_number" is missing'] = function()
      local _ = report.uur({ uut = core.uuid() }, STATION)
    end,
    ['uur: option "uut" must be a report on a test or its uuid, got "7"'] = function()
      local _ = report.uur({ uut = "7" }, STATION)
    end,
    ['uur: option "uut" must be a report on a test or its uuid'] = function()
      local _ = report.uur({ uut = report.uur({ uut = tested() }, STATION) }, STATION)
    end,
    ['uur: option "serial_number" is "SN-2", but the test was of "SN-1"'] = function()
      local _ = report.uur({ uut = tested(), serial_number = "SN-2" }, STATION)
    end,
    ['uur: unknown status "fixed"'] = function()
      local _ = report.uur({ uut = tested(), result = "fixed" }, STATION)
    end,
    ['failure: option "category" is missing (string)'] = function()
      report.uur({ uut = tested() }, STATION):failure { code = "x" }
    end,
    ['failure: option "code" must be at least 1 characters, got ""'] = function()
      report.uur({ uut = tested() }, STATION):failure { category = "x", code = "" }
    end,
    ['failure: there is no unit "X" in this repair'] = function()
      report.uur({ uut = tested() }, STATION):failure { category = "x", code = "y", unit = "X" }
    end,
    ['failure: attachment 1: option "data" (or "file") is missing'] = function()
      report.uur({ uut = tested() }, STATION)
        :failure { category = "x", code = "y", attachments = { { name = "z" } } }
    end,
    ["attachment: there is no failure 1 (of 0)"] = function()
      report.uur({ uut = tested() }, STATION):attachment { name = "x", data = "", failure = 1 }
    end,
    ['sub_unit: option "replaces": there is no unit with the index 9 in this repair'] = function()
      report.uur({ uut = tested() }, STATION)
        :sub_unit { part_number = "p", serial_number = "s", replaces = 9 }
    end,
    ["numeric: this report has no steps: it is a repair report"] = function()
      report.uur({ uut = tested() }, STATION):numeric { name = "x", value = 1 }
    end,
    ["finish: a repair report has no place for an error"] = function()
      report.uur({ uut = tested() }, STATION):finish { error_code = 1 }
    end,
    ["failure: only a repair report has failures; a test has steps"] = function()
      local uut = report.parse(tested():to_json())
      uut:failure { category = "x", code = "y" }
    end,
  } do
    it("raises: " .. said, function()
      assert.equal(said, fault(build))
    end)
  end

  it("tells of a file that cannot be read, and adds nothing", function()
    local uur = report.uur({ uut = tested() }, STATION)
    local missing = "no/such/directory/x.png"
    local done, err = uur:attachment { file = missing }
    assert.is_nil(done)
    assert.equal("io", err.kind)
    done, err = uur:failure { category = "x", code = "y", attachments = { { file = missing } } }
    assert.is_nil(done)
    assert.equal("io", err.kind)
    assert.same({}, uur.record.subUnits[1].failures)
    assert.is_nil(uur.record.binaryData)
  end)

  it("takes more when it was read, and nothing when it is finished", function()
    local uur = assert(report.parse(report.uur({ uut = tested() }, STATION):to_json()))
    uur:failure { category = "c", code = "d" }:attachment { name = "a", data = "b", failure = 1 }
    local finalized = uur.record.uur.finalizeDate
    uur:finish()
    assert.equal(finalized, uur.record.uur.finalizeDate)
    assert.matches("failure: the report is finished$",
      fault(function() uur:failure { category = "c", code = "d" } end))
    assert.matches("attachment: the report is finished$",
      fault(function() uur:attachment { name = "c", data = "d" } end))
  end)

  it("may be of a unit that is given up", function()
    local uur = report.uur({ uut = tested(), result = "F" }, STATION)
    assert.equal("F", uur:finish())
    local other = report.uur({ uut = tested() }, STATION)
    assert.equal("F", other:finish { result = "failed" })
  end)
end)
