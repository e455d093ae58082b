-- A station for spec/monitoring/prometheus_spec.lua: asks the server twenty times a second and puts
-- a report into its queue for each fourth unit, and shows its figures in both text formats, and by
-- its health endpoint. Ends with its standard input.

local url, token, directory = ...

local core = require("wats.core")
local json = require("wats.json")
local needs = require("spec.support.needs")
local sandboxes = require("spec.support.sandbox")
local wats = require("wats")

local registry = wats.metrics.default()
local client = assert(wats.connect { base_url = url, token = token, rate_limit = false })

registry:counter("spec_total", "A number that a float would not hold."):inc(2 ^ 39 + 1)
local histogram = registry:histogram("spec_seconds", "Half below 1, half between 1 and 2.",
  { "kind" }, { buckets = { 1, 2, 4 } })
for _ = 1, 50 do
  histogram:observe(0.5, { kind = 'with "quotes", \\ and\nlines' })
  histogram:observe(1.5, { kind = 'with "quotes", \\ and\nlines' })
end

local PAGES = {
  ["/metrics"] = { "prometheus", "text/plain; version=0.0.4; charset=utf-8" },
  ["/openmetrics"] = { "openmetrics",
    "application/openmetrics-text; version=1.0.0; charset=utf-8" },
}

local httpd = assert(core.httpd { handler = function(request)
  local page = PAGES[request.path]
  if not page then return { status = 404 } end
  return { status = 200, body = registry:render(page[1]), headers = { ["Content-Type"] = page[2] } }
end })
local queue = needs.has_sqlite
  and assert(wats.queue.open { path = directory .. "/outbox.db", client = client }) or nil
local health = assert(wats.health.serve { port = 0, client = client, queue = queue,
  heartbeat_timeout = 60 })
health:set("power_supply", true)
print(httpd:port(), health.port)
io.stdout:flush()

local STDIN <const> = 0
local due, units = core.monotonic(), 0
while true do
  local now = core.monotonic()
  if now >= due then
    due = math.max(due + 0.05, now)
    assert(client:get("/api/Product/PCBA-100", { cache = "bypass" }))
    assert(client:get("/api/App/Processes"))
    units = units + 1
    if queue and units % 4 == 0 then assert(queue:submit(json.encode(sandboxes.report()))) end
  end
  if httpd:step(math.max(0, due - core.monotonic()), STDIN) == STDIN then break end
end
