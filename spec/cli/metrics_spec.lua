-- `wats metrics` and `wats top`, as a user runs them against a station.

local core = require("wats.core")
local json = require("wats.json")
local metrics = require("wats.metrics")
local needs = require("spec.support.needs")
local raw_servers = require("spec.support.raw_server")

local LUA = os.getenv("LUA") or "lua5.4"

-- Runs a command line of the shell: output with errors, success.
local function sh(command)
  local pipe = assert(io.popen(command .. " 2>&1"))
  local text = pipe:read("a")
  local ok, _, code = pipe:close()
  return text, ok and 0 or code
end

local function wats(arguments) return sh(LUA .. " bin/wats " .. arguments) end

describe("a station asked by the command line", function()
  local server, page

  setup(function()
    local registry = metrics.new()
    registry:counter("wats_http_requests_total", "h", { "method", "route", "status" })
      :inc(7, { method = "GET", route = "/api/A", status = 200 })
    page = registry:render()
    server = raw_servers.start(([[
      while true do
        local request = read()
        if not request then return end
        local json = request.headers.accept:find("json", 1, true)
        local body = json and '{"families":[]}' or %q
        if request.target ~= "/metrics" then body = "" end
        send("HTTP/1.1 " .. (request.target == "/metrics" and 200 or 404) ..
          " X\r\nContent-Length: " .. #body .. "\r\n\r\n" .. body)
      end
    ]]):format(page))
  end)
  teardown(function() server:stop() end)

  it("gives its page", function()
    assert.same({ page, 0 }, { wats("metrics --url " .. server.url) })
    assert.same({ '{"families":[]}\n', 0 }, { wats("metrics --json --url " .. server.url) })
    assert.same({ page, 0 },
      { sh(("WATS_HEALTH_URL=%s/metrics %s bin/wats metrics"):format(server.url, LUA)) })
  end)

  it("is found at a health endpoint, with its token", function()
    local there, health = pcall(require("wats").health.serve, { port = 0, token = "right",
      host = "0.0.0.0", slot = "cli" })
    if not there then return pending("built without libmicrohttpd") end
    finally(function() health:stop() end)
    local url = "http://127.0.0.1:" .. health.port
    local text, code = sh(("WATS_HEALTH_TOKEN=right %s bin/wats metrics --json --url %s")
      :format(LUA, url))
    assert.equal(0, code)
    assert.is_boolean(assert(json.decode(text)).http_cache.enabled)
    text, code = sh(("WATS_HEALTH_TOKEN=right %s bin/wats top --url %s"):format(LUA, url))
    assert.equal(0, code)
    assert.matches("process +processor %- +memory %d", text)
    text, code = wats("metrics --url " .. url)
    assert.equal(1, code)
    assert.matches("401 %(WATS_HEALTH_TOKEN%?%)", text)
  end)

  it("is shown once where there is no terminal", function()
    for _, arguments in ipairs { "top --once --url ", "top --url " } do
      local text, code = wats(arguments .. server.url)
      assert.equal(0, code)
      assert.truthy(text:find(server.url, 1, true) == 1, text)
      assert.matches("\nGET /api/A +%- +7 +0 ", text)
      assert.falsy(text:find("\27", 1, true))
    end
  end)

  it("that cannot be reached is a failure, and what is no URL a mistake", function()
    for _, command in ipairs { "metrics", "top --once" } do
      local text, code = wats(command .. " --url http://127.0.0.1:1")
      assert.equal(1, code)
      assert.matches("^wats: %a+: GET http://127.0.0.1:1/metrics: connection: ", text)
      text, code = wats(command .. " --url " .. server.url .. "/else")
      assert.equal(1, code)
      assert.matches("/else/metrics: 404\n$", text)
      text, code = wats(command .. " --url ftp://x")
      assert.equal(2, code)
      assert.matches("^wats: %a+: the URL must begin with", text)
    end
    local text, code = wats("top --interval 0")
    assert.equal(2, code)
    assert.matches("not a number of seconds", text)
  end)

  local on_terminal = needs.terminal(it, pending)
  on_terminal("is shown again and again on a terminal, until it is interrupted", function()
    local child = assert(core.spawn { stdin = "pipe", stdout = "pipe", argv = { "script", "-qfc",
      ("stty rows 12 cols 40; exec %s bin/wats top --interval 0.2 --url %s"):format(LUA,
        server.url), "/dev/null" }, env = { LUA_PATH = package.path, LUA_CPATH = package.cpath } })
    finally(function() child:close() end)
    local text, deadline = "", core.monotonic() + 20
    repeat text = text .. (child:read(1) or "")
    until select(2, text:gsub("\27%[H", "")) >= 3 or core.monotonic() > deadline
    child:write("\3") -- Ctrl-C
    local code = child:wait(20)
    assert.equal(0, code)
    local frames = select(2, text:gsub("\27%[H", ""))
    assert.is_true(frames >= 3, text)
    assert.matches("\27%[Hhttp://127", text)
    for line in text:gmatch("[^\r\n]+") do
      line = line:gsub("\27%[%d*%a", "")
      assert.is_true(#line <= 40, line)
    end
    assert.matches("under way", text)
  end)
end)
