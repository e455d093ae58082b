-- Repair a unit: from its failed test to the report on what was wrong and what was done.
local wats = require("wats")

-- Your server, by WATS_BASE_URL and WATS_AUTH_TOKEN; else one on this machine.
local server <close> = not os.getenv("WATS_BASE_URL") and assert(require("wats.sandbox").spawn())
  or nil
local client <close> = assert(wats.connect(server and
  { base_url = server.url, token = server.token, station = { name = "REPAIR-02" } }))

-- As the test station would have left it.
local function failed_test()
  local uut = client.report:uut { part_number = "PCBA-100", serial_number = "SN-0042",
    revision = "B", process_code = 50 }
  uut:sub_unit { part_number = "PSU-24V-5A", serial_number = "PSU-7", revision = "A" }
  local power = uut:sequence("Power")
  power:numeric { name = "3V3", value = 3.31, unit = "V", low = 3.2, high = 3.4 }
  power:numeric { name = "5V", value = 5.9, unit = "V", low = 4.8, high = 5.2 }
  assert(client.report:submit(uut))
end
failed_test()

-- The unit is on the bench: its last test, from the server.
local headers = assert(client.report:get_headers_by_serial("SN-0042"))
local test = assert(client.report:get_report(headers[1].uuid))
local failing = test:get_failed_steps()[1]
print(("%s %s failed at %s"):format(test.record.pn, test.record.sn, failing.name))

-- What can be said of it: the fail codes of the repair operation.
local operation = assert(client.process:get_default_repair_operation())
local codes = assert(client.process:get_repair_codes(operation.code, "Component"))
print(("%s knows %d codes of components"):format(operation.name, #codes))

-- Unit, sub units and the kind of test are the test's.
local repair = client.report:uur { uut = test, process_code = operation.code, operator = "ola",
  comment = "regulator replaced, supply exchanged" }
repair
  :failure { category = "Component", code = "Defective component", com_ref = "U7", step = failing,
    comment = "no load regulation", art_number = "LM1117", art_vendor = "TI",
    attachments = { { name = "u7.txt", data = "hot: 140 C\n" } } }
  :failure { category = "Other", code = "No failure found", unit = "PSU-7" }
  :sub_unit { part_number = "PSU-24V-5A", serial_number = "PSU-9", revision = "A",
    replaces = "PSU-7" }
  :attachment { name = "bench.log", data = "5V: 5.02 V after repair\n" }

assert(repair:validate())
assert(client.report:submit(repair))

-- What the server has of it.
local sent = assert(client.report:get_report(repair.id))
print("belongs to the test: " .. tostring(sent.record.uur.refUUT == test.id))
for _, unit in ipairs(sent.record.subUnits) do
  for _, failure in ipairs(unit.failures) do
    print(("unit %d %s: %s, %s"):format(unit.idx, unit.sn, failure.category, failure.code))
  end
end
local evidence = sent.record.subUnits[1].failures[1].attachments[1]
local bytes = assert(client.report:get_attachment(sent.id, evidence.id))
print(("%s: %d bytes"):format(evidence.name, #bytes))
for _, header in ipairs(assert(client.report:query_uur_headers())) do
  print(("repair of %s: %s"):format(header.serialNumber, header.result))
end
