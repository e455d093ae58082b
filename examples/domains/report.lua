-- client.report: reports are sent, found again in several ways, and looked into.
local wats = require("wats")

-- Your server, by WATS_BASE_URL and WATS_AUTH_TOKEN; else one on this machine.
local server <close> = not os.getenv("WATS_BASE_URL") and assert(require("wats.sandbox").spawn())
  or nil
local client <close> = assert(wats.connect(server and
  { base_url = server.url, token = server.token, station = { name = "ICT-01" } }))

local function test(serial_number, volts)
  local uut = client.report:uut { part_number = "PCBA-100", revision = "B", operator = "kari",
    serial_number = serial_number, process_code = 50 }
  uut:sub_unit { part_number = "PSU-1030", serial_number = "PSU-" .. serial_number,
    revision = "A", part_type = "Power supply" }
  uut:misc("Lot", "2026-17")
  uut:sequence("Power"):numeric { name = "3V3", value = volts, unit = "V", low = 3.2, high = 3.4 }
  uut:attachment { name = "scope.csv", data = "t;u\n0;0\n1;" .. volts .. "\n",
    content_type = "text/csv" }
  assert(client.report:submit(uut))
  return uut.id
end

local ids = { test("SN-1", 3.31), test("SN-2", 3.52), test("SN-3", 3.29) }

-- Headers: of today, of a unit, by what is built in. All of them, however many there are.
local function show(what, headers, err)
  assert(headers, err)
  print(("%s: %d"):format(what, #headers))
  for _, header in ipairs(headers) do
    print(("  %s %s %s"):format(header.partNumber, header.serialNumber, header.result))
  end
end
show("failed today", client.report:get_todays_headers { filter = { result = "Failed" },
  select = { "partNumber", "serialNumber", "result" } })
show("of SN-1", client.report:get_headers_by_serial("SN-1"))
show("with PSU-SN-3 in it", client.report:query_headers_by_subunit_serial("PSU-SN-3"))
show("of lot 2026-17", client.report:query_headers_by_misc_info("Lot", "2026-17"))

-- One after the other, in the order in which the server took them in.
local last
for header in client.report:headers { select = { "serialNumber", "timeStamp" } } do
  last = header
end
print("newest: " .. last.serialNumber)
assert(test("SN-4", 3.3))
for header in client.report:headers { after = last.timeStamp } do
  print("since then: " .. header.serialNumber)
end

-- Whole reports, several at once, and what hangs on them.
local reports, errs = client.report:get_many(ids, { include_attachments = false })
assert(not errs)
for _, report in ipairs(reports) do
  local step = report.record.root.steps[1].steps[1]
  print(("%s: %s = %g %s"):format(report.record.sn, step.name, step.numericMeas[1].value,
    step.numericMeas[1].unit))
end
local with = { expand = { "attachments" } }
local header = assert(client.report:get_headers_by_serial("SN-2", with))[1]
local found = header.attachments[1]
local bytes = assert(client.report:get_attachment(header.uuid, found.stepId))
print(("%s: %d bytes"):format(found.filename, #bytes))
print("certificate: " .. assert(client.report:get_certificate(header.uuid)):sub(1, 4))
print("as XML: " .. assert(client.report:get_report_xml(header.uuid)):match("<Report "))
