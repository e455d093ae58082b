-- A station that tells how it is, to Kubernetes, Grafana or a colleague's browser.
--
--   lua5.4 examples/health.lua           shows what they would see
--   lua5.4 examples/health.lua --stay    stays, so that you can ask by curl

local wats = require("wats")
-- A WATS server on this machine. Yours: base_url = "https://company.wats.com", and its token.
local server <close> = assert(require("wats.sandbox").spawn())
local client <close> = assert(wats.connect { base_url = server.url, token = server.token })

local health <close> = assert(wats.health.serve {
  port = 0,                -- one that is free; a station has its own, 8080 by default
  client = client,
  heartbeat_timeout = 30,  -- a script that says nothing for so long is lost
  auto_beat = true,        -- what waits for the server is not
})

-- What somebody sees who asks.
local function show(path)
  local pipe = assert(io.popen(("curl -s -o - -w ' %%{http_code}' %s%s"):format(health.url, path)))
  print(path, (pipe:read("a")))
  pipe:close()
end

-- An instrument: the check stays false until it is calibrated.
health:set("power_supply", false, "not calibrated")
show("/health/ready")
show("/health/live")
health:set("power_supply", true, "calibrated")
show("/health/ready")

-- Units are tested; a loop without requests says itself that it goes on.
for _, part in ipairs { "PCBA-100", "PCBA-200", "PCBA-100" } do
  client.product:get_product(part)
  health:beat()
end
show("/health")
local figures = assert(io.popen("curl -s " .. health.url .. "/metrics"))
for line in figures:lines() do
  if line:find("^wats_http_cache_requests_total ") then print(line) end
end
figures:close()

if arg[1] == "--stay" then
  print(health.url .. "/health/details", "(Ctrl-C ends)")
  while true do wats.sleep(3600) end
end
