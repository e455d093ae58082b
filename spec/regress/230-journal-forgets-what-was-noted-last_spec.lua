-- A journal that had grown to its bound wrote itself anew in a time that went with the square of
-- its notes, and nothing was taken in for most of a minute. It went by the first note of a file,
-- too: what had just been noted of one that was known for long was forgotten.

local core = require("wats.core")
local journals = require("wats.queue.journal")

local function key(n) return ("%032x"):format(n) end

describe("a journal that has reached its bound", function()
  local path
  before_each(function()
    path = os.tmpname()
    os.remove(path)
  end)
  after_each(function() os.remove(path) end)

  it("is written anew in no time, though it is long", function()
    local journal = assert(journals.open(path))
    local ids, begun, longest, n = { core.uuid() }, core.monotonic(), 0, 0
    repeat
      n = n + 1
      assert(journal:finish(key(n), ids))
      local now = core.monotonic()
      begun, longest = now, math.max(longest, now - begun)
    until not journal:look(key(1))
    assert.is_true(n > 80000)
    assert.is_true(longest < 5, tostring(longest))
  end)

  it("goes by the last note of a file", function()
    local journal = assert(journals.open(path, 10000))
    journal:reading(key(0))
    journal = assert(journals.open(path, 10000)) -- the program ended while it read: a first note
    for n = 1, 1000 do
      if n % 20 == 0 then assert(journal:begin(key(0), { "id" }, false)) end
      assert(journal:finish(key(n), { "id" .. n }))
      if n >= 20 then assert.equal("B", (journal:look(key(0))), n) end
    end
    assert.equal("B", (assert(journals.open(path)):look(key(0))))
  end)
end)
