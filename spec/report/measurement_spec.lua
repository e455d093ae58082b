local measurement = require("wats.report.measurement")
local status = require("wats.report.status")

local INF, NAN = math.huge, 0 / 0

describe("measurement.numeric", function()
  it("keeps the value as it was measured and says how it compares", function()
    local record, note, letter = measurement.numeric {
      name = "3V3", value = 3.31, unit = "V", low = 3.2, high = 3.4,
    }
    assert.same({ name = "3V3", status = "P", unit = "V", value = 3.31, compOp = "GELE",
      lowLimit = 3.2, highLimit = 3.4 }, record)
    assert.is_nil(note)
    assert.equal("P", letter)
    assert.equal("integer", math.type(measurement.numeric({ value = 7 }).value))
    assert.equal("-0.0", tostring(measurement.numeric({ value = -0.0 }).value))
  end)

  it("honours a status that is given", function()
    assert.equal("P", measurement.numeric({ value = 9, high = 1, status = "passed" }).status)
    assert.equal("F", measurement.numeric({ value = 0, high = 1, status = "F" }).status)
  end)

  it("lets a step end in an error though the value is within", function()
    local record, _, letter =
      measurement.numeric({ value = 0, high = 1, status = "E" }, status.STEP)
    assert.equal("P", record.status)
    assert.equal("E", letter)
  end)

  it("needs a value, or the reason why there is none", function()
    for problem, given in pairs {
      ['option "value" is missing'] = { high = 1 },
      ['a passed measurement needs a "value"'] = { high = 1, status = "P" },
    } do
      local record, message = measurement.numeric(given)
      assert.is_nil(record)
      assert.equal(problem, message)
    end
    assert.equal("S", measurement.numeric({ status = "S" }).status)
    assert.equal("F", measurement.numeric({ status = "F" }).status)
    local record, _, letter = measurement.numeric({ status = "E" }, status.STEP)
    assert.equal("S", record.status)
    assert.equal("E", letter)
  end)

  it("keeps NaN and Inf out of the record, and says so", function()
    for _, case in ipairs {
      { { value = NAN, low = 1, high = 2 }, "F", "measured NaN" },
      { { value = NAN, comp = "NE", limit = 1 }, "F", "measured NaN" },
      { { value = NAN }, "P", "measured NaN" },
      { { value = INF, low = 1e8 }, "F", "measured Inf" },
      { { value = INF }, "P", "measured Inf" },
      { { value = INF, high = 1e8 }, "F", "measured Inf" },
      { { value = -INF, low = 1, high = 2 }, "F", "measured -Inf" },
    } do
      local record, note = measurement.numeric(case[1])
      assert.is_nil(record.value)
      assert.equal(case[2], record.status)
      assert.equal(case[3], note)
    end
  end)

  it("writes NaN and Inf as text where that is wanted", function()
    for text, value in pairs { NaN = NAN, Infinity = INF, ["-Infinity"] = -INF } do
      local record, note = measurement.numeric({ value = value, low = 1 }, nil, "text")
      assert.equal(text, record.value)
      assert.equal("F", record.status)
      assert.equal("measured " .. text:gsub("inity", ""), note)
    end
    assert.equal(5, measurement.numeric({ value = 5 }, nil, "text").value)
  end)
end)

describe("measurement.string", function()
  it("compares text with its limit", function()
    local record = measurement.string { value = "v1.2", limit = "V1.2", comp = "IGNORECASE" }
    assert.same({ value = "v1.2", limit = "V1.2", compOp = "IGNORECASE", status = "P" }, record)
    assert.equal("F", measurement.string({ value = "v1.2", limit = "V1.2" }).status)
  end)

  it("compares bytes that are not UTF-8 as they came, and writes them so that they can be read",
    function()
      local record, note = measurement.string { value = "a\xFFb\xC3", comp = "NE", limit = "a" }
      assert.equal("a\\xFFb\\xC3", record.value)
      assert.equal("P", record.status)
      assert.equal("measured bytes that are not UTF-8, written \\xNN", note)
      record, note = measurement.string { value = "aøb" }
      assert.equal("aøb", record.value)
      assert.is_nil(note)
    end)

  it("needs a value", function()
    local record, message = measurement.string { limit = "x" }
    assert.is_nil(record)
    assert.equal('option "value" is missing', message)
  end)
end)

describe("measurement.boolean", function()
  it("is passed or failed", function()
    assert.same({ status = "P" }, (measurement.boolean { passed = true }))
    assert.same({ status = "F", name = "x" }, (measurement.boolean { passed = false, name = "x" }))
    -- what the format has of the value stays true; the step's letter is the one that was given
    local own, _, letter = measurement.boolean({ passed = false, status = "P" }, "PFDSETU")
    assert.same({ "F", "P" }, { own.status, letter })
    own, _, letter = measurement.boolean({ passed = true, status = "F" }, "PFDSETU")
    assert.same({ "P", "F" }, { own.status, letter })
    own, _, letter = measurement.boolean({ passed = false, status = "S" }, "PFDSETU")
    assert.same({ "S", "S" }, { own.status, letter })
    assert.same({ status = "S" }, (measurement.boolean { status = "skipped" }))
    local record, message = measurement.boolean {}
    assert.is_nil(record)
    assert.equal('option "passed" (or "status") is missing', message)
  end)
end)
