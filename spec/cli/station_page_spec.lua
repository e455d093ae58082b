-- A page of figures, fetched and read.

local metrics = require("wats.metrics")
local raw_servers = require("spec.support.raw_server")
local station_page = require("wats.cli.station_page")

describe("a station's page", function()
  it("is read as it was meant", function()
    local registry = metrics.new()
    local gauge = registry:gauge("g", "help", { "a", "b" })
    gauge:set(1.5, { a = 'x",b="no', b = "\\n\n" })
    gauge:set(0 / 0, { a = "", b = "}" })
    registry:counter("c_total", "help"):inc(3)
    registry:histogram("h", "help", nil, { buckets = { 1 } }):observe(2)
    local series = station_page.read(registry:render())
    assert.same({ { labels = {}, value = 3 } }, series.c_total)
    assert.same({ a = 'x",b="no', b = "\\n\n" }, series.g[1].labels)
    assert.equal(1.5, series.g[1].value)
    assert.same({ a = "", b = "}" }, series.g[2].labels)
    assert.is_true(series.g[2].value ~= series.g[2].value)
    assert.same({ { labels = { le = "1" }, value = 0 }, { labels = { le = "+Inf" }, value = 1 } },
      series.h_bucket)
    assert.same({}, station_page.read("<html>\nnot a page\na b c\nx{y 1\n"))
  end)

  describe("is fetched", function()
    local server
    setup(function()
      server = raw_servers.start([[
        local request = assert(read())
        local status = request.headers.authorization == "Bearer right" and 200 or 401
        if request.headers.authorization == "none" then status = 200 end
        local body = request.headers.accept .. "\n"
        send("HTTP/1.1 " .. status .. " X\r\nContent-Length: " .. #body .. "\r\n\r\n" .. body)
      ]])
    end)
    teardown(function() server:stop() end)

    it("in the form that was asked for", function()
      local station = assert(station_page.open(server.url .. "/metrics/"))
      assert.equal(server.url, station.url)
      assert.equal("text/plain;version=0.0.4\n", station:fetch())
      assert.equal("application/json\n", station:fetch("json"))
      assert.equal("/metrics", server:last().target)
    end)

    it("or it is said why not", function()
      local station = assert(station_page.open("http://127.0.0.1:1"))
      local text, problem = station:fetch()
      assert.is_nil(text)
      assert.matches("connect", problem)
      station = assert(station_page.open(server.url))
      station.headers.Authorization = "Bearer wrong"
      assert.equal(("GET %s/metrics: 401 (WATS_HEALTH_TOKEN?)"):format(server.url),
        select(2, station:fetch()))
      local none
      none, problem = station_page.open("no url")
      assert.is_nil(none)
      assert.matches("^the URL must begin with", problem)
    end)
  end)
end)
