-- wats.config: turns what a caller, the environment and a file say into one checked table.
--
-- Arguments win over the environment, the environment over the file, field by field, in nested
-- tables too. What stands in the program or in the environment is the caller's to mend, so faults
-- there raise, at the line that called into this library; a file is the world's, so an unusable
-- one is `nil, err`. No message ever shows a token, nor a base_url, where a token may have been
-- put by mistake. A token is never sent to a base_url that has a lower source: whoever can write
-- the file would else collect the tokens of the environment.
--
-- Nothing is cached: each call reads the environment and the file anew.

local core = require("wats.core")
local errors = require("wats.errors")
local json = require("wats.json")
local options = require("wats.options")
local rules = require("wats.config_rules")

local config = {}

-- Where environment variables are read; a spec puts its own here.
config.getenv = os.getenv

local MAX_FILE = 1024 * 1024
local MAX_SHOWN = 120 -- bytes of a file's name in a message

local CONNECT = "wats.connect"

local function fail(format, ...)
  errors.raise(CONNECT .. ": " .. format, ...)
end

-- A file's name as messages show it.
local function shown(path)
  if #path > MAX_SHOWN then
    path = "..." .. path:sub(-MAX_SHOWN):gsub("^[\x80-\xBF]+", "") -- begins with a character
  end
  return '"' .. path:gsub("%c", "?") .. '"'
end

-- What one source says, by these rules; or nil and what is wrong with it.
local function read_source(given, allowed)
  local said, problem = options.read(given, allowed)
  if not said then return nil, problem end
  if type(said.station) == "string" then said.station = { name = said.station } end
  return said
end

local function read_environment(where)
  local found = {}
  for name in pairs(rules.environment) do
    local value = config.getenv(name)
    if value ~= "" then found[name] = value end
  end
  local said, problem = options.read(found, rules.environment)
  if not said then
    errors.raise("%s: %s", where, (problem:gsub('^option "([%w_]+)"', "environment variable %1")))
  end
  return {
    base_url = said.WATS_BASE_URL,
    token = said.WATS_AUTH_TOKEN,
    station = said.WATS_STATION and { name = said.WATS_STATION },
    config = said.WATS_CONFIG,
  }
end

-- The bytes of a file; or nil, the kind of error and its reason.
local function read_bytes(path)
  local file, reason = io.open(path, "rb")
  if not file then
    -- the system's text begins with the name, which the message has already
    if reason:sub(1, #path + 2) == path .. ": " then reason = reason:sub(#path + 3) end
    return nil, "io", reason
  end
  local bytes
  bytes, reason = file:read(MAX_FILE + 1)
  file:close()
  if not bytes and reason then return nil, "io", reason end
  bytes = bytes or "" -- at the end at once: an empty file
  if #bytes > MAX_FILE then
    return nil, "too_large", ("larger than %d bytes"):format(MAX_FILE)
  end
  return bytes
end

local function file_error(kind, path, reason)
  return errors.new {
    kind = kind,
    message = ("configuration file %s: %s"):format(shown(path), reason),
  }
end

-- What the file says; or nil and the error.
local function read_file(path)
  local bytes, kind, reason = read_bytes(path)
  if not bytes then return nil, file_error(kind, path, reason) end
  local value, err = json.decode(bytes)
  if err then return nil, file_error("decode", path, err.message) end
  if type(value) ~= "table" or json.is_array(value) then
    return nil, file_error("decode", path, "not a JSON object")
  end
  local said, problem = read_source(value, rules.file)
  if not said then return nil, file_error("decode", path, problem) end
  return said
end

-- Lays `upper` over `lower`, by field where both have a table of fields.
local function lay_over(lower, upper)
  for name, value in pairs(upper) do
    local below = lower[name]
    if rules.all[name].fields and type(value) == "table" and type(below) == "table" then
      for field, inner in pairs(value) do below[field] = inner end
    else
      lower[name] = value
    end
  end
end

local LEAST_SECRET <const> = 8 -- shorter ones are looked for nowhere

local VARIABLES = { base_url = "WATS_BASE_URL", token = "WATS_AUTH_TOKEN" }

-- Which source's word counts: its number in `sources`, the lowest first.
local function origin(sources, name)
  for number = #sources, 1, -1 do
    if sources[number][name] ~= nil then return number end
  end
  fail('no %s: give it as the option %s, in the environment variable %s, or as "%s" in a '
    .. "JSON file named by the option config or by WATS_CONFIG", name, name, VARIABLES[name], name)
end

local function check_origins(sources, path)
  local of_url, of_token = origin(sources, "base_url"), origin(sources, "token")
  if of_token <= of_url then return end
  local function described(number, name)
    if number == 3 then return "the options of this call" end
    if number == 2 then return "the environment variable " .. VARIABLES[name] end
    return "the configuration file " .. shown(path)
  end
  fail("the token of %s is not sent to the base_url of %s, which ranks lower: give base_url "
    .. "where the token is given", described(of_token, "token"), described(of_url, "base_url"))
end

-- The server's name is shown: in errors, logs, pages and figures.
local function check_apart(merged)
  local bare = merged.token:gsub("=+$", "")
  if #bare >= LEAST_SECRET and merged.base_url:find(bare, 1, true) then
    fail("base_url must not hold the token: it is shown wherever the server is named")
  end
end

local function host_name()
  local name = core.hostname()
  if not name or name == "" or rules.text_problem(name) then
    fail("this machine has no name: give the station's as station.name or in WATS_STATION")
  end
  return name:sub(1, (utf8.offset(name, rules.MAX_NAME + 1) or #name + 1) - 1)
end

local function finish_cache(cache)
  for name, default in pairs(rules.cache_defaults) do
    if cache[name] == nil and not cache.name then cache[name] = default end
  end
  cache.max_entries = math.tointeger(cache.max_entries)
  cache.max_bytes = math.tointeger(cache.max_bytes)
  cache.max_disk_bytes = math.tointeger(cache.max_disk_bytes)
end

-- Converts what the rules let pass in more than one form, and shares no table with anybody.
local function finish(checked)
  checked.max_body = math.tointeger(checked.max_body)
  checked.max_connections = math.tointeger(checked.max_connections)
  if checked.retry then
    checked.retry.max_attempts = math.tointeger(checked.retry.max_attempts)
  end
  if checked.cache then finish_cache(checked.cache) end
  if checked.low_speed then checked.low_speed = { checked.low_speed[1], checked.low_speed[2] } end
  checked.station.name = checked.station.name or host_name()
  return checked
end

-- What arguments, environment and file say: a list, the lowest first, and the file's name.
local function read_sources(given, where)
  local arguments, problem = read_source(given, rules.arguments)
  if not arguments then errors.raise("%s: %s", where, problem) end
  local environment = read_environment(where)
  local path = arguments.config or environment.config
  local file, err = {}, nil
  if path then file, err = read_file(path) end
  if not file then return nil, err end
  return { file, environment, arguments }, path
end

local function merge(sources)
  local merged = {}
  for _, source in ipairs(sources) do lay_over(merged, source) end
  return merged
end

-- What the sources say together, checked, but without defaults, and whether or not it is enough for
-- a connection: for whoever needs to know one thing of it, and sends nothing. It may hold the
-- token. Raises as `resolve` does where the arguments or the environment are wrong.
---@param given? wats.ConnectOptions
---@param where? string  whose mistake it is, in messages
---@return table? said  nil when the file cannot be used
---@return wats.Error? err  of kind "io", "too_large" or "decode"
function config.look(given, where)
  local sources, err = read_sources(given, where or CONNECT)
  if not sources then return nil, err end
  return merge(sources)
end

-- The options of a connection, complete: every field has its value or its default, but `ca_file`,
-- `config` (the file that was read), `metrics` and `queue` may be nil. `station` is a table always.
-- Raises where the arguments or the environment are wrong, base_url or token are missing, the
-- token would go to a base_url of a lower source, or stands in it.
---@param given? wats.ConnectOptions
---@return table? settings  nil when the file cannot be used
---@return wats.Error? err  of kind "io", "too_large" or "decode"
function config.resolve(given)
  local sources, path = read_sources(given, CONNECT)
  if not sources then return nil, path end
  check_origins(sources, path)
  local merged = merge(sources)
  check_apart(merged)
  return finish(assert(options.read(merged, rules.all)))
end

return config
