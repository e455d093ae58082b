-- The journal of a watch folder: what it keeps, whatever befalls its file.

local journals = require("wats.queue.journal")

local function key(n) return ("%032x"):format(n) end

describe("a journal", function()
  local path

  before_each(function()
    path = os.tmpname()
    os.remove(path)
  end)
  after_each(function()
    os.remove(path)
    os.remove(path .. ".part")
  end)

  local function open(max_bytes) return assert(journals.open(path, max_bytes)) end

  local function read()
    local file = assert(io.open(path, "rb"))
    local text = file:read("a")
    file:close()
    return text
  end

  local function write(text)
    local file = assert(io.open(path, "wb"))
    file:write(text)
    file:close()
  end

  it("tells what was begun and what was taken in, also when it is opened anew", function()
    local journal = open()
    assert.is_nil(journal:look(key(1)))
    assert(journal:begin(key(1), { "a", "b" }, false))
    assert(journal:begin(key(2), { "c" }, true))
    assert(journal:begin(key(3), {}, false))
    assert(journal:finish(key(3), { "d" }))
    for _ = 1, 2 do
      assert.same({ "B", { "a", "b" } }, { journal:look(key(1)) })
      assert.same({ "R", { "c" } }, { journal:look(key(2)) })
      assert.same({ "T", { "d" } }, { journal:look(key(3)) })
      assert.is_nil(journal:look(key(4)))
      journal = open()
    end
    assert(journal:finish(key(1), { "a", "b" }))
    assert.equal("T", (open():look(key(1))))
  end)

  it("cut off anywhere, it knows what is whole, and goes on", function()
    local journal = open()
    for n = 1, 3 do assert(journal:finish(key(n), { "id" .. n })) end
    local text = read()
    local whole = #text // 3
    for length = 0, #text do
      write(text:sub(1, length))
      journal = open()
      -- the last character of a line is what ends it: without it the line is whole all the same
      local known = (length + 1) // whole
      for n = 1, 3 do
        assert.equal(n <= known and "T" or nil, (journal:look(key(n))), length)
      end
      assert(journal:finish(key(9), { "new" }))
      assert.equal("T", (open():look(key(9))), length)
      assert.equal(known >= 1 and "T" or nil, (open():look(key(1))))
    end
  end)

  it("does not believe a line that was changed", function()
    local journal = open()
    assert(journal:begin(key(1), { "id1" }, false))
    assert(journal:finish(key(2), { "id2" }))
    write((read():gsub(" B ", " T ")))
    journal = open()
    assert.is_nil(journal:look(key(1)))
    assert.equal("T", (journal:look(key(2))))
    write("\0\xFF\n" .. ("x"):rep(100000) .. "\n" .. read())
    assert.equal("T", (open():look(key(2))))
  end)

  it("counts how often the program ended while it read a file", function()
    local journal = open()
    do
      local mark <close> = journal:reading(key(1)) -- luacheck: ignore mark
    end
    assert.equal(0, open():deaths(key(1)))
    for n = 1, 3 do
      journal:reading(key(1)) -- which is never closed
      journal = open()
      assert.same({ n, 0 }, { journal:deaths(key(1)), journal:deaths(key(2)) })
      journal = open()
    end
    assert(journal:forgive(key(1)))
    assert.equal(0, journal:deaths(key(1)))
    journal:reading(key(1))
    journal = open()
    assert.equal(1, journal:deaths(key(1)))
    assert(journal:finish(key(1), { "id" }))
    assert.equal(0, open():deaths(key(1)))
    assert.equal("T", (open():look(key(1))))
  end)

  it("is bounded, and forgets the oldest", function()
    local journal = open(10000)
    for n = 1, 1000 do
      assert(journal:begin(key(n), { "id" .. n }, false))
      assert(journal:finish(key(n), { "id" .. n }))
      assert.is_true(#read() <= 10000)
    end
    for _ = 1, 2 do
      assert.equal("T", (journal:look(key(1000))))
      assert.equal("T", (journal:look(key(950))))
      assert.is_nil(journal:look(key(1)))
      journal = open(10000)
    end
    -- one note that is larger than all
    assert(journal:finish(key(5000), { ("x"):rep(20000) }))
    assert.equal("T", (open(10000):look(key(5000))))
  end)

  it("says why it cannot be read or written", function()
    local journal, err = journals.open("/")
    assert.is_nil(journal)
    assert.equal("io", err.kind)
    journal = assert(journals.open("/no/such/directory/journal"))
    local ok, reason = journal:begin(key(1), {}, false)
    assert.is_nil(ok)
    assert.matches("No such file or directory", reason, 1, true)
    assert.is_nil(journal:look(key(1)))
  end)
end)
