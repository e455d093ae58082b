-- Build a report: everything that a test may have to say, judged before it is sent.
local wats = require("wats")

-- Your server, by WATS_BASE_URL and WATS_AUTH_TOKEN; else one on this machine.
local server <close> = not os.getenv("WATS_BASE_URL") and assert(require("wats.sandbox").spawn())
  or nil
local client <close> = assert(wats.connect(server and
  { base_url = server.url, token = server.token, station = { name = "ICT-01" } }))

-- What stands at the top. The station is the client's, the start now.
local uut = client.report:uut {
  part_number = "PCBA-100", serial_number = "SN-0042", revision = "B", process_code = 50,
  operator = "kari", fixture_id = "FIX-3", comment = "first of the lot",
}
uut:misc("Lot", "2026-17"):misc("Cycles", 3):asset("FIX-3")
  :sub_unit { part_number = "PSU-24V-5A", serial_number = "PSU-7", part_type = "Power supply" }
  :additional_data("Calibration", { gain = 1.0021, valid = true, poles = { 12.5, 80 } })

-- Steps. The status of each follows from its limits.
local power = uut:sequence("Power")
power:numeric { name = "3V3", value = 3.31, unit = "V", low = 3.2, high = 3.4 }
power:numeric { name = "Ripple", value = 0.012, unit = "V", comp = "LT", limit = 0.05 }
power:numeric_multi { name = "Rails", measurements = {
  { name = "5V", value = 5.03, unit = "V", low = 4.8, high = 5.2 },
  { name = "12V", value = 12.7, unit = "V", low = 11.5, high = 12.5 },
} }
power:numeric { name = "Insulation", value = 1 / 0, unit = "Ohm", comp = "LOG" } -- beyond the range

local digital = uut:sequence { name = "Digital", path = "digital.lua", version = "1.4" }
digital:string { name = "Firmware", value = "v2.1.0", limit = "V2.1.0", comp = "IGNORECASE" }
digital:pass_fail { name = "LED", passed = true }
digital:message_popup { name = "Is it green?", response = "yes", button = 1 }
digital:call_exe { name = "flash", exit_code = 0 }

-- A measurement that may be tried again: the last try counts.
local readings = { 0.7, 0.96 }
local retry = digital:loop { name = "Signal", decides = "last" }
for _, value in ipairs(readings) do
  local pass = retry:numeric { value = value, low = 0.9 }
  if pass.status == "P" then break end
end

local y = {}
for i = 1, 20 do y[i] = 1 - math.exp(-i / 4) end
uut:chart { name = "Step response", x_label = "t", x_unit = "ms", y_label = "U", y_unit = "V",
  series = { { name = "U", y = y } },
  measurements = { { name = "final", value = y[#y], low = 0.95, high = 1.05 } } }
uut:attachment { name = "log.txt", data = "all that was said\n", group = "cleanup" }

print("result: " .. uut:finish())
for _, step in ipairs(uut:get_failed_steps()) do
  print(("  step %d %s: %s"):format(step.id, step.name, step.status))
end
print(("%d steps, of them %d numeric"):format(uut:count_steps(),
  uut:count_steps(function(step) return step.numericMeas ~= nil end)))

-- Is it right? Problems are what the server would refuse or what is not true.
local good, problems, warnings = uut:validate()
print("good: " .. tostring(good))
for _, line in ipairs(problems or {}) do print("  problem: " .. line) end
for _, line in ipairs(warnings) do print("  warning: " .. line) end

-- The server stores what it is sent: what is wrong is to be found here.
local copy = assert(wats.report.parse(uut:to_json()))
local rails = copy:find_step("Rails")
rails.status, rails.numericMeas[2].status = "P", "P"
rails.numericMeas[1].lowLimit = nil
for _, line in ipairs(select(2, copy:validate())) do print("  copy: " .. line) end

assert(client.report:submit(uut))
print("read back: " .. assert(client.report:get_report(uut.id)).result)
