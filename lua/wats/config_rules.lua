-- wats.config_rules: which options wats.connect takes, from which source, and what each must be.
-- Pure data and pure checks.

local operations = require("wats.operations")

local config_rules = {}

-- Characters that a report may have in the fields that a station fills.
local MAX_NAME = 100
config_rules.MAX_NAME = MAX_NAME

---@class wats.Station
---@field name? string      else WATS_STATION, else the host's name
---@field location? string  default ""
---@field purpose? string   default "Development"

---@class wats.CacheOptions
---@field name? string          clients of one name share a cache in the process; none
---@field ttl? number           seconds that an answer without a lifetime of its own is kept; 300
---@field stale_if_error? number seconds after its life for which an answer may stand in when the
---                              server does not answer; 0
---@field max_entries? integer  1000
---@field max_bytes? integer    64 MiB
---@field reference_ttl? number the same of reference data (processes, levels, types); 3600
---@field domains? table<string, number|false>  the same by domain: { product = 60, asset = false };
---                             false: not cached unless the request asks for it
---@field path? string          file in which answers outlive the process, shared with others
---@field max_disk_bytes? integer  of that file; 256 MiB

---@class wats.ClientCert
---@field cert string           PEM file
---@field key? string           PEM file; in cert
---@field key_password? string

---@class wats.RetryOptions
---@field max_attempts? integer  the first included; 3
---@field base_delay? number     seconds; 0.2
---@field max_delay? number      seconds; 20
---@field budget? number         retries that clients of a server and token have together; 10

---@class wats.RateLimitOptions
---@field requests? integer  at most so many in any window; 500
---@field window? number     seconds; 60
---@field max_wait? number   seconds that a request waits for its turn, beside its timeout; 120

---@class wats.CircuitBreakerOptions
---@field min_calls? integer      fewer say nothing; 10
---@field failure_ratio? number   of the calls in the window, from which on it opens; 0.5
---@field window? number          seconds; 30
---@field open_for? number        seconds until the server is asked again; 15

---@class wats.QueueConfig
---@field path? string          file of the queue that the program `wats` uses

---@class wats.ConnectOptions
---@field base_url? string         else WATS_BASE_URL
---@field token? string            else WATS_AUTH_TOKEN
---@field station? wats.Station|string  a string is its name
---@field config? string           path of a JSON file with these options; else WATS_CONFIG
---@field timeout? number          seconds for a whole request; 30
---@field attempt_timeout? number  seconds for one exchange of it; 15
---@field connect_timeout? number  seconds; 5
---@field low_speed? number[]|false  {bytes per second, seconds}: slower for so long is too slow
---@field max_body? integer        bytes of an answer, decoded; 32 MiB
---@field max_connections? integer to one host, for the whole process; 64
---@field retry? wats.RetryOptions|false  false: what fails is not sent again
---@field rate_limit? wats.RateLimitOptions|false  shared by all clients of a server and token
---@field circuit_breaker? wats.CircuitBreakerOptions|false  likewise
---@field verify? boolean          check the server's certificate; true
---@field ca_file? string          PEM file of certificates to trust; else the system's
---@field allow_http? boolean      http to other machines; false
---@field client_cert? string|wats.ClientCert  PEM file with certificate and key, or one for each
---@field proxy? string            "http://host:port", also https, socks5, socks5h; "environment":
---                                as its variables say; none
---@field unix_socket? string      path of the socket that the server listens on
---@field ip_version? 4|6          either
---@field resolve? table<string, string>  ["host:port"] = "address" or "address:port"
---@field accept_encoding? "gzip"|"all"  which codings of answers; gzip
---@field user_agent? string       wats-lua and its version
---@field cache? wats.CacheOptions|false  false: store nothing
---@field metrics? wats.metrics.registry  not from a file
---@field queue? wats.QueueConfig  not used by the connection

local function url_problem(url)
  if not url:find("^[hH][tT][tT][pP][sS]?://") then
    return 'must begin with "https://" or "http://"'
  end
  if url:find("[%c ]") then return "must have no spaces or control characters" end
  if url:find("^%a+://[^/?#]*@") then return "must hold no user name and no password" end
  if url:find("^%a+://[/?#]") or url:find("://$") then return "must name a host" end
  return nil
end

-- The characters of RFC 9110's token68: base64 is within, and nothing that could end a header.
local function token_problem(token)
  if token == "" then return "must not be empty" end
  if token:find("^[Bb]asic%s") then return 'must be the token alone, without "Basic"' end
  if not token:find("^[%w%-._~+/]+=*$") then
    return 'must be base64: letters, digits, "+", "/" and "=" at the end'
  end
  return nil
end

-- What keeps a text from standing in a report, or nil.
---@param text any
---@return string?
function config_rules.text_problem(text)
  if type(text) ~= "string" then return nil end
  if not utf8.len(text) then return "must be UTF-8" end
  return text:find("%c") and "must have no control characters" or nil
end

local text_problem = config_rules.text_problem

local function path_problem(path)
  return path:find("\0", 1, true) and "must have no NUL" or nil
end

local function whole_problem(value)
  return not math.tointeger(value) and "must be a whole number" or nil
end

local function low_speed_problem(value)
  if not value then return nil end
  for key, number in pairs(value) do
    local fits = type(number) == "number" and number >= 1 and number < 2 ^ 31
    if key ~= 1 and key ~= 2 or not fits then
      return "must be {bytes per second, seconds}, both at least 1"
    end
  end
  return #value ~= 2 and "must be {bytes per second, seconds}" or nil
end

local function registry_problem(value)
  local mt = getmetatable(value)
  local name = type(mt) == "table" and mt.__name
  return name ~= "metrics registry" and "must be a metrics registry" or nil
end

-- "host" or "[v6]", and behind a colon the port, which may be left out where `optional`.
local function place_problem(text, optional)
  local host, port = text:match("^(%[[%x:.]+%])(.*)$")
  if not host then host, port = text:match("^([%w._-]+)(.*)$") end
  if not host then return "names no host (an IPv6 address stands in brackets)" end
  if port == "" and optional then return nil end
  local number = tonumber(port:match("^:(%d+)$"))
  return not (number and number >= 1 and number <= 65535) and "has no port" or nil
end

local PROXY_SCHEMES = { http = true, https = true, socks5 = true, socks5h = true }

-- Strict: what libcurl cannot read it repeats in its message, the password included.
local function proxy_problem(proxy)
  if proxy == "environment" then return nil end
  local scheme, rest = proxy:match("^(%a[%w]*)://(.*)$")
  if not scheme or not PROXY_SCHEMES[scheme:lower()] then
    return 'must be "environment" or begin with "http://", "https://", "socks5://" or "socks5h://"'
  end
  if proxy:find("[%c ]") then return "must have no spaces or control characters" end
  local authority = rest:match("^([^/?#]*)/?$")
  local place = authority and authority:gsub("^[^@]*@", "")
  if not place or place_problem(place, true) then
    return "must name a host and no path, with a port from 1 to 65535 if any; in user and "
      .. 'password "/", "?", "#" and "@" are percent-encoded'
  end
  return nil
end

local function client_cert_problem(value)
  if type(value) == "string" then return path_problem(value) end
  return value.cert == nil and "must name the certificate's file as cert" or nil
end

local function ip_version_problem(value)
  return value ~= 4 and value ~= 6 and "must be 4 or 6" or nil
end

local function resolve_problem(value)
  for from, to in pairs(value) do
    if type(from) ~= "string" or type(to) ~= "string" then
      return 'must be a map from "host:port" to "address" or "address:port"'
    end
    local problem = place_problem(from)
    if problem then return ('"%s" %s'):format(from, problem) end
    problem = place_problem(to, true)
    if problem then return ('"%s" %s'):format(to, problem) end
  end
  return nil
end

-- It goes into a header field.
local function user_agent_problem(value)
  return value:find("%c") and "must have no control characters" or nil
end

local URL = { "string", secret = true, check = url_problem }
local TOKEN = { "string", secret = true, check = token_problem }
local PATH = { "string", min = 1, check = path_problem }
local NAME = { "string", min = 1, max = MAX_NAME, check = text_problem }

local function whole(default, least, most)
  return { "number", min = least, max = most or 2 ^ 53, check = whole_problem, default = default }
end

local function text(default)
  return { "string", max = MAX_NAME, check = text_problem, default = default }
end

local function domain_rules()
  local rules = {}
  for name in pairs(operations.domains) do rules[name] = { "number|false", min = 0 } end
  return rules
end

---@type table<string, wats.OptionRule>
local RULES = {
  base_url = URL,
  token = TOKEN,
  station = { "table|string", min = 1, max = MAX_NAME, check = text_problem, default = {},
    fields = { name = NAME, location = text(""), purpose = text("Development") } },
  config = PATH,
  timeout = { "number", above = 0, default = 30 },
  attempt_timeout = { "number", above = 0, default = 15 },
  connect_timeout = { "number", above = 0, default = 5 },
  low_speed = { "table|false", check = low_speed_problem, default = { 1024, 15 } },
  max_body = whole(32 * 1024 * 1024, 1),
  max_connections = whole(64, 1, 1000),
  retry = { "table|false", default = {}, fields = {
    max_attempts = whole(3, 1, 100),
    base_delay = { "number", min = 0, max = 3600, default = 0.2 },
    max_delay = { "number", min = 0, max = 3600, default = 20 },
    budget = { "number", min = 1, max = 1e6 },
  } },
  -- Without defaults: who says nothing takes what the process has for this server.
  rate_limit = { "table|false", fields = {
    requests = whole(500, 1, 100000),
    window = { "number", above = 0, max = 86400, default = 60 },
    max_wait = { "number", min = 0, max = 86400, default = 120 },
  } },
  circuit_breaker = { "table|false", fields = {
    min_calls = whole(10, 1, 1e6),
    failure_ratio = { "number", above = 0, max = 1, default = 0.5 },
    window = { "number", above = 0, max = 3600, default = 30 },
    open_for = { "number", above = 0, max = 3600, default = 15 },
  } },
  verify = { "boolean", default = true },
  ca_file = PATH,
  allow_http = { "boolean", default = false },
  client_cert = { "string|table", min = 1, check = client_cert_problem, fields = {
    cert = PATH, key = PATH,
    key_password = { "string", secret = true, check = path_problem },
  } },
  proxy = { "string", secret = true, check = proxy_problem },
  unix_socket = PATH,
  ip_version = { "number", check = ip_version_problem },
  resolve = { "table", check = resolve_problem },
  accept_encoding = { "string", choices = { "gzip", "all" } },
  user_agent = { "string", min = 1, max = 1000, check = user_agent_problem },
  cache = { "table|false", default = {},
    fields = {
      name = NAME,
      ttl = { "number", min = 0 },
      stale_if_error = { "number", min = 0 },
      max_entries = whole(nil, 1),
      max_bytes = whole(nil, 1),
      path = PATH,
      max_disk_bytes = whole(nil, 1024 * 1024, 2 ^ 46),
      reference_ttl = { "number", min = 0 },
      domains = { "table", fields = domain_rules() },
    } },
  metrics = { "userdata", check = registry_problem },
  queue = { "table", fields = { path = PATH } },
}

-- The same without defaults, for one source: what it does not say must not hide another's word.
local function without_defaults(rules)
  local result = {}
  for name, rule in pairs(rules) do
    local copy = {}
    for key, value in pairs(rule) do copy[key] = value end
    copy.default = nil
    copy.fields = rule.fields and without_defaults(rule.fields)
    result[name] = copy
  end
  return result
end

-- Of a cache without a name; one with a name takes what there is of that name.
config_rules.cache_defaults = { ttl = 300, max_entries = 1000, max_bytes = 64 * 1024 * 1024 }

-- With defaults, for what the sources say together.
config_rules.all = RULES

config_rules.arguments = without_defaults(RULES)

config_rules.file = without_defaults(RULES)
config_rules.file.config, config_rules.file.metrics = nil, nil

config_rules.environment = {
  WATS_BASE_URL = URL, WATS_AUTH_TOKEN = TOKEN, WATS_STATION = NAME, WATS_CONFIG = PATH,
}

return config_rules
