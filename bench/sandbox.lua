-- How many requests the sandbox serves in a second, asked by one client one after the other: a
-- server to develop against must not be what a test suite waits for.
--
--   make bench     (or: lua5.4 bench/sandbox.lua, with wats found by LUA_PATH and LUA_CPATH)

local monotonic = require("wats.core").monotonic
local sandboxes = require("wats.sandbox")
local wats = require("wats")

local AT_LEAST = 1000
local SECONDS = 1

local sandbox <close> = assert(sandboxes.spawn { lua = os.getenv("LUA") })
local client = assert(wats.connect { base_url = sandbox.url, token = sandbox.token, cache = false,
  rate_limit = false })

-- A report with so many measurements, as text.
local function report(number, count)
  local uut = client.report:uut {
    part_number = "PN-1", revision = "A", process_code = 10, operator = "bench",
    serial_number = ("SN-%d"):format(number),
  }
  local group
  for i = 1, count do
    if i % 20 == 1 then group = uut:sequence("Group " .. i) end
    group:numeric { name = "Measurement " .. i, value = i * 1.1, unit = "V", low = i * 0.5,
      high = i * 2.0 }
  end
  uut:finish()
  return uut:to_json()
end

-- Requests per second.
local function rate(request)
  local count, start = 0, monotonic()
  repeat
    count = count + 1
    local answer = assert(request(count))
    assert(answer.status == 200, answer.body)
  until monotonic() - start >= SECONDS
  return count / (monotonic() - start)
end

local function posting(measurements)
  local texts = {}
  for i = 1, 20 do texts[i] = report(i, measurements) end
  return #texts[1], function(i)
    return client:post("/api/Report/WSJF", { body = texts[i % #texts + 1],
      headers = { ["Content-Type"] = "application/json" } })
  end
end

local function row(what, per_second, target)
  local verdict = target and ("at least %d/s  %s"):format(target,
    per_second >= target and "ok" or "MISSED") or ""
  print(("%-40s %9.0f/s  %s"):format(what, per_second, verdict))
end

print("requests that the sandbox serves, one after the other")
row("GET /api/App/Version", rate(function() return client:get("/api/App/Version") end), AT_LEAST)
for _, measurements in ipairs { 1, 30, 250 } do
  local size, request = posting(measurements)
  row(("POST of a report of %.1f KB"):format(size / 1000), rate(request),
    measurements <= 30 and AT_LEAST or nil)
end
