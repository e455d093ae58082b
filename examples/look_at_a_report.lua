-- look_at_a_report.lua: a test whose report is looked at before it is sent.
--
--   lua examples/look_at_a_report.lua [PAGE]
--
-- Prints the failing steps and writes the page (report.html) for who wants to see the curve.

local report = require("wats.report")

local function test()
  local uut = report.uut({
    part_number = "PCBA-100", serial_number = "SN-0042", revision = "B", process_code = 50,
    operator = "kari",
  }, { name = "ICT-01", location = "Oslo", purpose = "Production" })

  local power = uut:sequence("Power")
  power:numeric { name = "3V3", value = 3.31, unit = "V", low = 3.2, high = 3.4 }
  power:numeric { name = "Idle current", value = 48.2, unit = "mA", high = 45 }

  -- what a sweep measured: a filter's gain over frequency
  local frequency, gain = {}, {}
  for i = 1, 61 do
    frequency[i] = 10 ^ (1 + (i - 1) / 15)
    gain[i] = -10 * math.log(1 + (frequency[i] / 2200) ^ 2, 10)
  end
  uut:sequence("Filter"):chart {
    name = "Sweep", label = "Gain of the filter", chart_type = "LineLogX",
    x_label = "Frequency", x_unit = "Hz", y_label = "Gain", y_unit = "dB",
    series = { { name = "Gain", x = frequency, y = gain } },
    measurements = {
      { name = "Gain at 100 Hz", value = gain[16], unit = "dB", low = -1, high = 1 },
      { name = "Corner", value = 2200, unit = "Hz", low = 2000, high = 2500 },
    },
  }
  uut:finish()
  return uut
end

local uut = test()
io.write(uut:to_text { tree = false, width = 80 })

local path = arg and arg[1] or "report.html"
local file = assert(io.open(path, "wb"))
assert(file:write(uut:to_html()))
assert(file:close())
print("the whole of it: " .. path)
