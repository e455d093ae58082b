-- wats.sandbox.software: packages with versions, a life cycle, and files that come in as a zip.
--
-- What the API's description says is done: a name's next package is its next version; steps are
-- draft -> pending -> released -> revoked and pending -> draft; of a package that is no draft only
-- status and tags may be changed; drafts and revoked ones only are deleted. What the state of a
-- package forbids is a 409, what is wrong in itself a 400.

local checks = require("wats.sandbox.checks")
local errors = require("wats.sandbox.errors")
local internal = require("wats.sandbox.software.internal")
local json = require("wats.sandbox.json")
local states = require("wats.sandbox.software.state")
local tree = require("wats.sandbox.software.tree")

local M = {}

local v = json.value

local FIELDS = {
  { "name", "string", required = true, not_empty = true, max = 100 },
  { "installOnRoot", "boolean" },
  { "description", "string" },
  { "rootDirectory", "string" },
  { "priority", "integer" },
  { "virtualFolderId", "uuid" },
  { "version", "integer" },
  { "status", "string" },
}
local EDITABLE = { "installOnRoot", "description", "rootDirectory", "priority", "virtualFolderId" }

-- In lower case what the API spells so.
local ATTRIBUTES = {}
for _, name in ipairs({ "None", "ExecuteOnce", "ExecuteAlways", "TopLevelFile", "OverwriteNever",
  "OverwriteOnNewPackageVersion", "ExecuteOncePerVersion" }) do
  ATTRIBUTES[name:lower()] = name
end

local file_record = json.record({
  "packageFileId", "name", "packageFolderName", "attributes", "Description",
})
local virtual_folder = json.record({ "id", "parentId", "name", "description" })
local VIRTUAL_FOLDERS = json.array({
  virtual_folder({ id = "6f2f9c0e-51f4-4a52-9a4e-2c8f3d0b7a11", name = "Test programs",
    description = "Sequences of the stations" }),
  virtual_folder({ id = "6f2f9c0e-51f4-4a52-9a4e-2c8f3d0b7a12", name = "Drivers",
    parentId = "6f2f9c0e-51f4-4a52-9a4e-2c8f3d0b7a11", description = "Of the instruments" }),
})

local function ok(value)
  return { status = 200, headers = {}, body = json.encode(value) }
end

local function done()
  return { status = 200, headers = {} }
end

local function not_found(id)
  return errors.message(404, ("There is no package %s."):format(id))
end

local function invalid(field, format, ...)
  return errors.model_state(400, "The request is invalid.", { { field, format:format(...) } })
end

local function bad_status(text)
  return invalid("status", "'%s' is no status: Draft, Pending, Released or Revoked.", text)
end

local function no_step(package, status)
  return errors.message(409, ("A package that is %s cannot become %s."):format(
    package.record.status, status))
end

-- Tags are a list of { key, value }.
local function check_tags(faults, source)
  checks.each(faults, source, "", "tags", function(tag, path)
    checks.member(faults, tag, path, { "key", "string", required = true, not_empty = true })
    checks.member(faults, tag, path, { "value", "string" })
  end)
end

local function check(source)
  local faults = {}
  checks.members(faults, source, "", FIELDS)
  check_tags(faults, source)
  local status = v(source.status)
  if type(status) == "string" and not states.status(status) then
    checks.add(faults, "status", ("'%s' is no status."):format(status))
  end
  return #faults > 0 and errors.model_state(400, "The request is invalid.", faults) or nil
end

local function take_tags(record, source)
  local tags = v(source.tags)
  if tags then
    record.tags = json.array()
    for i, tag in ipairs(tags) do
      record.tags[i] = states.setting({ key = tag.key, value = v(tag.value) or "" })
    end
  end
end

local function take(record, source)
  for _, name in ipairs(EDITABLE) do
    local value = v(source[name])
    record[name] = name == "priority" and math.tointeger(value) or value
  end
  record.installOnRoot, record.priority = record.installOnRoot or false, record.priority or 0
  take_tags(record, source)
end

local function create(state, source)
  local problem = check(source)
  if problem then
    return problem
  end
  local package = state:add(source.name)
  take(package.record, source)
  return ok(package.record)
end

-- What a package that is no draft must not be given anew; its name, or nil.
local function forbidden(record, source)
  for _, name in ipairs({ "name", table.unpack(EDITABLE) }) do
    local value = v(source[name])
    if value ~= nil and value ~= record[name] then
      return name
    end
  end
end

local function update(state, package, source)
  local problem = check(source)
  if problem then
    return problem
  end
  local record, status = package.record, v(source.status) and states.status(source.status)
  local id, version = v(source.packageId) or record.packageId, v(source.version)
  if tostring(id):lower() ~= record.packageId then
    return invalid("packageId", "It is not that of the path.")
  elseif version and version ~= record.version then
    return invalid("version", "It cannot be changed.")
  elseif status and status ~= record.status and not states.STEPS[record.status][status] then
    return no_step(package, status)
  end
  local field = record.status ~= "Draft" and forbidden(record, source)
  if field then
    return errors.message(409, ("Of a package that is %s only status and tags can be edited, "
      .. "not %s."):format(record.status, field))
  elseif source.name ~= record.name and state:named(source.name) then
    return errors.message(409, ("There is a package '%s' already."):format(source.name))
  end
  if record.status == "Draft" then
    record.name = source.name
    take(record, source)
  else
    take_tags(record, source)
  end
  states.touch(package)
  if status and status ~= record.status then
    states.step(package, status)
  end
  return done()
end

local function delete(state, package)
  local status = package.record.status
  if status ~= "Draft" and status ~= "Revoked" then
    return errors.message(409, ("A package that is %s cannot be deleted."):format(status))
  end
  state:remove(package)
  return { status = 204, headers = {} }
end

local function by_name(state, query)
  local status = states.status(query.status)
  if not status then
    return bad_status(query.status)
  end
  local package = state:named(query.name, status, math.tointeger(tonumber(query.version)))
  return package and ok(package.record) or errors.message(404,
    ("There is no package '%s' that is %s."):format(query.name, status))
end

local function by_tag(state, query)
  local name, value = query.tag:match("^([^=]+)=(.*)$")
  local status = states.status(query.status)
  if not name then
    return invalid("tag", "'%s' is not tagName=tagValue.", query.tag)
  elseif not status then
    return bad_status(query.status)
  end
  local list = json.array()
  for _, package in ipairs(state.packages) do
    for _, tag in ipairs(package.record.tags) do
      if package.record.status == status and tag.key == name
        and tag.value:lower() == value:lower() then
        list[#list + 1] = package.record
        break
      end
    end
  end
  return ok(list)
end

local function post_status(package, text)
  local status = states.status(text)
  if not status then
    return bad_status(text)
  elseif not states.step(package, status) then
    return no_step(package, status)
  end
  return ok(package.record)
end

local function files(package)
  local list = json.array()
  for i, file in ipairs(package.files) do
    list[i] = file_record({
      packageFileId = file.id, name = file.name, attributes = file.attribute,
      packageFolderName = tree.path(package, tree.folder(package, file.folder_id)),
    })
  end
  return ok(list)
end

local function upload(state, package, request)
  local part = request.parts[1]
  if #request.parts ~= 1 then
    return invalid("body", "A single zip is expected, the form has %d parts.", #request.parts)
  elseif (part.content_type or ""):lower() ~= "application/zip" then
    return invalid("body", "The zip must have Content-Type application/zip, not %s.",
      part.content_type or "none")
  elseif package.record.status ~= "Draft" then
    return errors.message(409, "Files can be put into a draft only.")
  end
  local unpacked, problem = tree.unpack(state, package, part.body,
    (request.query.cleaninstall or ""):lower() == "true")
  if not unpacked then
    return errors.message(400, problem)
  end
  states.touch(package)
  return done()
end

local function set_attribute(state, id, text)
  local file = tree.find_file(state, id)
  local attribute = ATTRIBUTES[text:lower()]
  if not file then
    return errors.message(404, ("There is no file %s."):format(id))
  elseif not attribute then
    return invalid("attribute", "'%s' is no attribute of a file.", text)
  end
  file.attribute = attribute
  return done()
end

local function open_packages(router, state)
  router:add("GET", "/api/Software/Packages", function()
    local list = json.array()
    for i, package in ipairs(state.packages) do
      list[i] = package.record
    end
    return ok(list)
  end)
  router:add("GET", "/api/Software/PackageByName", function(request)
    return by_name(state, request.query)
  end)
  router:add("DELETE", "/api/Software/PackageByName", function(request)
    local query = request.query
    local package = state:named(query.name, nil, math.tointeger(tonumber(query.version)))
    return package and delete(state, package) or errors.message(404,
      ("There is no version %s of a package '%s'."):format(query.version, query.name))
  end)
  router:add("GET", "/api/Software/PackagesByTag", function(request)
    return by_tag(state, request.query)
  end)
  router:add("POST", "/api/Software/Package", function(request)
    return create(state, request.json)
  end)
  router:add("GET", "/api/Software/VirtualFolders", function()
    return ok(VIRTUAL_FOLDERS)
  end)
end

-- Routes of one package: handler(package, request).
local function open_package(router, state)
  local function add(method, path, handler)
    router:add(method, path, function(request)
      local package = state:find(request.params.id)
      return package and handler(package, request) or not_found(request.params.id)
    end)
  end
  add("GET", "/api/Software/Package/{id}", function(package)
    return ok(package.record)
  end)
  add("PUT", "/api/Software/Package/{id}", function(package, request)
    return update(state, package, request.json)
  end)
  add("DELETE", "/api/Software/Package/{id}", function(package)
    return delete(state, package)
  end)
  add("POST", "/api/Software/PackageStatus/{id}", function(package, request)
    return post_status(package, request.query.status)
  end)
  add("GET", "/api/Software/PackageFiles/{id}", files)
  add("POST", "/api/Software/Package/UploadZip/{id}", function(package, request)
    return upload(state, package, request)
  end)
end

--- Adds the routes.
function M.open(router, store)
  store.software = store.software or states.new()
  local state = store.software
  open_packages(router, state)
  open_package(router, state)
  router:add("POST", "/api/Software/Package/FileAttribute/{id}", function(request)
    return set_attribute(state, request.params.id, request.query.attribute)
  end)
  internal.open(router, state)
end

return M
