-- examples/domains/scim.lua: what it prints, here and with a server that is not its own.

local helper = require("spec.tools.helper")
local needs = require("spec.support.needs")
local support = require("spec.support.client")

local PROGRAM = (os.getenv("LUA") or "lua5.4") .. " examples/domains/scim.lua"

local EXPECTED = [[
on Monday:
  kari@company.com     Kari Nordmann    active
  ola@company.com      Ola              active
on Tuesday:
  kari@company.com     Kari Nordmann    active
  ola@company.com      Ola              shut out
  o'brien@company.com  Pat O'Brien      active
twice: conflict
]]

describe("examples/domains/scim.lua", function()
  local it, setup, teardown = needs.sandbox(it, pending, setup, teardown)
  local box

  setup(function() box = support.sandbox() end)
  teardown(function() box:stop() end)

  it("lets in who is in the list, and nobody else", function()
    local ok, output = helper.sh(PROGRAM)
    assert.is_true(ok, output)
    assert.equal(EXPECTED, output)
  end)

  it("changes nothing on a server that is not its own", function()
    local client = support.connect(box)
    assert(client.scim:create_user { userName = "ola", displayName = "Ola N" })
    local before = #assert(box.sandbox:journal())
    local ok, output = helper.sh(("WATS_BASE_URL=%s WATS_AUTH_TOKEN=%s %s"):format(
      box.sandbox.url, support.TOKEN, PROGRAM))
    assert.is_true(ok, output)
    assert.equal("users:\n  ola                  Ola N            active\n", output)
    local journal = assert(box.sandbox:journal())
    for i = before + 1, #journal do assert.equal("GET", journal[i].method) end
  end)
end)
