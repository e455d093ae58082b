-- Random report trees survive build -> JSON -> parse -> JSON, and are judged good on the way; a
-- step costs the same however many there are.
local json = require("wats.json")
local report = require("wats.report")

local random = math.random

local NAMES = { "3V3", "5V", "Øre", "a\"b\\c", "\u{1F50C}", "tab\there", ("n"):rep(98), "x/y;z" }

local function name()
  return NAMES[random(#NAMES)] .. (random(2) == 1 and "" or random(99))
end

local NUMBERS = {
  function() return random(-5, 5) end,
  function() return (random() - 0.5) * 10.0 ^ random(-300, 300) end,
  function() return random() * 10 end,
  function() return -0.0 end,
  function() return 5e-324 end,
  function() return math.maxinteger end,
  function() return 0 / 0 end,
  function() return math.huge end,
}

local function number()
  return NUMBERS[random(#NUMBERS)]()
end

local function maybe(value)
  if random(2) == 1 then return value end
  return nil
end

-- Options of a measurement, whatever its name.
local function measured(kind)
  if kind == "string" then
    return { value = name(), limit = maybe(name()), comp = nil }
  elseif kind == "pass_fail" then
    return { passed = random(3) > 1 }
  end
  local given = { value = number(), unit = maybe("V") }
  local form = random(4)
  if form == 2 then
    given.low, given.high = -1.5, 4
  elseif form == 3 then
    given.limit = random(-3, 3)
    given.comp = ({ "EQ", "NE", "GT", "GE", "LT", "LE" })[random(6)]
  elseif form == 4 then
    given.low, given.high = 0, 2.25
    given.comp = ({ "GTLT", "LTGT", "LEGE", "GELT" })[random(4)]
  end
  return given
end

local function with(given, more)
  for key, value in pairs(more) do given[key] = value end
  return given
end

local COMMON = {
  function() return { report_text = name() } end,
  function() return { total_time = random(), group = "cleanup" } end,
  function() return { error_code = random(-9, 9), error_message = name() } end,
  function() return { additional_results = { A = { v = random(), l = { 1, "x", true } } } } end,
  function() return { start = 1.7e9 + random() } end,
}

local function decorated(given)
  given.name = name()
  return maybe(given) or with(given, COMMON[random(#COMMON)]())
end

local fill -- a loop of sequences and it call each other

local ADD = {
  function(seq) seq:numeric(decorated(measured "numeric")) end,
  function(seq) seq:string(decorated(measured "string")) end,
  function(seq) seq:pass_fail(decorated(measured "pass_fail")) end,
  function(seq)
    local kind = ({ "numeric", "string", "pass_fail" })[random(3)]
    local list = {}
    for i = 1, random(4) do list[i] = with(measured(kind), { name = "m" .. i }) end
    seq[kind .. "_multi"](seq, decorated { measurements = list })
  end,
  function(seq) seq:action(decorated { status = maybe(({ "D", "S", "E", "T" })[random(4)]) }) end,
  function(seq) seq:generic(decorated { step_type = "NI_Wait" }) end,
  function(seq) seq:call_exe(decorated { exit_code = random(5) }) end,
  function(seq) seq:message_popup(decorated { response = maybe(name()), button = random(3) }) end,
  function(seq)
    seq:attachment(decorated { data = string.pack("j", random(0)), content_type = maybe "a/b" })
  end,
  function(seq)
    seq:chart(decorated { series = { { name = "s", x = { 1, 2 }, y = { number(), number() } } } })
  end,
  function(seq, depth)
    local loop = seq:loop { name = name(), decides = ({ "all", "last", "any" })[random(3)] }
    for _ = 1, random(0, 3) do
      if random(2) == 1 then
        loop:numeric(measured "numeric")
      else
        fill(loop:sequence(), depth + 1)
      end
    end
  end,
  function(seq, depth) fill(seq:sequence(name()), depth + 1) end,
}

function fill(seq, depth)
  for _ = 1, random(0, depth > 4 and 1 or 5) do ADD[random(#ADD)](seq, depth) end
end

local function random_test()
  local uut = report.uut({
    part_number = "P", serial_number = name(), revision = maybe("B") or "", process_code = 10,
    start = 1.7e9 + random(), comment = maybe(name()),
    non_finite = random(2) == 1 and "text" or "omit",
  }, { name = "ICT-01" })
  fill(uut, 1)
  if maybe(true) then
    uut:misc(name(), random(9)):sub_unit { part_number = "p", serial_number = "s" }
  end
  if maybe(true) then uut:asset(name(), random(9)):additional_data("d", { a = number() }) end
  return uut
end

local function random_repair(uut)
  local uur = report.uur({ uut = uut, comment = maybe(name()) }, { name = "R" })
  for i = 1, random(0, 3) do
    uur:failure { category = "c", code = "d", comment = maybe(name()),
      step = random(uut.book.last_id), attachments = maybe { { name = "a", data = name() } } }
    if maybe(true) then uur:attachment { name = "b", data = name(), failure = maybe(i) } end
  end
  if maybe(true) then uur:sub_unit { part_number = "q", serial_number = "t", replaces = 0 } end
  return uur
end

-- A value as text that tells every bit of it, whatever the order of its members.
local function exact(value)
  if type(value) ~= "table" then
    return math.type(value) == "float" and ("%a"):format(value) or ("%q"):format(tostring(value))
  end
  local parts = {}
  for key, element in pairs(value) do
    parts[#parts + 1] = ("%q=%s"):format(tostring(key), exact(element))
  end
  table.sort(parts)
  return (json.is_array(value) and "[" or "{") .. table.concat(parts, ",") .. "}"
end

local function decoded(text)
  return exact(assert(json.decode(text, { nulls = "keep" })))
end

local function check(built)
  local result = built:finish()
  local ok, problems, warnings = built:validate()
  assert.is_true(ok, problems and table.concat(problems, "\n"))
  for _, warning in ipairs(warnings) do
    assert.is_nil(warning:find("loop", 1, true) or warning:find("caused", 1, true), warning)
  end
  local text = built:to_json()
  local read = assert(report.parse(text))
  assert.equal(result, read:finish())
  assert.is_true(read:validate())
  assert.equal(built:count_steps(), read:count_steps())
  assert.equal(decoded(text), decoded(read:to_json()))
  assert.equal(decoded(text), decoded(json.encode(built:to_table())))
end

describe("a report", function()
  local count = os.getenv("WATS_TEST_LONG") and 5000 or 60

  it(("survives, whatever it is (%d random trees)"):format(count), function()
    for seed = 1, count do
      math.randomseed(seed)
      local ok, problem = pcall(function()
        local uut = random_test()
        check(uut)
        check(random_repair(uut))
      end)
      assert.is_true(ok, ("with the seed %d: %s"):format(seed, tostring(problem)))
    end
    math.randomseed(os.time())
  end)

  -- about 0.15 s on a slow machine
  it("of 10,000 steps is built and settled in no time", function()
    local function build(steps)
      local began = os.clock()
      local uut = report.uut({ part_number = "P", serial_number = "S", revision = "",
        process_code = 10 }, { name = "ICT-01" })
      local seq = uut:sequence("s")
      for _ = 1, steps do
        seq:numeric { name = "3V3", value = 3.31, unit = "V", low = 3.2, high = 3.4 }
      end
      uut:finish()
      return os.clock() - began
    end
    local small, large = build(1000), build(10000)
    assert.is_true(large < 3, large)
    -- ten times as many cost ten times as much, not a hundred times
    assert.is_true(large < 40 * small + 0.5, ("%g against %g"):format(large, small))
  end)
end)
