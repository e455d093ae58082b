-- What becomes of a file with conditions and a journal: taken in once, whatever happens in between.

local converter = require("wats.converter")
local core = require("wats.core")
local errors = require("wats.errors")
local json = require("wats.json")
local lfs = require("lfs")
local log = require("wats.log")
local program = require("spec.support.program")
local sandboxes = require("spec.support.sandbox")
local watched = require("spec.support.watched")

describe("queue:watch with a converter", function()
  local it, place, world = watched(it, pending, setup, teardown, before_each, after_each)
  local told = place.told
  local folder, queue, converted

  before_each(function()
    folder, queue, converted = place.folder, place.queue, 0
  end)

  -- What it makes of the same file differs each time.
  local function make(changes)
    local all = { name = "log", files = { "*.log" }, convert = function(file)
      converted = converted + 1
      local list = {}
      for line in file:lines() do
        list[#list + 1] = sandboxes.report { sn = line, comment = "number " .. converted }
      end
      return list
    end }
    for name, value in pairs(changes or {}) do all[name] = value end
    return converter.new(all)
  end

  local function step(changes, opts, of)
    local all = { formats = { make(changes) } }
    for name, value in pairs(opts or {}) do all[name] = value end
    if place.watcher then place.watcher:close() end
    return assert(place.watch(all, of):step())
  end

  -- The queue, but for what is named.
  local function queue_with(changes)
    changes.get = changes.get or function(_, id) return queue:get(id) end
    return setmetatable(changes, { __index = queue })
  end

  local function again(name)
    assert(os.rename(folder.path .. "/done/" .. name, folder.path .. "/" .. name))
  end

  local function rows() return #queue:list { limit = 1000 } end

  it("converts a file once, also when it comes again, and knows its reports", function()
    folder:drop("a.log", "SN-1\nSN-2\n")
    local first = step()
    assert.same({ "taken a.log" }, told(first))
    for _ = 1, 2 do
      again("a.log")
      assert(lfs.touch(folder.path .. "/a.log", os.time() - 1000))
      local heard
      log.set(function(level, message) heard = level .. ": " .. message end)
      local events = step()
      log.set(nil)
      assert.equal("info: a file of the watch folder was taken in", heard)
      assert.same({ "taken a.log" }, told(events))
      assert.equal("it was taken in before", events[1].reason)
      assert.same(first[1].ids, events[1].ids)
      assert.equal(folder.path .. "/done/a.log", events[1].path)
    end
    assert.same({ 1, 2 }, { converted, rows() })
  end)

  it("takes another name, other content, another version, another queue for another file",
    function()
      folder:drop("a.log", "SN-1\n")
      local first = step()[1].ids[1]
      folder:drop("b.log", "SN-1\n")
      folder:drop("c.log", "SN-2\n")
      step()
      assert.same({ 3, 3 }, { converted, rows() })
      again("a.log")
      step { version = "2" }
      -- the ids are the same: it takes the place of the other
      assert.same({ 4, 3 }, { converted, rows() })
      assert.equal("number 4", json.decode(queue:get(first).body).comment)
      again("b.log")
      local other = world.store { path = world.directory .. "/other.db" }
      step({}, {}, other)
      assert.same({ 5, 1 }, { converted, #other:list() })
    end)

  it("with identity = file takes the same file at another time for another", function()
    folder:drop("a.log", "PASS\n", os.time() - 100)
    step { identity = "file" }
    again("a.log")
    step { identity = "file" }
    assert.same({ 1, 1 }, { converted, rows() })
    folder:drop("a.log", "PASS\n", os.time() - 50)
    step { identity = "file" }
    assert.same({ 2, 2 }, { converted, rows() })
  end)

  it("cut short after the note, before the commit: converts again, under the same ids", function()
    folder:drop("a.log", "SN-1\nSN-2\n")
    local ids
    local cut = queue_with { submit_batch = function(_, texts)
      ids = { json.decode(texts[1]).id, json.decode(texts[2]).id }
      error("killed here")
    end }
    assert.error_matches(function() step({}, {}, cut) end, "killed here")
    local events = step()
    assert.same({ ids, nil }, { events[1].ids, events[1].reason })
    assert.same({ 2, 2 }, { converted, rows() })
  end)

  it("cut short after the commit, before the note: does not convert again", function()
    folder:drop("a.log", "SN-1\nSN-2\n")
    local ids
    local cut = queue_with { submit_batch = function(_, ...)
      ids = queue:submit_batch(...)
      error("killed here")
    end }
    assert.error_matches(function() step({}, {}, cut) end, "killed here")
    local body = queue:get(ids[1]).body
    local events = step()
    assert.same({ ids, "it was taken in before" }, { events[1].ids, events[1].reason })
    assert.same({ 1, 2 }, { converted, rows() })
    assert.equal(body, queue:get(ids[1]).body)
    assert.same({ "a.log" }, folder:files("done"))
  end)

  it("does not take the reports of an earlier version for those of this one", function()
    folder:drop("a.log", "SN-1\n")
    step()
    again("a.log")
    local cut = queue_with { submit = function() error("killed here") end }
    assert.error_matches(function() step({ version = "2" }, {}, cut) end, "killed here")
    step { version = "2" }
    assert.equal(3, converted)
    assert.equal("number 3", json.decode(queue:get(queue:list()[1].id).body).comment)
  end)

  it("keeps the file while queue or journal cannot take it", function()
    folder:drop("a.log", "SN-1\n")
    local busy = queue_with { get = function()
      return nil, errors.new { kind = "io", message = "locked" }
    end }
    assert.same({ "kept a.log" }, told(step({}, {}, busy)))
    assert.equal("locked", place.watcher.held)
    assert(lfs.mkdir(folder.path .. "/.journal"))
    local events = step()
    assert.same({ "kept a.log" }, told(events))
    assert.matches("journal: ", events[1].reason, 1, true)
    assert(lfs.rmdir(folder.path .. "/.journal"))
    assert.same({ "taken a.log" }, told(place.watcher:step()))
    assert.equal(1, rows())
  end)

  it("puts what a converter breaks over into error, with line and cause, and goes on", function()
    local cases = {
      ["raise.log"] = function(file) for _ in file:lines() do file.nothing() end end,
      ["loop.log"] = function() while true do end end,
      ["nonsense.log"] = function() return 42 end,
      ["invalid.log"] = function(file)
        return file:uut { part_number = "PN", serial_number = file:lines()(), revision = "A",
          process_code = 10, start = "2999-01-01T00:00:00Z" }
      end,
      ["nothing.log"] = function() return {} end,
    }
    for name in pairs(cases) do folder:drop(name, "SN\n") end
    folder:drop("z-good.log", "SN-1\n", os.time() + 60)
    local good = make()
    local events = step { time_limit = 1, station = { name = "S" }, convert = function(file)
      return (cases[file.name] or good.read)(file)
    end }
    assert.equal(6, #events)
    assert.same("taken z-good.log", told(events)[6])
    for name, pattern in pairs {
      ["raise.log"] = "^line 1: .*taking_spec.lua:%d+: attempt to call a nil value",
      ["loop.log"] = "^it took longer than 1 s %(at .*taking_spec.lua:%d+%)",
      ["nonsense.log"] = "^report 1: a report, .*got number",
      ["invalid.log"] = "^report 1 %(of line 1%): it is not valid: start: lies in the future",
      ["nothing.log"] = "^it holds no report",
    } do
      assert.equal("SN\n", folder:read("error/" .. name))
      local reason = folder:read("error/" .. name .. ".reason.txt")
      assert.matches(pattern, reason)
      assert.matches("\nFormat: log\n", reason, 1, true)
    end
    assert.equal(1, rows())
    -- mended and moved back, it is converted
    assert(os.rename(folder.path .. "/error/nothing.log", folder.path .. "/nothing.log"))
    assert.same({ "taken nothing.log" }, told(step()))
  end)

  it("gives up a file that ends the program again and again, and goes on", function()
    folder:drop("a.log", "SN-1\n", os.time() - 100)
    folder:drop("b.log", "SN-2\n")
    place.queue:close()
    for death = 1, 3 do
      -- another program, that is ended without a word
      local code = program.start({}, { argv = { os.getenv("LUA") or "lua5.4", "-e", ([[
        local wats = require("wats")
        local queue = assert(wats.queue.open { path = %q, base_url = %q })
        queue:watch(%q, { settle = 0, formats = { wats.converter.new { name = "log",
          files = { "*.log" }, convert = function(file) os.exit(7, false) end } } }):step()
      ]]):format(world.path, world.sandbox.url, folder.path) } }):wait()
      assert.equal(7, code)
      assert.same({ "a.log", "b.log" }, folder:files(), death)
    end
    queue = world.store()
    local events = step({}, {}, queue)
    assert.same({ "refused a.log", "taken b.log" }, told(events))
    assert.equal("the program ended 3 times while it read this file", events[1].reason)
    assert(os.rename(folder.path .. "/error/a.log", folder.path .. "/a.log"))
    assert.same({ "taken a.log" }, told(step({}, {}, queue)))
    assert.is_nil(lfs.attributes(folder.path .. "/.journal-reading"))
  end)

  it("keeps a file until what it needs is there, and puts that away with it", function()
    folder:drop("a.log", "SN-1\n")
    folder:drop("b.log", "SN-2\n")
    folder:write("b.pdf", "plot")
    local events = step { needs = { "{stem}.pdf" } }
    assert.same({ "kept a.log", "taken b.log" }, (function() -- b.pdf went with it
      local list = told(events)
      table.sort(list, function(x, y) return x:match("%S+$") < y:match("%S+$") end)
      return list
    end)())
    assert.equal("waits for a.pdf", events[1].reason)
    folder:write("a.pdf", "plot")
    place.watcher:step()
    assert.same({ "a.log", "a.pdf", "b.log", "b.pdf" }, folder:files("done"))
    assert.same({}, folder:files())
    -- cut short between the two moves
    assert(os.rename(folder.path .. "/done/a.log", folder.path .. "/.taken/a.log"))
    assert.same({ "taken a.log" }, told(step { needs = { "{stem}.pdf" } }))
    assert.same({ 2, 2 }, { converted, rows() })
    -- of what is refused it stays: it is needed again
    folder:drop("c.log", "SN-3\n")
    folder:write("c.pdf", "plot")
    step { needs = { "{stem}.pdf" }, convert = function() return nil, "bad" end }
    assert.same({ "c.pdf" }, folder:files())
    folder:drop("d.log", "SN-4\n")
    folder:write("d.pdf", "plot")
    step({ needs = { "{stem}.pdf" } }, { delete = true })
    assert.same({ "c.pdf" }, folder:files())
  end)

  it("does not read a file again at each pass while it waits for another", function()
    folder:drop("a.log", "SN-1\n")
    local open, opened = io.open, 0
    finally(function() io.open = open end) -- luacheck: ignore 122
    io.open = function(path, ...) -- luacheck: ignore 122
      if path == folder.path .. "/a.log" then opened = opened + 1 end
      return open(path, ...)
    end
    assert.same({ "kept a.log" }, told(step { needs = { "{stem}.pdf" } }))
    for _ = 1, 3 do assert.same({}, place.watcher:step()) end
    assert.equal(1, opened)
    folder:drop("a.log", "SN-2, another one\n") -- with another mark
    assert.same({}, place.watcher:step())
    assert.equal(2, opened)
    folder:write("a.pdf", "plot")
    assert.same({ "taken a.log" }, told(place.watcher:step()))
    -- and what comes again needs nothing
    again("a.log")
    assert.same({ "taken a.log" }, told(place.watcher:step()))
    assert.same({ 1, 1 }, { converted, rows() })
  end)

  it("refuses what has waited longer than its patience", function()
    folder:drop("a.log", "SN-1\n")
    local changes = { ready = function() return false, "not yet" end, patience = 1 }
    assert.same({ "kept a.log" }, told(step(changes)))
    core.sleep(1.05)
    local events = place.watcher:step()
    assert.same({ "refused a.log" }, told(events))
    assert.equal("waited 1 s: not yet", events[1].reason)
    folder:drop("b.log", "SN-1\n")
    events = step { ready = function() error("broken", 0) end }
    assert.same({ "refused b.log" }, told(events))
    assert.matches("^ready: broken %(", events[1].reason)
  end)

  it("has a time of its own after which a file counts as complete", function()
    folder:drop("a.log", "SN-1\n")
    assert.same({}, step({ settle = 0.5 }, { settle = 0 }))
    assert.equal(1, place.watcher.waiting)
    core.sleep(0.55)
    assert.same({ "taken a.log" }, told(place.watcher:step()))
    folder:write("b.log", "SN") -- what it is cannot be said yet
    assert.same({}, step({ head = "^SN%-" }, { settle = 60 }))
    assert.equal(1, place.watcher.waiting)
    folder:write("c.log", "other")
    local events = step({ head = "^SN%-" }, { settle = 0 })
    table.sort(events, function(x, y) return x.name < y.name end)
    assert.same({ "ignored b.log", "ignored c.log" }, told(events))
  end)

  it("keeps the ids that reports say themselves", function()
    local id = core.uuid()
    folder:drop("a.log", id .. "\n")
    local changes = { keeps_ids = true, convert = function(file)
      converted = converted + 1
      return sandboxes.report { id = file:lines()() }
    end }
    assert.same({ id }, step(changes)[1].ids)
    again("a.log")
    assert.same({ id }, step(changes)[1].ids)
    assert.equal(1, converted)
    folder:drop("b.log", "no id\n")
    assert.same({ "refused b.log" }, told(step(changes)))
  end)
end)
