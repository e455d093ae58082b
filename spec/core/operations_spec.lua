-- The operation table is process-wide and the first load stands, so each case runs in a process
-- of its own.
local function run(code)
  local file = os.tmpname()
  local out = assert(io.open(file, "w"))
  out:write('local core = require "wats.core"\n', code)
  out:close()
  local pipe = assert(io.popen((os.getenv("LUA") or "lua5.4") .. " " .. file .. " 2>&1"))
  local text = pipe:read("a")
  pipe:close()
  os.remove(file)
  return text
end

local ROWS = [[
local rows = {
  { method = "GET", path = "/api/Product/{partNumber}", volatility = "standard",
    family = "product", domain = "product" },
  { method = "PUT", path = "/api/Product", stale = { "product", "asset" } },
  { method = "GET", path = "/api/Auth/GetToken", volatility = "live", side_effects = true },
  { method = "POST", path = "/api/App/UutReport", volatility = "live", pure_query = true },
  { method = "GET", path = "/api/Forgotten" },
}
]]

describe("core.load_operations", function()
  it("loads once, and says which call did it", function()
    assert.equal("true\tfalse\tfalse\n", run(ROWS .. [[
      print(core.load_operations(rows), core.load_operations(rows), core.load_operations {})
    ]]))
  end)

  it("gives back what the row says", function()
    local text = run(ROWS .. [[
      core.load_operations(rows)
      local op, path = core.match_operation("GET", "/api/PRODUCT/x%20Y")
      print(op.method, op.path, path, op.volatility, op.family, op.domain, #op.stale)
      print(op.side_effects, op.idempotent, op.pure_query)
      op = core.match_operation("PUT", "/api/product")
      print(op.idempotent, op.family, op.domain, table.concat(op.stale, "+"))
      op = core.match_operation("POST", "/api/app/uutreport")
      print(op.idempotent, op.pure_query, op.volatility)
    ]])
    assert.equal(table.concat({
      "GET\t/api/Product/{partNumber}\t/api/Product/x%20Y\tstandard\tproduct\tproduct\t0",
      "false\ttrue\tfalse",
      "true\tnil\tnil\tproduct+asset",
      "false\ttrue\tlive",
      "",
    }, "\n"), text)
  end)

  it("takes a GET with side effects as not repeatable, and silence as live", function()
    assert.equal("false\tlive\n", run(ROWS .. [[
      core.load_operations(rows)
      print(core.match_operation("GET", "/api/Auth/GetToken").idempotent,
        core.match_operation("GET", "/api/Forgotten").volatility)
    ]]))
  end)

  it("matches nothing before the table is there, and hands an unknown path back", function()
    assert.equal("nil\t/a//B\nnil\t/api/x\n", run(ROWS .. [[
      print(core.match_operation("GET", "/a//B"))
      core.load_operations(rows)
      print(core.match_operation("GET", "/api/x"))
    ]]))
  end)

  it("raises at the caller's line, saying which row and what was expected", function()
    local function fault(row)
      return run("print(pcall(function()\ncore.load_operations { { method = 'GET', path = '/a' }, "
        .. row .. " }\nend))\nprint(core.match_operation('GET', '/a'))")
    end
    for row, message in pairs {
      ["{ path = '/b' }"] = "operation 2: method: string expected",
      ["{ method = 'GET', path = 7 }"] = "operation 2: path: string expected",
      ["{ method = 'GET', path = 'b' }"] = 'operation 2: malformed path template "b"',
      ["{ method = 'GET', path = '/b', volatility = 'hot' }"] =
        'operation 2: volatility: "reference", "standard" or "live" expected',
      ["{ method = 'GET', path = '/b', stale = 'product' }"] =
        "operation 2: stale: list of names expected",
      ["{ method = 'GET', path = '/b', idempotent = 1 }"] =
        "operation 2: idempotent: boolean expected",
      ["true"] = "operation 2: table expected",
    } do
      local text = fault(row)
      assert.truthy(text:find(":3: bad argument #1 to 'load_operations' (" .. message .. ")", 1,
        true), text)
      assert.truthy(text:find("\nnil\t/a\n", 1, true), text) -- nothing half-loaded stands
    end
  end)
end)
