-- generate.lua - writes the measurement logs of this folder: one morning shift of an in-circuit
-- tester, three products, one file for each.
--
--   lua5.4 examples/data/generate.lua [DIRECTORY]
--
-- The same on every machine: numbers come from a generator of our own, and only the four
-- operations and "%.6g" are used on them. README.md beside this file describes the format.

-- A linear congruential generator of 32 bits (the constants of Numerical Recipes).
local state = 20250313
local function uniform()
  state = (state * 1664525 + 1013904223) % 4294967296
  return (state // 256) / 16777216
end

-- Close enough to a normal deviate: the sum of twelve uniform ones has variance 1. Cut at three,
-- so that nothing fails but what is made to fail.
local function normal()
  local sum = -6
  for _ = 1, 12 do sum = sum + uniform() end
  return math.max(-3, math.min(3, sum))
end

-- One line of a test plan. `spread` is one standard deviation over the nominal value.
local function resistor(name, nominal, unit)
  return { "Analog/Resistors", name, "N", nominal, unit, 0.0035, nominal * 0.98, nominal * 1.02 }
end

local function capacitor(name, nominal, unit)
  return { "Analog/Capacitors", name, "N", nominal, unit, 0.025, nominal * 0.85, nominal * 1.15 }
end

local function inductor(name, nominal, unit)
  return { "Analog/Inductors", name, "N", nominal, unit, 0.02, nominal * 0.8, nominal * 1.2 }
end

local function diode(name, nominal)
  return { "Analog/Semiconductors", name, "N", nominal, "V", 0.012, nominal * 0.88, nominal * 1.12 }
end

local function rail(name, nominal, percent)
  return { "Power/Rails", name, "N", nominal, "V", percent / 400, nominal * (1 - percent / 100),
    nominal * (1 + percent / 100) }
end

-- What only has an upper or a lower limit.
local function at_most(group, name, typical, unit, high)
  return { group, name, "N", typical, unit, 0.06, nil, high }
end

local function at_least(group, name, typical, unit, low)
  return { group, name, "N", typical, unit, 0.06, low, nil }
end

local function check(group, name) return { group, name, "P" } end
local function text(group, name, expected) return { group, name, "S", expected } end

-- What every product begins with: is it contacted, and may power be applied?
local function contact(isolation)
  return {
    at_most("Contact", "probe resistance", 0.42, "Ω", 1.5),
    check("Contact", "fixture vacuum"),
    check("Shorts", "shorts"),
    check("Opens", "opens"),
    at_least("Shorts", "insulation VIN-GND", isolation, "MΩ", 5),
  }
end

local function plan(isolation, ...)
  local tests = contact(isolation)
  for _, test in ipairs { ... } do tests[#tests + 1] = test end
  return tests
end

local PRODUCTS = {
  {
    part_number = "PCB-4100", revision = "C", serial = "4100-25%05d", first = 1201, units = 26,
    operator = "kari", fixture = "FIX-4100-2", begin = 6 * 3600 + 240, seconds = 38,
    tests = plan(48,
      resistor("R101", 10, "kΩ"), resistor("R102", 4.7, "kΩ"), resistor("R103", 4.7, "kΩ"),
      resistor("R104", 220, "Ω"), resistor("R105", 1, "kΩ"), resistor("R110", 0.05, "Ω"),
      resistor("R111", 33.2, "kΩ"), resistor("R112", 12.4, "kΩ"),
      capacitor("C12", 100, "nF"), capacitor("C13", 100, "nF"), capacitor("C14", 22, "µF"),
      capacitor("C15", 470, "µF"), capacitor("C20", 18, "pF"),
      inductor("L1", 10, "µH"), inductor("L2", 2.2, "µH"),
      diode("D1 forward", 0.62), diode("D4 forward", 0.31), diode("Q3 base-emitter", 0.66),
      at_least("Analog/Semiconductors", "Q5 drain-source off", 12, "MΩ", 1),
      rail("+24V", 24, 5), rail("+12V", 12, 4), rail("+5V", 5, 3), rail("+3V3", 3.3, 3),
      rail("+1V8", 1.8, 3), at_most("Power", "supply current", 182, "mA", 260),
      at_most("Power", "+5V ripple", 21, "mV", 50),
      check("Digital", "boundary scan chain"), text("Digital", "U7 IDCODE", "4BA00477"),
      check("Digital", "flash programmed"), text("Digital", "firmware CRC", "9E107D9D")),
    faults = {
      [4] = { test = "R104", value = 0, again = "passes" },               -- tombstoned: bridged
      [9] = { test = "C15", value = 301, again = "passes" },              -- wrong part placed
      [17] = { test = "opens", value = "FAIL", also = { test = "L2", value = "OL" },
        again = "passes" },
      [22] = { test = "+3V3", value = 2.71, again = "fails" },            -- still low after rework
    },
  },
  {
    part_number = "PCB-2205", revision = "A", serial = "2205-25%05d", first = 388, units = 24,
    operator = "kari", fixture = "FIX-2205-1", begin = 8 * 3600 + 1500, seconds = 31,
    tests = plan(120,
      resistor("R1", 100, "kΩ"), resistor("R2", 100, "kΩ"), resistor("R3", 49.9, "kΩ"),
      resistor("R4", 1, "MΩ"), resistor("R5", 470, "Ω"), resistor("R6", 2.2, "kΩ"),
      resistor("R7", 2.2, "kΩ"),
      capacitor("C1", 10, "µF"), capacitor("C2", 1, "µF"), capacitor("C3", 100, "nF"),
      capacitor("C4", 12, "pF"), capacitor("C5", 12, "pF"), inductor("L1", 4.7, "µH"),
      diode("D1 forward", 0.29), diode("D2 LED forward", 1.92),
      at_most("Analog/Semiconductors", "D1 leakage", 0.35, "µA", 2),
      rail("+3V0", 3, 3), rail("+1V2", 1.2, 4), rail("VREF", 2.5, 0.4),
      at_most("Power", "sleep current", 2.4, "µA", 6),
      at_most("Power", "run current", 11, "mA", 18),
      { "Digital", "X1 frequency", "N", 32.768, "kHz", 4e-6, 32.7672, 32.7688 },
      text("Digital", "sensor WHO_AM_I", "6B"), check("Digital", "radio calibrated"),
      text("Digital", "firmware version", "2.4.1"), check("Digital", "flash programmed")),
    faults = {
      [2] = { test = "sensor WHO_AM_I", value = "FF", again = "passes" },
      [11] = { test = "sleep current", value = 41.7, again = "passes" },  -- solder ball under U2
      [12] = { test = "shorts", value = "FAIL", also = { test = "+1V2", value = 0.02 },
        again = "passes" },
      [20] = { test = "firmware version", value = "2.4.0", again = "passes" },
    },
  },
  {
    part_number = "PSU-1030", revision = "B", serial = "1030-25%05d", first = 77, units = 18,
    operator = "ola", fixture = "FIX-1030-1", begin = 11 * 3600 + 300, seconds = 44,
    tests = plan(310,
      resistor("R201", 332, "kΩ"), resistor("R202", 10, "kΩ"), resistor("R203", 0.1, "Ω"),
      resistor("R204", 15, "Ω"), resistor("R205", 68, "kΩ"), resistor("RT1 cold", 5, "Ω"),
      capacitor("C201", 68, "µF"), capacitor("C202", 2.2, "nF"), capacitor("C203", 1000, "µF"),
      capacitor("C204", 1000, "µF"), capacitor("C205", 330, "pF"),
      inductor("L201", 1.8, "mH"), inductor("T1 primary", 620, "µH"),
      inductor("T1 leakage", 9, "µH"),
      diode("D201 forward", 0.58), diode("D202 forward", 0.41), diode("OC1 LED forward", 1.15),
      at_least("Safety", "insulation primary-secondary", 2400, "MΩ", 100),
      at_most("Safety", "leakage current", 0.11, "mA", 0.25),
      rail("+24V no load", 24.1, 2), rail("+24V full load", 24, 2), rail("+24V 85 VAC", 24, 2),
      at_most("Power", "ripple full load", 64, "mV", 120),
      { "Power", "efficiency", "N", 89.4, "%", 0.008, 86 },
      at_most("Power", "standby power", 0.21, "W", 0.5),
      check("Power", "overcurrent trips"), check("Power", "power good signal")),
    faults = {
      [6] = { test = "efficiency", value = 83.2, again = "passes" },
      [13] = { test = "overcurrent trips", value = "FAIL", again = "passes again" },
    },
    -- beyond what the meter can show: above its only limit, so it passes
    over_range = { [3] = "insulation primary-secondary", [15] = "insulation primary-secondary" },
  },
}

local function number(value) return ("%.6g"):format(value) end

local function cell(value)
  if value == nil then return "" end
  local written = type(value) == "number" and number(value) or value
  if written:find('[",\n]') then written = '"' .. written:gsub('"', '""') .. '"' end
  return written
end

local function line(...)
  local cells = table.pack(...)
  for i = 1, cells.n do cells[i] = cell(cells[i]) end
  return table.concat(cells, ",", 1, cells.n) .. "\n"
end

-- What this unit measures: the plan's typical value, its scatter, or its fault.
local function measured(test, wrong)
  local name, kind, nominal, spread = test[2], test[3], test[4], test[6]
  local drawn = kind == "N" and nominal * (1 + spread * normal()) or nil
  if wrong[name] ~= nil then return wrong[name] end
  if kind == "P" then return "PASS" end
  return kind == "N" and drawn or nominal
end

local function test_line(test, wrong)
  local group, name, kind, expected, unit, _, low, high = table.unpack(test, 1, 8)
  if kind == "S" then low = expected end
  return line("TEST", group, name, kind, measured(test, wrong), unit, low, high)
end

local function clock(seconds)
  return ("2025-03-13T%02d:%02d:%02d+01:00"):format(seconds // 3600, seconds // 60 % 60,
    seconds % 60)
end

local function run(product, index, start, note, wrong)
  local lasted = product.seconds + uniform() * 4
  local lines = {
    line("RUN", product.serial:format(product.first + index - 1), product.part_number,
      product.revision, 50, clock(start), ("%.3f"):format(lasted), product.operator,
      product.fixture, note),
  }
  for _, test in ipairs(product.tests) do lines[#lines + 1] = test_line(test, wrong) end
  return table.concat(lines)
end

local function wrong_of(fault)
  local wrong = {}
  while fault do
    wrong[fault.test] = fault.value
    fault = fault.also
  end
  return wrong
end

-- First every unit once, then what came back from the repair bench.
local function shift(product)
  local runs, back, now = {}, {}, product.begin
  local function add(index, note, wrong)
    runs[#runs + 1] = run(product, index, now, note, wrong)
    now = now + product.seconds + 40 + math.floor(uniform() * 50)
  end
  for index = 1, product.units do
    local fault = product.faults[index]
    local wrong = wrong_of(fault)
    local over = (product.over_range or {})[index]
    if over then wrong[over] = "OL" end
    if fault then back[#back + 1] = { index, fault } end
    add(index, "", wrong)
  end
  now = now + 600
  for _, pair in ipairs(back) do
    local index, fault = pair[1], pair[2]
    if fault.again == "passes again" then
      add(index, "retest", wrong_of(fault))
      add(index, "rework", {})
    else
      add(index, "rework", fault.again == "fails" and wrong_of(fault) or {})
    end
  end
  return table.concat(runs)
end

local HEAD = [[
# in-circuit test log, station ICT-01, format 1 (see README.md)
# RUN,serial number,part number,revision,process code,start,seconds,operator,fixture,note
# TEST,group,name,kind,measured,unit,low limit,high limit
]]

local directory = arg[1] or arg[0]:match("^(.*)/[^/]*$") or "."
for _, product in ipairs(PRODUCTS) do
  local path = ("%s/2025-03-13_%s.csv"):format(directory, product.part_number)
  local file = assert(io.open(path, "wb"))
  assert(file:write(HEAD, shift(product)))
  assert(file:close())
end
