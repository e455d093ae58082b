-- wats.domain.software.download: all files of a package into a directory.
--
-- What the server calls a file decides where bytes of its are written, so no name is trusted: one
-- that is absolute, has "..", or would lie outside the directory in any other way, and two files of
-- one place, are refused before anything is written. Each file is written under a name of its own,
-- checked against what the server says of it, and takes its place when it is whole: what is there
-- under its name is an old file or the new one, never half of it. Files that the package does not
-- name are left alone.

local async = require("wats.async")
local call = require("wats.call")
local client_module = require("wats.client")
local core = require("wats.core")
local errors = require("wats.errors")
local options = require("wats.options")
local uuid = require("wats.uuid")

local segment, with = client_module.segment, client_module.with

---@class wats.DownloadOptions : wats.RequestOptions
---@field concurrency? integer  files at once; default 4
---@field on_progress? fun(done: integer, total: integer)  files that are through, of how many

---@class wats.DownloadedFile
---@field path string    where it is
---@field bytes integer
---@field record wats.record.PackageFile

---@class wats.DownloadedPackage
---@field files wats.DownloadedFile[]
---@field bytes integer  of all

---@class wats.Software.Download
local Download = {}

local get_package_files = call.bind("GET /api/Software/PackageFiles/{id}", "records")
local get_details = call.bind("GET /api/internal/Software/GetSoftwareEntityDetails")
local get_file = call.bind("GET /api/internal/Software/File/{id}", "bytes")

local WHERE = "software:download_package"

local RULES = {
  concurrency = { "integer", min = 1, default = 4 },
  on_progress = { "function" },
}

-- What the server says cannot be, or must not be done.
local function refused(format, ...)
  return nil, errors.new { kind = "protocol", message = format:format(...) }
end

local function shown(text)
  return type(text) == "string" and ('"%s"'):format(text:sub(1, 80):gsub("%c", "?")) or type(text)
end

-- ---- where a file goes -------------------------------------------------------------------------

-- What is wrong with one name in a path, or nil. A colon names a drive, or a stream of a file, on
-- the systems that packages come from.
local function name_problem(name)
  if name == "" then return "is empty, or the path is absolute" end
  if name == "." or name == ".." then return "leads elsewhere" end
  if name:find("[%c:]") then return "has a colon or a control character in it" end
  return nil
end

-- The path of a file below the directory, "/" between its parts; either slash parts a folder.
---@return string? path
---@return wats.Error? err
local function path_of(folder, name)
  if type(name) ~= "string" then
    return refused("a file of the package has no name, but %s", shown(name))
  end
  if name:find("[/\\]") then return refused("the file's name %s is a path", shown(name)) end
  local parts = {}
  if type(folder) == "string" and folder ~= "" then
    for part in (folder:gsub("[/\\]$", "") .. "/"):gmatch("([^/\\]*)[/\\]") do
      parts[#parts + 1] = part
    end
  end
  parts[#parts + 1] = name
  for _, part in ipairs(parts) do
    local problem = name_problem(part)
    if problem then
      return refused("%s in %s: %s %s", shown(name), shown(folder), shown(part), problem)
    end
  end
  return table.concat(parts, "/")
end

-- ---- what the server says of the files ---------------------------------------------------------

-- Folders and files of the answer, by id, and the folders by name: a list, or one in a record.
local function index_of(answer)
  local index = { by_id = {}, folders = {} }
  local function visit(value, depth)
    if type(value) ~= "table" or depth > 8 then return end
    if type(value.id) == "string" then
      index.by_id[value.id:lower()] = value
      if type(value.name) == "string" and type(value.repositoryFolderFileId) ~= "string" then
        local same = index.folders[value.name] or {}
        index.folders[value.name] = same
        same[#same + 1] = value
      end
    end
    for _, member in pairs(value) do visit(member, depth + 1) end
  end
  visit(answer, 1)
  return index
end

-- A folder's whole path. The listing of files may have no more than its last name: then what is
-- known of the folders says what lies above.
local function folder_path(index, name)
  local same = not index.has_paths and index.folders[name] or {}
  if #same > 1 then return refused("there are %d folders %s in the package", #same, shown(name)) end
  local path, folder, depth = name, same[1], 0
  while folder and depth < 64 do
    local parent = type(folder.parentId) == "string" and index.by_id[folder.parentId:lower()]
    -- one without a name stands for the package
    local above = parent and type(parent.name) == "string" and parent.name or ""
    if above ~= "" then path = above .. "/" .. path end
    folder, depth = parent, depth + 1
  end
  if folder then return refused("the folder %s lies in itself, or too deep", shown(name)) end
  return path
end

-- A file to be fetched: { id, path, size, sha256, record }.
local function plan_file(record, index)
  if type(record.packageFileId) ~= "string" or record.packageFileId == "" then
    return refused("the file %s has no id", shown(record.name))
  end
  local folder, path, err = record.packageFolderName
  if type(folder) == "string" and folder ~= "" then
    folder, err = folder_path(index, folder)
    if not folder then return nil, err end
  end
  path, err = path_of(folder, record.name)
  if not path then return nil, err end
  local entity = index.by_id[record.packageFileId:lower()] or {}
  local size = math.tointeger(entity.fileSize)
  local sum = type(entity.checksum) == "string" and core.base64_decode(entity.checksum)
  -- The server keeps one file for all packages that hold it, under an id of its own.
  local id = type(entity.repositoryFolderFileId) == "string" and entity.repositoryFolderFileId
    or record.packageFileId
  if not uuid.is(id) then -- sent, it would be the caller's mistake
    return refused("the file %s has the id %s, which is no uuid", shown(record.name), shown(id))
  end
  return {
    id = id, path = path, record = record,
    size = size and size > 0 and size or nil,
    sha256 = sum and #sum == 32 and sum:find("%X") and sum or nil,
  }
end

local function plan(records, index)
  local list, taken = {}, {}
  for _, record in ipairs(records) do
    local folder = record.packageFolderName
    index.has_paths = index.has_paths or type(folder) == "string" and folder:find("[/\\]") ~= nil
  end
  for i, record in ipairs(records) do
    local file, err = plan_file(record, index)
    if not file then return nil, err end
    local place = file.path:lower() -- some systems know no case
    if taken[place] then return refused("two files of the package are %s", shown(file.path)) end
    taken[place] = true
    list[i] = file
  end
  return list
end

-- The listing, and the ids for fetching. Where the server lacks the internal call the files' own
-- ids must do.
local function ask(self, id, opts)
  local records, err = get_package_files(self, WHERE, { id = id }, opts)
  if not records then return nil, err end
  local details
  details, err = get_details(self, WHERE, { packageId = id }, opts)
  if details == nil and err.kind ~= "not_found" and err.status ~= 405 then return nil, err end
  return plan(records, index_of(details))
end

-- ---- fetching ----------------------------------------------------------------------------------

local function io_error(format, ...)
  return nil, errors.new { kind = "io", message = format:format(...) }
end

-- Is what came what the server says it has?
local function check(part, file)
  local handle, problem = io.open(part, "rb")
  if not handle then return io_error("read %s", problem) end
  local size = handle:seek("end")
  handle:close()
  if file.size and size ~= file.size then
    return refused("%s has %d bytes, the server says %d", file.path, size, file.size)
  end
  if file.sha256 then
    local digest
    digest, problem = core.sha256_file(part)
    if not digest then return io_error("read %s", problem) end
    if digest ~= (file.sha256:gsub(".", function(c) return ("%02x"):format(c:byte()) end)) then
      return refused("%s has another checksum than the server says", file.path)
    end
  end
  return size
end

local function place(part, file, target)
  local size, err = check(part, file)
  if not size then return nil, err end
  local ok, problem = os.rename(part, target)
  if not ok then return io_error("write %s: %s", target, problem) end
  return { path = target, bytes = size, record = file.record }
end

local function fetch(self, file, directory, opts)
  local target = directory .. "/" .. file.path
  local folder = target:match("^(.*)/")
  local ok, problem = core.make_directory(folder)
  if not ok then return io_error("%s", problem) end
  -- not made of the file's name, which may be as long as a name can be
  local part = ("%s/%s.new"):format(folder, core.uuid())
  local got, err = get_file(self, WHERE, { id = file.id }, with(opts, { sink = part }))
  if not got then return nil, err end
  got, err = place(part, file, target)
  if not got then os.remove(part) end
  return got, err
end

local function fetch_all(self, list, directory, own, opts)
  local failure
  local results, failures = async.map(list, function(file)
    if failure then return nil, failure end -- one is enough: the package is not whole
    local got, err = fetch(self, file, directory, opts)
    if not got then failure = failure or err end
    return got, err
  end, own)
  if failures then
    if failure then return nil, failure end
    for i = 1, failures.n do
      if failures[i] then return nil, failures[i] end
    end
  end
  local all = { files = {}, bytes = 0 }
  for i, file in ipairs(results) do
    all.files[i], all.bytes = file, all.bytes + file.bytes
  end
  return all
end

-- Fetches all files of a package into a directory, which is made where it is missing; folders of
-- the package become folders in it. Existing files of the same names are replaced. Where one
-- fails, those that came before it are there. The server is not told: see log_download.
-- GET /api/Software/PackageFiles/{id}, /api/internal/Software/GetSoftwareEntityDetails, File/{id}
---@param id string         of the package
---@param directory string
---@param opts? wats.DownloadOptions
---@return wats.DownloadedPackage? package
---@return wats.Error? err  of kind "protocol" where a name is not to be trusted
function Download:download_package(id, directory, opts)
  segment(WHERE, "id", id)
  if type(directory) ~= "string" or directory == "" or directory:find("\0", 1, true) then
    errors.raise("%s: directory: the name of a directory expected, got %s", WHERE,
      shown(directory))
  end
  local rest = with(opts, {})
  local own = { concurrency = rest.concurrency, on_progress = rest.on_progress }
  rest.concurrency, rest.on_progress = nil, nil
  own = options.check(2, WHERE, own, RULES)
  if rest.sink ~= nil then errors.raise("%s: sink: the files go to the directory", WHERE) end
  directory = directory:gsub("(.)/+$", "%1")
  local list, err = ask(self, id, rest)
  if not list then return nil, err end
  local ok, problem = core.make_directory(directory)
  if not ok then return io_error("%s", problem) end
  return fetch_all(self, list, directory, own, rest)
end

return Download
