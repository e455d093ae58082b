-- What a line of such a log means, and that what is not as described is refused, stands in
-- spec/examples/shift/log_spec.lua; here: the two ways of reading.

local measurements = require("wats.converter.measurements")

local RUN = "RUN,SN 1,PN-1,A,50,2025-03-13T06:04:00+01:00,39.176,kari,FIX-1,"

local function lines_of(list)
  local number = 0
  return function()
    number = number + 1
    return list[number], number
  end
end

describe("wats.converter.measurements", function()
  it("reads lines one after the other, and knows where a run began", function()
    local runs = assert(measurements.read(lines_of { "# a log", RUN, "TEST,A,x,N,1,V,,",
      "", RUN }))
    assert.same({ 2, 5 }, { runs[1].line, runs[2].line })
    assert.equal(1, #runs[1].tests)
    assert.same({}, measurements.read(lines_of {}))
  end)

  it("tells the line of what is wrong", function()
    assert.same({ nil, '"X" is neither RUN nor TEST', 2 },
      { measurements.read(lines_of { RUN, "X" }) })
    assert.same({ nil, "is not UTF-8", 3 },
      { measurements.read(lines_of { RUN, "", "TEST,\xFF,x,N,1,V,," }) })
  end)

  it("reads a text alike, with file and line in what is wrong", function()
    local list = { RUN, "TEST,A,x,N,1,V,," }
    assert.same(measurements.read(lines_of(list)),
      measurements.parse(table.concat(list, "\r\n"), "a.csv"))
    assert.same({ nil, 'a.csv:2: "X" is neither RUN nor TEST' },
      { measurements.parse(RUN .. "\nX\n", "a.csv") })
  end)
end)
