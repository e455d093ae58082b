-- The watcher killed again and again while it converts: every file ends in done/ or error/, every
-- report arrives, and arrives as one. The converter makes something else of a file each time it is
-- asked, so what is converted again after its reports were sent would be seen at the server.

local clocks = require("spec.support.clock")
local converter = require("wats.converter")
local core = require("wats.core")
local folders = require("spec.support.folder")
local json = require("wats.json")
local program = require("spec.support.program")
local stations = require("spec.support.station")

local LONG_TEST = os.getenv("WATS_TEST_LONG")
local FILES, KILLS = LONG_TEST and 600 or 150, LONG_TEST and 150 or 8
local CONCURRENCY = 4 -- of a queue

local CONVERTER = [[
  local core = require("wats.core")
  local wats = require("wats")
  return wats.converter.new {
    name = "crash", files = { "*.log" }, head = "^LOG\n", needs = { "{stem}.txt" },
    station = { name = "S", location = "Oslo", purpose = "Test" },
    convert = function(file)
      local reports = {}
      for line, number in file:lines() do
        if line == "BAD" then file:fail("it is bad") end
        if number > 1 then
          reports[#reports + 1] = file:uut { part_number = "PN", serial_number = line,
            revision = "A", process_code = 50, start = "2026-01-30T10:00:00+01:00",
            exec_time = 1, comment = core.uuid() }
        end
      end
      return reports
    end,
  }
]]

local function text_of(number)
  if number % 10 == 0 then return "LOG\nBAD\n" end
  local lines = { "LOG" }
  for i = 1, number % 3 + 1 do lines[i + 1] = ("SN-%d-%d"):format(number, i) end
  return table.concat(lines, "\n") .. "\n"
end

describe("a watcher that is killed while it converts", function()
  local it, station, world = stations(it, pending, setup, teardown, before_each, after_each)
  local folder, with, env, clock

  before_each(function()
    folder = folders.new()
    with = station.file("crash.lua", CONVERTER)
    clock = clocks.new(world.directory)
    env = station.env(clock:environment())
  end)
  after_each(function() folder:remove() end)

  -- The ids that the reports of the files have, and how many files are good.
  local function drop_all()
    local expected, count, good, format = {}, 0, 0, dofile(with)
    for number = 1, FILES do
      local name, text = ("f%d.log"):format(number), text_of(number)
      folder:write(("f%d.txt"):format(number), "belongs to it")
      folder:drop(name, text)
      local texts = converter.run(format, name, { text = text })
      if texts then good = good + 1 end
      for _, one in ipairs(texts or {}) do
        expected[json.decode(one).id], count = true, count + 1
      end
    end
    return expected, count, good
  end

  -- Is no good file left? What belongs to a refused one stays where it is.
  local function is_done()
    for _, name in ipairs(folder:files()) do
      local number = tonumber(name:match("^f(%d+)%.log$"))
      if number and number % 10 ~= 0 then return false end
    end
    return true
  end

  local function kill_again_and_again()
    for kill = 1, KILLS do
      local arguments = { "watch", folder.path, "--interval", "0.05", "--settle", "0", "--with",
        with }
      if kill % 3 == 1 then arguments[#arguments + 1] = "--store-only" end
      local watch = program.start(arguments, { env = env })
      watch:until_printed(kill % 4 == 0 and "watching" or "  taken  ", true)
      core.sleep(0.002 * (kill % 9))
      assert.equal("signal", (watch:stop(9)))
      if is_done() then return kill end
    end
    return KILLS
  end

  it("loses and doubles nothing", function()
    local expected, count, good = drop_all()
    local kills, left = kill_again_and_again(), not is_done()
    clock:step { boot = 3600 } -- what a killed process was sending may be taken up
    program.run({ "watch", folder.path, "--once", "--settle", "0", "--with", with }, { env = env })
    assert.equal(0, (program.start({ "queue", "flush", "--timeout", "50" }, { env = env }):wait()))
    assert.is_true(left or LONG_TEST ~= nil)

    assert.same({}, folder:files(".taken"))
    assert.equal(2 * good, #folder:files("done"))
    assert.equal(2 * (FILES - good), #folder:files("error")) -- each with its reason
    assert.equal(FILES - good, #folder:files()) -- what belongs to those that were refused
    for number = 10, FILES, 10 do
      assert.matches("^line 2: it is bad", folder:read(("error/f%d.log.reason.txt"):format(number)))
    end
    local bodies, arrived, posts = {}, 0, 0
    for _, post in ipairs(world.posts()) do
      local id = post.headers["idempotency-key"]
      assert.is_true(expected[id], id)
      assert.equal(bodies[id] or post.body_sha256, post.body_sha256, "converted again")
      if not bodies[id] then arrived = arrived + 1 end
      bodies[id], posts = post.body_sha256, posts + 1
    end
    assert.equal(count, arrived)
    assert.is_true(posts - count <= KILLS * CONCURRENCY)
    print(("figures: %d files, %d kills: %d reports made, %d arrived, %d sent twice"):format(FILES,
      kills, count, arrived, posts - count))
  end)
end)
