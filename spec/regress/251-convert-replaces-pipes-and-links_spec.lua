-- `wats convert --out` put its file in place of whatever had the name: of a pipe or a link. An
-- empty path ended it with a traceback, and a mistake in a converter's file was said to be in
-- bin/wats.

local files = require("spec.support.files")
local folders = require("spec.support.folder")
local program = require("spec.support.program")

local CONVERTER = [[
  return require("wats").converter.new { name = "one", files = { "*" }, %s = function(file)
    return file:uut { part_number = "PN", serial_number = file:text(), revision = "A",
      process_code = 50, start = "2026-01-30T10:00:00Z" }
  end }
]]

local contents = files.contents

describe("wats convert", function()
  local folder, directory

  local function write(name, text)
    folder:write(name, text)
    return directory .. "/" .. name
  end

  local function run(...)
    return program.run({ "convert", ... }, { env = { WATS_STATION = "S" } })
  end

  -- The name of the file that it makes of a log.
  local function first(log)
    local code, out = run(log, "--with", directory .. "/one.lua", "--out", directory .. "/out")
    assert.equal(0, code)
    local path = ("%s/out/%s.%s.wsjf"):format(directory, log:match("[^/]*$"), out:match("^%S+"))
    assert(os.remove(path))
    return path
  end

  before_each(function()
    folder = folders.new()
    directory = folder.path
    write("one.lua", CONVERTER:format("convert"))
  end)

  after_each(function() folder:remove() end)

  it("writes through a pipe and behind a link, which stay what they are", function()
    local log = write("a.log", "SN-1")
    local path = first(log)
    local function again()
      return run(log, "--with", directory .. "/one.lua", "--out", directory .. "/out")
    end
    assert(os.execute("mkfifo " .. path))
    local reader = io.popen("cat " .. path)
    assert.equal(0, (again()))
    assert.matches('"sn":"SN-1"', reader:read("a"), 1, true)
    reader:close()
    assert.is_true(os.execute("test -p " .. path .. " && rm " .. path))
    assert(os.execute("ln -s ../real " .. path))
    write("real", "old")
    assert.equal(0, (again()))
    assert.matches('"sn":"SN-1"', contents(directory .. "/real"), 1, true)
    assert.is_true(os.execute("test -L " .. path .. " && ln -sf ../a.log " .. path))
    local code, _, errors = again()
    assert.equal(1, code)
    assert.matches("it would be written over a log file", errors, 1, true)
    assert.equal("SN-1", contents(log))
  end)

  it("refuses an empty path with code 2", function()
    local log, with = write("a.log", "SN-1"), directory .. "/one.lua"
    for _, case in ipairs { { "", "--with", with }, { log, "--with", with, "--out", "" } } do
      local code, out, errors = run(table.unpack(case))
      assert.same({ 2, "" }, { code, out })
      assert.matches("'' is no path", errors, 1, true)
    end
  end)

  it("does not say that a mistake of the converter's file is one of the program", function()
    local with = write("typo.lua", CONVERTER:format("convrt"))
    local code, _, errors = run(with, "--with", with)
    assert.equal(2, code)
    assert.matches("typo.lua: wats.converter.new: ", errors, 1, true)
  end)
end)
