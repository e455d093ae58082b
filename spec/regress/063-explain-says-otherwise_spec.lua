-- What `explain` said was not what a request then did: of "refresh" without a validator it said
-- "revalidated", of "only" too though that never asks, and of `min-fresh` it counted twice.

local raw_servers = require("spec.support.raw_server")
local support = require("spec.support.client")

-- The answer to /NUMBER/FIELDS has these fields ("~" parts them), and is confirmed by its tag.
local SERVER = [[
  while true do
    local request = read()
    if not request then break end
    local fields = request.target:match("^/%d+/(.*)$")
    fields = fields:gsub("%%20", " "):gsub("%%22", '"')
    local tag = fields:match('ETag: ("%w+")')
    local lines = fields == "" and "" or fields:gsub("~", "\r\n") .. "\r\n"
    if tag and request.head:find("If-None-Match: " .. tag, 1, true) then
      send("HTTP/1.1 304 X\r\n" .. lines .. "\r\n")
    else
      send("HTTP/1.1 200 X\r\n" .. lines .. "Content-Length: 3\r\n\r\nabc")
    end
  end
]]

describe("explain", function()
  local server, client

  setup(function()
    server = raw_servers.start(SERVER)
    client = support.connect(server.url)
  end)
  teardown(function()
    if client then client:close() end
    if server then server:stop() end
  end)

  local LIVES = { "", "Cache-Control: max-age=100", "Cache-Control: max-age=0",
    "Cache-Control: no-cache", "Cache-Control: no-store", "Expires: 0",
    "Cache-Control: max-age=0, stale-while-revalidate=100",
    "Cache-Control: max-age=100~Age: 60", "Cache-Control: max-age=100~Vary: X-Form" }
  local TAGS = { "", 'ETag: "a"' }
  local MODES = { "default", "refresh", "only", "bypass", { ttl = 0 }, { ttl = 30 } }
  local WISHES = { "", "no-cache", "no-store", "max-age=0", "max-age=50", "min-fresh=60",
    "max-stale", "only-if-cached", "max-stale=5, only-if-cached" }
  local OTHERS = { {}, { ["X-Form"] = "b" }, { ["If-None-Match"] = '"a"' },
    { ["If-Match"] = '"a"' }, { Range = "bytes=0-1" } }

  local function fields_of(wish, others)
    local headers = {}
    for name, value in pairs(others) do headers[name] = value end
    if wish ~= "" then headers["Cache-Control"] = wish end
    return headers
  end

  it("says what a request then does", function()
    local number = 0
    local function try(path, options)
      local told = assert(client.cache:explain(path, options))
      local got = assert(client:get(path, options))
      local about = { path, type(options.cache) == "table" and options.cache.ttl or options.cache }
      for name, value in pairs(options.headers) do about[#about + 1] = name .. ": " .. value end
      about = table.concat(about, " | ")
      assert.equal(told.status, got.cache_status, about)
      if got.from_cache or got.status == 504 then
        assert.equal(told.reason, got.cache_reason, about)
      end
      if got.cache_status == "hit" then
        assert.equal(told.age, got.age, about)
        assert.is_true(told.fresh_for > -0.001, about)
      end
    end
    for _, life in ipairs(LIVES) do
      for _, tag in ipairs(TAGS) do
        for _, mode in ipairs(MODES) do
          for _, wish in ipairs(WISHES) do
            local others = OTHERS[number % #OTHERS + 1]
            number = number + 1
            local text = life .. (life ~= "" and tag ~= "" and "~" or "") .. tag
            local path = ("/%d/%s"):format(number, text:gsub(" ", "%%20"):gsub('"', "%%22"))
            local options = { cache = mode, headers = fields_of(wish, others) }
            try(path, options)
            assert(client:get(path))
            try(path, options)
            server:requests() -- or its pipe is full some day
          end
        end
      end
    end
  end)

  it("counts min-fresh once", function()
    local path = "/0/Cache-Control:%20max-age=100"
    assert(client:get(path))
    local told = client.cache:explain(path, { headers = { ["Cache-Control"] = "min-fresh=30" } })
    assert.near(70, told.fresh_for, 5)
  end)
end)
