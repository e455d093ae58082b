-- wats.domain.software.station: what a station asks about the packages that it has, and tells.
--
-- Methods of client.software; see wats.domain.software. All are internal calls: a server of another
-- version may lack them.

local call = require("wats.call")
local choice = require("wats.choice")
local client_module = require("wats.client")
local errors = require("wats.errors")
local ids = require("wats.domain.software.ids")

local segment = client_module.segment

---@class wats.Software.Station
local Station = {}

-- What the internal calls number. The names are those of STATUSES.
local NUMBERS = { draft = 0, pending = 1, released = 2, revoked = 3 }

local is_connected = call.bind("GET /api/internal/Software/isConnected")
local get_history = call.bind("GET /api/internal/Software/GetPackageHistory", "records")
local get_downloads = call.bind("GET /api/internal/Software/GetPackageDownloadHistory", "records")
local get_revoked = call.bind("GET /api/internal/Software/GetRevokedPackages", "list")
local get_available = call.bind("GET /api/internal/Software/GetAvailablePackages", "records")
local get_details = call.bind("GET /api/internal/Software/GetSoftwareEntityDetails")
local log = call.bind("GET /api/internal/Software/Log")

-- `null` to these GETs says that nothing stands in the way of anything: it is no missing thing.
local function is_null(err)
  return err ~= nil and err.kind == "not_found" and err.status == 200
end

-- Does the server's software module answer?  GET /api/internal/Software/isConnected
---@param opts? wats.RequestOptions
---@return boolean? connected  nil where nobody could be asked
---@return wats.Error? err
function Station:is_connected(opts)
  local answer, err = is_connected(self, "software:is_connected", nil, opts)
  if answer == nil and not is_null(err) then return nil, err end
  return answer ~= nil and answer ~= false
end

-- A text of XPath 1.0, which has no escapes: what holds both quotes is put together.
local function literal(text)
  if not text:find('"', 1, true) then return '"' .. text .. '"' end
  if not text:find("'", 1, true) then return "'" .. text .. "'" end
  return 'concat("' .. text:gsub('"', [[", '"', "]]) .. '")'
end

-- The server searches the tags' XML by an XPath. A package for any station says so in StationName.
local function xpath(where, tags)
  local names = {}
  for name, value in pairs(tags) do
    if type(name) ~= "string" or not name:find("^[%a_][%w_.-]*$") then
      errors.raise("%s: tags: %s is no name of a tag", where,
        type(name) == "string" and ('"%s"'):format(name:sub(1, 40):gsub("%c", "?")) or type(name))
    end
    if type(value) ~= "string" then
      errors.raise("%s: tags: %s: a string expected, got %s", where, name, type(value))
    end
    names[#names + 1] = name
  end
  if #names == 0 then errors.raise("%s: tags: one at least expected", where) end
  table.sort(names)
  local steps = { "//*" }
  for _, name in ipairs(names) do
    local any = name == "StationName" and ' or .="Any"' or ""
    steps[#steps + 1] = ("[%s[.=%s%s]]"):format(name, literal(tags[name]), any)
  end
  return table.concat(steps)
end

-- The packages whose tags fit, with the fields of the internal calls (PackageId, Name, Version).
-- GET /api/internal/Software/GetPackageHistory
---@param tags table<string, string>|string  values by tag; or an XPath on the tags' XML
---@param status? string|integer  one of STATUSES, or its number from 0 on; default: any
---@param all_versions? boolean   default: the newest of each
---@param opts? wats.RequestOptions
---@return wats.record.InternalPackage[]? packages
---@return wats.Error? err
function Station:get_package_history(tags, status, all_versions, opts)
  local where = "software:get_package_history"
  if type(tags) == "table" then
    tags = xpath(where, tags)
  elseif type(tags) ~= "string" or tags == "" then
    errors.raise("%s: tags: values by tag, or an XPath expected, got %s", where,
      tags == "" and '""' or type(tags))
  end
  if type(status) == "string" then status = status:lower() end
  local number = status ~= nil and choice.value(where, "status", NUMBERS, status) or nil
  return get_history(self, where,
    { tags = tags, status = number, allVersions = all_versions }, opts)
end

-- What a client has downloaded.  GET /api/internal/Software/GetPackageDownloadHistory
---@param client_id integer
---@param opts? wats.RequestOptions
---@return table[]? downloads
---@return wats.Error? err
function Station:get_package_download_history(client_id, opts)
  return get_downloads(self, "software:get_package_download_history", { clientId = client_id },
    opts)
end

-- Which of the installed packages are revoked, or gone from the server.
-- GET /api/internal/Software/GetRevokedPackages
---@param installed string|string[]  packageIds
---@param revoked_only? boolean      true: without those of which a newer version is released
---@param opts? wats.RequestOptions
---@return string[]? ids
---@return wats.Error? err
function Station:get_revoked_packages(installed, revoked_only, opts)
  local where = "software:get_revoked_packages"
  return get_revoked(self, where, {
    installedPackages = ids.joined(where, "installed", installed),
    includeRevokedOnly = revoked_only,
  }, opts)
end

-- The newer versions that are released of what is installed, with the fields of the internal calls.
-- GET /api/internal/Software/GetAvailablePackages
---@param installed string|string[]  packageIds
---@param opts? wats.RequestOptions
---@return wats.record.InternalPackage[]? packages
---@return wats.Error? err
function Station:get_available_packages(installed, opts)
  local where = "software:get_available_packages"
  return get_available(self, where,
    { installedPackages = ids.joined(where, "installed", installed) }, opts)
end

-- Files and folders of a package, with the ids by which get_file knows them.
-- GET /api/internal/Software/GetSoftwareEntityDetails
---@param package_id string
---@param opts? wats.RequestOptions
---@return wats.SoftwareEntity[]|any entities
---@return wats.Error? err
function Station:get_software_entity_details(package_id, opts)
  local where = "software:get_software_entity_details"
  segment(where, "package_id", package_id)
  return get_details(self, where, { packageId = package_id }, opts)
end

-- Tells the server that this client has downloaded a package. Each call is a line in the history,
-- so it is not sent again on its own: when it fails nobody knows whether it is there.
-- GET /api/internal/Software/Log, which writes though it is a GET
---@param package_id string
---@param bytes integer  how many were downloaded
---@param opts? wats.RequestOptions
---@return true|any? done
---@return wats.Error? err
function Station:log_download(package_id, bytes, opts)
  local where = "software:log_download"
  segment(where, "package_id", package_id)
  local answer, err = log(self, where, { packageId = package_id, downloadSize = bytes }, opts)
  if answer == nil and is_null(err) then return true end
  return answer, err
end

return Station
