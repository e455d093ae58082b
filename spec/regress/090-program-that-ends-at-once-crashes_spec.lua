-- A program that submits and ends had the uploader load libcurl, and OpenSSL with it, while
-- exit took OpenSSL apart: one run of forty ended with a segmentation fault.

local helper = require("spec.tools.helper")
local needs = require("spec.support.needs")
local sandbox = require("spec.support.sandbox")
local wats = require("wats")

local RUNS = 100

local PROGRAM = [[
  local wats = require("wats")
  local client = assert(wats.connect { base_url = "http://127.0.0.1:9", token = "x" })
  local queue = assert(wats.queue.open { path = arg[1], client = client })
  assert(queue:submit(arg[2]))
]]

describe("a program that submits and ends at once", function()
  local directory
  local it = needs.that(needs.has_sqlite, "needs SQLite", it, pending)

  before_each(function() directory = helper.directory() end)
  after_each(function() helper.remove(directory) end)

  it("ends well, whatever the uploader is at", function()
    local program = directory .. "/program.lua"
    local file = assert(io.open(program, "w"))
    file:write(PROGRAM)
    file:close()
    local ok, output = helper.sh(([[
      for i in $(seq %d); do rm -f %s*; "${LUA:-lua5.4}" %s %s %s || exit 1; done]]):format(RUNS,
      helper.quoted(directory .. "/outbox"), helper.quoted(program),
      helper.quoted(directory .. "/outbox.db"), helper.quoted(wats.json.encode(sandbox.report()))))
    assert.is_true(ok, output)
  end)
end)
