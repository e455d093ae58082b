local filter = require("wats.sandbox.odata_filter")
local header = require("wats.sandbox.header")
local json = require("wats.json")
local odata = require("wats.odata")
local time = require("wats.sandbox.time")

-- Does the sandbox, which reads filters with code of its own, find this record?
local function matches(condition, record)
  local run, problem = filter.compile(condition, header.collection.fields)
  assert(run, problem)
  return run(record)
end

-- Calls `f`, which must raise at its own line of this file; returns the message without the place.
local function raised(f, ...)
  local ok, err = pcall(f, ...)
  assert.is_false(ok)
  local line, message = err:match("^spec/odata_spec.lua:(%d+): (.*)$")
  assert(line, err)
  return message, tonumber(line)
end

describe("odata.literal", function()
  it("writes each kind of value", function()
    for text, value in pairs {
      ["'PN-1'"] = "PN-1", ["'O''Brien'''"] = "O'Brien'", ["''"] = "", ["'50'"] = "50",
      ["50"] = 50, ["-7"] = -7.0, ["0.1"] = 0.1, ["-0.0"] = -0.0, ["0"] = 0.0, ["true"] = true,
      ["false"] = false, ["null"] = json.null, ["'\u{D8} %&+'"] = "\u{D8} %&+",
      ["9223372036854775807"] = math.maxinteger, ["-9223372036854775808"] = math.mininteger,
    } do
      assert.equal(text, odata.literal(value))
    end
  end)

  it("loses nothing of a number", function()
    local record = {}
    local checked = 0
    while checked < 1000 do
      local value = string.unpack("n", string.pack("j", math.random(0)))
      if value == value and math.abs(value) ~= math.huge then
        checked = checked + 1
        assert.equal(value, tonumber(odata.literal(value)))
        record.executionTime = value
        assert.is_true(matches(odata.equals("executionTime", value), record))
      end
    end
    for _, value in ipairs { 2 ^ 53, 2 ^ 53 + 2, 1e15, 5e-324, 0.0, 1e300 } do
      assert.equal(value, tonumber(odata.literal(value)))
    end
  end)

  it("lets no text out of its quotes", function()
    local pieces = { "'", "''", " or 1 eq 1", "\\", '"', "a", "%27", "\0", "\u{20AC}", ")", "\n" }
    for _ = 1, 1000 do
      local parts = {}
      for i = 1, math.random(0, 6) do parts[i] = pieces[math.random(#pieces)] end
      local text = table.concat(parts)
      local condition = odata.equals("partNumber", text)
      assert.is_true(matches(condition, { partNumber = text }))
      assert.is_false(matches(condition, { partNumber = text .. "x" }))
    end
  end)

  it("refuses what has no literal", function()
    local kinds = "string, number, boolean, wats.null, odata.instant or odata.guid expected, got "
    for message, value in pairs { [kinds .. "table"] = {}, [kinds .. "function"] = print,
      [kinds .. "userdata"] = io.stdout, ["the text is not UTF-8"] = "\xFF",
      ["inf is no number to compare with"] = math.huge,
      ["-inf is no number to compare with"] = -math.huge } do
      assert.equal(("bad argument #1 to 'odata.literal' (%s)"):format(message),
        (raised(function() odata.literal(value) end)))
    end
    assert.matches("got nil", (raised(function() odata.literal(nil) end)))
    assert.matches("nan is no number", (raised(function() odata.literal(0 / 0) end)))
  end)
end)

describe("odata.instant", function()
  it("writes epoch seconds and text as UTC without quotes", function()
    for text, when in pairs {
      ["2026-01-30T21:01:41Z"] = 1769806901, ["2026-01-30T21:01:41.25Z"] = 1769806901.25,
      ["2026-01-30T21:01:41.4707353Z"] = "2026-01-30T22:01:41.4707353+01:00",
      ["2026-01-30T21:01:42.9999999Z"] = "2026-01-30T21:01:42.99999999999Z",
      ["1999-12-31T23:30:00Z"] = "2000-01-01T00:00:00+00:30",
    } do
      assert.equal(text, odata.literal(odata.instant(when)))
      assert.equal(text, tostring(odata.instant(when)))
    end
  end)

  it("is a date to the sandbox", function()
    local at = "2026-01-30T21:01:41.4707353Z"
    local record = { start_ticks = assert(time.parse(at)) }
    local function start(operator, when)
      return matches(odata.compare("start", operator, odata.instant(when)), record)
    end
    assert.is_true(start("eq", at))
    assert.is_true(start("eq", "2026-01-30T22:01:41.4707353+01:00"))
    assert.is_true(start("ge", 1769806901))
    assert.is_true(start("ge", 1769806901.25))
    assert.is_false(start("ge", 1769806902))
    assert.is_true(start("lt", "2026-01-30T21:01:41.4707354Z"))
    assert.is_false(start("lt", at))
  end)

  it("refuses what is no instant", function()
    for _, when in ipairs { "2026-01-30", "2026-01-30T21:01:41", "2026-02-30T00:00:00Z", "now", "",
      "2026-01-30T21:01:41Z.5", "2026.5-01-30T21:01:41Z", 1e12, -1e12, math.huge, 0 / 0, true,
      {} } do
      local message = raised(function() odata.instant(when) end)
      assert.matches("^bad argument #1 to 'odata.instant' %(epoch seconds or ISO 8601", message)
    end
  end)
end)

describe("odata.guid", function()
  local GUID = "0b44a3c4-7a5d-4b4c-9d0e-8a1f2b3c4d5e"

  it("writes it without quotes", function()
    local condition = odata.equals("uuid", odata.guid(GUID:upper()))
    assert.equal("uuid eq " .. GUID, condition)
    assert.is_true(matches(condition, { uuid = GUID }))
  end)

  it("refuses what is none", function()
    for _, text in ipairs { "", GUID .. "0", GUID:sub(2), ("0"):rep(36), GUID:gsub("b", "g"),
      "0b44a3c4-7a5d-4b4c9d0e--8a1f2b3c4d5e",
      "0b44a3c-47a5d-4b4c-9d0e-8a1f2b3c4d5e1", "0b44a3c47-a5d4-b4c9-d0e8-a1f2b3c4d5e0", 5 } do
      assert.matches("^bad argument #1 to 'odata.guid' %(a GUID of 36 characters expected, got ",
        (raised(function() odata.guid(text) end)))
    end
  end)
end)

describe("a condition", function()
  it("compares a field", function()
    assert.equal("partNumber eq 'a'", odata.equals("partNumber", "a"))
    assert.equal("product/name eq null", odata.equals("product/name", json.null))
    for _, operator in ipairs { "eq", "ne", "gt", "ge", "lt", "le" } do
      assert.equal("run " .. operator .. " 2", odata.compare("run", operator, 2))
    end
    assert.equal("result in ('Failed','Error')", odata.one_of("result", { "Failed", "Error" }))
    assert.equal("run eq 1", odata.one_of("run", { 1 }))
    assert.is_true(matches(odata.one_of("run", { 1, 2 }), { run = 2 }))
    assert.is_false(matches(odata.one_of("run", { 1, 2 }), { run = 3 }))
  end)

  it("names a field and nothing else", function()
    for _, field in ipairs { "", "a b", "a eq 1 or b", "1a", "a'", "a)", "a//b", "/a", "a/",
      "\u{E9}", "a\n" } do
      for where, f in pairs { equals = odata.equals, compare = function(name, value)
        local condition = odata.compare(name, "eq", value)
        return condition
      end, one_of = function(name, value)
        local condition = odata.one_of(name, { value })
        return condition
      end } do
        assert.equal(("bad argument #1 to 'odata.%s' (\"%s\" is no field's name)"):format(where,
          field), (raised(function() f(field, 1) end)))
      end
    end
    assert.equal("bad argument #1 to 'odata.equals' (a field's name expected, got nil)",
      (raised(function() odata.equals(nil, 1) end)))
  end)

  it("knows six operators", function()
    for _, operator in ipairs { "=", "GE", "has", "eq 1 or a eq" } do
      assert.matches("^bad argument #2 to 'odata.compare' %(one of eq, ne, gt, ge, lt, le expected",
        (raised(function() odata.compare("a", operator, 1) end)))
    end
    assert.matches("bad argument #2", (raised(function() odata.compare("a", nil, 1) end)))
  end)

  it("needs a value", function()
    local message, line = raised(function() odata.equals("a", nil) end)
    assert.equal(debug.getinfo(1, "l").currentline - 1, line)
    assert.matches("^bad argument #2 to 'odata.equals' %(.*got nil%)$", message)
    assert.matches("^bad argument #3 to 'odata.compare'",
      (raised(function() odata.compare("a", "eq", {}) end)))
    for _, values in ipairs { {}, "a", odata.instant(0) } do
      assert.equal("bad argument #2 to 'odata.one_of' (a list with at least one value expected)",
        (raised(function() odata.one_of("a", values) end)))
    end
    assert.matches("^bad argument #2", (raised(function() odata.one_of("a", { 1, {} }) end)))
    for _, values in ipairs { { 1, nil, 2 }, { 1, x = 2 }, { 1, [5] = 2 } } do
      assert.matches("a list without holes expected",
        (raised(function() odata.one_of("a", values) end)))
      assert.matches("a list without holes expected",
        (raised(function() odata.filter { a = values } end)))
    end
    assert.equal("a in (1,2)", odata.one_of("a", table.pack(1, 2)))
  end)
end)

describe("odata.all and odata.any", function()
  it("join conditions", function()
    assert.equal("a eq 1 and b eq 2", odata.all { "a eq 1", "b eq 2" })
    assert.equal("a eq 1 or b eq 2", odata.any { "a eq 1", "b eq 2" })
    assert.equal("a eq 1", odata.all { "a eq 1" })
    assert.is_nil(odata.all {})
    assert.is_nil(odata.any { false })
  end)

  it("bracket an or", function()
    local either = odata.any { odata.equals("run", 1), odata.equals("run", 2) }
    assert.equal("(run eq 1 or run eq 2) and result eq 'x'",
      odata.all { either, odata.equals("result", "x") })
    assert.equal("(a eq 1 OR b eq 2) and c", odata.all { "a eq 1 OR b eq 2", "c" })
    assert.equal("color eq 'x' and vendor eq 'y'", odata.all { "color eq 'x'", "vendor eq 'y'" })
  end)

  it("lose nothing behind a gap", function()
    assert.equal("a and d", odata.all { "a", nil, false, "d" })
    assert.equal("d", odata.any { nil, nil, nil, "d" })
  end)

  it("refuse what is no condition", function()
    assert.equal("bad argument #1 to 'odata.all' (a list of conditions expected, got string)",
      (raised(function() odata.all("a") end)))
    assert.equal("bad argument #1 to 'odata.any' (condition 2 must be text, got number)",
      (raised(function() odata.any { "a", 2 } end)))
    for _, name in ipairs { "all", "any" } do
      assert.matches('the key "partNumber"; fields and their values are for odata.filter',
        (raised(function() odata[name]({ "a eq 1", partNumber = "A" }) end)))
      assert.equal("a", odata[name](table.pack("a", nil)))
    end
    assert.matches("condition 1 must be text, got nothing but spaces",
      (raised(function() odata.all { " " } end)))
  end)
end)

describe("odata.filter", function()
  it("takes fields and conditions", function()
    local text = odata.filter { partNumber = "O'Brien", result = { "Failed", "Error" },
      odata.compare("start", "ge", odata.instant(1769806901)) }
    assert.equal("start ge 2026-01-30T21:01:41Z and partNumber eq 'O''Brien' and "
      .. "result in ('Failed','Error')", text)
    local record = { partNumber = "O'Brien", result = "Error",
      start_ticks = time.parse("2026-02-01T00:00:00Z") }
    assert.is_true(matches(text, record))
    record.result = "Passed"
    assert.is_false(matches(text, record))
  end)

  it("takes instants, null and false as values", function()
    assert.equal("comment eq null and measuresDeleted eq false and start eq 1970-01-01T00:00:00Z",
      odata.filter { comment = json.null, measuresDeleted = false, start = odata.instant(0) })
  end)

  it("is nil when nothing is asked", function()
    assert.is_nil(odata.filter {})
  end)

  it("checks names and values", function()
    assert.equal("bad argument #1 to 'odata.filter' (\"part number\" is no field's name)",
      (raised(function() odata.filter { ["part number"] = "x" } end)))
    assert.matches("got function", (raised(function() odata.filter { a = print } end)))
    assert.matches("at least one value", (raised(function() odata.filter { a = {} } end)))
    assert.matches("a field's name expected, got number",
      (raised(function() odata.filter { [1.5] = "x" } end)))
    assert.matches("got nil", (raised(function() odata.filter(nil) end)))
  end)
end)

describe("odata.contains, starts_with and ends_with", function()
  it("look into a text, whatever is in it", function()
    assert.equal("contains(partNumber,'O''B')", odata.contains("partNumber", "O'B"))
    for _, text in ipairs { "O'Brien", "100%_[a]", "a(b),c", "\u{D8}" } do
      local record = { partNumber = "<" .. text .. ">" }
      assert.is_true(matches(odata.contains("partNumber", text), record))
      assert.is_true(matches(odata.starts_with("partNumber", "<" .. text), record))
      assert.is_false(matches(odata.starts_with("partNumber", text), record))
      assert.is_true(matches(odata.ends_with("partNumber", text .. ">"), record))
      assert.is_false(matches(odata.ends_with("partNumber", text), record))
      assert.is_false(matches(odata.contains("partNumber", text .. "'"), record))
    end
  end)

  it("take a field's name and a text", function()
    assert.matches('^bad argument #1 to \'odata.contains\' %("a b" is no field',
      (raised(function() odata.contains("a b", "x") end)))
    assert.equal("bad argument #2 to 'odata.starts_with' (string expected, got number)",
      (raised(function() odata.starts_with("a", 5) end)))
    assert.matches("the text is not UTF%-8",
      (raised(function() odata.ends_with("a", "\xff") end)))
  end)
end)

describe("odata.some and odata.every", function()
  local record = { subUnits = {
    { partNumber = "O'Brien", serialNumber = "A-1", revision = "A" },
    { partNumber = "PSU", serialNumber = "B-1", revision = "B" },
  } }

  it("look into lists", function()
    assert.equal("subUnits/any(item: item/partNumber eq 'O''Brien')",
      odata.some("subUnits", { partNumber = "O'Brien" }))
    assert.equal("subUnits/all(item: item/a eq 1 and item/b in (1,2))",
      odata.every("subUnits", { b = { 1, 2 }, a = 1 }))
    assert.is_true(matches(odata.some("subUnits", { partNumber = "O'Brien" }), record))
    assert.is_true(matches(odata.some("subUnits", { revision = { "B", "C" } }), record))
    assert.is_false(matches(odata.some("subUnits", { partNumber = "PSU", revision = "A" }), record))
    assert.is_false(matches(odata.some("subUnits", { partNumber = "x' or 'a' eq 'a" }), record))
    assert.is_true(matches(odata.every("subUnits", { revision = { "A", "B" } }), record))
    assert.is_false(matches(odata.every("subUnits", { revision = "A" }), record))
    assert.is_true(matches(odata.every("subUnits", { revision = "A" }), {}))
    assert.is_false(matches(odata.some("subUnits", { revision = "A" }), {}))
  end)

  it("take conditions that a function makes", function()
    local condition = odata.some("subUnits", function(field)
      return odata.all { odata.ends_with(field "serialNumber", "-1"),
        odata.any { odata.equals(field "revision", "B"), odata.equals(field "revision", "C") } }
    end)
    assert.equal("subUnits/any(item: endswith(item/serialNumber,'-1') and "
      .. "(item/revision eq 'B' or item/revision eq 'C'))", condition)
    assert.is_true(matches(condition, record))
    assert.is_true(matches(odata.all { condition, odata.equals("partNumber", "x") },
      { subUnits = record.subUnits, partNumber = "x" }))
  end)

  it("refuse what says nothing", function()
    for _, wrong in ipairs { {}, "a eq 1", 5, odata.instant(0), function() end,
      function() return " " end } do
      assert.matches("^bad argument #2 to 'odata.some' %(fields with their values expected",
        (raised(function() odata.some("subUnits", wrong) end)))
    end
    assert.matches("conditions are made by a function",
      (raised(function() odata.every("subUnits", { "a eq 1" }) end)))
    assert.matches("is no field's name", (raised(function() odata.some("a b", { a = 1 }) end)))
    assert.matches('"part number" is no field',
      (raised(function() odata.some("subUnits", { ["part number"] = 1 }) end)))
    assert.matches("got function", (raised(function() odata.some("subUnits", { a = print }) end)))
  end)
end)
