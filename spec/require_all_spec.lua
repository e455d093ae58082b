-- Every module loads on its own, in a fresh state, and defines no global.

local function lua_modules()
  local modules = {}
  local pipe = assert(io.popen("find lua -name '*.lua' 2>/dev/null"))
  for path in pipe:lines() do
    local name = path:gsub("^lua/", ""):gsub("%.lua$", ""):gsub("/init$", ""):gsub("/", ".")
    modules[#modules + 1] = name
  end
  pipe:close()
  table.sort(modules)
  return modules
end

-- Printed by a fresh interpreter: the names that requiring has added to _G.
local SCRIPT = [[
  local known = {}
  for name in pairs(_G) do known[name] = true end
  require(arg[1])
  for name in pairs(_G) do
    if not known[name] then print(name) end
  end
]]

describe("module", function()
  local lua = os.getenv("LUA") or "lua5.4"

  local function load_alone(name)
    local command = ("%s - %s 2>&1 <<'END'\n%s\nEND\n"):format(lua, name, SCRIPT)
    local pipe = assert(io.popen(command))
    local output = pipe:read("a")
    return pipe:close(), output
  end

  it("wats.core loads and tells its version", function()
    local core = require("wats.core")
    assert.matches("^%d+%.%d+%.%d+$", core.version)
  end)

  for _, name in ipairs(lua_modules()) do
    it(name .. " loads alone and leaves no global", function()
      local ok, output = load_alone(name)
      assert.is_true(ok, output)
      assert.equal("", output)
    end)
  end
end)
