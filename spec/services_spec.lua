-- The services of a client: each domain of the operation table has one, loaded when it is used.

local operations = require("wats.operations")
local wats = require("wats")

local CONNECT = [[
  local client = assert(require("wats").connect { base_url = "http://127.0.0.1:1", token = "x" })
]]

-- What a fresh interpreter prints.
local function output_of(script)
  local pipe = assert(io.popen(("%s - 2>&1 <<'END'\n%s\nEND\n"):format(
    os.getenv("LUA") or "lua5.4", CONNECT .. script)))
  local text = pipe:read("a")
  pipe:close()
  return text
end

describe("the services of a client", function()
  it("are those of the operation table", function()
    local client <close> = assert(wats.connect { base_url = "http://127.0.0.1:1", token = "x" })
    for domain in pairs(operations.domains) do
      assert.equal("table", type(client[domain]), domain)
      assert.is_nil(client[domain].no_such_method)
      assert.equal(client, client[domain][1])
      assert.matches("^wats%." .. domain, tostring(client[domain]))
    end
  end)

  it("are loaded when they are used, not before", function()
    assert.equal("none\tonly product\n", output_of [[
      local function loaded()
        local list = {}
        for name in pairs(package.loaded) do
          list[#list + 1] = name:match("^wats%.domain%.(%w+)$")
        end
        return list
      end
      local before = loaded()
      local method = client.product.get_product
      assert(method and client.product.get_product == method)
      local after = loaded()
      print(#before == 0 and "none", #after == 1 and "only " .. after[1])
    ]])
  end)

  it("blame the caller's line at the first call as well", function()
    assert.matches("^stdin:2: asset:get_asset: ", output_of [[
      print(select(2, pcall(function() client.asset:get_asset(true) end)))
    ]])
  end)
end)
