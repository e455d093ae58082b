-- A report that is read and written again is the same report, value for value.
local cjson = require("cjson.safe").new()
local files = require("spec.support.files")
local json = require("wats.json")
local report = require("wats.report")

-- The project's own samples are always there; the server's exports may not be.
local SAMPLES = {
  "spec/support/uut_report.json", "spec/support/uur_report.json",
  "../shared/wats/samples/uut_export.json", "../shared/wats/samples/uur_example.json",
}

local read = files.read

-- Every value by its path: numbers as their shortest text, nulls, arrays and objects told apart.
local function flatten(value, path, out, is_array, null)
  if type(value) == "table" then
    out[path .. "/"] = is_array(value) and "array" or "object"
    for key, element in pairs(value) do
      flatten(element, path .. "/" .. tostring(key), out, is_array, null)
    end
  elseif value == null then
    out[path] = "null"
  elseif type(value) == "number" then
    out[path] = "number " .. json.encode(value)
  else
    out[path] = type(value) .. " " .. tostring(value)
  end
  return out
end

local function by_wats(text)
  local value = assert(json.decode(text, { nulls = "keep" }))
  return flatten(value, "", {}, json.is_array, json.null)
end

-- Another reader, so that what ours did not see is missed. It has doubles only, and not each of
-- its flavours knows arrays.
local function by_cjson(text)
  local value = assert(cjson.decode(text))
  local function is_array() return false end
  return flatten(value, "", {}, is_array, cjson.null)
end

-- The numbers as they are spelt, brought to one spelling, without any reader of JSON.
local function numbers(text)
  local found = {}
  text = text:gsub('\\.', ""):gsub('"[^"]*"', '""')
  for number in text:gmatch("%-?%d[%d.eE+-]*") do
    found[#found + 1] = ("%q"):format(math.tointeger(number) or tonumber(number))
  end
  table.sort(found)
  return found
end

describe("reading and writing", function()
  for _, path in ipairs(SAMPLES) do
    it("changes no value of " .. path, function()
      local text = read(path)
      if not text then
        assert.matches("^%.%./shared/", path)
        return pending("needs " .. path)
      end
      local parsed = assert(report.parse(text))
      local result = parsed.result
      local written = parsed:to_json()
      assert.same(by_wats(text), by_wats(written))
      assert.same(by_cjson(text), by_cjson(written))
      assert.same(numbers(text), numbers(written))
      assert.equal(result, parsed:finish())
      -- once more, from what was written
      assert.same(by_wats(text), by_wats(assert(report.parse(written)):to_json()))
      assert.same(by_wats(text), by_wats(json.encode(parsed:to_table())))
      local good, problems = parsed:validate()
      assert.is_true(good, problems and table.concat(problems, "\n"))
    end)
  end

  it("is told of by this spec when it changes something", function()
    local text = read(SAMPLES[1])
    for from, to in pairs {
      ["0.30000000000000004"] = "0.3", ["9007199254740993"] = "9007199254740992",
      ["%-0%.0 "] = "0.0 ", ['"empty": {}'] = '"empty": []', ['"loop": null'] = '"looped": null',
      ['"productName": null'] = '"productName": ""', ["5e%-324"] = "0.0",
      ["1, null, %[%]"] = "1, [], null",
    } do
      local changed, count = text:gsub(from, to)
      assert.equal(1, count, from)
      assert.not_same(by_wats(text), by_wats(changed), from)
    end
  end)
end)

describe("a report that is built", function()
  it("holds what was measured, bit for bit", function()
    local values = {
      5e-324, 2.2250738585072014e-308, 1.7976931348623157e308, -1.7976931348623157e308, 0.1,
      0.30000000000000004, -0.0, 0, 1 / 3, math.maxinteger, math.mininteger, 2 ^ 53 // 1 | 1, 1e22,
    }
    local uut = report.uut(
      { part_number = "P", serial_number = "S", revision = "", process_code = 10 }, { name = "I" })
    for i, value in ipairs(values) do uut:numeric { name = "v" .. i, value = value } end
    local parsed = assert(report.parse(uut:to_json()))
    for i, value in ipairs(values) do
      local back = parsed.record.root.steps[i].numericMeas[1].value
      assert.equal(("%q"):format(value), ("%q"):format(back))
    end
  end)

  it("holds text of any length and with any character", function()
    local uut = report.uut(
      { part_number = "P", serial_number = "S", revision = "", process_code = 10 }, { name = "I" })
    local long = ("\0\n\"\\\u{1F50C}"):rep(20000)
    uut:string { name = "long", value = long }
    uut:string { name = "NUL", value = "a\0b", limit = "a" }
    local steps = assert(report.parse(uut:to_json())).record.root.steps
    assert.is_true(steps[1].stringMeas[1].value == long)
    assert.equal("a\0b", steps[2].stringMeas[1].value)
    assert.equal("F", steps[2].status)
  end)

  it("can be written however deep and long it was allowed to grow", function()
    local uut = report.uut(
      { part_number = "P", serial_number = "S", revision = "", process_code = 10 }, { name = "I" })
    local deepest, depth = uut.root, 0
    while true do
      local ok, inner = pcall(deepest.sequence, deepest, "s")
      if not ok then break end
      pcall(inner.chart, inner, {
        name = "c", series = { { name = "a", y = { 1 } } },
        measurements = { { name = "m", value = 2, high = 1 } },
      })
      deepest, depth = inner, depth + 1
    end
    assert.is_true(depth >= 80)
    for i = 1, 3000 do uut:numeric { name = "n" .. i, value = i } end
    local text = uut:to_json()
    assert.equal("F", uut.result)
    assert.is_true(uut:validate())
    assert.same(by_wats(text), by_wats(assert(report.parse(text)):to_json()))
  end)
end)
