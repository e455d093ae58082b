-- Each mistake of a caller raises at the caller's own line, says what is wrong, and leaves the
-- report as it was.
local fault = require("spec.support.fault")
local json = require("wats.json")
local report = require("wats.report")
local wats = require("wats")

local STATION = { name = "ICT-01" }
local INF, NAN = math.huge, 0 / 0
local LONG = ("x"):rep(101)
local BROKEN = "a\xC3"

local function with(extra)
  local fields = { part_number = "P", serial_number = "S", revision = "", process_code = 10 }
  for name, value in pairs(extra) do fields[name] = value end
  return fields
end

local function new()
  return report.uut(with {}, STATION)
end

describe("the line that is blamed is the caller's, for", function()
  local uut = new()
  local seq = uut:sequence("s")
  local repair = report.uur({ uut = uut }, STATION)
  local client = wats.connect { base_url = "http://127.0.0.1:1", token = "x", station = STATION }
  for name, call in pairs {
    ["report.uut"] = function() local _ = report.uut({}, STATION) end,
    ["report.uut without anything"] = function() local _ = report.uut() end,
    ["client.report:uut"] = function() local _ = client.report:uut {} end,
    ["report.parse"] = function() local _ = report.parse(5) end,
    sequence = function() local _ = seq:sequence {} end,
    numeric = function() local _ = seq:numeric {} end,
    numeric_multi = function() local _ = seq:numeric_multi {} end,
    string = function() local _ = seq:string {} end,
    string_multi = function() local _ = seq:string_multi {} end,
    pass_fail = function() local _ = seq:pass_fail {} end,
    pass_fail_multi = function() local _ = seq:pass_fail_multi {} end,
    action = function() local _ = seq:action {} end,
    generic = function() local _ = seq:generic {} end,
    chart = function() local _ = seq:chart {} end,
    attachment = function() local _ = seq:attachment {} end,
    ["attachment of the report itself"] = function() local _ = uut:attachment {} end,
    loop = function() local _ = seq:loop {} end,
    ["a pass of a loop"] = function() local _ = seq:loop("l"):numeric {} end,
    ["loop.numeric"] = function() local _ = seq:loop("l").numeric {} end,
    ["report.uur"] = function() local _ = report.uur({}, STATION) end,
    ["client.report:uur"] = function() local _ = client.report:uur {} end,
    ["report.validate"] = function() local _ = report.validate(5) end,
    ["failure of a test"] = function() local _ = uut:failure {} end,
    failure = function() local _ = repair:failure {} end,
    ["attachment of a repair"] = function() local _ = repair:attachment {} end,
    ["sub_unit of a repair"] = function() local _ = repair:sub_unit {} end,
    additional_data = function() local _ = uut:additional_data("x", 5) end,
    call_exe = function() local _ = seq:call_exe {} end,
    message_popup = function() local _ = seq:message_popup {} end,
    ["a step of the report itself"] = function() local _ = uut:numeric {} end,
    misc = function() uut:misc() end,
    ["misc's value"] = function() uut:misc("a") end,
    sub_unit = function() uut:sub_unit() end,
    asset = function() uut:asset() end,
    ["asset's count"] = function() uut:asset("a", "b") end,
    ["finish's options"] = function() local _ = uut:finish(5) end,
    ["finish's result"] = function() local _ = uut:finish { result = "D" } end,
    ["seq.numeric"] = function() local _ = seq.numeric { name = "x", value = 1 } end,
    ["uut.numeric"] = function() local _ = uut.numeric { name = "x", value = 1 } end,
    ["uut.finish"] = function() local _ = uut.finish() end,
    ["uut.to_json"] = function() local _ = uut.to_json {} end,
    ["uut.to_table"] = function() local _ = uut.to_table(5) end,
    ["uut.validate"] = function() local _ = uut.validate("x") end,
    ["uut.misc"] = function() uut.misc("a", "b") end,
    ["uut.asset"] = function() uut.asset("a") end,
    ["uut.sub_unit"] = function() uut.sub_unit {} end,
  } do
    it(name, function() fault(call) end)
  end

  it("a function that calls the builder for others", function()
    local function helper() local _ = seq:numeric { name = "x" } end
    local ok, message = pcall(function() helper() end)
    assert.is_false(ok)
    assert.matches(":" .. debug.getinfo(helper, "S").linedefined .. ": numeric \"x\": ", message)
  end)
end)

-- { what is said, method, its arguments }: of the report where a sequence has no such method.
local CASES = {
  -- names: empty, too long, broken, with a NUL
  { 'action: option "name" must be at least 1 characters, got ""', "action", "" },
  { 'action: option "name" is missing (string)', "action" },
  { 'sequence: option "name" must be at least 1 characters, got ""', "sequence", "" },
  { 'pass_fail_multi "x": measurement 1: option "name" is missing', "pass_fail_multi",
    { name = "x", measurements = { { name = "", passed = true } } } },
  { 'string_multi "x": measurement 1: option "name" must be at most 100 characters, got "'
    .. LONG:sub(1, 40) .. '..."', "string_multi",
    { name = "x", measurements = { { name = LONG, value = "" } } } },
  { 'numeric "' .. LONG:sub(1, 60) .. '...": option "name" must be at most 100 characters, got "'
    .. LONG:sub(1, 40) .. '..."', "numeric", { name = LONG, value = 1 } },
  { 'sequence "a?": option "name" is not UTF-8', "sequence", { name = BROKEN } },
  { 'pass_fail "a?b": option "name" has a NUL in it', "pass_fail",
    { name = "a\0b", passed = true } },
  { "bad argument #1 to 'misc' (text is empty)", "misc", "", "x" },
  { "bad argument #1 to 'misc' (text has 101 characters, at most 100 are possible)", "misc", LONG,
    "x" },
  { "bad argument #1 to 'misc' (text is not UTF-8)", "misc", BROKEN, "x" },
  { "bad argument #1 to 'misc' (string expected, got nil)", "misc" },
  { "bad argument #1 to 'asset' (text is empty)", "asset", "" },
  { "bad argument #1 to 'asset' (text has a NUL in it)", "asset", "a\0" },
  { 'sub_unit: option "part_number" must be at least 1 characters, got ""', "sub_unit",
    { part_number = "", serial_number = "s" } },
  { 'sub_unit: option "revision" is not UTF-8', "sub_unit",
    { part_number = "p", serial_number = "s", revision = BROKEN } },
  { 'sub_unit: option "part_type" must be at most 50 characters, got "' .. LONG:sub(1, 40)
    .. '..."', "sub_unit", { part_number = "p", serial_number = "s", part_type = LONG } },
  -- other text
  { "bad argument #2 to 'misc' (text is not UTF-8)", "misc", "x", BROKEN },
  { "bad argument #2 to 'misc' (text has a NUL in it)", "misc", "x", "\0" },
  { 'action "x": option "report_text" is not UTF-8', "action",
    { name = "x", report_text = BROKEN } },
  { 'action "x": option "error_message" has a NUL in it', "action",
    { name = "x", error_message = "\0" } },
  { 'numeric "x": option "unit" is not UTF-8', "numeric",
    { name = "x", value = 1, unit = BROKEN } },
  { 'string "x": option "limit" is not UTF-8', "string",
    { name = "x", value = "a", limit = BROKEN } },
  -- huge and impossible numbers
  { "bad argument #2 to 'misc' (must fit into 32 bits, got 2147483648)", "misc", "x", 2147483648 },
  { "bad argument #2 to 'misc' (must fit into 32 bits, got -9223372036854775808)", "misc", "x",
    math.mininteger },
  { "bad argument #2 to 'misc' (integer or string expected, got 1e+300)", "misc", "x", 1e300 },
  { "bad argument #2 to 'misc' (integer or string expected, got boolean)", "misc", "x", true },
  { "bad argument #2 to 'asset' (must be at most 2147483647, got 2147483648)", "asset", "a",
    2147483648 },
  { "bad argument #2 to 'asset' (2147483648 uses together do not fit into 32 bits)", "asset",
    "FIX-1", 1 },
  { "bad argument #2 to 'asset' (must be at least 0, got -1)", "asset", "a", -1 },
  { "bad argument #2 to 'asset' (integer expected, got 1.5, a float)", "asset", "a", 1.5 },
  { 'action "x": option "error_code" must be at most 2147483647, got 4294967295', "action",
    { name = "x", error_code = 4294967295 } },
  { 'message_popup "x": option "button" must be at most 2147483647, got 2147483648',
    "message_popup", { name = "x", button = 2147483648 } },
  { 'action "x": option "total_time" must be finite, got inf', "action",
    { name = "x", total_time = INF } },
  { 'action "x": option "total_time" must be at least 0, got -1', "action",
    { name = "x", total_time = -1 } },
  { 'call_exe "x": option "exit_code" must be finite, got -inf', "call_exe",
    { name = "x", exit_code = -INF } },
  { 'action "x": option "start" must be epoch seconds of a year between 1970 and 9999, got 1e+18',
    "action", { name = "x", start = 1e18 } },
  { 'action "x": option "start" must be in a year between 1970 and 9999, got '
    .. '"0000-01-01T00:00:00Z"', "action", { name = "x", start = "0000-01-01T00:00:00Z" } },
  { 'numeric "x": option "high" must be a finite number, got inf', "numeric",
    { name = "x", value = 1, high = INF } },
  -- limits
  { 'numeric "x": low (5) is above high (2)', "numeric",
    { name = "x", value = 3, low = 5, high = 2 } },
  { 'numeric "x": low (5) is above high (2)', "numeric",
    { name = "x", value = 3, comp = "LTGT", low = 5, high = 2 } },
  { 'numeric "x": comp LT needs a limit (option "limit" or "high")', "numeric",
    { name = "x", value = 3, comp = "LT" } },
  { 'numeric "x": comp GTLT needs both limits: "high" is missing', "numeric",
    { name = "x", value = 3, comp = "GTLT", low = 2 } },
  { 'numeric "x": unknown comp "EQT" (did you mean "EQ"?)', "numeric",
    { name = "x", value = 3, comp = "EQT", limit = 2 } },
  { 'numeric "x": unknown comp "<=": one of EQ, NE, GT, GE, LT, LE, GTLT, GTLE, GELT, GELE, LTGT, '
    .. "LTGE, LEGT, LEGE, LOG", "numeric", { name = "x", value = 3, comp = "<=", limit = 4 } },
  { 'string "x": unknown comp "GELE": one of EQ, NE, CASESENSIT, IGNORECASE, LOG', "string",
    { name = "x", value = "a", comp = "GELE" } },
  { 'string "x": unknown comp "' .. LONG:sub(1, 60)
    .. '...": one of EQ, NE, CASESENSIT, IGNORECASE, LOG', "string",
    { name = "x", value = "a", comp = LONG } },
  -- values that are none
  { 'numeric "x": option "value" is missing', "numeric", { name = "x", low = 1 } },
  { 'numeric "x": option "value" must be number, got string', "numeric",
    { name = "x", value = "3.3" } },
  { 'string "x": option "value" must be string, got number', "string", { name = "x", value = 5 } },
  { 'pass_fail "x": option "passed" (or "status") is missing', "pass_fail", "x" },
  { 'pass_fail "x": option "passed" must be boolean, got string', "pass_fail",
    { name = "x", passed = "P" } },
  { 'action "x": unknown status "OK"', "action", { name = "x", status = "OK" } },
  { 'numeric_multi "x": measurement 1: status "D" is not possible here (P F S)', "numeric_multi",
    { name = "x", measurements = { { name = "a", value = 1, status = "D" } } } },
  { 'attachment "x": option "data" (or "file") is missing', "attachment", "x" },
  { 'generic "x": option "step_type" is missing (string)', "generic", "x" },
  -- lists that are none
  { 'numeric_multi "x": option "measurements" is missing (table)', "numeric_multi", "x" },
  { 'numeric_multi "x": option "measurements" must be a list, not empty', "numeric_multi",
    { name = "x", measurements = {} } },
  { 'numeric_multi "x": option "measurements" must be a list, not a table with the key name',
    "numeric_multi", { name = "x", measurements = { name = "a" } } },
  { 'numeric_multi "x": option "measurements" must be a list without holes: [2] is nil',
    "numeric_multi",
    { name = "x", measurements = { { name = "a", value = 1 }, nil, { name = "b", value = 9 } } } },
  { 'numeric_multi "x": measurement 1: a table of options expected, got number', "numeric_multi",
    { name = "x", measurements = { 3.3 } } },
  { 'numeric_multi "x": measurement 2: the name "a" is used twice', "numeric_multi",
    { name = "x", measurements = { { name = "a", value = 1 }, { name = "a", value = 2 } } } },
  { 'chart "x": series 1: y must be a list without holes: [2] is nil', "chart",
    { name = "x", series = { { name = "a", y = { 1, nil, 3 } } } } },
  { 'chart "x": series 1: y must be a list, not a table with the key k', "chart",
    { name = "x", series = { { name = "a", y = { k = 1 } } } } },
  { 'chart "x": option "series" must be a list without holes: [1] is nil', "chart",
    { name = "x", series = { nil, { name = "a", y = {} } } } },
  -- options that are none
  { "numeric: a table of options expected, got number", "numeric", 5 },
  { 'numeric "x": unknown option "lo" (did you mean "low"?)', "numeric",
    { name = "x", value = 1, lo = 1 } },
  { "numeric: unknown option 1", "numeric", { "x" } },
  { 'sub_unit: unknown option "sn"', "sub_unit", { sn = "x" } },
}

local loop = { name = "x" }
loop.measurements = { loop }
CASES[#CASES + 1] =
  { 'numeric_multi "x": measurement 1: unknown option "measurements"', "numeric_multi", loop }

describe("an open report refuses, and stays as it was:", function()
  for _, case in ipairs(CASES) do
    it(case[1]:gsub("%c", "?"), function()
      local uut = new()
      local seq = uut:sequence("s")
      uut:asset("FIX-1", 2147483647)
      local before = json.encode(uut.record, { sorted = true })
      local target = seq[case[2]] and seq or uut
      local method, first, second = target[case[2]], case[3], case[4]
      assert.equal(case[1], fault(function() local _ = method(target, first, second) end))
      assert.equal(before, json.encode(uut.record, { sorted = true }))
      assert.equal(3, seq:action("after").id)
      assert.equal("P", uut:finish())
      assert.is_true(uut:validate())
    end)
  end

  it("more sequences within each other than can be written", function()
    local deepest = new().root
    for _ = 2, 90 do deepest = deepest:sequence("s") end
    assert.equal("sequence: steps may lie 90 deep at most",
      fault(function() local _ = deepest:sequence("s") end))
    assert.equal("action: steps may lie 90 deep at most",
      fault(function() local _ = deepest:action("a") end))
  end)
end)

describe("a new report refuses", function()
  for _, case in ipairs {
    { 'option "part_number" is missing (string)', { part_number = false } },
    { 'option "part_number" must be at least 1 characters, got ""', { part_number = "" } },
    { 'option "serial_number" must be at most 100 characters, got "' .. LONG:sub(1, 40) .. '..."',
      { serial_number = LONG } },
    { 'option "serial_number" is not UTF-8', { serial_number = BROKEN } },
    { 'option "serial_number" has a NUL in it', { serial_number = "S\0" } },
    { 'option "revision" is missing (string)', { revision = false } },
    { 'option "process_code" must be integer, got string', { process_code = "10" } },
    { 'option "process_code" must be integer, got 10.5, a float', { process_code = 10.5 } },
    { 'option "process_code" must be integer, got 1099511627776, a float',
      { process_code = 2 ^ 40 } },
    { 'option "process_code" must be integer, got nan', { process_code = 0 / 0 } },
    { 'option "process_code" must be at most 2147483647, got 2147483648',
      { process_code = 2147483648 } },
    { 'option "operator" must be at most 100 characters, got "' .. LONG:sub(1, 40) .. '..."',
      { operator = LONG } },
    { 'option "exec_time" must be a number, not nan, got nan', { exec_time = NAN } },
    { 'option "exec_time" must be at most 1000000000000.0, got inf', { exec_time = INF } },
    { 'option "start" must be epoch seconds of a year between 1970 and 9999, got -1',
      { start = -1 } },
    { 'option "start" must be epoch seconds or ISO 8601 text with an offset, got '
      .. '"2026-01-30T22:01:41"', { start = "2026-01-30T22:01:41" } },
    { 'option "start" must be in a year between 1970 and 9999, got "9999-12-31T23:59:59-10:00"',
      { start = "9999-12-31T23:59:59-10:00" } },
    { 'option "id" must be a uuid, got "x"', { id = "x" } },
    { 'option "station.name" must be at least 1 characters, got ""', { station = { name = "" } } },
    { 'unknown option "station.nme" (did you mean "name"?)', { station = { nme = "x" } } },
    { 'option "sequence_name" must be at least 1 characters, got ""', { sequence_name = "" } },
  } do
    it(case[1]:gsub("%c", "?"), function()
      local fields = with(case[2])
      for name, value in pairs(fields) do
        if value == false then fields[name] = nil end
      end
      assert.equal("uut: " .. case[1],
        fault(function() local _ = report.uut(fields, STATION) end))
    end)
  end

  it("a station that is none", function()
    for station, problem in pairs {
      [5] = "a table of options expected, got number",
      [{ name = "" }] = 'option "name" must be at least 1 characters, got ""',
      [{ name = BROKEN }] = 'option "name" is not UTF-8',
    } do
      assert.equal("uut: station: " .. problem,
        fault(function() local _ = report.uut(with {}, station) end))
    end
    assert.equal('uut: the station has no name (option "station")',
      fault(function() local _ = report.uut(with {}) end))
  end)
end)
