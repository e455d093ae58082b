-- What each thread of spec/support/host.c does: a client of its own, look-ups, a report.
local number, url, token = ...

local wats = require("wats")
local client = assert(wats.connect { base_url = url, token = token })
for i = 1, 20 do
  local product = assert(client.product:get_product("PCBA-100"))
  assert(product.partNumber == "PCBA-100")
  assert(client.process:get_test_operation(50).name == "PCBA test")
  if i % 10 == 0 then
    local uut = client.report:uut {
      part_number = "PCBA-100", revision = "B", process_code = 50, operator = "kari",
      serial_number = ("SN-%d-%d"):format(number, i),
    }
    uut:sequence("Power"):numeric { name = "3V3", value = 3.3, unit = "V", low = 3.2, high = 3.4 }
    assert(client.report:submit(uut))
    assert(assert(client.report:get_report(uut.id)).result == "P")
  end
end
-- half of the states are closed with an open client
if number % 2 == 0 then client:close() end
return package.searchpath("wats.core", package.cpath)
