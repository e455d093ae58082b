-- File systems of a spec's own: one in an image, whose power can be cut, and a small one in memory.
-- They take root, and the first one loop devices.
--
--   local why = mounts.lacking()         what is missing here, or nil
--   local disk <close> = mounts.ext4(directory, 64)       directory: of the caller's; megabytes
--   disk.path  disk:cut()  disk:again()
--   local disk <close> = mounts.memory(directory, 24)

local core = require("wats.core")
local helper = require("spec.tools.helper")
local programs = require("spec.support.programs")

local M = {}
local Disk = {}
Disk.__index = Disk

local function sh(format, ...)
  local ok, output = helper.sh(format:format(...))
  if not ok then error(output, 2) end
  return output
end

local reason

local function look(kind)
  if not helper.sh("[ \"$(uname -s)\" = Linux ]") then return "not Linux" end
  if not helper.sh("[ \"$(id -u)\" = 0 ]") then return "not root" end
  local directory <close> = setmetatable({ path = helper.directory() },
    { __close = function(d) helper.remove(d.path) end })
  local ok, disk = pcall(M[kind], directory.path, 8)
  if not ok then return kind .. ": " .. tostring(disk):match("[^\n]*") end
  disk:close()
end

--- Why a file system of this kind ("ext4", "memory") cannot be had here; nil: it can.
function M.lacking(kind)
  reason = reason or {}
  if reason[kind] == nil then reason[kind] = look(kind) or false end
  return reason[kind] or nil
end

local function mount(self)
  if self.image then
    sh("mount -t ext4 -o loop %s %s", helper.quoted(self.image), helper.quoted(self.path))
  else
    sh("mount -t tmpfs -o size=%dm none %s", self.megabytes, helper.quoted(self.path))
  end
  self.mounted = true
end

-- Whoever was killed on it may take a moment to go.
local function unmount(self)
  for _ = 1, 200 do
    if helper.sh("umount " .. helper.quoted(self.path)) then
      self.mounted = false
      return
    end
    core.sleep(0.05)
  end
  sh("umount %s", helper.quoted(self.path))
end

--- An ext4 file system in a file.
function M.ext4(directory, megabytes)
  local self = setmetatable({ path = directory .. "/disk", image = directory .. "/image",
    directory = directory }, Disk)
  sh("mkdir -p %s && truncate -s %dM %s && mkfs.ext4 -q -F %s", helper.quoted(self.path),
    megabytes, helper.quoted(self.image), helper.quoted(self.image))
  self.cutter = programs.compile("power_cut", directory)
  mount(self)
  return self
end

--- A file system in memory with so much room.
function M.memory(directory, megabytes)
  local self = setmetatable({ path = directory .. "/memory", megabytes = megabytes,
    directory = directory }, Disk)
  sh("mkdir -p %s", helper.quoted(self.path))
  mount(self)
  return self
end

--- The power fails: what was not synced is gone, and all further access fails. Returns when that
--- was, in monotonic seconds: what is said later does not count.
---@return number
function Disk:cut()
  return tonumber(sh("%s %s", self.cutter, helper.quoted(self.path)))
end

--- The machine starts again. Nobody may have anything open on it.
function Disk:again()
  unmount(self)
  mount(self)
end

function Disk:close()
  if self.mounted then unmount(self) end
end
Disk.__close = Disk.close

return M
