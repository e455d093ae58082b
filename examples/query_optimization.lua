-- The look-ups of a morning three ways: one by one, with the cache, and many at once. For each of
-- 40 units a station wants its process, product, revision, the unit itself, and its last report.
local wats = require("wats")

-- A WATS server on this machine. Yours: base_url = "https://company.wats.com", and its token.
local server <close> = assert(require("wats.sandbox").spawn())
local function connect(cache)
  return assert(wats.connect { base_url = server.url, token = server.token, cache = cache })
end

local UNITS = {}
for i = 1, 40 do
  UNITS[i] = { serialNumber = ("SN-%03d"):format(i), revision = "A",
    partNumber = i % 3 == 0 and "PSU-24V-5A" or i % 3 == 1 and "RADIO-868" or "PCBA-100" }
end

-- The units are written in one request, and each gets a report.
do
  local client <close> = connect()
  assert(client.production:create_units(UNITS))
  for _, unit in ipairs(UNITS) do
    local uut = client.report:uut { part_number = unit.partNumber, revision = unit.revision,
      serial_number = unit.serialNumber, process_code = 50, operator = "kari" }
    uut:sequence("Power"):numeric { name = "3V3", value = 3.3, unit = "V", low = 3.2, high = 3.4 }
    assert(client.report:submit(uut))
  end
end

local function one_by_one(client)
  for _, unit in ipairs(UNITS) do
    assert(client.process:get_test_operation("PCBA test"))
    assert(client.product:get_product(unit.partNumber))
    assert(client.product:get_revision(unit.partNumber, unit.revision))
    assert(client.production:get_unit(unit.serialNumber, unit.partNumber))
    assert(client.report:query_headers { filter = { serialNumber = unit.serialNumber }, top = 1 })
  end
end

local function many_at_once(client)
  local part_numbers, serial_numbers, pairs_of_names = {}, {}, {}
  for i, unit in ipairs(UNITS) do
    part_numbers[i], serial_numbers[i] = unit.partNumber, unit.serialNumber
    pairs_of_names[i] = { unit.serialNumber, unit.partNumber }
  end
  assert(client.process:get_test_operation("PCBA test"))
  local products, errs = client.product:get_many(part_numbers) -- each once, with its revisions
  assert(not errs and products.n == #UNITS)
  assert(select(2, client.production:get_many(pairs_of_names)) == nil) -- up to 16 at a time
  assert(client.report:query_headers { filter = { serialNumber = serial_numbers } })
end

-- Runs it and prints how many requests went out, and what the trace says.
local function try(what, cache, fn)
  local client <close> = connect(cache)
  local trace = client:capture(fn, client)
  local sent, asked = 0, #trace
  for _, call in ipairs(trace) do sent = sent + (call.attempts > 0 and 1 or 0) end
  print(("%-28s %3d calls, %3d requests to the server"):format(what, asked, sent))
  for _, warning in ipairs(trace.warnings) do print("  warning: " .. warning.message) end
end

try("one by one, no cache:", false, one_by_one)
try("one by one, with the cache:", nil, one_by_one)
try("many at once, no cache:", false, many_at_once)
