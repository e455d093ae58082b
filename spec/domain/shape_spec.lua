-- An answer of another shape than asked for is an error, and does not stay in the cache.

local boxed = require("spec.support.boxed")
local core = require("wats.core")
local support = require("spec.support.client")

local function decode_error(path)
  return function(value, err)
    assert.is_nil(value)
    assert.equal("decode", err.kind)
    assert.matches(path, err.url, 1, true)
    assert.is_false(err.retryable)
  end
end

describe("an answer of another shape", function()
  local it, box = boxed(it, pending, setup, teardown, before_each)
  local client
  before_each(function() client = box.client end)

  local function answer(path, body)
    assert(box.sandbox:fault { method = "GET", path = path, times = 0, status = 200, body = body,
      headers = { ["Content-Type"] = "application/json" } })
  end

  local LISTS = {
    ["/api/Report/Query/Header"] = function() return client.report:query_headers() end,
    ["/api/Product/Query"] = function() return client.product:get_products() end,
    ["/api/App/Processes"] = function() return client.process:get_processes() end,
    ["/api/App/Levels"] = function() return client.app:get_levels() end,
    ["/api/App/ProductGroups"] = function() return client.app:get_product_groups() end,
  }

  it("is no list", function()
    for path, call in pairs(LISTS) do
      for _, body in ipairs { '{"Message":"An error has occurred."}', "{}" } do
        answer(path, body)
        decode_error(path)(call())
        box.sandbox:clear_faults()
      end
      local list = assert(call()) -- nothing of it has stayed
      assert.is_table(list)
    end
  end)

  it("is no list of records", function()
    for _, body in ipairs { "[1,2]", "[null]", '[{"uuid":"x"},5]' } do
      answer("/api/Report/Query/Header", body)
      decode_error("/api/Report/Query/Header")(client.report:query_headers())
      box.sandbox:clear_faults()
    end
  end)

  it("is no record", function()
    answer("/api/Product/P", "[]")
    decode_error("/api/Product/P")(client.product:get_product("P"))
  end)

  it("is false where a record was saved", function()
    for path, call in pairs {
      ["/api/Product"] = function() return client.product:create_product { partNumber = "P" } end,
      ["/api/Production/Units"] = function()
        return client.production:create_units { { serialNumber = "S", partNumber = "P" } }
      end,
    } do
      assert(box.sandbox:fault { path = path, status = 200, body = "false",
        headers = { ["Content-Type"] = "application/json" } })
      decode_error(path)(call())
    end
    -- what may be any value is the server's word
    assert(box.sandbox:fault { method = "PUT", status = 200, body = "false",
      headers = { ["Content-Type"] = "application/json" } })
    assert.is_false(client.product:save_vendor("Acme"))
  end)

  it("is a page of a portal, be its status 200", function()
    local production = client.production
    for _, page in ipairs { "<!DOCTYPE html>\n<title>Log in</title>",
      "\xEF\xBB\xBF \n<HTML lang=no>" } do
      for path, call in pairs {
        ["/api/Production/AddChildUnit"] = function()
          return production:add_child_to_assembly("P", "A", "C", "B")
        end,
        ["/api/Production/SetUnitPhase"] = function()
          return production:set_unit_phase("S", "P", "finalized")
        end,
        ["/api/internal/Production/GetUnitPhase"] = function()
          return production:get_unit_phase("S", "P")
        end,
        ["/api/Product/Vendors"] = function() return client.product:save_vendor("Acme") end,
        ["/api/App/Levels"] = function() return client:call("GET /api/App/Levels") end,
      } do
        assert(box.sandbox:fault { path = path, status = 200, body = page,
          headers = { ["Content-Type"] = "text/html" } })
        decode_error(path)(call())
      end
      assert.is_table(client:call("GET /api/App/Levels")) -- nothing of it has stayed
      client.cache:clear()
    end
  end)

  it("hides no process", function()
    answer("/api/App/Processes", '{"Message":"An error has occurred."}')
    decode_error("/api/App/Processes")(client.process:get_process("PCBA test"))
    box.sandbox:clear_faults()
    assert.equal("PCBA test", assert(client.process:get_process("PCBA test")).name)
  end)

  it("goes to no sink where the method works with it", function()
    local sink = { sink = function() end }
    for name, call in pairs {
      all = function() client.report:get_headers_by_serial("S", nil, sink) end,
      each = function() client.report:headers({}, sink) end,
      report = function() client.report:get_report(core.uuid(), sink) end,
      reports = function() client.report:get_many({ "x" }, sink) end,
      xml = function() client.report:get_report_xml("x", sink) end,
      level = function() client.app:get_level(1, sink) end,
      wait = function() client.export:wait_for("x", nil, sink) end,
      flow = function() client.analytics:get_flow_summary(nil, sink) end,
    } do
      assert.matches("sink: this call returns what it reads$", support.blamed(call), name)
    end
    assert.matches("options of the request: table expected, got number",
      support.blamed(function() client.report:query_headers({}, 5) end))
  end)

  it("ends an iteration with the error", function()
    answer("/api/Report/Query/Header", "[1,2,3]")
    local ok, err = pcall(function() for _ in client.report:headers {} do end end) -- luacheck: ignore
    assert.is_false(ok)
    assert.equal("decode", err.kind)
  end)

  -- 200, as a proxy answers who has to log in first
  local function page()
    assert(box.sandbox:fault { path = "/api/*", times = 1, status = 200,
      body = "<html>log in</html>", headers = { ["Content-Type"] = "text/html; charset=utf-8" } })
  end

  it("is no success of a write, though nothing certain is expected of that", function()
    for path, call in pairs {
      ["/api/Asset/Count"] = function() return client.asset:increment_count("FX", 1) end,
      ["/api/Asset/Message"] = function() return client.asset:add_log_message("FX", "x") end,
      ["/api/internal/Blob/Asset"] = function()
        return client.asset:upload_file({ id = 1 }, "x", { file = "README.md" })
      end,
      ["/api/RootCause/Attachment"] = function()
        return client.rootcause:upload_attachment("x", "x")
      end,
      ["/api/SystemManager/Level"] = function() return client.system:get_level { "Oslo" } end,
      ["/api/SystemManager/ClientLog/x"] = function() return client.system:get_client_log("x") end,
      ["/api/Software/Package/x"] = function() return client.software:delete_package("x") end,
      ["/api/Asset/State"] = function()
        return client:call("PUT /api/Asset/State", { id = "1", state = 1 })
      end,
    } do
      page()
      decode_error(path)(call())
    end
  end)

  it("is nothing that was answered where a page is empty", function()
    assert(box.sandbox:fault { method = "POST", status = 200, body = "",
      headers = { ["Content-Type"] = "text/html" } })
    assert.is_true(client.asset:add_log_message("FX", "x"))
  end)

  it("does not stay in the cache, whatever is wrong with it", function()
    local function forgets(kind, body)
      assert(box.sandbox:fault { method = "GET", path = "/api/Asset/Types", times = 1, status = 200,
        body = body, headers = { ["Content-Type"] = kind } })
      decode_error("/api/Asset/Types")(client.asset:get_asset_types())
      assert.is_table(client.asset:get_asset_types())
      client.cache:clear()
    end
    forgets("text/html", "<html>log in</html>")
    for _, body in ipairs { "{", "", "5", "[1]" } do forgets("application/json", body) end
  end)
end)
