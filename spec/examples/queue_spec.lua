-- examples/queue.lua runs as it stands, prints what it should, and leaves nothing behind.

local helper = require("spec.tools.helper")
local needs = require("spec.support.needs")

local PRINTED = [[
SN-0001 is in the queue, result P
all is well: 0 waiting, 1 sent, 0 dead
SN-0002 is in the queue, result P
SN-0003 is in the queue, result P
flushed: nil, timeout
the server is away: 2 waiting, 1 sent, 0 dead
it is back: 0 waiting, 3 sent, 0 dead
SN-0004 is in the queue, result P
refused: HTTP 400: The report is not valid. processCode: There is no process with code 4711.
one was wrong: 0 waiting, 3 sent, 1 dead
it is kept, after 2 attempts that were answered with 400
and is thrown away by hand: 0 waiting, 3 sent, 0 dead
]]

describe("examples/queue.lua", function()
  local it = needs.that(needs.has_sqlite, "built without SQLite", needs.sandbox(it, pending),
    pending)

  it("prints what it should, and leaves no file behind", function()
    local directory = helper.directory()
    -- os.tmpname knows no other directory than /tmp
    helper.write(directory .. "/prepare.lua",
      ("os.tmpname = function() return %q end"):format(directory .. "/outbox"))
    local ok, output = helper.sh(("timeout 120 %s -l prepare examples/queue.lua"):format(
      ("env LUA_PATH='%s/?.lua;%s' %s"):format(directory, package.path,
        os.getenv("LUA") or "lua5.4")))
    local _, left = helper.sh("ls " .. directory)
    helper.remove(directory)
    assert.equal(PRINTED, output)
    assert.is_true(ok)
    assert.equal("prepare.lua\n", left)
  end)
end)
