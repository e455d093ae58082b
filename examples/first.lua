local wats = require("wats")
-- A WATS server on this machine. Yours: base_url = "https://company.wats.com", and its token.
local server <close> = assert(require("wats.sandbox").spawn())
local client <close> = assert(wats.connect { base_url = server.url, token = server.token })

local product = assert(client.product:get_product("PCBA-100"))
local operation = assert(client.process:get_test_operation("PCBA test"))

local uut = client.report:uut {
  part_number = product.partNumber, revision = "B", serial_number = "SN-0001",
  process_code = operation.code, operator = "kari",
}
local power = uut:sequence("Power")
power:numeric { name = "3V3", value = 3.31, unit = "V", low = 3.2, high = 3.4 }
power:numeric { name = "5V", value = 5.42, unit = "V", low = 4.8, high = 5.2 }
print("result: " .. uut:finish())

local sent, err = client.report:submit(uut)
print(sent and "the server has it" or "not sent: " .. tostring(err))
print("read back: " .. assert(client.report:get_report(uut.id)).result)
