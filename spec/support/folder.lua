-- A folder that is watched, and what specs do to it.
--
--   local folder = folders.new()          an empty directory of its own
--   folder:drop("x.json", text)           as a careful program does: written elsewhere, renamed
--   folder:files("done") -> sorted names  folder:read("error/x.json.reason.txt") -> text | nil
--   folder:remove()

local lfs = require("lfs")

local M = {}
local Folder = {}
Folder.__index = Folder

function M.new()
  local path = os.tmpname()
  os.remove(path)
  assert(lfs.mkdir(path))
  return setmetatable({ path = path }, Folder)
end

function Folder:write(name, text)
  local file = assert(io.open(self.path .. "/" .. name, "wb"))
  assert(file:write(text))
  file:close()
end

--- `modified`: seconds since 1970; now when left out.
function Folder:drop(name, text, modified)
  self:write(".dropping", text)
  if modified then assert(lfs.touch(self.path .. "/.dropping", modified)) end
  assert(os.rename(self.path .. "/.dropping", self.path .. "/" .. name))
end

function Folder:read(name)
  local file = io.open(self.path .. "/" .. name, "rb")
  local text = file and file:read("a")
  if file then file:close() end
  return text
end

--- The files of a subdirectory, or of the folder itself, but for dot files.
function Folder:files(subdirectory)
  local names = {}
  local directory = self.path .. "/" .. (subdirectory or "")
  for name in lfs.dir(directory) do
    local mode = lfs.attributes(directory .. "/" .. name, "mode")
    if name:sub(1, 1) ~= "." and mode ~= "directory" then
      names[#names + 1] = name
    end
  end
  table.sort(names)
  return names
end

function Folder:remove()
  os.execute("chmod -R u+rwX '" .. self.path .. "' && rm -rf '" .. self.path .. "'")
end

return M
