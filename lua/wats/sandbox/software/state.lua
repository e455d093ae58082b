-- wats.sandbox.software.state: the packages that the sandbox keeps, in memory.
--
-- A package is { record, folders, files }: the record as the public API gives it, and what is in it
-- (see tree). Bytes of files are kept once under an id of their own, as a real server keeps them
-- for all packages that hold them.

local core = require("wats.core")

local json = require("wats.sandbox.json")
local time = require("wats.sandbox.time")

local M = {}
M.__index = M
M.__name = "wats.sandbox.software.state"

M.USER = "sandbox"

M.NUMBERS = { Draft = 0, Pending = 1, Released = 2, Revoked = 3 }

-- The only ways from status to status.
M.STEPS = {
  Draft = { Pending = true },
  Pending = { Draft = true, Released = true },
  Released = { Revoked = true },
  Revoked = {},
}

local record = json.record({
  "packageId", "name", "installOnRoot", "version", "description", "rootDirectory", "tags",
  "modified", "modifiedBy", "status", "priority", "virtualFolderId", "created", "createdBy",
  "released", "releasedBy", "revoked", "revokedBy",
})
M.setting = json.record({ "key", "value", "change" })

function M.new()
  return setmetatable({ packages = {}, contents = {}, downloads = {} }, M)
end

function M.now()
  return time.format(math.floor(core.time() * 1000) * (time.TICKS // 1000))
end

--- The status of this name, whatever its case; nil where there is none.
function M.status(text)
  for name in pairs(M.STEPS) do
    if name:lower() == tostring(text):lower() then
      return name
    end
  end
end

function M:find(id)
  id = tostring(id):lower()
  for i, package in ipairs(self.packages) do
    if package.record.packageId == id then
      return package, i
    end
  end
end

--- The package of this name that is newest, or has this version; of any status or of one.
function M:named(name, status, version)
  local best
  for _, package in ipairs(self.packages) do
    local r = package.record
    if r.name == name and (not status or r.status == status)
      and (not version or r.version == version)
      and (not best or r.version > best.record.version) then
      best = package
    end
  end
  return best
end

--- A new draft.
function M:add(name)
  local newest, now = self:named(name), M.now()
  local package = {
    folders = {}, files = {},
    record = record({
      packageId = core.uuid(), name = name, version = newest and newest.record.version + 1 or 1,
      status = "Draft", installOnRoot = false, priority = 0, tags = json.array(),
      created = now, createdBy = M.USER, modified = now, modifiedBy = M.USER,
    }),
  }
  table.insert(self.packages, package)
  return package
end

function M:remove(package)
  local _, i = self:find(package.record.packageId)
  table.remove(self.packages, i)
end

--- Something of it was changed.
function M.touch(package)
  package.record.modified, package.record.modifiedBy = M.now(), M.USER
end

--- Takes a package to a status, if there is a way.
---@return boolean done
function M.step(package, status)
  local r = package.record
  if not M.STEPS[r.status][status] then
    return false
  end
  r.status = status
  M.touch(package)
  if status == "Released" then
    r.released, r.releasedBy = r.modified, M.USER
  elseif status == "Revoked" then
    r.revoked, r.revokedBy = r.modified, M.USER
  end
  return true
end

--- Keeps bytes; the id by which they are had.
function M:keep(bytes)
  local id = core.uuid()
  self.contents[id] = { bytes = bytes, sha256 = core.sha256(bytes) }
  return id
end

return M
