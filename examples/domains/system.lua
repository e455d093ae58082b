-- Which stations the server knows, and where they stand.
--
--   lua5.4 examples/domains/system.lua     against a sandbox that it starts, or WATS_BASE_URL
local wats = require("wats")

-- A WATS server on this machine, unless the environment names one (with WATS_AUTH_TOKEN).
local server <close> = not os.getenv("WATS_BASE_URL")
  and assert(require("wats.sandbox").spawn()) or nil
local client <close> = assert(wats.connect { base_url = server and server.url,
  token = server and server.token, station = { name = "ICT-01", location = "Oslo",
    purpose = "Production" } })

for name, text in pairs(assert(client.system:get_system_status())) do
  if name == "Database" then print("the server's database: " .. text) end
end

-- The server knows a station from its first report on.
local uut = client.report:uut { part_number = "PCBA-100", revision = "B", process_code = 50,
  serial_number = "SN-0001", operator = "kari" }
uut:sequence("Power"):pass_fail { name = "fuse", status = "passed" }
assert(client.report:submit(uut))
local station = assert(client.system:get_client("ICT-01"))
print(("%s is a %s in %s"):format(station.name, client.system:client_type_name(station.type),
  station.location))

-- Its place in the hierarchy; made where it is not there yet.
local place = { "Norway", "Oslo", "Line 4" }
local level, err = client.system:get_level(place)
if not level and err.kind == "not_found" then
  assert(client.system:create_level(place))
  level, err = client.system:get_level(place)
end
assert(level, err)

-- The reports that it has sent go along.
assert(client.system:update_client({ clientId = station.clientId, displayName = "In-circuit 1",
  clientGroupId = level }, { move_with_history = true }))
station = assert(client.system:get_client("ICT-01"))
print(("now it is %s, at level %s"):format(station.displayName,
  station.clientGroupId == level and table.concat(place, " / ") or "unknown"))

if station.identifier then
  local log = assert(client.system:get_client_log(station.identifier))
  print("its log has " .. select(2, log:gsub("\n", "")) .. " lines")
end
print(#assert(client.system:get_clients()) .. " station in all")
