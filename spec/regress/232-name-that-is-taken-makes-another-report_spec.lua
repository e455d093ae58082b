-- A file that could not be put away stays in .taken. The next one of its name became x-2.log there,
-- and after a crash it was another file by that name: its reports were made once more, under other
-- ids. A refused file with a very long name stayed in .taken, unseen, and was read at each pass.

local converter = require("wats.converter")
local lfs = require("lfs")
local sandboxes = require("spec.support.sandbox")
local watched = require("spec.support.watched")

describe("names in a watch folder", function()
  local it, place = watched(it, pending, setup, teardown, before_each, after_each)

  local function step()
    local watcher = assert(place.watch { formats = { converter.new {
      name = "log", files = { "*.log" }, convert = function(file)
        return file:text() ~= "bad" and sandboxes.report { sn = file:text() } or nil, "bad"
      end,
    } } })
    local events = assert(watcher:step())
    watcher:close()
    return place.told(events), events
  end

  it("stay those of the files between being taken in and being put away", function()
    local folder = place.folder
    folder:drop("x.log", "1")
    step()
    folder:drop("x.log", "2")
    assert(lfs.mkdir(folder.path .. "/.taken/x.log")) -- what is in the way
    for _ = 1, 2 do
      local told, events = step()
      assert.same({ "kept x.log" }, told)
      assert.matches("the one before it is still in .taken", events[1].reason, 1, true)
      assert.same({ "x.log" }, folder:files())
    end
    assert(os.remove(folder.path .. "/.taken/x.log"))
    assert.same({ "taken x.log" }, (step()))
    assert.equal(2, #place.queue:list {})
  end)

  it("may be as long as the file system has them", function()
    local name = ("n"):rep(251) .. ".log"
    place.folder:drop(name, "bad")
    local told, events = step()
    assert.same({ "refused " .. name }, told)
    assert.equal(place.folder.path .. "/error/" .. name, events[1].path)
    assert.matches("^bad\n", place.folder:read("error/" .. ("n"):rep(244) .. ".reason.txt"))
  end)
end)
