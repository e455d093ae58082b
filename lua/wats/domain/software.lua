-- wats.domain.software: client.software, packages of test software and their life.
--
-- A package is a draft while it is made, waits for a review, is released for the stations, and in
-- the end revoked: draft -> pending -> released -> revoked, and pending -> draft. The server
-- refuses any other step. A name may have several versions; stations take the newest that is
-- released. Records are plain tables with the server's own field names. All but the virtual folders
-- is asked live.
--
-- Beside this file: files (what is in a package), station (what stations ask and tell), download.

local call = require("wats.call")
local choice = require("wats.choice")
local client_module = require("wats.client")
local download = require("wats.domain.software.download")
local errors = require("wats.errors")
local files = require("wats.domain.software.files")
local station = require("wats.domain.software.station")

local segment, record, with = client_module.segment, client_module.record, client_module.with

---@class wats.Client
---@field software wats.Software

---@class wats.Software : wats.Software.Files, wats.Software.Station, wats.Software.Download
local Software = {}
Software.__index = Software
Software.__name = "wats.software"

-- What a package can be; methods take the name or the server's word.
---@type table<string, string>
Software.STATUSES = {
  draft = "Draft", pending = "Pending", released = "Released", revoked = "Revoked",
}

for _, part in ipairs { files, station, download } do
  for name, member in pairs(part) do Software[name] = member end
end

local DEFAULT_STATUS = "released"

local function status_of(where, status)
  if status == nil then status = DEFAULT_STATUS end
  return choice.value(where, "status", Software.STATUSES, status)
end

-- Calls of one package by its id.
local function by_id(where, id, more)
  segment(where, "id", id)
  more = more or {}
  more.id = id
  return more
end

local get_packages = call.bind("GET /api/Software/Packages", "records")
local get_package = call.bind("GET /api/Software/Package/{id}", "record")
local get_package_by_name = call.bind("GET /api/Software/PackageByName", "record")
local get_packages_by_tag = call.bind("GET /api/Software/PackagesByTag", "records")
local get_virtual_folders = call.bind("GET /api/Software/VirtualFolders", "records")
local post_package = call.bind("POST /api/Software/Package", "record")
local put_package = call.bind("PUT /api/Software/Package/{id}", "record")
local delete_package = call.bind("DELETE /api/Software/Package/{id}")
local delete_package_by_name = call.bind("DELETE /api/Software/PackageByName")
local post_status = call.bind("POST /api/Software/PackageStatus/{id}", "record")

-- All packages, every version of each.  GET /api/Software/Packages
---@param opts? wats.RequestOptions
---@return wats.record.Package[]? packages
---@return wats.Error? err
function Software:get_packages(opts)
  return get_packages(self, "software:get_packages", nil, opts)
end

-- GET /api/Software/Package/{id}
---@param id string
---@param opts? wats.RequestOptions
---@return wats.record.Package? package
---@return wats.Error? err  of kind "not_found" when there is none
function Software:get_package(id, opts)
  local where = "software:get_package"
  return get_package(self, where, by_id(where, id), opts)
end

-- The package of this name and status: the version asked for, else the highest that has it.
-- GET /api/Software/PackageByName
---@param name string
---@param status? string    one of STATUSES; default: released
---@param version? integer
---@param opts? wats.RequestOptions
---@return wats.record.Package? package
---@return wats.Error? err  of kind "not_found" when there is none
function Software:get_package_by_name(name, status, version, opts)
  local where = "software:get_package_by_name"
  segment(where, "name", name)
  return get_package_by_name(self, where,
    { name = name, status = status_of(where, status), version = version }, opts)
end

-- The newest released version.  GET /api/Software/PackageByName
---@param name string
---@param opts? wats.RequestOptions
---@return wats.record.Package? package
---@return wats.Error? err  of kind "not_found" when none is released
function Software:get_released_package(name, opts)
  local where = "software:get_released_package"
  segment(where, "name", name)
  return get_package_by_name(self, where, { name = name, status = Software.STATUSES.released },
    opts)
end

-- The packages that have this value under this tag. The server compares the tag with case, the
-- value without.  GET /api/Software/PackagesByTag
---@param tag string
---@param value string
---@param status? string    one of STATUSES; default: released
---@param opts? wats.RequestOptions
---@return wats.record.Package[]? packages
---@return wats.Error? err
function Software:get_packages_by_tag(tag, value, status, opts)
  local where = "software:get_packages_by_tag"
  segment(where, "tag", tag)
  segment(where, "value", value)
  if tostring(tag):find("=", 1, true) then
    errors.raise('%s: tag: a name without "=" expected, got "%s"', where, tag)
  end
  return get_packages_by_tag(self, where,
    { tag = tag .. "=" .. value, status = status_of(where, status) }, opts)
end

-- The folders in which the Production Manager shows packages.  GET /api/Software/VirtualFolders
---@param opts? wats.RequestOptions
---@return wats.record.VirtualFolder[]? folders
---@return wats.Error? err
function Software:get_virtual_folders(opts)
  return get_virtual_folders(self, "software:get_virtual_folders", nil, opts)
end

-- Makes a draft. Where the name is taken it becomes the next version of that package.
-- POST /api/Software/Package
---@param package wats.record.Package  without packageId, which the server gives
---@param opts? wats.RequestOptions
---@return wats.record.Package|true? package  as the server has it
---@return wats.Error? err
function Software:create_package(package, opts)
  local where = "software:create_package"
  record(where, "package", package)
  segment(where, "name", package.name)
  if package.packageId ~= nil then
    errors.raise("%s: the package has a packageId: update_package changes one that exists", where)
  end
  return post_package(self, where, nil, with(opts, { json = package }))
end

-- Writes a package, had from get_package, over the one that the server has. Of one that is pending
-- or released the server takes only status and tags.  PUT /api/Software/Package/{id}
---@param package wats.record.Package  with its packageId
---@param opts? wats.RequestOptions
---@return wats.record.Package|true? package  true: the server says no more than that it is done
---@return wats.Error? err
function Software:update_package(package, opts)
  local where = "software:update_package"
  record(where, "package", package)
  segment(where, "packageId", package.packageId)
  return put_package(self, where, { id = package.packageId }, with(opts, { json = package }))
end

-- The server deletes drafts and revoked packages only.  DELETE /api/Software/Package/{id}
---@param id string
---@param opts? wats.RequestOptions
---@return true|any? done
---@return wats.Error? err
function Software:delete_package(id, opts)
  local where = "software:delete_package"
  return delete_package(self, where, by_id(where, id), opts)
end

-- As delete_package.  DELETE /api/Software/PackageByName
---@param name string
---@param version integer
---@param opts? wats.RequestOptions
---@return true|any? done
---@return wats.Error? err
function Software:delete_package_by_name(name, version, opts)
  local where = "software:delete_package_by_name"
  segment(where, "name", name)
  return delete_package_by_name(self, where, { name = name, version = version }, opts)
end

local function step(self, where, id, status, opts)
  return post_status(self, where, by_id(where, id, { status = status }), opts)
end

-- Takes a package to another status; the methods below say it in words.
-- POST /api/Software/PackageStatus/{id}
---@param id string
---@param status string  one of STATUSES
---@param opts? wats.RequestOptions
---@return wats.record.Package|true? package
---@return wats.Error? err  "invalid" or "conflict" for a step that the server refuses
function Software:update_package_status(id, status, opts)
  local where = "software:update_package_status"
  status = choice.value(where, "status", Software.STATUSES, status)
  return step(self, where, id, status, opts)
end

-- draft -> pending.  POST /api/Software/PackageStatus/{id}
---@param id string
---@param opts? wats.RequestOptions
---@return wats.record.Package|true? package
---@return wats.Error? err  "invalid" or "conflict" where it is no draft
function Software:submit_for_review(id, opts)
  return step(self, "software:submit_for_review", id, "Pending", opts)
end

-- pending -> draft.  POST /api/Software/PackageStatus/{id}
---@param id string
---@param opts? wats.RequestOptions
---@return wats.record.Package|true? package
---@return wats.Error? err  "invalid" or "conflict" where it is not pending
function Software:return_to_draft(id, opts)
  return step(self, "software:return_to_draft", id, "Draft", opts)
end

-- pending -> released.  POST /api/Software/PackageStatus/{id}
---@param id string
---@param opts? wats.RequestOptions
---@return wats.record.Package|true? package
---@return wats.Error? err  "invalid" or "conflict" where it is not pending
function Software:release_package(id, opts)
  return step(self, "software:release_package", id, "Released", opts)
end

-- released -> revoked: stations must not use it any more.  POST /api/Software/PackageStatus/{id}
---@param id string
---@param opts? wats.RequestOptions
---@return wats.record.Package|true? package
---@return wats.Error? err  "invalid" or "conflict" where it is not released
function Software:revoke_package(id, opts)
  return step(self, "software:revoke_package", id, "Revoked", opts)
end

local module = {}

---@param client wats.Client
---@return wats.Software
function module.new(client)
  return setmetatable({ client }, Software)
end

return module
