-- wats.cli.station_page: the figures of a running station, fetched from its health endpoint and
-- read.
--
-- The page is asked for like any other of a server's, with a client of its own that keeps nothing
-- and counts nothing. Where the endpoint wants a token, WATS_HEALTH_TOKEN has it: on the command
-- line everybody on the machine could read it.

local wats = require("wats")

local station_page = {}

local DEFAULT_URL <const> = "http://127.0.0.1:8080"

local ACCEPT = {
  prometheus = "text/plain;version=0.0.4", json = "application/json",
  openmetrics = "application/openmetrics-text;version=1.0.0",
}

--- Adds --url to a subcommand.
function station_page.add_options(command)
  command:option("--url", "Where the station's health endpoint is (default: WATS_HEALTH_URL, else "
    .. DEFAULT_URL .. "). Its token, if it wants one: WATS_HEALTH_TOKEN."):argname("<url>")
  return command
end

---@class wats.cli.Station
---@field url string
---@field client wats.Client
---@field headers table<string, string>
local Station = {}
Station.__index = Station

--- Whom to ask; asks nothing yet.
---@param url? string
---@return wats.cli.Station?
---@return string? problem  in the URL
function station_page.open(url)
  local from = url or os.getenv("WATS_HEALTH_URL") or DEFAULT_URL
  local base = from:gsub("/+$", ""):gsub("/metrics$", "")
  local token = os.getenv("WATS_HEALTH_TOKEN")
  -- Without a token nothing secret goes over the wire, so plain http will do.
  local ok, client, err = pcall(wats.connect, { base_url = base, token = "none", station = "-",
    allow_http = not token, cache = false, retry = false, rate_limit = false,
    circuit_breaker = false, timeout = 10, metrics = wats.metrics.new() })
  if not ok then
    local why = tostring(client):gsub("^.-: wats%.connect: ", "")
    return nil, (why:gsub('^option "base_url"', "the URL"))
  end
  if not client then return nil, tostring(err) end
  local self = { url = base, client = client,
    headers = { Authorization = token and "Bearer " .. token or "none" } }
  return setmetatable(self, Station)
end

--- The page as it is.
---@param format? "prometheus"|"openmetrics"|"json"
---@return string? text
---@return string? problem
function Station:fetch(format)
  self.headers.Accept = ACCEPT[format or "prometheus"]
  local res, err = self.client:get("/metrics", { headers = self.headers })
  if not res then return nil, tostring(err) end
  if res.ok then return res.body end
  return nil, ("GET %s/metrics: %d%s"):format(self.url, res.status,
    res.status == 401 and " (WATS_HEALTH_TOKEN?)" or "")
end

local ESCAPED = { n = "\n" }

-- { name = value } of what stands between the braces. A quote within a value stands behind a
-- backslash.
local function read_labels(text)
  local labels, at = {}, 1
  while true do
    local name, from = text:match('^,?([%a_][%w_]*)="()', at)
    if not name then return labels end
    local to = from
    while to <= #text and text:sub(to, to) ~= '"' do
      to = to + (text:sub(to, to) == "\\" and 2 or 1)
    end
    labels[name] = text:sub(from, to - 1):gsub("\\(.)", function(c) return ESCAPED[c] or c end)
    at = to + 1
  end
end

---@class wats.cli.Sample
---@field labels table<string, string>
---@field value number

--- The samples of a page of Prometheus text, by the name of their series. Lines that are none are
--- passed over: this is for showing, not for judging.
---@param text string
---@return table<string, wats.cli.Sample[]>
function station_page.read(text)
  local series = {}
  for line in text:gmatch("[^\n]+") do
    local name, labels, value = line:match("^([%a_:][%w_:]*){(.*)} (%S+)$")
    if not name then name, value = line:match("^([%a_:][%w_:]*) (%S+)$") end
    local number = value and (tonumber(value)
      or ({ NaN = 0 / 0, ["+Inf"] = math.huge, ["-Inf"] = -math.huge })[value])
    if number then
      local list = series[name] or {}
      series[name] = list
      list[#list + 1] = { labels = labels and read_labels(labels) or {}, value = number }
    end
  end
  return series
end

return station_page
