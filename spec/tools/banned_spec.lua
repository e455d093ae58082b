package.path = "./tools/?.lua;" .. package.path
local banned = require("lint.banned")

describe("banned functions", function()
  it("are each found where they are called", function()
    for name in pairs(banned.C) do
      local complaints = banned.check_c("csrc/lua_x.c", "int x;\n  y = " .. name .. " (z);\n")
      assert.equal(1, #complaints, name)
      assert.matches("^csrc/lua_x.c:2: " .. name, complaints[1])
    end
  end)

  it("are not found in comments, strings, longer names and members", function()
    assert.same({}, banned.check_c("csrc/core/x.c", [[
/* strcpy(a, b) */ // gets(s)
say("atoi(x)"); my_sprintf(a); snprintf(a); self->free(a); self.free(a); wats_free(a);
]]))
  end)

  it("are those of the heap, in the core only and outside alloc.c", function()
    local text = "a = malloc(1);\nfree(a);\n"
    assert.equal(2, #banned.check_c("csrc/core/x.c", text))
    assert.equal(0, #banned.check_c("csrc/core/alloc.c", text))
    assert.equal(0, #banned.check_c("csrc/tests/test_x.c", text))
  end)

  it("are those that a library must not call, but a program may", function()
    local text = "print(1)\nos.exit(1)\nlog.print(2)\nfunction M.print(x) end\n"
    assert.equal(2, #banned.check_lua("lua/wats/client.lua", text))
    assert.equal(0, #banned.check_lua("lua/wats/cli/main.lua", text))
    assert.equal(0, #banned.check_lua("examples/shift.lua", text))
  end)
end)
