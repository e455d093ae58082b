-- wats.client_options: what wats.config has checked, in the words of the core. Pure.

local core = require("wats.core")

local client_options = {}

-- As CURLOPT_CONNECT_TO has them. In order, so that equal options make equal lists.
local function connect_to(resolve)
  local lines = {}
  for from, to in pairs(resolve or {}) do
    if not to:find("%]?:%d+$") or to:find("^%[[^%]]*%]$") then
      to = to .. ":" .. from:match("%d+$")
    end
    lines[#lines + 1] = from .. ":" .. to
  end
  table.sort(lines)
  return lines
end

-- How to get to the server.
local function connection_options(config, options)
  local cert = config.client_cert
  if type(cert) == "string" then cert = { cert = cert } end
  options.client_cert = cert and cert.cert
  options.client_key = cert and cert.key
  options.key_password = cert and cert.key_password
  options.proxy_from_environment = config.proxy == "environment"
  options.proxy = config.proxy ~= "environment" and config.proxy or nil
  options.unix_socket = config.unix_socket
  options.ip_version = config.ip_version or 0
  options.all_codings = config.accept_encoding == "all"
  options.connect_to = connect_to(config.resolve)
  return options
end

local function request_options(config)
  local cache, low_speed, retry = config.cache, config.low_speed, config.retry
  return {
    base_url = config.base_url,
    token = config.token,
    user_agent = config.user_agent or "wats-lua/" .. core.version,
    ca_file = config.ca_file,
    verify = config.verify,
    allow_http = config.allow_http,
    timeout = config.timeout,
    attempt_timeout = config.attempt_timeout,
    connect_timeout = config.connect_timeout,
    low_speed_bytes = low_speed and low_speed[1] or 0,
    low_speed_seconds = low_speed and low_speed[2] or 0,
    max_body = config.max_body,
    max_connections = config.max_connections,
    retry_max_attempts = retry and retry.max_attempts or 0,
    retry_base_delay = retry and retry.base_delay or 0,
    retry_max_delay = retry and retry.max_delay or 0,
    retry_budget = retry and retry.budget or 0,
    rate_limit = config.rate_limit,
    circuit_breaker = config.circuit_breaker,
    cache = cache and true or false,
    cache_name = cache and cache.name,
    cache_ttl = cache and cache.ttl,
    cache_stale_if_error = cache and cache.stale_if_error,
    cache_max_entries = cache and cache.max_entries,
    cache_max_bytes = cache and cache.max_bytes,
    cache_reference_ttl = cache and cache.reference_ttl,
    cache_domains = cache and cache.domains,
    cache_path = cache and cache.path,
    cache_max_disk_bytes = cache and cache.max_disk_bytes,
  }
end

-- The options of core.client.
---@param config table  from wats.config
---@return table
function client_options.of(config)
  return connection_options(config, request_options(config))
end

return client_options
