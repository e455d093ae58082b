-- Which requests count as asked one by one.

local capture_warnings = require("wats.capture_warnings")
local core = require("wats.core")
local json = require("wats.json")
local wats = require("wats")

local BASE = "http://127.0.0.1:1/wats"

describe("capture_warnings", function()
  local client, watch

  before_each(function()
    client = assert(wats.connect { base_url = BASE, token = "t", station = "S",
      metrics = wats.metrics.new() })
    watch = capture_warnings.watch(client)
  end)

  local function begin(path, method)
    local call = { method = method or "GET", url = BASE .. path }
    call.route = capture_warnings.route(client, call)
    watch:began(call)
    return call
  end

  local function finish(call, attempts)
    call.status, call.attempts = 200, attempts or 1
  end

  local function one_by_one(count, path, method)
    for i = 1, count do finish(begin(path:format(i), method)) end
  end

  it("knows the operation of a path below the base URL", function()
    local function route(url, method)
      return capture_warnings.route(client, { method = method or "GET", url = url })
    end
    assert.equal("/api/Product/{partNumber}", route(BASE .. "/api/PRODUCT/A%2FB?x=/y#z"))
    assert.equal("/api/Product", route(BASE .. "/api/Product", "PUT"))
    assert.is_nil(route(BASE .. "/nothing/of/ours"))
    assert.is_nil(route(BASE))
    assert.is_nil(route("http://other/api/Product/A"))
    assert.is_nil(route(nil))
  end)

  it("counts what began when no other of its kind was under way", function()
    local other = begin("/api/Product/other/A")
    one_by_one(11, "/api/Product/P%d")
    finish(other)
    assert.equal(11, watch:warnings()[1].count)
  end)

  it("does not count what went together, even where all of a round end at once", function()
    for round = 1, 12 do
      local calls = {}
      for i = 1, 16 do calls[i] = begin(("/api/Product/P%d-%d"):format(round, i)) end
      for _, call in ipairs(calls) do finish(call) end
    end
    assert.same({}, watch:warnings())
  end)

  it("does not count what never went out, or has not ended", function()
    one_by_one(10, "/api/Product/P%d")
    finish(begin("/api/Product/P11"), 0)
    begin("/api/Product/P12")
    local failed = begin("/api/Product/P13")
    failed.error, failed.attempts = "circuit_open", 0
    assert.same({}, watch:warnings())
  end)

  it("counts different arguments, as the server would tell them apart", function()
    one_by_one(30, "/api/Product/P")
    assert.same({}, watch:warnings())
    one_by_one(10, "/api/Product/P%d")
    assert.equal(11, watch:warnings()[1].count)
  end)

  it("takes pages of a list for one question", function()
    one_by_one(30, "/api/Report/Query/Header?%%24filter=a&%%24skip=%d&%%24top=5")
    one_by_one(30, "/api/Report/Query/Header?%%24filter=timeStamp%%20gt%%20%d")
    one_by_one(30, "/api/Report/Query/Header?%%24filter=timeStamp%%20le%%20%d")
    one_by_one(30, "/api/SCIM/v2/Users?startIndex=%d&count=10")
    assert.same({}, watch:warnings())
    one_by_one(12, "/api/Report/Query/Header?%%24filter=sn%%20eq%%20'%d'&%%24skip=0")
    assert.equal("/api/Report/Query/Header", watch:warnings()[1].route)
  end)

  it("counts writes by their number, where the server takes many at once", function()
    one_by_one(11, "/api/Production/Units", "PUT")
    one_by_one(30, "/api/Report/WSJF", "POST")
    local list = watch:warnings()
    assert.same({ 1, "PUT", 11 }, { #list, list[1].method, list[1].count })
  end)

  it("names operations that exist", function()
    local path = assert(package.searchpath("wats.capture_warnings", package.path))
    local file = assert(io.open(path))
    for method, route in file:read("a"):gmatch('"(%u+) (/api/[^"]+)"') do
      local filled = route:gsub("{%w+}", "x")
      local operation = core.match_operation(method, filled)
      assert.equal(route, operation and operation.path, json.encode(route))
    end
    file:close()
  end)
end)
