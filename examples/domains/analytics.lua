-- The morning's figures: yield, what fails most, how units flow, and where they get stuck.
local wats = require("wats")

-- A WATS server on this machine, unless WATS_BASE_URL and WATS_AUTH_TOKEN name yours.
local own <close> = not os.getenv("WATS_BASE_URL")
  and assert(require("wats.sandbox").spawn()) or nil
local client <close> = assert(wats.connect {
  base_url = own and own.url, token = own and own.token,
  station = { name = "ICT-01", location = "Oslo", purpose = "Production" } })

-- Reports of last night; on a server of yours there are some already.
local function test(serial_number, process_code, volts)
  local uut = client.report:uut { part_number = "PCBA-100", revision = "B",
    serial_number = serial_number, process_code = process_code, operator = "kari" }
  local power = uut:sequence("Power")
  power:numeric { name = "3V3", value = 3.3, unit = "V", low = 3.2, high = 3.4 }
  power:numeric { name = "5V", value = volts, unit = "V", low = 4.8, high = 5.2 }
  assert(client.report:submit(uut))
end

if own then
  for i = 1, 20 do
    local serial_number = ("SN-%03d"):format(i)
    if i % 5 == 0 then test(serial_number, 50, 5.4) end -- fails at first, then passes
    if i ~= 20 then test(serial_number, 50, 5.0) end
    if i <= 15 then test(serial_number, 100, i % 4 == 0 and 4.5 or 4.9) end
  end
end

local analytics = client.analytics

print("yield of the last week, by operation:")
for _, row in ipairs(assert(analytics:get_dynamic_yield {
  partNumber = "PCBA-100", dateFrom = os.time() - 7 * 86400,
  dimensions = { "unitCount desc", "testOperation", "fpy", "lpy" } })) do
  print(("  %-18s %3d units, first pass %5.1f %%, last pass %5.1f %%"):format(row.testOperation,
    row.unitCount, row.fpy, row.lpy))
end

print("what fails most:")
for _, step in ipairs(assert(analytics:get_top_failed { partNumber = "PCBA-100", topCount = 3 })) do
  print(("  %s, %d of %d"):format(step.stepPath, step.failCount, step.totalCount))
end

print("5V at the end of the line:")
local path = analytics:measurement_path { "MainSequence Callback", "Power", "5V" }
for _, row in ipairs(assert(analytics:get_aggregated_measurements { partNumber = "PCBA-100",
  testOperation = "End of line test", measurementPaths = path })) do
  print(("  %d values from %g to %g %s, average %.2f"):format(row.count, row.min, row.max, row.unit,
    row.avg))
end

local summary = assert(analytics:get_flow_summary { partNumber = "PCBA-100" })
print(("%d units through %d operations; stuck most at: %s"):format(summary.unit_count,
  summary.node_count, summary.bottleneck.name))
for _, node in ipairs(assert(analytics:get_bottlenecks({ partNumber = "PCBA-100" }, 90))) do
  print(("  %s: %.1f %% of %d units pass"):format(node.name, node.yieldPercent, node.unitCount))
end

local units = { "SN-004", "SN-020" }
local flows = analytics:trace_serial_numbers(units) -- side by side
for i, flow in ipairs(flows) do
  local names = {}
  for k, node in ipairs(flow.nodes) do names[k] = node.name end
  print(units[i] .. " went through " .. table.concat(names, ", "))
end
