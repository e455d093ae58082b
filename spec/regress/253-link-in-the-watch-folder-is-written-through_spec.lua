-- Who may drop files in a watch folder may drop a link or a pipe under the names of its own files,
-- too. The mark beside the journal was written through a link, over whatever it led to, and a pipe
-- held the watcher up for ever.

local converter = require("wats.converter")
local sandboxes = require("spec.support.sandbox")
local watched = require("spec.support.watched")

describe("a watch folder with what is not its own under its names", function()
  local it, place = watched(it, pending, setup, teardown, before_each, after_each)
  local folder

  before_each(function()
    folder = place.folder
    folder:drop("a.log", "SN-1")
  end)

  local function watch()
    return place.queue:watch(folder.path, { settle = 0, formats = { converter.new {
      name = "log", files = { "*.log" },
      convert = function(file) return sandboxes.report { sn = file:text() } end,
    } } })
  end

  local function step()
    local watcher <close> = assert(watch())
    local events = assert(watcher:step())
    assert.equal(1, #events)
    return events[1].kind, events[1].reason
  end

  local function make(command, name)
    assert(os.execute(("cd '%s' && %s %s"):format(folder.path, command, name)))
  end

  it("writes through no link", function()
    local watcher <close> = assert(watch())
    assert(watcher:step())
    folder:write("precious.txt.tmp", "do not lose me")
    make("ln -s precious.txt.tmp", ".journal-reading")
    folder:drop("b.log", "SN-2")
    assert.same({ "taken b.log" }, place.told(watcher:step()))
    assert.equal("do not lose me", folder:read("precious.txt.tmp"))
    assert.is_nil(folder:read(".journal-reading"))
  end)

  it("waits for no pipe", function()
    make("mkfifo", ".journal")
    local kind, reason = step()
    assert.equal("kept", kind)
    assert.matches(".journal: it is no regular file", reason, 1, true)
    make("rm", ".journal")
    make("mkfifo", ".journal-reading")
    assert.equal("taken", step())
    make("rm", ".watch-lock")
    make("mkfifo", ".watch-lock")
    local watcher, err = watch()
    assert.is_nil(watcher)
    assert.matches(".watch-lock: it is no regular file", err.message, 1, true)
  end)
end)
