-- The file system's part of the watch folder; what is made of it: watch_spec.lua.

local folders = require("wats.queue.folder")
local lfs = require("lfs")
local support = require("spec.support.folder")

describe("a folder", function()
  local there, folder

  before_each(function()
    there = support.new()
    folder = assert(folders.open(there.path))
  end)
  after_each(function()
    folder:close()
    there:remove()
  end)

  local function only() return assert(folder:list())[1] end

  it("makes its subdirectories, and takes those that are there", function()
    folder:close()
    folder = assert(folders.open(there.path .. "/"))
    for _, name in ipairs { ".taken", "done", "error" } do
      assert.equal("directory", lfs.attributes(there.path .. "/" .. name, "mode"))
    end
    assert.equal(there.path, folder.path)
  end)

  it("marks a file otherwise when it was replaced or changed", function()
    there:drop("a.json", "1", 1000)
    local first = only().mark
    assert.equal(first, only().mark)
    there:write("a.json", "12")
    local second = only().mark
    there:drop("b.json", "12", 1000)
    assert.not_equal(first, second)
    os.rename(there.path .. "/b.json", there.path .. "/a.json")
    assert.not_equal(second, only().mark)
  end)

  it("lists what is left of a crash first", function()
    there:drop("a.json", "")
    there:drop("b.json", "")
    assert(folder:claim(assert(folder:list())[2]))
    local list = assert(folder:list())
    assert.same({ "b.json", true, "a.json", false },
      { list[1].name, list[1].left, list[2].name, list[2].left })
  end)

  it("claims what is there now, under its own name or not at all", function()
    there:drop("a.json", "one")
    local claimed = assert(folder:claim(only()))
    assert.same({ "a.json", true, there.path .. "/.taken/a.json" },
      { claimed.name, claimed.left, claimed.path })
    there:drop("a.json", "two")
    local second, reason = folder:claim(assert(folder:list())[2])
    assert.is_nil(second)
    assert.equal("the one before it is still in .taken", reason)
    assert.equal(claimed.path, folder:claim(claimed).path)
  end)

  it("claims nothing where nothing is, without a reason", function()
    there:drop("a.json", "one")
    local entry = only()
    os.remove(entry.path)
    assert.same({ nil, nil }, { folder:claim(entry) })
    assert.is_false(folder:is_there(entry))
  end)

  it("gives numbers to names without an ending, with many dots and with dots in front", function()
    for _ = 1, 2 do
      for _, name in ipairs { "report", "a.b.c", "x." } do
        there:drop(name, "")
        assert(folder:put_done(assert(folder:claim(only()))))
      end
    end
    assert.same({ "a.b-2.c", "a.b.c", "report", "report-2", "x-2.", "x." }, there:files("done"))
  end)

  it("does not look through all numbers for each file of the same name", function()
    local attributes, asked = lfs.symlinkattributes, 0
    finally(function() lfs.symlinkattributes = attributes end)
    lfs.symlinkattributes = function(...)
      asked = asked + 1
      return attributes(...)
    end
    local function put()
      there:drop("a.json", "")
      return (assert(folder:put_done(assert(folder:claim(only())))):match("[^/]*$"))
    end
    assert.equal("a.json", put())
    for number = 2, 60 do assert.equal(("a-%d.json"):format(number), put()) end
    assert.is_true(asked < 60 * 15, asked)
    os.remove(there.path .. "/done/a.json")
    assert.same({ "a.json", "a-61.json" }, { put(), put() })
  end)

  it("gives numbers to names that are as long as names can be, and to their reasons", function()
    local name = ("ü"):rep(125) .. ".json"
    local seen = {}
    for number = 1, 12 do
      there:drop(name, tostring(number))
      local path = assert(folder:put_done(assert(folder:claim(only()))))
      there:drop(name, tostring(number))
      local refused = assert(folder:put_error(assert(folder:claim(only())), "why " .. number))
      for _, one in ipairs { path, refused } do
        assert.is_nil(seen[one])
        assert.truthy(utf8.len(one))
        assert.matches("%.json$", one)
        seen[one] = true
      end
      if number > 1 then assert.equal("why " .. number,
        there:read(refused:sub(#there.path + 2) .. ".reason.txt")) end
    end
    assert.equal(24, #there:files("error"))
    local no_stem = "x." .. ("y"):rep(253)
    for _ = 1, 2 do
      there:drop(no_stem, "x")
      assert(folder:put_done(assert(folder:claim(only()))))
    end
  end)

  it("writes no reason without the file for long: the same name is used again", function()
    assert(io.open(there.path .. "/error/a.json.reason.txt", "w")):close() -- a crash left it
    there:drop("a.json", "bad")
    local path = assert(folder:put_error(assert(folder:claim(only())), "why"))
    assert.equal(there.path .. "/error/a.json", path)
    assert.equal("why", there:read("error/a.json.reason.txt"))
  end)

  it("says why it cannot put a file away, and leaves it", function()
    there:drop("a.json", "x")
    local claimed = assert(folder:claim(only()))
    assert(lfs.rmdir(there.path .. "/error"))
    assert(lfs.rmdir(there.path .. "/done"))
    assert.same({ nil, "No such file or directory" }, { folder:put_error(claimed, "why") })
    assert.same({ nil, "No such file or directory" }, { folder:put_done(claimed) })
    assert.is_true(folder:remove(claimed))
    assert.same({ nil, "No such file or directory" }, { folder:remove(claimed) })
  end)

  it("is let go when it is collected", function()
    folder = nil
    collectgarbage()
    collectgarbage()
    folder = assert(folders.open(there.path))
  end)
end)
