-- The CSV of examples/data as reports, held against the log itself.

local converter = require("wats.converter")
local files = require("spec.support.files")
local formats = require("wats.queue.formats")
local json = require("wats.json")
local measurements = require("wats.converter.measurements")
local report = require("wats.report")

local station_log = converter.shipped("station_log")

local FILES = { "PCB-2205", "PCB-4100", "PSU-1030" }

local function path_of(part_number)
  return ("examples/data/2025-03-13_%s.csv"):format(part_number)
end

local read = files.contents

-- The steps that hold measurements, with the names of the sequences around them.
local function leaves(step, group, list)
  for _, inner in ipairs(step.steps or {}) do
    if inner.steps then
      leaves(inner, group and group .. "/" .. inner.name or inner.name, list)
    else
      list[inner.name] = { group = group, status = inner.status }
      list.n = list.n + 1
    end
  end
  return list
end

local function is_within(test)
  if test.kind == "P" then return test.value end
  if test.kind == "S" then return test.expected == nil or test.value == test.expected end
  return (not test.low or test.value >= test.low) and (not test.high or test.value <= test.high)
end

describe("the converter station_log", function()
  it("makes a valid report of each run, with all that the log says", function()
    local counted, failed = 0, 0
    for _, part_number in ipairs(FILES) do
      local texts = assert(converter.run(station_log, path_of(part_number)))
      local runs = assert(measurements.parse(read(path_of(part_number)), "log"))
      assert.equal(#runs, #texts)
      for i, run in ipairs(runs) do
        local parsed = assert(report.parse(texts[i]))
        local record = parsed.record
        assert.is_true(parsed:validate())
        assert.same({ run.serial_number, run.part_number, run.revision, run.process_code,
          run.start, run.operator, run.fixture, run.seconds },
          { record.sn, record.pn, record.rev, record.processCode, record.start, record.uut.user,
            record.uut.fixtureId, record.uut.execTime })
        local steps, passed = leaves(record.root, nil, { n = 0 }), true
        assert.equal(#run.tests, steps.n)
        for _, test in ipairs(run.tests) do -- each name once
          assert.same({ group = test.group, status = is_within(test) and "P" or "F" },
            steps[test.name])
          passed = passed and is_within(test)
        end
        assert.equal(passed and "P" or "F", record.result)
        counted, failed = counted + 1, failed + (passed and 0 or 1)
      end
    end
    assert.same({ 79, 12 }, { counted, failed })
  end)

  it("knows its files by how they begin", function()
    local set = assert(formats.set { station_log })
    local function of(text)
      local file = formats.file({ path = "/no/such", name = "a.CSV", size = #text, content = text },
        100000)
      local format = set:of(file.name, file, true)
      return format and format.name
    end
    assert.equal("station_log", of(read(path_of("PSU-1030"))))
    assert.equal("station_log", of("\xEF\xBB\xBF# a comment\r\n\r\nRUN,"))
    assert.is_nil(of("Time;Value\n"))
    assert.is_nil(of("# nothing\n"))
    assert.is_nil(of(""))
  end)

  it("says where a log is wrong", function()
    local function reason(text)
      return (select(2, converter.run(station_log, "a.csv", { text = text })))
    end
    local run = "RUN,SN,PN-1,A,50,%s,1,kari,FIX-1,\n"
    assert.equal('line 2: "X" is neither RUN nor TEST', reason(run:format("2025-01-01T00:00:00Z")
      .. "X\n"))
    assert.equal("report 2 (of line 2): it is not valid: start: lies in the future",
      reason(run:format("2025-01-01T00:00:00Z") .. run:format("2925-01-01T00:00:00Z")))
    assert.matches("line 1: .*serial_number.*at most 100", reason(("RUN,%s,PN,A,50,%s,1,k,F,\n")
      :format(("x"):rep(200), "2025-01-01T00:00:00Z")))
    -- what only the report finds wrong with a test lies at the test
    assert.matches('^line 3: .*numeric "x": low %(5%) is above high %(2%)$',
      reason(run:format("2025-01-01T00:00:00Z") .. "TEST,A,w,N,1,V,0,2\nTEST,A,x,N,1,V,5,2\n"))
    assert.equal("the log holds no run", reason("# nothing\n"))
  end)

  it("keeps an overload as what it was", function()
    local texts = assert(converter.run(station_log, "a.csv", { text =
      "RUN,SN,PN-1,A,50,2025-01-01T00:00:00Z,1,kari,FIX-1,retest\nTEST,A,x,N,OL,V,1,\n" }))
    local record = json.decode(texts[1])
    assert.equal("P", record.result)
    assert.equal("retest", record.miscInfos[2].text)
  end)
end)
