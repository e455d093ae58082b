local config = require("wats.config")
local core = require("wats.core")
local errors = require("wats.errors")
local metrics = require("wats.metrics")

local CANARY = "Q0FOQVJZOmRvLW5vdC1zaG93"
local URL = "https://company.example"

-- Runs `f` with this environment and nothing else.
local function with_environment(environment, f, ...)
  local before = config.getenv
  config.getenv = function(name) return environment[name] end
  local results = table.pack(pcall(f, ...))
  config.getenv = before
  return table.unpack(results, 1, results.n)
end

-- What resolve returns; no message may show the token.
local function resolve(given, environment)
  local results = table.pack(with_environment(environment or {}, config.resolve, given))
  if not results[1] then error(results[2], 0) end
  if results[3] then assert.is_nil(tostring(results[3]):find(CANARY, 1, true)) end
  return table.unpack(results, 2, results.n)
end

-- What it raises, without the place.
local function fault(given, environment)
  local ok, message = pcall(resolve, given, environment)
  assert.is_false(ok)
  assert.equal("string", type(message))
  assert.is_nil(message:find(CANARY, 1, true))
  return (message:match("^[^:]+:%d+: wats%.connect: (.*)$") or message)
end

local files = {}

teardown(function()
  for _, path in ipairs(files) do os.remove(path) end
end)

local function file(content)
  local path = os.tmpname()
  files[#files + 1] = path
  local handle = assert(io.open(path, "wb"))
  assert(handle:write(content))
  handle:close()
  return path
end

-- The error that a file with this content is, its name replaced by FILE.
local function file_fault(content)
  local path = file(content)
  local settings, err = resolve { base_url = URL, token = CANARY, config = path }
  assert.is_nil(settings)
  assert.is_true(errors.is_error(err))
  assert.is_false(err.retryable)
  local from, to = err.message:find(path, 1, true)
  return err.kind .. ": " .. err.message:sub(1, from - 1) .. "FILE" .. err.message:sub(to + 1)
end

describe("config.resolve", function()
  it("fills in every default", function()
    local settings = resolve { base_url = URL, token = CANARY, station = "ICT-01" }
    assert.same({
      base_url = URL, token = CANARY,
      station = { name = "ICT-01", location = "", purpose = "Development" },
      timeout = 30, attempt_timeout = 15, connect_timeout = 5, low_speed = { 1024, 15 },
      max_body = 33554432, max_connections = 64,
      retry = { max_attempts = 3, base_delay = 0.2, max_delay = 20 },
      verify = true, allow_http = false,
      cache = { ttl = 300, max_entries = 1000, max_bytes = 67108864 },
    }, settings)
  end)

  it("takes every option", function()
    local given = {
      base_url = "http://127.0.0.1:1/", token = "YQ==",
      station = { name = "A", location = "Oslo", purpose = "Production" },
      timeout = 0.5, attempt_timeout = 0.25, connect_timeout = 1e-3, low_speed = false,
      max_body = 2.0 ^ 20, max_connections = 8, verify = false,
      retry = { max_attempts = 5, base_delay = 0, max_delay = 1, budget = 7 },
      ca_file = "ca.pem", allow_http = true, cache = false, queue = { path = "outbox.db" },
      metrics = metrics.new(),
    }
    local settings = resolve(given)
    assert.equal("integer", math.type(settings.max_body))
    assert.same(given, settings)
    assert.same({ ttl = 0, max_entries = 5, max_bytes = 1 }, resolve { base_url = URL, token = "a",
      cache = { ttl = 0, max_entries = 5.0, max_bytes = 1 } }.cache)
    local disk = resolve { base_url = URL, token = "a",
      cache = { path = "cache.db", max_disk_bytes = 2.0 ^ 20 } }.cache
    assert.same({ "cache.db", "integer" }, { disk.path, math.type(disk.max_disk_bytes) })
    for _, wrong in ipairs { { path = "" }, { path = "a\0b" }, { max_disk_bytes = 1000 } } do
      assert.has_error(function() resolve { base_url = URL, token = "a", cache = wrong } end)
    end
  end)

  it("looks without asking for server and token, and raises what is wrong in them", function()
    local path = file [[{ "queue": { "path": "/a/b.db" }, "timeout": 5 }]]
    local function look(given, environment, where)
      local results = table.pack(with_environment(environment or {}, config.look, given, where))
      if not results[1] then error(results[2], 0) end
      return table.unpack(results, 2, results.n)
    end
    assert.same({}, look())
    assert.same({ queue = { path = "/a/b.db" }, timeout = 5, base_url = URL, config = path },
      look({ config = path, base_url = URL }, { WATS_BASE_URL = "http://other" }))
    local said, err = look({ config = "/no/such/file" })
    assert.is_nil(said)
    assert.equal("io", err.kind)
    local ok, message = pcall(look, nil, { WATS_AUTH_TOKEN = CANARY .. " " }, "some.function")
    assert.is_false(ok)
    assert.matches("some%.function: environment variable WATS_AUTH_TOKEN must be", message)
    assert.is_nil(message:find(CANARY, 1, true))
  end)

  it("leaves open what a cache with a name is not given", function()
    local base = { base_url = URL, token = "a", cache = { name = "line 4" } }
    assert.same({ name = "line 4" }, resolve(base).cache)
    base.cache.ttl = 5
    assert.same({ name = "line 4", ttl = 5 }, resolve(base).cache)
    local path = file [[{ "cache": { "name": "of the file", "max_entries": 7 } }]]
    base.config, base.cache = path, { ttl = 6 }
    assert.same({ name = "of the file", ttl = 6, max_entries = 7 }, resolve(base).cache)
  end)

  it("takes lifetimes of domains as a whole from the highest source that gives any", function()
    local path = file [[{ "cache": { "domains": { "product": 5, "asset": false },
      "reference_ttl": 60 } }]]
    local base = { base_url = URL, token = "a", config = path }
    assert.same({ product = 5, asset = false }, resolve(base).cache.domains)
    base.cache = { domains = { process = 7 } }
    assert.same({ process = 7 }, resolve(base).cache.domains)
    assert.equal(60, resolve(base).cache.reference_ttl)
  end)

  it("shares no table with the caller or another call", function()
    local given = { base_url = URL, token = "a", low_speed = { 1, 2 }, station = { name = "A" },
      cache = { ttl = 1 } }
    local one, other = resolve(given), resolve(given)
    for _, name in ipairs { "low_speed", "station", "cache" } do
      assert.not_equal(given[name], one[name])
      assert.not_equal(other[name], one[name])
    end
    local default = resolve { base_url = URL, token = "a" }
    default.low_speed[1] = 7
    assert.equal(1024, resolve({ base_url = URL, token = "a" }).low_speed[1])
    assert.same({ name = "A" }, given.station)
  end)

  it("lets arguments win over the environment, and that over the file, by field", function()
    local path = file [[{ "base_url": "https://file.example", "token": "ZmlsZQ==", "timeout": 7,
      "station": { "name": "file", "location": "Oslo", "purpose": "Repair" },
      "cache": { "ttl": 1, "max_entries": 2 }, "low_speed": [10, 20], "verify": null }]]
    local settings = resolve({ config = path })
    assert.same({ "https://file.example", "ZmlsZQ==", 7, "file", "Repair", 20, true }, {
      settings.base_url, settings.token, settings.timeout, settings.station.name,
      settings.station.purpose, settings.low_speed[2], settings.verify })
    settings = resolve({ timeout = 8, station = { location = "Bergen" }, cache = { ttl = 9 } }, {
      WATS_CONFIG = path, WATS_BASE_URL = URL, WATS_AUTH_TOKEN = CANARY, WATS_STATION = "env" })
    assert.same({ URL, CANARY, 8, path }, { settings.base_url, settings.token, settings.timeout,
      settings.config })
    assert.same({ name = "env", location = "Bergen", purpose = "Repair" }, settings.station)
    assert.same({ ttl = 9, max_entries = 2, max_bytes = 67108864 }, settings.cache)
    assert.is_false(resolve({ config = path, cache = false }).cache)
    assert.equal("arg", resolve({ config = path, station = "arg" }, { WATS_STATION = "env" })
      .station.name)
  end)

  it("lets a table of a higher source win over false of a lower", function()
    local path = file [[{ "cache": false, "station": "S" }]]
    local given = { base_url = URL, token = "a", config = path }
    assert.is_false(resolve(given).cache)
    given.cache = { ttl = 4 }
    local settings = resolve(given)
    assert.same({ ttl = 4, max_entries = 1000, max_bytes = 67108864 }, settings.cache)
    assert.equal("S", settings.station.name)
  end)

  it("prefers the file of the arguments", function()
    local path = file [[{ "timeout": 3 }]]
    assert.equal(3, resolve({ base_url = URL, token = "a", config = path },
      { WATS_CONFIG = "/nowhere" }).timeout)
  end)

  it("takes empty variables for unset ones", function()
    local empty = { WATS_BASE_URL = "", WATS_AUTH_TOKEN = "", WATS_STATION = "", WATS_CONFIG = "" }
    assert.equal(URL, resolve({ base_url = URL, token = "a" }, empty).base_url)
    assert.matches("^no base_url", fault({}, empty))
  end)

  it("reads the environment of the process", function()
    assert.equal(os.getenv, config.getenv)
  end)

  it("names a station after its host", function()
    local before = core.hostname
    finally(function() core.hostname = before end)
    assert.equal(before():sub(1, 100), resolve({ base_url = URL, token = "a" }).station.name)
    core.hostname = function() return ("h"):rep(255) end
    assert.equal(100, #resolve({ base_url = URL, token = "a" }).station.name)
    for _, useless in ipairs { "", "a\nb", "\xFF" } do
      core.hostname = function() return useless end
      assert.equal("this machine has no name: give the station's as station.name or in "
        .. "WATS_STATION", fault { base_url = URL, token = "a" })
    end
    core.hostname = function() return nil, "no host name" end
    assert.matches("^this machine has no name", fault { base_url = URL, token = "a" })
    assert.equal("S", resolve({ base_url = URL, token = "a", station = "S" }).station.name)
  end)
end)

describe("config.resolve raises", function()
  it("at the line outside of the library, whatever the source", function()
    local path = file "{}"
    local line = debug.getinfo(1, "l").currentline + 5
    local cases = {
      {}, { { timout = 1 } }, { {}, { WATS_BASE_URL = "x" } }, { { base_url = URL } },
      { { config = path } }, { { base_url = URL }, { WATS_AUTH_TOKEN = "a b" } } }
    for _, case in ipairs(cases) do
      local ok, message = with_environment(case[2] or {}, function() config.resolve(case[1]) end)
      assert.is_false(ok)
      assert.equal(("spec/config_spec.lua:%d: wats.connect: "):format(line),
        message:match("^%S+ %S+ "))
    end
  end)

  it("for a cache that is wrong", function()
    for message, cache in pairs {
      ['unknown option "cache.nam" (did you mean "name"?)'] = { nam = "x" },
      ['option "cache.name" must be at least 1 characters, got ""'] = { name = "" },
      ['option "cache.reference_ttl" must be at least 0, got -1'] =
        { reference_ttl = -1 },
      ['unknown option "cache.domains.prodct" (did you mean "product"?)'] =
        { domains = { prodct = 5 } },
      ['option "cache.domains.product" must be number or false, got string'] =
        { domains = { product = "5" } },
      ['option "cache.domains.asset" must be at least 0, got -1'] =
        { domains = { asset = -1 } },
      ['option "cache.max_bytes" must be a whole number, got 1.5'] =
        { max_bytes = 1.5 },
    } do
      assert.equal(message, fault { cache = cache })
    end
  end)

  it("for arguments that are wrong", function()
    for message, given in pairs {
      ["a table of options expected, got string"] = CANARY,
      ['unknown option "baseurl" (did you mean "base_url"?)'] = { baseurl = URL },
      ['unknown option "hedging"'] = { hedging = {} },
      ['unknown option "station.nam" (did you mean "name"?)'] = { station = { nam = "x" } },
      ['option "base_url" must be string, got number'] = { base_url = 1 },
      ['option "base_url" must begin with "https://" or "http://"'] = { base_url = CANARY },
      ['option "base_url" must have no spaces or control characters'] = { base_url = URL .. "\n" },
      ['option "base_url" must hold no user name and no password'] =
        { base_url = "https://user:" .. CANARY .. "@host" },
      ['option "base_url" must name a host'] = { base_url = "https:///api" },
      ['option "token" must not be empty'] = { token = "" },
      ['option "token" must be string, got table'] = { token = { CANARY } },
      ['option "token" must be the token alone, without "Basic"'] = { token = "Basic " .. CANARY },
      ['option "token" must be base64: letters, digits, "+", "/" and "=" at the end'] =
        { token = CANARY .. "\r\nX: y" },
      ['option "station" must be table or string, got number'] = { station = 5 },
      ['option "station" must be at least 1 characters, got ""'] = { station = "" },
      ['option "station.name" must be UTF-8, got "\xFF"'] = { station = { name = "\xFF" } },
      ['option "station.purpose" must have no control characters, got "a?"'] =
        { station = { purpose = "a\n" } },
      ['option "config" must be at least 1 characters, got ""'] = { config = "" },
      ['option "config" must have no NUL, got "a?b"'] = { config = "a\0b" },
      ['option "timeout" must be above 0, got 0'] = { timeout = 0 },
      ['option "connect_timeout" must be number, got string'] = { connect_timeout = "5" },
      ['option "max_body" must be a whole number, got 1.5'] = { max_body = 1.5 },
      ['option "max_body" must be at least 1, got 0'] = { max_body = 0 },
      ['option "retry.max_attempts" must be at least 1, got 0'] = { retry = { max_attempts = 0 } },
      ['option "retry.budget" must be at least 1, got 0.5'] = { retry = { budget = 0.5 } },
      ['unknown option "retry.max_attempt" (did you mean "max_attempts"?)'] =
        { retry = { max_attempt = 2 } },
      ['option "max_connections" must be at most 1000, got 1001'] = { max_connections = 1001 },
      ['option "low_speed" must be table or false, got boolean'] = { low_speed = true },
      ['option "low_speed" must be {bytes per second, seconds}, got a table'] =
        { low_speed = { 5 } },
      ['option "low_speed" must be {bytes per second, seconds}, both at least 1, got a table'] =
        { low_speed = { 1, 2, 3 } },
      ['option "verify" must be boolean, got string'] = { verify = "no" },
      ['option "cache" must be table or false, got boolean'] = { cache = true },
      ['option "cache.ttl" must be at least 0, got -1'] = { cache = { ttl = -1 } },
      ['option "metrics" must be userdata, got table'] = { metrics = {} },
      ['option "metrics" must be a metrics registry, got a userdata'] = { metrics = io.stdout },
    } do
      assert.equal(message, fault(given))
    end
    assert.matches('^option "station" must be at most 100 characters', fault {
      station = ("x"):rep(101) })
    for _, pair in ipairs { { 0.5, 1 }, { 1, 0 / 0 }, { 1, "2" }, { 1, 2 ^ 31 } } do
      assert.matches("^option \"low_speed\" must be", fault { low_speed = pair })
    end
  end)

  it("for variables that are wrong, by their names", function()
    for message, environment in pairs {
      ['environment variable WATS_BASE_URL must begin with "https://" or "http://"'] =
        { WATS_BASE_URL = CANARY },
      ['environment variable WATS_AUTH_TOKEN must be the token alone, without "Basic"'] =
        { WATS_AUTH_TOKEN = "Basic " .. CANARY },
      ['environment variable WATS_STATION must be UTF-8, got "\xFF"'] = { WATS_STATION = "\xFF" },
    } do
      assert.equal(message, fault({ base_url = URL, token = "a" }, environment))
    end
  end)

  it("for what is missing, with the three ways to give it", function()
    assert.equal("no base_url: give it as the option base_url, in the environment variable "
      .. 'WATS_BASE_URL, or as "base_url" in a JSON file named by the option config or by '
      .. "WATS_CONFIG", fault(nil))
    assert.equal("no token: give it as the option token, in the environment variable "
      .. 'WATS_AUTH_TOKEN, or as "token" in a JSON file named by the option config or by '
      .. "WATS_CONFIG", fault { base_url = URL })
  end)

  it("before a token goes to a base_url of a lower source", function()
    local path = file(('{ "base_url": "%s" }'):format(URL))
    local text = "the token of %s is not sent to the base_url of %s, which ranks lower: "
      .. "give base_url where the token is given"
    local in_file = ('the configuration file "%s"'):format(path)
    assert.equal(text:format("the options of this call", in_file),
      fault { token = CANARY, config = path })
    assert.equal(text:format("the environment variable WATS_AUTH_TOKEN", in_file),
      fault({ config = path }, { WATS_AUTH_TOKEN = CANARY }))
    assert.equal(text:format("the options of this call", "the environment variable WATS_BASE_URL"),
      fault({ token = CANARY }, { WATS_BASE_URL = URL }))
  end)

  it("not for a token of a lower source, nor one that is there twice", function()
    local path = file(('{ "base_url": "%s", "token": "%s" }'):format(URL, CANARY))
    assert.equal(CANARY, resolve({ base_url = URL, config = path }).token)
    assert.equal(CANARY, resolve({ config = path }, { WATS_BASE_URL = "http://localhost" }).token)
    assert.equal("a", resolve({ base_url = URL, token = "a", config = path }).token)
    assert.matches("^the token of the options", fault { token = "a", config = path })
  end)
end)

describe("a configuration file", function()
  it("that cannot be read is an error of kind io", function()
    for path, reason in pairs { ["/nowhere/x.json"] = "No such file or directory",
      ["/"] = "Is a directory" } do
      local settings, err = resolve({ base_url = URL, token = CANARY }, { WATS_CONFIG = path })
      assert.is_nil(settings)
      assert.equal(("io: configuration file \"%s\": %s"):format(path, reason), tostring(err))
    end
  end)

  it("that is no JSON object is an error of kind decode, with the place", function()
    assert.equal('decode: configuration file "FILE": not JSON: a value expected '
      .. "(line 2, column 14, byte 24)", file_fault('{ "a": 1,\n  "timeout": tru }'))
    assert.equal('decode: configuration file "FILE": not JSON: the text ends here '
      .. "(line 1, column 1, byte 1)", file_fault "")
    for _, content in ipairs { "[]", "5", "null", '"' .. CANARY .. '"', "false" } do
      assert.equal('decode: configuration file "FILE": not a JSON object', file_fault(content))
    end
    assert.matches("^decode: .*not JSON", file_fault(('{ "token": "%s }'):format(CANARY)))
    assert.matches("^decode: .*not JSON", file_fault(("["):rep(1000)))
  end)

  it("that says something wrong is an error of kind decode, with the field", function()
    for content, problem in pairs {
      ['{"timeout":"5"}'] = 'option "timeout" must be number, got string',
      ['{"time_out":5}'] = 'unknown option "time_out" (did you mean "timeout"?)',
      ['{"cache":{"tll":1}}'] = 'unknown option "cache.tll" (did you mean "ttl"?)',
      ['{"station":["x"]}'] = "unknown option 1",
      ['{"metrics":{}}'] = 'unknown option "metrics"',
      ['{"config":"x"}'] = 'unknown option "config"',
      ['{"low_speed":[1]}'] =
        'option "low_speed" must be {bytes per second, seconds}, got a table',
      ['{"token":"' .. CANARY .. ' "}'] =
        'option "token" must be base64: letters, digits, "+", "/" and "=" at the end',
      ['{"base_url":"' .. CANARY .. '"}'] =
        'option "base_url" must begin with "https://" or "http://"',
    } do
      assert.equal('decode: configuration file "FILE": ' .. problem, file_fault(content))
    end
  end)

  it("that is huge is not read", function()
    assert.equal('too_large: configuration file "FILE": larger than 1048576 bytes',
      file_fault("{" .. (" "):rep(1048576) .. "}"))
    local path = file("{" .. (" "):rep(1048574) .. "}")
    assert.is_table(resolve { base_url = URL, token = "a", config = path })
  end)

  it("is named in a message by its end, on one line", function()
    local path = ("/" .. ("\u{20AC}"):rep(60)):rep(2) .. "\n.json"
    local _, err = resolve { base_url = URL, token = "a", config = path }
    assert.equal("No such file or directory", err.message:match(": ([^:]*)$"))
    assert.is_truthy(utf8.len(err.message))
    assert.is_nil(err.message:find("%c"))
    assert.matches('^configuration file "%.%.%.\u{20AC}.*%?%.json": ', err.message)
  end)
end)
