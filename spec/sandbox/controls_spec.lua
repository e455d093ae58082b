-- Faults, journal and seeds: what makes the sandbox a thing for tests.

local cjson = require("cjson")
local core = require("wats.core")
local needs = require("spec.support.needs")
local raw_http = require("spec.support.raw_http")
local sandboxes = require("spec.support.sandbox")
local json = require("wats.sandbox.json")

describe("sandbox", function()
  local it, setup, teardown, before_each = needs.sandbox(it, pending, setup, teardown, before_each)
  local box, sandbox

  setup(function()
    box = sandboxes.start()
    sandbox = box.sandbox
  end)

  teardown(function()
    box:stop()
  end)

  before_each(function()
    assert(sandbox:reset())
  end)

  local function status(path)
    local response = box:get(path or "/api/App/Version")
    return response and response.status
  end

  describe("fault", function()
    it("answers with its status, headers and body, once", function()
      assert(sandbox:fault({
        status = 503, headers = { ["Retry-After"] = "7", ["Content-Type"] = "text/html" },
        body = "<html>busy</html>",
      }))
      local response = box:get("/api/App/Version")
      assert.equal(503, response.status)
      assert.equal("7", response.headers["retry-after"])
      assert.equal("text/html", response.headers["content-type"])
      assert.equal("<html>busy</html>", response.body)
      assert.equal(200, status())
    end)

    it("strikes before anything is processed", function()
      sandbox:fault({ method = "POST", status = 500 })
      local report = sandboxes.report()
      box:request("POST", "/api/Report/WSJF", { json = report })
      assert.equal(404, status("/api/Report/Wsjf/" .. report.id))
    end)

    it("strikes as often as it says; 0 = until cleared", function()
      sandbox:fault({ status = 500, times = 2 })
      assert.same({ 500, 500, 200 }, { status(), status(), status() })
      sandbox:fault({ status = 500, times = 0 })
      for _ = 1, 5 do
        assert.equal(500, status())
      end
      assert(sandbox:clear_faults())
      assert.equal(200, status())
    end)

    it("is for its method and path: exact, or a beginning with *", function()
      sandbox:fault({ method = "post", path = "/api/App/Version", status = 500, times = 0 })
      sandbox:fault({ path = "/api/product/pcba*", status = 501, times = 0 })
      assert.equal(200, status())
      assert.equal(501, status("/api/Product/PCBA-100"))
      assert.equal(501, status("/API/PRODUCT/PCBA-100/A?x=1"))
      assert.equal(200, status("/api/Product/RADIO-868"))
    end)

    it("of several, the first that matches strikes", function()
      local levels = { path = "/api/App/Levels", status = 500 }
      sandbox:fault({ levels, { status = 501 }, { status = 502 } })
      assert.same({ 501, 502, 200 }, { status(), status(), status() })
      assert.equal(500, status("/api/App/Levels"))
    end)

    it("with headers alone changes the real answer", function()
      sandbox:fault({
        headers = { ["Cache-Control"] = "no-store", etag = json.null, ["X-Two"] = { "a", "b" } },
      })
      local response = box:get("/api/App/Version")
      assert.equal(200, response.status)
      assert.equal("no-store", response.headers["cache-control"])
      assert.is_nil(response.headers.etag)
      assert.equal("a, b", response.headers["x-two"])
      assert.is_string(box:get("/api/App/Version").headers.etag)
    end)

    it("holds an answer back, and no other", function()
      sandbox:fault({ path = "/api/App/Levels", delay_ms = 400 })
      local slow = raw_http.connect(box.port)
      local headers = { Authorization = "Basic " .. box.token }
      local began = core.monotonic()
      slow:send(raw_http.text({ path = "/api/App/Levels", headers = headers }))
      for _ = 1, 20 do
        assert.equal(200, status())
      end
      local others = core.monotonic() - began
      local response = raw_http.read(slow)
      local whole = core.monotonic() - began
      slow:close()
      assert.equal(200, response.status)
      assert.is_true(whole >= 0.39, whole)
      assert.is_true(others < whole, others)
    end)

    it("processes a delayed request once", function()
      sandbox:fault({ delay_ms = 30 })
      local report = sandboxes.report()
      box:request("POST", "/api/Report/WSJF", { json = report })
      local query = sandboxes.query({ "$filter", "uuid eq " .. report.id })
      assert.equal(1, box:get_json("/api/Report/Query/Header" .. query)[1].receiveCount)
    end)

    it("drops before processing", function()
      sandbox:fault({ drop = "before" })
      local report = sandboxes.report()
      local response, problem = box:request("POST", "/api/Report/WSJF", { json = report })
      assert.is_nil(response)
      assert.equal("closed", problem)
      assert.equal(404, status("/api/Report/Wsjf/" .. report.id))
    end)

    it("drops after processing", function()
      sandbox:fault({ drop = "after" })
      local report = sandboxes.report()
      local response, problem = box:request("POST", "/api/Report/WSJF", { json = report })
      assert.is_nil(response)
      assert.equal("closed", problem)
      assert.equal(200, status("/api/Report/Wsjf/" .. report.id))
    end)

    it("drops in the middle of the body, whose whole length was told", function()
      local whole = box:get("/api/App/Processes")
      sandbox:fault({ drop = "mid" })
      local response = box:get("/api/App/Processes")
      assert.equal(200, response.status)
      assert.equal(#whole.body, tonumber(response.headers["content-length"]))
      assert.equal("closed", response.cut)
      assert.equal(whole.body:sub(1, #whole.body // 2), response.body)
    end)

    it("drops a delayed answer too", function()
      sandbox:fault({ drop = "after", delay_ms = 50 })
      assert.is_nil(status())
      assert.equal(200, status())
    end)

    it("never strikes the controls", function()
      sandbox:fault({ status = 500, times = 0 })
      assert.equal(200, status("/sandbox/faults"))
    end)

    it("waits in a list with how often it has struck", function()
      sandbox:fault({ status = 500, times = 3, path = "/api/App/Version" })
      status()
      local list = sandbox:faults()
      assert.equal(1, #list)
      assert.equal(1, list[1].struck)
      assert.equal("/api/App/Version", list[1].path)
    end)

    it("that is none is refused with the reason", function()
      for problem, fault in pairs({
        ["unknown member x"] = { x = 1 },
        ["status must be a whole number from 200 to 599"] = { status = 99 },
        ["drop must be"] = { drop = "never" },
        ["headers must be a object"] = { headers = "x" },
        ["must not be negative"] = { delay_ms = -1 },
      }) do
        local done, err = sandbox:fault(fault)
        assert.is_nil(done)
        assert.equal("invalid", err.kind)
        assert.matches(problem, tostring(err), 1, true)
      end
      assert.same({}, sandbox:faults())
    end)

    it("can be ordered over the wire", function()
      local response = box:request("POST", "/sandbox/faults", { json = { status = 418 } })
      assert.equal(204, response.status)
      assert.equal(418, status())
      assert.equal(400, box:request("POST", "/sandbox/faults", { body = "{" }).status)
      assert.equal(204, box:request("DELETE", "/sandbox/faults").status)
    end)
  end)

  describe("journal", function()
    it("tells what was received, in order", function()
      box:get("/api/Product/A%2FB?x=%201", { headers = { ["X-Test"] = "yes" } })
      box:request("POST", "/api/Report/WSJF", { body = "abc" })
      local list = sandbox:journal()
      assert.equal(2, #list)
      local get, post = list[1], list[2]
      assert.same({ "GET", "/api/Product/A%2FB", "x=%201", 400 },
        { get.method, get.path, get.query, get.status })
      assert.equal("yes", get.headers["x-test"])
      assert.equal(core.sha256("abc"), post.body_sha256)
      assert.equal(3, post.body_size)
      assert.equal(400, post.status)
      assert.is_nil(post.query)
      assert.equal(get.number + 1, post.number)
      assert.matches("^%d%d%d%d%-%d%d%-%d%dT%d%d:%d%d:%d%d", post.time)
    end)

    it("keeps no credential", function()
      status()
      local text = box:get("/sandbox/journal").body
      assert.is_nil(text:find(box.token, 1, true))
      assert.equal("Basic", sandbox:journal()[1].headers.authorization)
    end)

    it("tells faults and drops, and no status where none was sent", function()
      sandbox:fault({ { drop = "after" }, { status = 500 } })
      status()
      status()
      local list = sandbox:journal()
      assert.equal("after", list[1].dropped)
      assert.is_nil(list[1].status)
      assert.is_true(list[1].fault)
      assert.equal(500, list[2].status)
      assert.is_false(list[2].dropped)
    end)

    it("holds refused requests too, and not the controls", function()
      raw_http.request(box.port, { path = "/api/App/Version" })
      box:get("/sandbox/faults")
      local list = sandbox:journal()
      assert.equal(1, #list)
      assert.equal(401, list[1].status)
    end)

    it("is emptied; numbers go on", function()
      status()
      assert(sandbox:clear_journal())
      assert.same({}, sandbox:journal())
      status()
      assert.equal(2, sandbox:journal()[1].number)
      status()
      assert.equal(1, #sandbox:journal(2))
      assert.equal(1, #box:get_json("/sandbox/journal?after=2"))
      assert.equal(204, box:request("DELETE", "/sandbox/journal").status)
    end)
  end)

  describe("seed", function()
    it("loads processes, levels, groups, products and reports", function()
      local report = sandboxes.report({ processCode = 77, sn = "SEEDED" })
      assert(sandbox:seed({
        processes = { { code = 77, name = "New test", isTestOperation = true } },
        levels = { { levelId = 9, levelName = "Bergen" } },
        productGroups = { { productGroupId = 9, productGroupName = "New" } },
        products = { { partNumber = "SEED-1", revisions = { { revision = "A" } } } },
        reports = { cjson.encode(report) },
      }))
      assert.equal("A", box:get_json("/api/Product/SEED-1/A").revision)
      assert.equal(200, status("/api/Report/Wsjf/" .. report.id))
      assert.equal(7, #box:get_json("/api/App/Processes"))
      assert.equal("Bergen", box:get_json("/api/App/Levels")[4].levelName)
      assert.equal("New", box:get_json("/api/App/ProductGroups")[3].productGroupName)
    end)

    it("replaces what is there already", function()
      assert(sandbox:seed({ processes = { { code = 10, name = "Other", isWipOperation = true } } }))
      local list = box:get_json("/api/App/Processes?includeWipOperations=true")
      assert.equal("Other", list[1].name)
      assert.equal(6, #box:get_json("/api/App/Processes"))
    end)

    it("loads nothing when something is wrong, and says what", function()
      local done, err = sandbox:seed({
        products = { { partNumber = "SEED-2" } }, levels = { { levelName = "x" } }, other = {},
      })
      assert.is_nil(done)
      assert.matches("levels[0].levelId", err.message, 1, true)
      assert.matches("There is nothing of this name", err.message, 1, true)
      assert.equal(404, status("/api/Product/SEED-2"))
      assert.is_nil((sandbox:seed({ reports = { "{}" } })))
    end)

    it("can be large", function()
      local products = {}
      for i = 1, 5000 do
        products[i] = { partNumber = "P" .. i, description = ("x"):rep(100) }
      end
      assert(sandbox:seed({ products = products }))
      assert.equal(200, status("/api/Product/P5000"))
    end)
  end)

  it("begins anew on reset", function()
    box:request("PUT", "/api/Product", { json = { partNumber = "GONE" } })
    sandbox:fault({ status = 500 })
    assert(sandbox:reset())
    assert.equal(404, status("/api/Product/GONE"))
    assert.equal(1, #sandbox:journal())
  end)
end)
