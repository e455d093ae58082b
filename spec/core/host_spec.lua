-- The module in a program that runs one Lua state per thread (spec/support/host.c).

local helper = require("spec.tools.helper")
local needs = require("spec.support.needs")

describe("in a host program with a Lua state per thread", function()
  local it, setup, teardown = needs.sandbox(it, pending, setup, teardown)
  local directory, box

  setup(function()
    directory = helper.directory()
    box = require("spec.support.sandbox").start()
  end)

  teardown(function()
    box:stop()
    helper.remove(directory)
  end)

  it("serves eight states at once, survives their end, and starts clean after fork", function()
    local program = directory .. "/host"
    assert(helper.sh(("%s %s -std=c11 -D_GNU_SOURCE -o %s spec/support/host.c "
      .. "$(pkg-config --cflags --libs lua5.4) -lpthread"):format(os.getenv("CC") or "cc",
        os.getenv("HOST_CFLAGS") or "", program)))
    local ok, output = helper.sh(("%s 8 3 spec/support/host_script.lua %s %s"):format(program,
      box.sandbox.url, box.token))
    assert.equal("still mapped\n", output)
    assert.is_true(ok)
  end)
end)
