-- client.barcode: what a scanned code means, and how the server is taught a new kind of label.
local wats = require("wats")

-- Your server, by WATS_BASE_URL and WATS_AUTH_TOKEN; else one on this machine.
local server <close> = not os.getenv("WATS_BASE_URL") and assert(require("wats.sandbox").spawn())
  or nil
local client <close> = assert(wats.connect(server and
  { base_url = server.url, token = server.token, station = { name = "ICT-01" } }))
local barcode = client.barcode

local function show(code)
  local found, err = barcode:identify(code)
  local text = code:gsub("%c", "")
  if not found then return print(text .. " -> " .. err.kind) end
  print(("%s -> %s of %s/%s"):format(text, found.serialNumber, found.partNumber or "-",
    found.revision or "-"))
end

-- As the server comes: serial number/part number/revision/batch number/process.
show("SN-0001/PCBA-100/B\r\n") -- scanners end with a line break

-- A supplier's label is read wrongly: the whole of it is taken for the serial number.
local label = "[)>P:CTRL-200;S:77104;R:1.1"
show(label)

-- So the server learns it: for each field an expression that finds it. Order 0 is tried before 1.
local identifier = assert(barcode:create_identifier {
  serialNumber = "(?<=;S:)\\d+", partNumber = "(?<=P:)[^;]+", revision = "(?<=;R:).+", order = 0,
  description = "[)>P:part number;S:serial number;R:revision",
})
show(label)
show("SN-0002/PSU-24V-5A/A") -- still read by the other

-- Many at once: each is asked for once, and what is wrong with one stops no other.
local found, errs = barcode:identify_many { label, "/no serial number", "SN-0003", label }
for i = 1, found.n do
  print(i .. ": " .. (found[i] and found[i].serialNumber or errs[i].kind))
end

for _, known in ipairs(assert(barcode:get_identifiers())) do
  print(("order %d: %s"):format(known.order, known.description))
end
assert(barcode:delete_identifier(identifier.id))
