-- wats.sandbox.software.internal: the internal calls of software: files and folders, what stations
-- ask about packages that they have, and the history of downloads.

local errors = require("wats.sandbox.errors")
local json = require("wats.sandbox.json")
local states = require("wats.sandbox.software.state")
local tree = require("wats.sandbox.software.tree")
local xpath = require("wats.sandbox.software.xpath")

local M = {}

local v = json.value

local CLIENT = 1 -- whose downloads are recorded: the sandbox tells no clients apart

-- The values of an entity's type.
local FOLDER, FILE = 0, 1

-- What the internal calls number.
local FLAGS = { None = 0, ExecuteOnce = 1, ExecuteAlways = 2, TopLevelFile = 4, OverwriteNever = 8,
  OverwriteOnNewPackageVersion = 16, ExecuteOncePerVersion = 32 }

local package_record = json.record({
  "PackageId", "Name", "PackageFolder", "Version", "Description", "RootDirectory", "Tags",
  "Modified", "ModifiedBy", "Status", "Priority", "VirtualFolderId", "Created", "CreatedBy",
  "Released", "ReleasedBy", "Revoked", "RevokedBy",
})
local entity_record = json.record({
  "id", "type", "parentId", "name", "fileVersion", "repositoryVersion", "fileSize",
  "lastModifiedDate", "uploadedDate", "attributes", "repositoryFolderFileId", "valid",
  "information",
})

local function ok(value)
  return { status = 200, headers = {}, body = json.encode(value) }
end

local function missing(what, id)
  return errors.message(404, ("There is no %s %s."):format(what, id))
end

local function escape(text)
  return (text:gsub("[&<>]", { ["&"] = "&amp;", ["<"] = "&lt;", [">"] = "&gt;" }))
end

local function tags_xml(tags)
  local out = { "<PackageInfo>" }
  for _, tag in ipairs(tags) do
    out[#out + 1] = ("<%s>%s</%s>"):format(tag.key, escape(tag.value), tag.key)
  end
  out[#out + 1] = "</PackageInfo>"
  return table.concat(out)
end

local function internal_record(package)
  local r = package.record
  return package_record({
    PackageId = r.packageId, Name = r.name, PackageFolder = not r.installOnRoot,
    Version = r.version, Description = r.description, RootDirectory = r.rootDirectory,
    Tags = tags_xml(r.tags), Modified = r.modified, ModifiedBy = r.modifiedBy,
    Status = states.NUMBERS[r.status], Priority = r.priority, VirtualFolderId = r.virtualFolderId,
    Created = r.created, CreatedBy = r.createdBy, Released = r.released,
    ReleasedBy = r.releasedBy, Revoked = r.revoked, RevokedBy = r.revokedBy,
  })
end

local function folder_entity(folder)
  return entity_record({
    id = folder.id, type = FOLDER, parentId = folder.parent_id, name = folder.name,
    lastModifiedDate = folder.modified, valid = true,
  })
end

local function file_entity(state, file)
  return entity_record({
    id = file.id, type = FILE, name = file.name, repositoryVersion = file.version,
    fileSize = #state.contents[file.content_id].bytes, uploadedDate = file.uploaded,
    lastModifiedDate = file.uploaded, attributes = FLAGS[file.attribute],
    repositoryFolderFileId = file.content_id, valid = true,
  })
end

local function details(state, package)
  local list = json.array()
  for _, folder in ipairs(package.folders) do
    list[#list + 1] = folder_entity(folder)
  end
  for _, file in ipairs(package.files) do
    list[#list + 1] = file_entity(state, file)
  end
  return ok(list)
end

local function get_file(state, id)
  local content = state.contents[id:lower()]
  if not content then
    return missing("file", id)
  end
  return {
    status = 200, headers = { ["Content-Type"] = "application/octet-stream" },
    body = content.bytes,
  }
end

-- Is there a file of this path and these bytes?
local function check_file(state, query)
  local package = state:find(query.packageid)
  if not package then
    return missing("package", query.packageid)
  end
  for _, file in ipairs(package.files) do
    local path = tree.path(package, tree.folder(package, file.folder_id)) .. "/" .. file.name
    if path:lower() == query.filepath:lower()
      and state.contents[file.content_id].sha256 == query.checksum:lower() then
      return ok({ exists = true, repositoryFolderFileId = file.content_id })
    end
  end
  return ok({ exists = false, repositoryFolderFileId = json.null })
end

-- ---- folders -----------------------------------------------------------------------------------

local function no_draft(package)
  return package.record.status ~= "Draft"
    and errors.message(409, "Only a draft can be changed.") or nil
end

-- The parent that an entity names: nil at the root; or nil and the answer that refuses it.
local function parent_of(package, entity)
  local id = v(entity.parentId)
  local parent = id and tree.folder(package, id)
  if id and not parent then
    return nil, missing("folder", tostring(id))
  end
  return parent
end

local function taken(package, parent, entity, own)
  local other = tree.child(package, parent and parent.id, entity.name)
  return other and other ~= own
    and errors.message(409, ("There is a folder '%s' already."):format(entity.name)) or nil
end

local function check_name(entity)
  local name = v(entity.name)
  return (type(name) ~= "string" or name == "" or name:find("[/\\:%c]") or name == "..")
    and errors.model_state(400, "The request is invalid.", { { "name", "It is no name of a "
      .. "folder." } }) or nil
end

local function post_folder(state, id, entity)
  local package = state:find(id)
  if not package then
    return missing("package", id)
  end
  local parent, problem = parent_of(package, entity)
  problem = problem or check_name(entity) or no_draft(package) or taken(package, parent, entity)
  if problem then
    return problem
  end
  states.touch(package)
  return ok(folder_entity(tree.add_folder(package, parent and parent.id, entity.name)))
end

-- Would a folder lie in itself?
local function is_below(package, folder, other)
  while other do
    if other == folder then
      return true
    end
    other = other.parent_id and tree.folder(package, other.parent_id)
  end
  return false
end

local function update_folder(state, entity)
  local folder, package = tree.find_folder(state, v(entity.id))
  if not folder then
    return missing("folder", tostring(v(entity.id)))
  end
  local parent, problem = parent_of(package, entity)
  problem = problem or check_name(entity) or no_draft(package)
    or taken(package, parent, entity, folder)
  if problem then
    return problem
  elseif is_below(package, folder, parent) then
    return errors.message(409, "A folder cannot lie in itself.")
  end
  folder.name, folder.parent_id = entity.name, parent and parent.id
  folder.modified = states.now()
  states.touch(package)
  return ok(folder_entity(folder))
end

local function delete_folder(state, id)
  local folder, package = tree.find_folder(state, id)
  if not folder then
    return missing("folder", id)
  end
  local problem = no_draft(package)
  if not problem then
    tree.remove_folder(package, folder.id)
    states.touch(package)
  end
  return problem or ok(true)
end

-- All of them, or none.
local function delete_files(state, ids)
  local found = {}
  for id in ids:gmatch("[^,]+") do
    local file, package = tree.find_file(state, id)
    local problem = not file and missing("file", id) or no_draft(package)
    if problem then
      return problem
    end
    found[#found + 1] = { package, file }
  end
  for _, pair in ipairs(found) do
    local _, at = tree.file(pair[1], pair[2].id)
    if at then
      table.remove(pair[1].files, at)
    end
    states.touch(pair[1])
  end
  return ok(true)
end

-- ---- what stations ask -------------------------------------------------------------------------

local function status_named(number)
  for name, own in pairs(states.NUMBERS) do
    if own == number then
      return name
    end
  end
end

local function history(state, query)
  local fits = xpath.compile(query.tags)
  local status = query.status and status_named(math.tointeger(tonumber(query.status)))
  if not fits then
    return errors.message(400, ("'%s' has an invalid token."):format(query.tags))
  elseif query.status and not status then
    return errors.model_state(400, "The request is invalid.", { { "status",
      ("The value '%s' is not valid."):format(query.status) } })
  end
  local all = (query.allversions or ""):lower() == "true"
  local list = json.array()
  for _, package in ipairs(state.packages) do
    local r = package.record
    if (not status or r.status == status) and fits(r.tags)
      and (all or state:named(r.name, status) == package) then
      list[#list + 1] = internal_record(package)
    end
  end
  return ok(list)
end

local function revoked(state, query)
  local only = (query.includerevokedonly or ""):lower() == "true"
  local list = json.array()
  for id in query.installedpackages:gmatch("[^,]+") do
    local package = state:find(id)
    local newer = package and state:named(package.record.name, "Released")
    local unknown = not package and id:find("^%x+%-%x+%-%x+%-%x+%-%x+$")
    if unknown or package and package.record.status == "Revoked" and not (only and newer) then
      list[#list + 1] = id
    end
  end
  return ok(list)
end

local function available(state, query)
  local list, seen = json.array(), {}
  for id in query.installedpackages:gmatch("[^,]+") do
    local package = state:find(id)
    local newest = package and state:named(package.record.name, "Released")
    if newest and newest.record.version > package.record.version and not seen[newest] then
      seen[newest] = true
      list[#list + 1] = internal_record(newest)
    end
  end
  return ok(list)
end

local function downloads(state, query)
  local list = json.array()
  if math.tointeger(tonumber(query.clientid)) == CLIENT then
    for i, download in ipairs(state.downloads) do
      list[i] = download
    end
  end
  return ok(list)
end

local function log(state, query)
  local package = state:find(query.packageid)
  if not package then
    return missing("package", query.packageid)
  end
  table.insert(state.downloads, {
    packageId = package.record.packageId, name = package.record.name,
    version = package.record.version, downloadSize = math.tointeger(tonumber(query.downloadsize)),
    downloaded = states.now(), clientId = CLIENT,
  })
  return ok(json.null)
end

--- Adds the routes.
function M.open(router, state)
  local function add(method, name, handler)
    router:add(method, "/api/internal/Software/" .. name, handler)
  end
  local function ask(name, handler)
    add("GET", name, function(request) return handler(state, request.query) end)
  end
  add("GET", "isConnected", function() return ok(true) end)
  add("GET", "File/{id}", function(request) return get_file(state, request.params.id) end)
  ask("CheckFile", check_file)
  ask("GetPackageHistory", history)
  ask("GetPackageDownloadHistory", downloads)
  ask("GetRevokedPackages", revoked)
  ask("GetAvailablePackages", available)
  ask("Log", log)
  add("GET", "GetSoftwareEntityDetails", function(request)
    local package = state:find(request.query.packageid)
    return package and details(state, package) or missing("package", request.query.packageid)
  end)
  add("POST", "PostPackageFolder", function(request)
    return post_folder(state, request.query.packageid, request.json)
  end)
  add("POST", "UpdatePackageFolder", function(request)
    return update_folder(state, request.json)
  end)
  add("POST", "DeletePackageFolder", function(request)
    return delete_folder(state, request.query.packagefolderid)
  end)
  add("POST", "DeletePackageFolderFiles", function(request)
    return delete_files(state, request.query.packagefolderfileids)
  end)
end

return M
