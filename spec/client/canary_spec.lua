-- The token goes into the Authorization field of a request to the base URL, and nowhere else.

local raw_servers = require("spec.support.raw_server")
local support = require("spec.support.client")
local wats = require("wats")

local TOKEN = support.TOKEN
local SECRET = "canary:7d3f9c0e-secret" -- what the token is base64 of

local function check(text, where)
  assert.falsy(text:find(TOKEN, 1, true), where)
  assert.falsy(text:find(SECRET, 1, true), where)
  assert.falsy(text:find("Y2FuYXJ5", 1, true), where)
end

describe("the token", function()
  local server, client, registry

  setup(function()
    server = raw_servers.start([[
      while true do
        local request = read()
        if not request then return end
        local target = request.target
        if target:find("drop", 1, true) then return end
        local status = target:match("status=(%d+)") or "200"
        local token = request.headers.authorization:match("%S+$")
        local quoted = ({
          field = "HTTP/1.1 200 OK\r\n" .. token .. " : x\r\nContent-Length: 0\r\n\r\n",
          coding = "HTTP/1.1 200 OK\r\nContent-Encoding: " .. token ..
            "\r\nContent-Length: 1\r\n\r\nx",
          type = "HTTP/1.1 200 OK\r\nContent-Type: " .. token .. "\r\nContent-Length: 1\r\n\r\n1",
          text = "HTTP/1.1 400 X\r\nContent-Length: " .. 12 + #token .. "\r\n\r\nno entry to " ..
            token,
          json = "HTTP/1.1 500 X\r\nContent-Length: " .. 14 + #token .. '\r\n\r\n{"Message":"' ..
            token .. '"}',
        })[target:match("quote=(%a+)")]
        if quoted then send(quoted) return end
        -- a server that tells what it was told
        local body = '{"Message":"no entry for ' .. (target:match("say=(.*)") or "you") .. '"}'
        local location = target:match("to=(.*)")
        send("HTTP/1.1 " .. (location and "302" or status) .. " X\r\n" ..
          (location and "Location: " .. location .. "\r\n" or "") ..
          "Content-Type: application/json\r\nContent-Length: " .. #body .. "\r\n\r\n" .. body)
      end
    ]])
    registry = wats.metrics.new()
    client = support.connect(server, { metrics = registry })
  end)

  teardown(function() server:stop() end)

  it("is sent", function()
    assert(client:get("/api/App/Levels"))
    assert.equal("Basic " .. TOKEN, server:last().headers.authorization)
  end)

  it("is in no error, whatever kind it is of", function()
    local closed = support.connect(server)
    closed:close()
    local errors = {
      select(2, client:get("/drop")),
      select(2, client:get("/x", { max_body = 1 })),
      select(2, client:get("/x", { timeout = 1e-6, cache = "bypass" })),
      select(2, support.connect("http://127.0.0.1:1"):get("/x")),
      select(2, support.connect((server.url:gsub("http", "https"))):get("/x", { timeout = 0.3 })),
      select(2, closed:get("/x")),
      select(2, client:call("GET /api/App/Levels", nil, { query = { status = 401 } })),
      select(2, client:call("GET /api/App/Levels", nil, { query = { status = 500 } })),
      select(2, client.product:get_product("A", { query = { drop = 1 } })),
      select(2, client.process:get_process("none")),
    }
    assert.is_true(#errors >= 9)
    for i, err in ipairs(errors) do
      assert.is_table(err)
      check(tostring(err), "error " .. i)
      for _, text in ipairs(support.strings(err)) do check(text, "error " .. i) end
    end
  end)

  it("is in no error of a server that repeats what it was told", function()
    for _, what in ipairs { "field", "coding", "type", "text", "json" } do
      local value, err = client.product:get_product("A", { query = { quote = what } })
      assert.is_nil(value)
      check(tostring(err), what)
      for _, text in ipairs(support.strings(err)) do check(text, what) end
      assert.matches("%*%*%*", err.message, nil, what)
      -- nor where it is a token that was asked for
      local token, refusal = client.auth:get_token(nil, { query = { quote = what } })
      assert.is_nil(token, what)
      for _, text in ipairs(support.strings(refusal)) do check(text, what) end
    end
    local raised = support.blamed(function() client:get("http://me:hidden@h/" .. TOKEN) end)
    check(raised, "raised")
    assert.falsy(raised:find("hidden", 1, true))
  end)

  it("is in no message that blames the caller", function()
    for _, headers in ipairs { { Authorization = { TOKEN } }, { Authorization = TOKEN .. "\r\n" },
      { { "Authorization", TOKEN .. "\n" } }, "Authorization: " .. TOKEN } do
      local ok, message = pcall(client.get, client, "/x", { headers = headers })
      assert.is_false(ok)
      check(message, "headers")
    end
    for _, wrong in ipairs { { token = TOKEN .. " " }, { token = "Basic " .. TOKEN },
      { token = TOKEN, base_url = "https://" .. TOKEN .. "@x" }, { token = { TOKEN } },
      { token = TOKEN, base_url = "http://example.com" }, { token = TOKEN, base_url = TOKEN } } do
      wrong.base_url = wrong.base_url or server.url
      local ok, message = pcall(wats.connect, wrong)
      assert.is_false(ok)
      check(message, message)
    end
  end)

  it("is refused in base_url, which is shown", function()
    local text = "base_url must not hold the token: it is shown wherever the server is named"
    for _, part in ipairs { TOKEN, (TOKEN:gsub("=", "")) } do
      local url = server.url .. "/" .. part
      local message = support.blamed(function()
        wats.connect { base_url = url, token = TOKEN }
      end)
      assert.matches(text, message, 1, true)
      check(message, "blame")
    end
    wats.connect { base_url = server.url .. "/short", token = "short" }:close()
  end)

  it("is in nothing that a client, its answers or its cache hold or say", function()
    local res = assert(client:get("/api/App/Levels"))
    check(tostring(client), "tostring")
    check(tostring(res), "answer")
    for name, value in res.headers:pairs() do check(name .. value, "header") end
    for _, key in ipairs(client.cache:keys()) do check(key, "key") end
    assert(client.cache:explain("/api/App/Levels"))
    local held = support.strings { client, client.cache, client.app, res, client:stats(),
      client.cache:stats(), client.cache:explain("/api/App/Levels") }
    assert.is_true(#held > 100)
    check(table.concat(held, "\n"), "reachable")
  end)

  it("is not left in the library's modules", function()
    local modules = {}
    for name, module in pairs(package.loaded) do
      if name:find("^wats%f[%W]") then modules[name] = module end
    end
    local held = support.strings(modules)
    assert.is_true(#held > 1000)
    check(table.concat(held, "\n"), "modules")
  end)

  it("is in no metric", function()
    client:get("/api/" .. TOKEN:gsub("=", ""), { query = { a = "b" } })
    for _, format in ipairs { "prometheus", "openmetrics", "json" } do
      check(registry:render(format), format)
      check(wats.metrics.default():render(format), format)
    end
  end)

  it("is in no log file, in a trace or in the name of a request", function()
    local name = os.tmpname()
    finally(function()
      wats.log.set(nil)
      os.remove(name)
    end)
    local sink = assert(wats.log.file(name, { level = "debug", format = wats.log.json }))
    wats.log.set(sink)
    local own = { headers = { ["X-Request-Id"] = TOKEN, Authorization = "Basic " .. TOKEN } }
    local asking = support.connect(server, { retry = { base_delay = 0.001 } })
    local trace, res, err = asking:capture(function()
      local res = asking:get("/x/" .. TOKEN, own)
      return res, select(2, asking:get("/drop/" .. TOKEN, own))
    end)
    wats.log.write("error", "it failed", { err = err })
    sink:close()
    local file = assert(io.open(name))
    local text = file:read("a")
    file:close()
    assert.is_true(select(2, text:gsub("\n", "")) >= 4)
    check(text, text)
    assert.truthy(text:find("***", 1, true))
    for _, held in ipairs(support.strings { trace, res, err }) do check(held, "trace") end
  end)

  it("goes to no other origin, whatever a redirect says", function()
    local other = raw_servers.start(raw_servers.always(raw_servers.answer(200, "mine")))
    finally(function() other:stop() end)
    for _, to in ipairs { other.url .. "/x", other.url:gsub("http:", ""),
      "http://localhost:" .. server.port .. "/x", "https://127.0.0.1:" .. server.port .. "/x",
      ("http://u:p@127.0.0.1:%d/x"):format(server.port), "file:///etc/passwd", "gopher://x/",
      "http://127.0.0.1:" .. server.port .. "@evil.invalid/" } do
      local count = #server:requests()
      local res = assert(client:get("/redirect?to=" .. to:gsub("#", "%%23"), { cache = "bypass" }))
      assert.equal(302, res.status, to)
      assert.equal(count + 1, #server:requests(), to)
    end
    assert.equal(0, #other:requests())
  end)

  it("goes along within the origin", function()
    assert(client:get("/redirect?to=/landed", { cache = "bypass" }))
    assert.equal("/landed", server:last().target)
    assert.equal("Basic " .. TOKEN, server:last().headers.authorization)
  end)

  it("is not taken from a URL, a .netrc or a proxy of the environment", function()
    assert.has_error(function() wats.connect { base_url = "https://user:pass@x", token = "t" } end)
    local trap = raw_servers.start(raw_servers.always(raw_servers.answer(200, "proxied")))
    finally(function() trap:stop() end)
    local core = require("wats.core")
    local home = os.tmpname()
    os.remove(home)
    assert(os.execute("mkdir " .. home))
    finally(function()
      trap:stop()
      os.execute("rm -r " .. home)
    end)
    local file = assert(io.open(home .. "/.netrc", "w"))
    file:write("machine 127.0.0.1 login evil password evil\n")
    file:close()
    local before = #server:requests()
    local child = assert(core.spawn { stdin = "pipe", stdout = "pipe",
      argv = { os.getenv("LUA") or "lua5.4", "-e", ([[
        local client = require("wats").connect { base_url = %q, token = %q }
        print(assert(client:get("/env")).status)
      ]]):format(server.url, TOKEN) },
      env = { LUA_PATH = package.path, LUA_CPATH = package.cpath, HOME = home,
        http_proxy = trap.url, HTTP_PROXY = trap.url, ALL_PROXY = trap.url,
        all_proxy = trap.url } })
    assert.equal(0, (child:wait(20)))
    assert.equal(0, #trap:requests())
    assert.equal(before + 1, #server:requests())
    assert.equal("Basic " .. TOKEN, server:last().headers.authorization)
  end)
end)
