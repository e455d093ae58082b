-- A method of a service that was called with a dot complained about an argument that was given, or
-- at a line of the library; wats:connect complained about an option "health".
local wats = require("wats")

describe("a dot in place of a colon", function()
  local client
  lazy_setup(function()
    client = assert(wats.connect { base_url = "http://127.0.0.1:9", token = "t" })
  end)
  lazy_teardown(function() client:close() end)

  local function message(fn)
    local ok, err = pcall(fn)
    assert.is_false(ok)
    return err
  end

  it("is told as what it is, at the caller's line", function()
    local line = debug.getinfo(1, "l").currentline
    local said = {
      message(function() local _ = client.product.get_product("PN-1") end),
      message(function() local _ = client.report.uut { part_number = "PN-1" } end),
      message(function() local _ = client.report.submit() end),
      message(function() local _ = client.production.get_many { { "SN", "PN" } } end),
    }
    local names = { "product:get_product", "report:uut", "report:submit", "production:get_many" }
    for i, name in ipairs(names) do
      local told = "_spec.lua:%d: %s: this is no service (call it with a colon, "
        .. "as in client.%s(...))"
      assert.matches(told:format(line + i + 1, name, name), said[i], 1, true)
    end
  end)

  it("is told by every method of every service", function()
    local methods = 0
    for _, name in ipairs { "analytics", "app", "asset", "auth", "barcode", "export",
      "manual_inspection", "process", "product", "production", "report", "rootcause", "scim",
      "software", "system", "workflow" } do
      local _ = client[name].any -- its module is loaded by the first use
      for method, fn in pairs(getmetatable(client[name])) do
        if type(fn) == "function" and not method:find("^__") then
          methods = methods + 1
          assert.matches(("%s:%s: this is no service"):format(name, method),
            message(function() fn({ "SN-1" }) end), 1, true)
        end
      end
    end
    assert.is_true(methods > 200)
  end)

  it("a colon in place of a dot, too", function()
    assert.matches("call it with a dot, as in wats.connect {",
      message(function() wats:connect { token = "t" } end), 1, true)
  end)
end)
