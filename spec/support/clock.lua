-- Clocks of other processes, moved by spec/support/clock_shim.c.
--
--   local clock = clocks.new(directory)
--   core.spawn { ..., env = clock:environment() }
--   clock:step { wall = -3600, boot = 60, rate = 10 }   -- seconds, from the true time, for all
--   clock:boot()

local core = require("wats.core")
local programs = require("spec.support.programs")

local M = {}
M.__index = M

-- Since boot, in seconds.
local function uptime()
  local file = io.open("/proc/uptime")
  local text = file and file:read("n")
  if file then file:close() end
  return text or core.monotonic()
end

function M.new(directory)
  local self = setmetatable({ path = directory .. "/clock", base = uptime() }, M)
  self.shim = programs.compile("clock_shim", directory, "-shared -fPIC", "-ldl")
  self:step {}
  return self
end

--- In place: those who run have the file mapped.
function M:step(to)
  local file = io.open(self.path, "r+b") or assert(io.open(self.path, "w+b"))
  file:write(string.pack("<i8i8di8", math.floor((to.wall or 0) * 1e9),
    math.floor((to.boot or 0) * 1e9), to.rate or 1, math.floor(self.base * 1e9)))
  file:close()
end

--- For those who are started from now on the machine has been started anew.
function M:boot()
  self.boots = (self.boots or 0) + 1
  local file = assert(io.open(self.path .. "-boot-id", "w"))
  file:write(core.uuid(), "\n")
  file:close()
end

function M:environment()
  return { LD_PRELOAD = self.shim, WATS_TEST_CLOCK = self.path,
    WATS_TEST_BOOT_ID = self.boots and self.path .. "-boot-id" or false }
end

return M
