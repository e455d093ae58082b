-- wats.sandbox.software.tree: folders and files of one package.
--
-- Folders know the one above; names compare without case, as on the systems that packages are for.

local core = require("wats.core")

local state_module = require("wats.sandbox.software.state")
local zip = require("wats.sandbox.zip")

local M = {}

local function same(a, b)
  return a:lower() == b:lower()
end

local function find_in(list, id)
  id = tostring(id):lower()
  for i, item in ipairs(list) do
    if item.id == id then
      return item, i
    end
  end
end

function M.folder(package, id)
  return find_in(package.folders, id)
end

function M.file(package, id)
  return find_in(package.files, id)
end

--- The file of this id in any package.
function M.find_file(state, id)
  for _, package in ipairs(state.packages) do
    local file = M.file(package, id)
    if file then
      return file, package
    end
  end
end

function M.find_folder(state, id)
  for _, package in ipairs(state.packages) do
    local folder = M.folder(package, id)
    if folder then
      return folder, package
    end
  end
end

--- The folder of this name below another one (nil: at the root).
function M.child(package, parent_id, name)
  for _, folder in ipairs(package.folders) do
    if folder.parent_id == parent_id and same(folder.name, name) then
      return folder
    end
  end
end

function M.add_folder(package, parent_id, name)
  local folder = {
    id = core.uuid(), parent_id = parent_id, name = name, modified = state_module.now(),
  }
  table.insert(package.folders, folder)
  return folder
end

--- "a/b" of folder b in folder a.
function M.path(package, folder)
  local path = folder.name
  while folder.parent_id do
    folder = M.folder(package, folder.parent_id)
    path = folder.name .. "/" .. path
  end
  return path
end

--- Puts a file into a folder, or in the place of the one of that name, which keeps its id.
function M.put_file(state, package, folder, name, bytes)
  local content = state:keep(bytes)
  for _, file in ipairs(package.files) do
    if file.folder_id == folder.id and same(file.name, name) then
      file.content_id, file.version = content, file.version + 1
      return file
    end
  end
  local file = {
    id = core.uuid(), folder_id = folder.id, name = name, content_id = content, version = 1,
    attribute = "None", uploaded = state_module.now(),
  }
  table.insert(package.files, file)
  return file
end

--- Takes a folder away with all that is in it.
function M.remove_folder(package, id)
  for i = #package.files, 1, -1 do
    if package.files[i].folder_id == id then
      table.remove(package.files, i)
    end
  end
  local _, at = M.folder(package, id)
  table.remove(package.folders, at)
  for i = #package.folders, 1, -1 do
    local folder = package.folders[i]
    if folder and folder.parent_id == id then
      M.remove_folder(package, folder.id)
    end
  end
end

-- The parts of an entry's name, or nil and what is wrong with it.
local function parts_of(name)
  if name:find("^[/\\]") or name:find("[:%c]") then
    return nil, ("'%s' is no name that can be unpacked."):format(name)
  end
  local parts = {}
  for part in name:gmatch("[^/\\]+") do
    if part == ".." or part == "." then
      return nil, ("'%s' is no name that can be unpacked."):format(name)
    end
    parts[#parts + 1] = part
  end
  if #parts < 2 and not name:find("/$") then
    return nil, ("Zip cannot contain files on root: '%s'."):format(name)
  end
  return parts
end

local function read(bytes)
  local entries, problem = zip.read(bytes)
  if not entries then
    return nil, ("The zip cannot be read: %s."):format(problem)
  end
  for _, entry in ipairs(entries) do
    entry.parts, problem = parts_of(entry.name)
    if not entry.parts then
      return nil, problem
    end
  end
  return entries
end

--- Unpacks a zip into a package; all of it or, where something is wrong with it, nothing.
---@param clean boolean what was in the package goes first
---@return boolean|nil done, string|nil problem
function M.unpack(state, package, bytes, clean)
  local entries, problem = read(bytes)
  if not entries then
    return nil, problem
  end
  if clean then
    package.folders, package.files = {}, {}
  end
  for _, entry in ipairs(entries) do
    local folder
    local is_folder = entry.name:find("/$") ~= nil
    for i = 1, #entry.parts - (is_folder and 0 or 1) do
      local parent_id = folder and folder.id
      folder = M.child(package, parent_id, entry.parts[i])
        or M.add_folder(package, parent_id, entry.parts[i])
    end
    if not is_folder then
      M.put_file(state, package, folder, entry.parts[#entry.parts], entry.body)
    end
  end
  return true
end

return M
