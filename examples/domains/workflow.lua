-- client.workflow: a unit's workflow lets a test begin, and hears how it ended.
local wats = require("wats")

-- Your server, by WATS_BASE_URL and WATS_AUTH_TOKEN; else one on this machine.
local server <close> = not os.getenv("WATS_BASE_URL") and assert(require("wats.sandbox").spawn())
  or nil
local client <close> = assert(wats.connect(server and
  { base_url = server.url, token = server.token, station = { name = "ICT-01" } }))
local workflow, unit = client.workflow, { "SN-0001", "PCBA-100" }

assert(client.production:create_units {
  { serialNumber = unit[1], partNumber = unit[2], revision = "B" } })

local function attempt(volts)
  local started, err = workflow:start_test(unit[1], unit[2], { operator_name = "kari" })
  if started == nil then error(err) end -- no answer, or there is no such unit
  if not started then
    print("the workflow does not stand at a test: nothing is done")
    return
  end
  local uut = client.report:uut { part_number = unit[2], revision = "B", operator = "kari",
    serial_number = unit[1], process_code = 50 }
  uut:sequence("Power"):numeric { name = "3V3", value = volts, unit = "V", low = 3.2, high = 3.4 }
  local passed = uut:finish() == "P"
  assert(client.report:submit(uut))
  assert(workflow:end_test(unit[1], unit[2], passed))
  print(("tested at %.2f V: %s"):format(volts, passed and "passed" or "failed, stays at the test"))
end

attempt(3.52)
attempt(3.31)
attempt(3.30)
