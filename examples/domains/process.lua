-- What a station asks the server about processes: before a test, and at the repair bench.
-- With WATS_BASE_URL and WATS_AUTH_TOKEN it asks your server, else one on this machine.
local wats = require("wats")
local server = not os.getenv("WATS_BASE_URL") and assert(require("wats.sandbox").spawn())
local client <close> = assert(wats.connect(server and
  { base_url = server.url, token = server.token } or {}))
local process = client.process

print("test operations:")
for _, operation in ipairs(assert(process:get_test_operations())) do
  print(("  %4d  %s"):format(operation.code, operation.name))
end

-- A code out of a configuration file is checked before the first unit is tested, not after it.
for _, which in ipairs { 50, "pcba TEST", 4711 } do
  local valid, err = process:is_valid_test_operation(which)
  if valid == nil then error(err) end -- no answer is neither yes nor no
  print(("%s: %s"):format(which, valid and "a test operation" or "no test operation"))
end
print("default: " .. assert(process:get_default_test_code()))

-- At the repair bench: the causes that may be chosen, by category.
local repair = assert(process:get_default_repair_operation())
print(("%s (%d):"):format(repair.name, repair.code))
for _, category in ipairs(assert(process:get_repair_categories(repair.code))) do
  local codes = assert(process:get_repair_codes(repair.code, category.Description))
  print(("  %s: %s"):format(category.Description, table.concat(codes, ", ")))
end

-- What the operator typed becomes a code of the server's, or is refused.
for _, typed in ipairs { "solder BRIDGE", "gremlins" } do
  local code, err = process:get_fail_code(repair.code, typed)
  print(code and ("%s: %s, of %s"):format(typed, code.code, code.category)
    or ("%s: %s"):format(typed, err.message))
end

-- All that took two requests: both lists are kept. An administrator added one? Ask anew.
print(("requests: %d"):format(client:stats().exchanges))
assert(process:refresh())
print(("requests: %d"):format(client:stats().exchanges))
if server then server:stop() end
