-- wats.queue.folder: a directory in which others drop files, and what becomes of them there.
--
--   DIR/           files wait here until they have been taken in
--   DIR/.taken/    a file between being taken in and being put away, for a moment or since a crash
--   DIR/done/      what was taken in
--   DIR/error/     what could not be, with NAME.reason.txt beside it
--
-- One watcher per directory: a lock on a file in it keeps other processes out, and ends with the
-- process. Names are never overwritten: the second x.json becomes x-2.json.

local core = require("wats.core")
local errors = require("wats.errors")

local folder = {}

---@class wats.Folder
---@field path string  absolute
---@field package lock file*
---@field package identity string
---@field package last table<string, integer>  the number that a name got last, of one name
local Folder = {}
Folder.__index = Folder

---@class wats.FolderEntry
---@field name string      as it was dropped
---@field path string
---@field size integer
---@field modified integer
---@field mark string      another one when the file is another one, or was changed
---@field left boolean     it is in .taken
---@field package key string

-- Found when the first folder is opened, so that nobody else needs the library.
local lfs

local function load_library()
  local found
  found, lfs = pcall(require, "lfs")
  if not found then
    lfs = nil
    errors.raise("queue:watch needs LuaFileSystem (Debian: lua-filesystem, LuaRocks: "
      .. "luafilesystem)")
  end
end

local function io_error(format, ...)
  return errors.new { kind = "io", message = "watch folder: " .. format:format(...) }
end

-- What the system says, without the names in front that LuaFileSystem and Lua put there.
local function reason_of(message)
  return (tostring(message):gsub("^.*: ", ""))
end

-- Which directories are watched in this Lua state. A second lock of one process would replace the
-- first, and drop it when it is closed.
local watched = setmetatable({}, { __mode = "v" })

-- What a file system says that has no locks: then there is none.
local NO_LOCKS = { "No locks available", "not implemented", "not supported", "Invalid argument" }

local function has_no_locks(message)
  for _, text in ipairs(NO_LOCKS) do
    if message:find(text, 1, true) then return true end
  end
  return false
end

local function take_lock(self)
  if watched[self.identity] then
    return nil, io_error("%s is watched in this program already", self.path)
  end
  local path = self.path .. "/.watch-lock"
  if core.is_special_file(path) then return nil, io_error("%s: it is no regular file", path) end
  local file, reason = io.open(path, "a")
  if not file then return nil, io_error("%s: %s", path, reason_of(reason)) end
  local locked, message = lfs.lock(file, "w")
  if not locked and not has_no_locks(tostring(message)) then
    file:close()
    return nil, io_error("%s is watched by another process", self.path)
  end
  self.lock, watched[self.identity] = file, self
  return true
end

local REASON = ".reason.txt"
local LONGEST = 255 -- bytes of a name, of all common file systems

local SUBDIRECTORIES = { ".taken", "done", "error" }

local function make_subdirectories(path)
  for _, name in ipairs(SUBDIRECTORIES) do
    local made, reason = lfs.mkdir(path .. "/" .. name)
    if not made and lfs.attributes(path .. "/" .. name, "mode") ~= "directory" then
      return nil, io_error("%s/%s: %s", path, name, reason_of(reason))
    end
  end
  return true
end

-- Opens a directory, which must be there, for this watcher alone; makes its subdirectories.
---@param path string
---@return wats.Folder?
---@return wats.Error? err  of kind "io"
function folder.open(path)
  if not lfs then load_library() end
  if path:sub(1, 1) ~= "/" then
    local here, reason = lfs.currentdir()
    if not here then return nil, io_error("%s: %s", path, reason_of(reason)) end
    path = here .. "/" .. path
  end
  path = path:gsub("(.)/+$", "%1")
  local there, reason = lfs.attributes(path)
  if not there then return nil, io_error("%s: %s", path, reason_of(reason)) end
  if there.mode ~= "directory" then return nil, io_error("%s: it is no directory", path) end
  local self = setmetatable({ path = path, identity = there.dev .. ":" .. there.ino,
    last = {} }, Folder)
  local ok, err = make_subdirectories(path)
  if ok then ok, err = take_lock(self) end
  if not ok then return nil, err end
  return self
end

-- Lets others watch it. May be called more than once.
function Folder:close()
  if not self.lock then return end
  self.lock:close() -- and the lock with it
  self.lock = nil
  if watched[self.identity] == self then watched[self.identity] = nil end
end
Folder.__gc = Folder.close

-- ---- what is there ---------------------------------------------------------------------------

-- Names by which programs say that a file is not ready, or that it is none of ours.
local function is_passed_over(name)
  local lower = name:lower()
  return name:sub(1, 1) == "." or lower:find("%.tmp$") or lower:find("%.part$")
    or lower:find("%.reason%.txt$")
end

-- Sorts numbers in names as numbers: x-9 before x-10.
local function natural(name)
  return (name:gsub("%d+", function(digits)
    digits = digits:gsub("^0+(%d)", "%1")
    return ("%03d%s"):format(math.min(#digits, 999), digits)
  end))
end

local function mark_of(found)
  return ("%d:%d:%d"):format(found.ino, found.size, found.modification)
end

local function read_entry(directory, name, left)
  local path = directory .. "/" .. name
  local found = lfs.symlinkattributes(path)
  if not found or found.mode ~= "file" then return nil end
  return {
    name = name, path = path, size = found.size, modified = found.modification,
    mark = mark_of(found), left = left, key = natural(name),
  }
end

local function is_before(one, other)
  if one.modified ~= other.modified then return one.modified < other.modified end
  if one.key ~= other.key then return one.key < other.key end
  return one.name < other.name
end

local function read_directory(path, left)
  local opened, next_name, directory = pcall(lfs.dir, path)
  if not opened then return nil, io_error("%s: %s", path, reason_of(next_name)) end
  local list = {}
  for name in next_name, directory do
    if not is_passed_over(name) then list[#list + 1] = read_entry(path, name, left) end
  end
  table.sort(list, is_before)
  return list
end

-- All files that may be taken in: first those that a crash has left in .taken, then the others, the
-- oldest first. Times are whole seconds; within one, names decide.
---@return wats.FolderEntry[]?
---@return wats.Error? err  of kind "io"
function Folder:list()
  local list, err = read_directory(self.path .. "/.taken", true)
  if not list then return nil, err end
  local dropped
  dropped, err = read_directory(self.path, false)
  if not dropped then return nil, err end
  return table.move(dropped, 1, #dropped, #list + 1, list)
end

-- Is there still a file of this name?
---@param entry wats.FolderEntry
---@return boolean
function Folder:is_there(entry) -- luacheck: ignore 212
  return lfs.symlinkattributes(entry.path) ~= nil
end

-- ---- putting away ----------------------------------------------------------------------------

-- As many bytes of a text, or fewer: no character of UTF-8 is cut in two.
local function cut(text, bytes)
  if #text <= bytes then return text end
  local last = bytes
  while last > bytes - 4 and (text:byte(last + 1) or 0) & 0xC0 == 0x80 do last = last - 1 end
  return text:sub(1, math.max(0, last))
end

-- A name with a number in it, before the ending, with `room` left for what follows it.
local function numbered(name, number, room)
  local stem, ending = name:match("^(.+)(%.[^.]*)$")
  if not stem or #ending > 100 then stem, ending = name, "" end
  local tail = ("-%d%s"):format(number, ending)
  return cut(stem, LONGEST - room - #tail) .. tail
end

-- The path that a file of this name gets in a subdirectory, and its name there; with `room` bytes
-- for more, if it needs a number. Only this process puts files there, so what is free stays free.
-- Where each file has the same name the numbers begin where they ended.
local function free_path(self, subdirectory, name, room)
  local candidate, number = name, self.last[subdirectory .. "/" .. name] or 1
  while true do
    local path = ("%s/%s/%s"):format(self.path, subdirectory, candidate)
    if not lfs.symlinkattributes(path) then return path, candidate end
    number = number + 1
    candidate = numbered(name, number, room)
    self.last = { [subdirectory .. "/" .. name] = number }
  end
end

local function move(self, path, subdirectory, name)
  local to, new_name = free_path(self, subdirectory, name, 0)
  local moved, reason = os.rename(path, to)
  if not moved then return nil, reason_of(reason) end
  return to, new_name
end

-- Takes a file out of the reach of whoever drops files: what has this name afterwards is another
-- file. Returns it as it is now, which is not what was read if it was replaced meanwhile. It keeps
-- its name, which its reports' ids follow from: one after a crash under another name would be
-- another file.
---@param entry wats.FolderEntry
---@return wats.FolderEntry?
---@return string? reason  nil when the file is gone
function Folder:claim(entry)
  if entry.left then return read_entry(self.path .. "/.taken", entry.name, true) end
  local to = self.path .. "/.taken/" .. entry.name
  if lfs.symlinkattributes(to) then return nil, "the one before it is still in .taken" end
  local moved, reason = os.rename(entry.path, to)
  if moved then return read_entry(self.path .. "/.taken", entry.name, true) end
  if not self:is_there(entry) then return nil end
  return nil, reason_of(reason)
end

-- To done/. Returns its new path, or nil and why not.
---@param entry wats.FolderEntry  that was claimed
---@return string? path
---@return string? reason
function Folder:put_done(entry)
  local path, reason = move(self, entry.path, "done", entry.name)
  if not path then return nil, reason end
  return path
end

---@param entry wats.FolderEntry  that was claimed
---@return true? removed
---@return string? reason
function Folder:remove(entry) -- luacheck: ignore 212 (the others are methods too)
  local removed, reason = os.remove(entry.path)
  if not removed then return nil, reason_of(reason) end
  return true
end

-- To error/, the reason first: a file there always has one.
---@param entry wats.FolderEntry  that was claimed
---@param text string             for a person
---@return string? path
---@return string? reason
function Folder:put_error(entry, text)
  local path, name = free_path(self, "error", entry.name, #REASON)
  local told = cut(name, LONGEST - #REASON) -- as much of it as there is room for
  local file, problem = io.open(self.path .. "/error/" .. told .. REASON, "wb")
  local written = file
  if file then
    written, problem = file:write(text)
    local closed, why = file:close()
    if not closed then written, problem = nil, why end
  end
  if not written then return nil, reason_of(problem) end
  local moved
  moved, problem = os.rename(entry.path, path)
  if not moved then return nil, reason_of(problem) end
  return path
end

-- The time as the text of a reason has it.
---@return string
function folder.time()
  return tostring(os.date("!%Y-%m-%dT%H:%M:%SZ", math.floor(core.time())))
end

return folder
