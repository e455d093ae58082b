-- client.export: certificates of all tests of a product in one archive.
local wats = require("wats")

-- Your server, by WATS_BASE_URL and WATS_AUTH_TOKEN; else one on this machine.
local server <close> = not os.getenv("WATS_BASE_URL") and assert(require("wats.sandbox").spawn())
  or nil
local client <close> = assert(wats.connect(server and
  { base_url = server.url, token = server.token, station = { name = "ICT-01" } }))

for i = 1, 3 do
  local uut = client.report:uut { part_number = "PCBA-100", revision = "B", operator = "kari",
    serial_number = "SN-" .. i, process_code = 50 }
  uut:pass_fail { name = "LED", passed = i ~= 2 }
  assert(client.report:submit(uut))
end

-- What fits the filter, one certificate for each report. The server tells by mail as well.
local order = assert(client.export:queue_certificate(
  { partNumber = "PCBA-100", status = "Passed" },
  { individual_files = true, dimensions = { "operator", "measurement", "page_numbers" },
    email = "quality@example.com" }))
print("ordered: " .. order.exportFileName)
assert(client.export:wait_for(order.exportFileName, { interval = server and 0.05 or 5 }))
print("ready: " .. table.concat(assert(client.export:get_list()), ", "))

local path = os.tmpname()
local done, total = 0, nil
assert(client.export:get_file(order.exportFileName, {
  sink = path, on_progress = function(bytes, all) done, total = bytes, all end,
}))
local file = assert(io.open(path, "rb"))
local _, certificates = file:read("a"):gsub("PK\1\2", "") -- entries of the archive's directory
file:close()
os.remove(path)
print(("%d certificates in the archive, %s"):format(certificates,
  done == (total or done) and "which came whole" or "which is cut"))
