-- examples/domains/auth.lua runs as it stands and prints what it should.

local helper = require("spec.tools.helper")
local needs = require("spec.support.needs")

local LUA = os.getenv("LUA") or "lua5.4"

local function run(argument)
  return helper.sh(("timeout 60 %s examples/domains/auth.lua %s"):format(LUA, argument))
end

local PRINTED = [[
a token of its own was made
the server lets it in: true
shown again: conflict
]]

describe("examples/domains/auth.lua", function()
  local it = needs.sandbox(it, pending)

  it("prints no token, and keeps it where only its owner can read it", function()
    local name = os.tmpname()
    os.remove(name)
    name = name .. " it's"
    finally(function() os.remove(name) end)
    local ok, output = run('"' .. name .. '"')
    assert.equal(PRINTED .. "kept in a file that only its owner can read\n", output)
    assert.is_true(ok)
    local file = assert(io.open(name))
    assert.matches("^[%w+/]+=*\n$", file:read("a"))
    file:close()
    local _, mode = helper.sh(('ls -l "%s"'):format(name))
    assert.equal("-rw-------", mode:sub(1, 10))
    assert(os.execute('chmod 644 "' .. name .. '"')) -- one that was there before
    assert.is_true((run('"' .. name .. '"')))
    _, mode = helper.sh(('ls -l "%s"'):format(name))
    assert.equal("-rw-------", mode:sub(1, 10))
    ok, output = run("")
    assert.equal(PRINTED, output)
    assert.is_true(ok)
  end)
end)
