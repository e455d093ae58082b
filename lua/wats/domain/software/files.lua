-- wats.domain.software.files: what is in a package: its files and folders.
--
-- Methods of client.software; see wats.domain.software. Files come in as a zip, of which all
-- entries must lie in folders. What a file is for, its attribute says.

local call = require("wats.call")
local choice = require("wats.choice")
local client_module = require("wats.client")
local errors = require("wats.errors")
local ids = require("wats.domain.software.ids")
local instant = require("wats.instant")

local segment, record, with = client_module.segment, client_module.record, client_module.with

---@class wats.ZipToUpload  by its name, or its bytes
---@field file? string
---@field body? string
---@field filename? string  default: of a file its own, else "package.zip"

---@class wats.UploadZipOptions : wats.RequestOptions
---@field clean_install? boolean  true: all that is in the package goes first; default: merged

---@class wats.Software.Files
local Files = {}

-- What stations do with a file; methods take the name or the server's word.
---@type table<string, string>
Files.FILE_ATTRIBUTES = {
  none = "None",
  execute_once = "ExecuteOnce",
  execute_always = "ExecuteAlways",
  top_level_file = "TopLevelFile",
  overwrite_never = "OverwriteNever",
  overwrite_on_new_package_version = "OverwriteOnNewPackageVersion",
  execute_once_per_version = "ExecuteOncePerVersion",
}

local get_package_files = call.bind("GET /api/Software/PackageFiles/{id}", "records")
local post_zip = call.bind("POST /api/Software/Package/UploadZip/{id}")
local post_attribute = call.bind("POST /api/Software/Package/FileAttribute/{id}")
local get_file = call.bind("GET /api/internal/Software/File/{id}", "bytes")
local check_file = call.bind("GET /api/internal/Software/CheckFile")
local post_folder = call.bind("POST /api/internal/Software/PostPackageFolder")
local update_folder = call.bind("POST /api/internal/Software/UpdatePackageFolder")
local delete_folder = call.bind("POST /api/internal/Software/DeletePackageFolder")
local delete_files = call.bind("POST /api/internal/Software/DeletePackageFolderFiles")

-- What a package holds, without the bytes.  GET /api/Software/PackageFiles/{id}
---@param id string  of the package
---@param opts? wats.RequestOptions
---@return wats.record.PackageFile[]? files
---@return wats.Error? err
function Files:get_package_files(id, opts)
  segment("software:get_package_files", "id", id)
  return get_package_files(self, "software:get_package_files", { id = id }, opts)
end

-- Every zip begins like this, an empty one too. Who gives a file's name where its bytes are
-- expected must not learn it from the server.
local function check_bytes(where, bytes)
  if not bytes:find("^PK[\1-\8]") then
    errors.raise('%s: zip: the bytes of a zip expected, or { file = name }; these begin with "%s"',
      where, (bytes:sub(1, 20):gsub("[^\32-\126]", "?")))
  end
end

local function zip_part(where, zip)
  if type(zip) == "string" then zip = { body = zip } end
  if type(zip) ~= "table" or type(zip.file or zip.body) ~= "string" then
    errors.raise("%s: zip: its bytes or { file = name } expected, got %s", where,
      type(zip) == "table" and "a table without either" or type(zip))
  end
  if zip.body then check_bytes(where, zip.body) end
  return with(zip, {
    name = "file", content_type = "application/zip",
    filename = zip.filename or not zip.file and "package.zip" or nil,
  })
end

-- Puts the files of a zip into a draft. Entries at the zip's root are refused by the server: all
-- must lie in folders. With `on_progress` in the options it is told of the bytes that have gone.
-- POST /api/Software/Package/UploadZip/{id}
---@param id string  of the package
---@param zip string|wats.ZipToUpload  the bytes; or { file = "tools.zip" }, which is not read whole
---@param opts? wats.UploadZipOptions
---@return true|any? done
---@return wats.Error? err
function Files:upload_zip(id, zip, opts)
  local where = "software:upload_zip"
  segment(where, "id", id)
  local ours = with(opts, { multipart = { zip_part(where, zip) } })
  local clean = ours.clean_install
  ours.clean_install = nil
  return post_zip(self, where, { id = id, cleanInstall = clean }, ours)
end

-- Says what stations do with a file.  POST /api/Software/Package/FileAttribute/{id}
---@param file_id string    packageFileId of get_package_files
---@param attribute string  one of FILE_ATTRIBUTES
---@param opts? wats.RequestOptions
---@return true|any? done
---@return wats.Error? err
function Files:update_file_attribute(file_id, attribute, opts)
  local where = "software:update_file_attribute"
  segment(where, "file_id", file_id)
  attribute = choice.value(where, "attribute", Files.FILE_ATTRIBUTES, attribute)
  return post_attribute(self, where, { id = file_id, attribute = attribute }, opts)
end

-- The bytes of a file. Large ones better go to opts.sink, a file's name or a function; then it
-- returns true.  GET /api/internal/Software/File/{id}
---@param file_id string  repositoryFolderFileId of get_software_entity_details
---@param opts? wats.RequestOptions
---@return string|true? bytes
---@return wats.Error? err
function Files:get_file(file_id, opts)
  segment("software:get_file", "file_id", file_id)
  return get_file(self, "software:get_file", { id = file_id }, opts)
end

-- Epoch seconds, whole ones, as the server takes them here.
local function epoch(where, value)
  local seconds = value
  if type(value) == "string" then seconds = instant.parse(value) end
  if type(seconds) ~= "number" or seconds ~= seconds or math.abs(seconds) == math.huge then
    errors.raise("%s: file_date: epoch seconds or ISO 8601 text with an offset expected, got %s",
      where, type(value) == "string" and '"' .. value:sub(1, 40):gsub("%c", "?") .. '"'
        or type(value))
  end
  return math.floor(seconds)
end

-- Has the server this file already?  GET /api/internal/Software/CheckFile
---@param package_id string
---@param parent_folder_id string
---@param file_path string        in the package
---@param checksum string
---@param file_date number|string when it was changed last: epoch seconds or ISO 8601 text
---@param opts? wats.RequestOptions
---@return any answer
---@return wats.Error? err
function Files:check_file(package_id, parent_folder_id, file_path, checksum, file_date, opts)
  local where = "software:check_file"
  segment(where, "package_id", package_id)
  return check_file(self, where, {
    packageId = package_id, parentFolderId = parent_folder_id, filePath = file_path,
    checksum = checksum, fileDateEpoch = epoch(where, file_date),
  }, opts)
end

---@class wats.SoftwareEntity  a folder, or a file, of a package
---@field id? string
---@field name string
---@field parentId? string   of a folder: the one above
---@field type? integer
---@field repositoryFolderFileId? string  of a file: by which get_file knows it
---@field fileSize? integer
---@field attributes? integer

-- Makes a folder in a package.  POST /api/internal/Software/PostPackageFolder
---@param package_id string
---@param folder wats.SoftwareEntity
---@param opts? wats.RequestOptions
---@return any folder  true where the answer is empty
---@return wats.Error? err
function Files:create_package_folder(package_id, folder, opts)
  local where = "software:create_package_folder"
  segment(where, "package_id", package_id)
  segment(where, "name", record(where, "folder", folder).name)
  return post_folder(self, where, { packageId = package_id }, with(opts, { json = folder }))
end

-- Writes name and place of a folder anew.  POST /api/internal/Software/UpdatePackageFolder
---@param folder wats.SoftwareEntity  with its id
---@param opts? wats.RequestOptions
---@return any folder  true where the answer is empty
---@return wats.Error? err
function Files:update_package_folder(folder, opts)
  local where = "software:update_package_folder"
  segment(where, "id", record(where, "folder", folder).id)
  return update_folder(self, where, nil, with(opts, { json = folder }))
end

-- Deletes a folder with all that is in it.  POST /api/internal/Software/DeletePackageFolder
---@param folder_id string
---@param opts? wats.RequestOptions
---@return any done
---@return wats.Error? err
function Files:delete_package_folder(folder_id, opts)
  local where = "software:delete_package_folder"
  segment(where, "folder_id", folder_id)
  return delete_folder(self, where, { packageFolderId = folder_id }, opts)
end

-- Takes files out of a package.  POST /api/internal/Software/DeletePackageFolderFiles
---@param file_ids string|string[]  packageFileId of get_package_files
---@param opts? wats.RequestOptions
---@return any done
---@return wats.Error? err
function Files:delete_package_folder_files(file_ids, opts)
  local where = "software:delete_package_folder_files"
  return delete_files(self, where,
    { packageFolderFileIds = ids.joined(where, "file_ids", file_ids) }, opts)
end

return Files
