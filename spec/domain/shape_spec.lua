-- An answer of another shape than asked for is an error, and does not stay in the cache.

local needs = require("spec.support.needs")
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
  local it, setup, teardown, before_each = needs.sandbox(it, pending, setup, teardown, before_each)
  local box, client

  setup(function() box = support.sandbox() end)
  teardown(function() box:stop() end)
  before_each(function()
    box.sandbox:reset()
    client = support.connect(box)
  end)

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

  it("hides no process", function()
    answer("/api/App/Processes", '{"Message":"An error has occurred."}')
    decode_error("/api/App/Processes")(client.process:get_process("PCBA test"))
    box.sandbox:clear_faults()
    assert.equal("PCBA test", assert(client.process:get_process("PCBA test")).name)
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
