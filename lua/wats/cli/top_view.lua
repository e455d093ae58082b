-- wats.cli.top_view: what `wats top` shows, made of one or two readings of a station's page. Pure.
--
-- With two readings, rates and durations are of the time between them; with one, durations are of
-- all the time since the station began, and there are no rates.

local top_view = {}

---@class wats.cli.Reading
---@field time number  monotonic seconds
---@field wall number  seconds since 1970
---@field series table<string, wats.cli.Sample[]>

local NONE <const> = "-"

-- The sum of the samples with these labels; nil when there is none.
local function sum(reading, name, labels)
  local total
  for _, sample in ipairs(reading and reading.series[name] or {}) do
    local fits = true
    for label, value in pairs(labels or {}) do fits = fits and sample.labels[label] == value end
    if fits then total = (total or 0) + sample.value end
  end
  return total
end

-- What was added between the readings. A counter that has fallen began anew with its process.
local function growth(now, before, name, labels)
  if not before then return nil end
  local to, from = sum(now, name, labels), sum(before, name, labels) or 0
  if not to then return nil end
  return to >= from and to - from or to
end

local function rate(now, before, name, labels)
  local added = growth(now, before, name, labels)
  return added and added / (now.time - before.time)
end

-- ---- numbers for people ------------------------------------------------------------------------

local function number(value)
  if not value or value ~= value then return NONE end
  return ("%.0f"):format(value)
end

local function per_second(value)
  if not value or value ~= value then return NONE end
  return value < 10 and ("%.2f"):format(value) or ("%.0f"):format(value)
end

local function percent(value)
  if not value or value ~= value then return NONE end
  return ("%.0f %%"):format(100 * value)
end

local function bytes(value)
  if not value or value ~= value then return NONE end
  for _, unit in ipairs { "B", "KB", "MB" } do
    if value < 1000 then return ("%.3g %s"):format(value, unit) end
    value = value / 1024
  end
  return ("%.3g GB"):format(value)
end

local function seconds(value)
  if not value or value ~= value then return NONE end
  if value < 1 then return ("%.3g ms"):format(value * 1000) end
  if value < 120 then return ("%.3g s"):format(value) end
  if value < 7200 then return ("%.0f min"):format(value / 60) end
  if value < 172800 then return ("%.0f h"):format(value / 3600) end
  return ("%.0f d"):format(value / 86400)
end

-- ---- parts -------------------------------------------------------------------------------------

local STATES = { "ready", "waiting", "blocked", "in_flight", "lifeboat", "dead" }

local function queue_lines(now, before)
  if not now.series.wats_queue_depth then return { "queue      none is open" } end
  local parts = {}
  for _, state in ipairs(STATES) do
    local rows = sum(now, "wats_queue_depth", { state = state })
    if rows then parts[#parts + 1] = ("%s %s"):format(state:gsub("_", " "), number(rows)) end
  end
  local sent = rate(now, before, "wats_queue_sent_total")
  return {
    "queue      " .. table.concat(parts, "   "),
    ("           oldest %s   %s   queued %s   sent %s   %s/min"):format(
      seconds(sum(now, "wats_queue_oldest_age_seconds")), bytes(sum(now, "wats_queue_bytes")),
      number(sum(now, "wats_queue_enqueued_total")), number(sum(now, "wats_queue_sent_total")),
      per_second(sent and sent * 60)),
  }
end

local function ratio(part, whole)
  return part and whole and whole > 0 and part / whole or nil
end

local function cache_lines(now, before)
  local function all(name) return sum(now, "wats_http_cache_" .. name) end
  local function lately(name) return growth(now, before, "wats_http_cache_" .. name) end
  if not all("requests_total") then return { "cache      none" } end
  return { ("cache      hits %s   now %s   look-ups %s   stale %s   entries %s of %s"
    .. "   %s of %s"):format(percent(ratio(all("hits_total"), all("requests_total"))),
    percent(ratio(lately("hits_total"), lately("requests_total"))),
    number(all("requests_total")), number(all("stale_total")),
    number(all("entries")), number(all("max_entries")), bytes(all("bytes")),
    bytes(all("max_bytes"))) }
end

local BREAKER = { [0] = "closed", "half open", "open" }

local function server_lines(now)
  local lines = {}
  for _, sample in ipairs(now.series.wats_breaker_state or {}) do
    lines[#lines + 1] = ("server     %s   circuit breaker %s"):format(sample.labels.server or "",
      BREAKER[math.tointeger(sample.value)] or NONE)
  end
  lines[#lines + 1] = ("requests   under way %s   connections %s   sent again %s   held back by"
    .. " breaker %s, limiter %s"):format(number(sum(now, "wats_http_inflight")),
    number(sum(now, "wats_http_connections_open")), number(sum(now, "wats_http_retries_total")),
    number(sum(now, "wats_http_refused_total", { by = "breaker" })),
    number(sum(now, "wats_http_refused_total", { by = "limiter" })))
  return lines
end

local function slot_lines(now)
  local lines = {}
  for _, sample in ipairs(now.series.wats_health_heartbeat_age_seconds or {}) do
    if sample.value == sample.value then
      local limit = sum(now, "wats_health_heartbeat_timeout_seconds",
        { slot = sample.labels.slot })
      lines[#lines + 1] = ("slot %-5s last sign of life %s ago%s"):format(sample.labels.slot or "",
        seconds(sample.value), limit and sample.value > limit and "   IT HANGS" or "")
    end
  end
  return lines
end

local function process_line(now, before)
  return ("process    processor %s   memory %s   Lua %s   threads %s   files %s"):format(
    percent(rate(now, before, "process_cpu_seconds_total")),
    bytes(sum(now, "process_resident_memory_bytes")), bytes(sum(now, "wats_lua_memory_bytes")),
    number(sum(now, "process_threads")), number(sum(now, "process_open_fds")))
end

-- ---- requests by route -------------------------------------------------------------------------

-- The value below which a share `q` of the observations lies, as Prometheus' histogram_quantile
-- has it. `buckets` are { bound, cumulative count }, ascending, the last bound infinite.
---@param buckets { [1]: number, [2]: number }[]
---@param q number
---@return number?
function top_view.quantile(buckets, q)
  local count = #buckets > 0 and buckets[#buckets][2] or 0
  if count <= 0 then return nil end
  local wanted, low, below = q * count, 0, 0
  for _, bucket in ipairs(buckets) do
    if bucket[2] >= wanted then
      if bucket[1] == math.huge then return low end
      local inside = bucket[2] - below
      return inside > 0 and low + (bucket[1] - low) * (wanted - below) / inside or bucket[1]
    end
    low, below = bucket[1], bucket[2]
  end
  return low
end

-- Of method and route, between the readings where anything came between them.
local function durations(now, before, labels)
  local function buckets(reading)
    local by_bound = {}
    for _, sample in ipairs(reading and reading.series.wats_http_request_duration_seconds_bucket
      or {}) do
      local at = sample.labels
      if at.method == labels.method and at.route == labels.route then
        local bound = at.le == "+Inf" and math.huge or tonumber(at.le)
        if bound then by_bound[bound] = (by_bound[bound] or 0) + sample.value end
      end
    end
    return by_bound
  end
  local to, from, list = buckets(now), buckets(before), {}
  if (to[math.huge] or 0) <= (from[math.huge] or 0) then from = {} end
  for bound, count in pairs(to) do list[#list + 1] = { bound, count - (from[bound] or 0) } end
  table.sort(list, function(a, b) return a[1] < b[1] end)
  return list
end

-- Method and route of all requests, the most frequent ones first.
local function routes(now, before)
  local by_key, list = {}, {}
  for _, sample in ipairs(now.series.wats_http_requests_total or {}) do
    local labels = { method = sample.labels.method, route = sample.labels.route }
    local key = tostring(labels.method) .. " " .. tostring(labels.route)
    local entry = by_key[key]
    if not entry then
      entry = { name = key, labels = labels, total = 0, failed = 0 }
      by_key[key] = entry
      list[#list + 1] = entry
    end
    entry.total = entry.total + sample.value
    if not tostring(sample.labels.status):find("^[23]%d%d$") then
      entry.failed = entry.failed + sample.value
    end
  end
  for _, entry in ipairs(list) do
    entry.rate = rate(now, before, "wats_http_requests_total", entry.labels)
  end
  table.sort(list, function(a, b)
    local x, y = a.rate or 0, b.rate or 0
    if x ~= y then return x > y end
    if a.total ~= b.total then return a.total > b.total end
    return a.name < b.name
  end)
  return list
end

local function route_lines(now, before, most)
  local lines = { ("%-46s %8s %9s %8s %9s %9s"):format("route", "/s", "total", "failed", "median",
    "95 %") }
  for i, entry in ipairs(routes(now, before)) do
    if i > most then break end
    local buckets = durations(now, before, entry.labels)
    local name = entry.name:gsub("%c", "?") -- string.format pads no text with a NUL
    if #name > 46 then name = name:sub(1, 43) .. "..." end
    lines[#lines + 1] = ("%-46s %8s %9s %8s %9s %9s"):format(name, per_second(entry.rate),
      number(entry.total), number(entry.failed), seconds(top_view.quantile(buckets, 0.5)),
      seconds(top_view.quantile(buckets, 0.95)))
  end
  return lines
end

-- ---- the page ----------------------------------------------------------------------------------

local function head_line(now, url)
  local began = sum(now, "process_start_time_seconds")
  local info = (now.series.wats_build_info or {})[1]
  return ("%s   wats %s   up %s   %s"):format(url, info and info.labels.version or NONE,
    seconds(began and now.wall - began), os.date("!%Y-%m-%d %H:%M:%S UTC", math.floor(now.wall)))
end

--- The lines of a page. Control characters, which a page may hold in a label, are not shown.
---@param now wats.cli.Reading
---@param before? wats.cli.Reading
---@param url string
---@param rows? integer  how many lines there is room for; nil: as many as there are
---@return string[]
function top_view.lines(now, before, url, rows)
  local lines = { head_line(now, url), "" }
  local function add(list) table.move(list, 1, #list, #lines + 1, lines) end
  add(queue_lines(now, before))
  add(cache_lines(now, before))
  add(server_lines(now))
  add(slot_lines(now))
  lines[#lines + 1] = process_line(now, before)
  lines[#lines + 1] = ""
  add(route_lines(now, before, rows and math.max(1, rows - #lines - 1) or math.huge))
  for i, line in ipairs(lines) do lines[i] = line:gsub("%c", "?") end
  return lines
end

return top_view
