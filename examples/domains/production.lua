-- client.production: units move on when they have passed, and get their serial numbers.
local wats = require("wats")

-- Your server, by WATS_BASE_URL and WATS_AUTH_TOKEN; else one on this machine.
local server <close> = not os.getenv("WATS_BASE_URL") and assert(require("wats.sandbox").spawn())
  or nil
local client <close> = assert(wats.connect(server and
  { base_url = server.url, token = server.token, station = { name = "ICT-01" } }))
local production = client.production

-- Serial numbers from the server's pool, with a reference, so that they can be found again.
local numbers = assert(production:allocate_serial_numbers("SerialNumber", 2,
  { reference_pn = "PCBA-100", only_in_sequence = true }))
print("taken: " .. table.concat(numbers, ", "))

-- Units with these numbers: one request for all of them.
local units = {}
for i, number in ipairs(numbers) do
  units[i] = { serialNumber = number, partNumber = "PCBA-100", revision = "B" }
end
assert(production:create_units(units))

local function test(serial_number, volts)
  local uut = client.report:uut { part_number = "PCBA-100", revision = "B", operator = "kari",
    serial_number = serial_number, process_code = 50 }
  uut:sequence("Power"):numeric { name = "3V3", value = volts, unit = "V", low = 3.2, high = 3.4 }
  assert(client.report:submit(uut))
end
test(numbers[1], 3.31)
test(numbers[2], 3.52)

-- The gate: asked of the server each time. nil is not false: then nobody knows.
for _, number in ipairs(numbers) do
  local passing, err = production:is_unit_passing(number, "PCBA-100")
  if passing == nil then error(err) end
  assert(production:set_unit_phase(number, "PCBA-100",
    passing and "finalized" or "production_repair"))
end
for i, unit in ipairs((production:get_many { { numbers[1], "PCBA-100" },
  { numbers[2], "PCBA-100" } })) do
  local grade = assert(production:get_unit_grade(numbers[i], "PCBA-100"))
  print(("%s: %s, now %s"):format(unit.serialNumber, grade.status, unit.unitPhase))
end

-- What another system wants to know of it: the feed, emptied while it is read.
for change in production:unit_changes { acknowledge = true } do
  print(("changed: %s is in phase %d"):format(change.unitSerialNumber, change.newUnitPhaseId))
end
print("left in the feed: " .. #assert(production:get_unit_changes()))

-- An answer is lost. The numbers are taken all the same, and never asked for twice on its own: so
-- ask what was taken for this unit.
if server then server:fault { path = "/api/Production/SerialNumbers/Take", drop = "after" } end
local addresses, err = production:allocate_serial_numbers("MACAddress", 2,
  { reference_sn = numbers[1], reference_pn = "PCBA-100" })
if not addresses then
  print("no answer: " .. err.kind)
  addresses = {}
  for i, record in ipairs(assert(production:find_serial_numbers_by_reference("MACAddress",
    numbers[1], "PCBA-100"))) do
    addresses[i] = record.id
  end
end
print("addresses of " .. numbers[1] .. ": " .. table.concat(addresses, ", "))
