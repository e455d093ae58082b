-- shift.log: what a line means, and that nothing is read which is not as described.

package.path = "examples/?.lua;" .. package.path
local folders = require("spec.support.folder")
local log = require("shift.log")

local RUN = "RUN,SN 1,PN-1,A,50,2025-03-13T06:04:00+01:00,39.176,kari,FIX-1,\n"

local function parse(lines) return log.parse(RUN .. lines, "a.csv") end

local function test_of(line) return assert(parse(line .. "\n"))[1].tests[1] end

describe("shift.log.parse", function()
  it("reads runs with their tests, in order", function()
    local runs = assert(log.parse("# a comment\n" .. RUN .. "TEST,A/B,one,N,1.5,V,1,2\n\n"
      .. "TEST,A,two,P,PASS,,,\n" .. RUN:gsub(",\n", ",rework\n"), "a.csv"))
    assert.equal(2, #runs)
    assert.same({
      serial_number = "SN 1", part_number = "PN-1", revision = "A", process_code = 50,
      start = "2025-03-13T06:04:00+01:00", seconds = 39.176, operator = "kari", fixture = "FIX-1",
      line = 2, tests = {
        { group = "A/B", name = "one", kind = "N", value = 1.5, unit = "V", low = 1, high = 2,
          line = 3 },
        { group = "A", name = "two", kind = "P", value = true, line = 5 },
      },
    }, runs[1])
    assert.equal("rework", runs[2].note)
    assert.equal("integer", math.type(runs[1].process_code))
  end)

  it("reads each kind of measurement", function()
    assert.equal(math.huge, test_of("TEST,A,x,N,OL,V,1,").value)
    assert.equal(-1.5e-3, test_of("TEST,A,x,N,-1.5e-3,V,,").value)
    local one_limit = test_of("TEST,A,x,N,1,,,0.5")
    assert.same({ nil, nil, 0.5 }, { one_limit.unit, one_limit.low, one_limit.high })
    assert.is_false(test_of("TEST,A,x,P,FAIL,,,").value)
    local text = test_of("TEST,A,x,S,12,,34,")
    assert.same({ "12", "34" }, { text.value, text.expected })
    assert.is_nil(test_of("TEST,A,x,S,12,,,").expected)
  end)

  it("reads quoted fields, and lines that end as Windows ends them", function()
    local test = test_of('TEST,"A, B","say ""x""",S,"",,"a,b",\r')
    assert.same({ "A, B", 'say "x"', "", "a,b" },
      { test.group, test.name, test.value, test.expected })
  end)

  it("refuses what is not as described, with file and line", function()
    local cases = {
      ["TEST,A,x,N,1.5.5,V,,"] = 'measured "1.5.5" is no number',
      ["TEST,A,x,N,0x10,V,,"] = 'measured "0x10" is no number',
      ["TEST,A,x,N,nan,V,,"] = 'measured "nan" is no number',
      ["TEST,A,x,N,,V,,"] = 'measured "" is no number',
      ["TEST,A,x,N,1,V,a,"] = 'low limit "a" is no number',
      ["TEST,A,x,N,1,V,,OL"] = 'high limit "OL" is no number',
      ["TEST,A,x,P,pass,,,"] = '"pass" is neither PASS nor FAIL',
      ["TEST,A,x,P,PASS,V,1,"] = "a test of kind P has no limits",
      ["TEST,A,x,S,a,,,b"] = "a test of kind S has no high limit",
      ["TEST,A,x,Q,1,,,"] = 'kind "Q" is none of',
      ["TEST,A,,N,1,,,"] = "the test has no name",
      ["TEST,A//B,x,N,1,,,"] = 'group "A//B" has a level without a name',
      ["TEST,A,x,N,1,,"] = "a TEST has 8 fields, not 7",
      ['TEST,A,"x,N,1,,,'] = "a quote is out of place",
      ['TEST,A,"x"y,N,1,,,'] = "a quote is out of place",
      ['TEST,A,x"y,N,1,,,'] = "a quote is out of place",
      ["RUN,SN"] = "a RUN has 10 fields, not 2",
      ["RUN,,PN,A,50,2025-03-13T06:04:00+01:00,1,k,F,"] = "the serial number is missing",
      ["RUN,SN,,A,50,2025-03-13T06:04:00+01:00,1,k,F,"] = "the part number is missing",
      ["RUN,SN,PN,A,5.5,2025-03-13T06:04:00+01:00,1,k,F,"] = 'process code "5.5"',
      ["RUN,SN,PN,A,x,2025-03-13T06:04:00+01:00,1,k,F,"] = 'process code "x"',
      ["RUN,SN,PN,A,50,2025-03-13T06:04:00,1,k,F,"] = "is no time with an offset",
      ["RUN,SN,PN,A,50,2025-03-13T06:04:00Z,-1,k,F,"] = 'duration "-1"',
      ["RUN,SN,PN,A,50,2025-03-13T06:04:00Z,1,k,F,again"] = 'note "again" is unknown',
      ["UNIT,x"] = '"UNIT" is neither RUN nor TEST',
    }
    for line, problem in pairs(cases) do
      local runs, text = parse("# second line\n" .. line .. "\n")
      assert.is_nil(runs, line)
      assert.equal("a.csv:3: ", text:sub(1, 9))
      assert.matches(problem, text, 1, true)
    end
    local runs, text = log.parse("TEST,A,x,N,1,,,\n", "a.csv")
    assert.is_nil(runs)
    assert.equal("a.csv:1: a TEST before the first RUN", text)
    assert.same({ nil, "a.csv:1: is not UTF-8" }, { log.parse("\xFF", "a.csv") })
  end)
end)

describe("shift.log.read", function()
  local folder, directory

  before_each(function()
    folder = folders.new()
    directory = folder.path
  end)
  after_each(function() folder:remove() end)

  local function write(name, text) folder:write(name, text) end

  it("reads the example's logs, as the station made them", function()
    local runs = assert(log.read("examples/data"))
    assert.equal(79, #runs)
    for i = 2, #runs do assert.is_true(runs[i - 1].start < runs[i].start) end
  end)

  it("orders runs by instant, whatever the offset and the file", function()
    local line = "RUN,%s,PN,A,50,2025-03-13T%s,1,k,F,\n"
    write("a.csv", line:format("late", "06:00:00+01:00"))
    write("b b.csv", line:format("early", "06:30:00+02:00") .. line:format("next", "05:00:00Z"))
    write("c.txt", "no log")
    local order = {}
    for i, run in ipairs(assert(log.read(directory))) do order[i] = run.serial_number end
    assert.same({ "early", "late", "next" }, order)
  end)

  it("says what is wrong with a directory", function()
    local runs, problem = log.read(directory)
    assert.is_nil(runs)
    assert.matches("no log (*.csv) in it", problem, 1, true)
    write("a.csv", "# nothing\n")
    assert.matches("hold no run", select(2, log.read(directory)))
    write("b.csv", "what\n")
    assert.equal(directory .. '/b.csv:1: "what" is neither RUN nor TEST',
      select(2, log.read(directory)))
    runs, problem = log.read(directory .. "/it's not there")
    assert.is_nil(runs)
    assert.matches("it's not there", problem, 1, true)
  end)
end)
