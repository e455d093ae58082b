-- The equipment of a test station: registered, used, worn, calibrated.
--
--   lua5.4 examples/domains/asset.lua      against a sandbox that it starts, or WATS_BASE_URL
local wats = require("wats")

-- A WATS server on this machine, unless the environment names one (with WATS_AUTH_TOKEN).
local server <close> = not os.getenv("WATS_BASE_URL")
  and assert(require("wats.sandbox").spawn()) or nil
local client <close> = assert(wats.connect(server
  and { base_url = server.url, token = server.token } or nil))
local asset = client.asset

-- A kind of fixture that wants new needles after 10 uses, and says so from 8 on.
local kind, err = asset:get_asset_type("Needle bed")
if not kind and err.kind == "not_found" then
  kind, err = asset:create_asset_type { typeName = "Needle bed", runningCountLimit = 10,
    totalCountLimit = 1000, warningThreshold = 80, alarmThreshold = 100 }
end
assert(kind, err)

-- update_asset without an id adds the asset, or changes it where it is there already.
for _, serial_number in ipairs { "BED-1", "PLUG-1" } do
  assert(asset:update_asset { serialNumber = serial_number, typeId = kind.typeId,
    assetName = "Fixture " .. serial_number, location = client.station.location })
end
assert(asset:add_child_asset("BED-1", "PLUG-1"))
assert(asset:record_calibration("BED-1", { comment = "new needles" }))

-- A report that names the fixture counts it.
local function test(serial_number)
  local uut = client.report:uut { part_number = "PCBA-100", revision = "B", process_code = 50,
    serial_number = serial_number, operator = "kari" }
  uut:sequence("Power"):numeric { name = "3V3", value = 3.31, unit = "V", low = 3.2, high = 3.4 }
  uut:asset("BED-1", 4)
  assert(client.report:submit(uut))
end

for i = 1, 3 do
  if assert(asset:get_alarm_state("BED-1")) == asset.ALARM_STATES.alarm then break end
  test(("SN-%04d"):format(i))
  local status = assert(asset:get_status("BED-1"))
  print(("test %d: used %d times, %s"):format(i, status.runningCount, status.message))
end

for _, worn in ipairs(assert(asset:get_assets_in_alarm())) do
  print(worn.serialNumber .. " must not be used")
  assert(asset:set_asset_state(worn, "in_maintenance"))
  assert(asset:upload_file(worn, "needles.txt", "12 of 40 needles worn\n"))
end

-- Its plug was used as well: both are told of it, by a total that may be told twice.
assert(asset:increment_count("PLUG-1", { total = 12 }))

assert(asset:reset_running_count("BED-1", "needles renewed"))
assert(asset:set_asset_state("BED-1", "in_operation"))
local bed = assert(asset:get_asset("BED-1"))
print(("%s is %s again: %d of %d uses, with %s"):format(bed.assetName,
  asset:state_name(bed.state), bed.runningCount, kind.runningCountLimit,
  table.concat(assert(asset:list_files(bed)), ", ")))
for _, entry in ipairs(assert(asset:get_asset_log(bed, { query = { ["$top"] = 3 } }))) do
  print(("  log: type %d %s"):format(entry.type, entry.comment or entry.value or ""))
end
