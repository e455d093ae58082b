package.path = "./tools/?.lua;" .. package.path
local sizes = require("lint.sizes")

local function c_function(lines)
  return "/* {\n}\n*/\nstatic int add(int a)\n{\n" .. ("  a++; /* } */\n"):rep(lines - 2) .. "}\n"
end

local function lua_function(lines)
  return "local function add(a)\n" .. ("  a = a + 1 -- end\n"):rep(lines - 2) .. "end\n"
end

describe("sizes", function()
  it("takes a C function at the limit and refuses one line more", function()
    assert.same({}, (sizes.check("a.c", c_function(80), "c")))
    assert.same({ "a.c:5: add has 81 lines, 80 are allowed" },
      (sizes.check("a.c", c_function(81), "c")))
  end)

  it("does not take braces in strings and comments for code", function()
    local functions = sizes.c_functions('int f(void)\n{\n  g("\\"\n}\n");\n}\n')
    assert.equal(1, #functions)
  end)

  it("takes a Lua function at the limit and refuses one line more", function()
    assert.same({}, (sizes.check("a.lua", lua_function(60), "lua")))
    assert.same({ "a.lua:1: add has 61 lines, 60 are allowed" },
      (sizes.check("a.lua", lua_function(61), "lua")))
  end)

  it("measures nested functions by themselves", function()
    local functions = sizes.lua_functions([[
local M = {}
function M.outer(list)
  for _, item in ipairs(list) do
    repeat
      item(function() return [==[ end end ]==] end)
    until item.end_of or 'end'
  end
  return list["end"], list.done
end
]])
    assert.same({
      { name = "a function", line = 5, length = 1 },
      { name = "M.outer", line = 2, length = 8 },
    }, functions)
  end)

  it("lets a describe block be long, not a case in it", function()
    local body = ("  f()\n"):rep(70)
    assert.same({}, (sizes.check("a_spec.lua",
      "describe('x', function()\n" .. body .. "end)\n", "lua")))
    local complaints = sizes.check("a_spec.lua", "it('x', function()\n" .. body .. "end)\n", "lua")
    assert.equal(1, #complaints)
  end)

  it("refuses files that are too long", function()
    assert.same({}, (sizes.check("a.c", ("\n"):rep(600), "c")))
    assert.same({ "a.c: 601 lines, 600 are allowed" }, (sizes.check("a.c", ("\n"):rep(601), "c")))
    assert.equal(1, #sizes.check("a.lua", ("\n"):rep(401), "lua"))
  end)
end)
