-- wats.domain.asset.files: the files of an asset: certificates, pictures, calibration tables.
--
-- The server's own pages keep them by calls that are no part of its public API, so another version
-- may lack them. They know an asset by its id alone: one that is named by its serial number is
-- looked up first.

local call = require("wats.call")
local check = require("wats.async.check")
local client_module = require("wats.client")
local core = require("wats.core")
local errors = require("wats.errors")
local name = require("wats.domain.asset.name")
local records = require("wats.domain.asset.records")

local with = client_module.with

local post_file = call.bind("POST /api/internal/Blob/Asset")
local get_file = call.bind("GET /api/internal/Blob/Asset", "bytes")
local get_list = call.bind("GET /api/internal/Blob/Asset/List/{assetId}", "list")
local delete_names = call.bind("DELETE /api/internal/Blob/Assets")

---@class wats.Asset
local Asset = {}

local function id_of(self, where, parameter, text)
  if parameter == "id" then return text end
  local asset, err = records.get_exactly(self, where, parameter, text)
  if not asset then return nil, err end
  local id = asset.assetId
  if type(id) == "string" and id ~= "" or math.type(id) == "integer" then return id end
  return nil, errors.new {
    kind = "decode", method = "GET",
    url = core.client_methods.base_url(self[1]) .. "/api/Asset",
    message = "the server tells no id of the asset, by which it knows its files",
  }
end

-- Stores a file with an asset. One of that name is replaced.  POST /api/internal/Blob/Asset
---@param which wats.AssetName
---@param file_name string
---@param content string|{ file: string }|fun(): string?  its bytes, or where they come from
---@param opts? wats.RequestOptions  source_length where content is a function; on_progress
---@return any answer  true when there is none
---@return wats.Error? err
function Asset:upload_file(which, file_name, content, opts)
  local where = "asset:upload_file"
  local parameter, text = name.check(where, "asset", which)
  client_module.text(where, "file_name", file_name)
  local kind = type(content)
  if kind ~= "string" and kind ~= "function" and not (kind == "table" and content.file) then
    errors.raise('%s: content: text, { file = "..." } or a function expected, got %s', where, kind)
  end
  local request = with(opts, { [kind == "string" and "body" or "source"] = content })
  local id, err = id_of(self, where, parameter, text)
  if not id then return nil, err end
  return post_file(self, where, { assetId = id, filename = file_name }, request)
end

-- The bytes of a file.  GET /api/internal/Blob/Asset
---@param which wats.AssetName
---@param file_name string
---@param opts? wats.RequestOptions  sink: a file's name or a function, which then gets the bytes
---@return string|true|nil content   true where a sink had it
---@return wats.Error? err
function Asset:download_file(which, file_name, opts)
  local where = "asset:download_file"
  local parameter, text = name.check(where, "asset", which)
  client_module.text(where, "file_name", file_name)
  local id, err = id_of(self, where, parameter, text)
  if not id then return nil, err end
  return get_file(self, where, { assetId = id, filename = file_name }, opts)
end

-- The names of an asset's files.  GET /api/internal/Blob/Asset/List/{assetId}
---@param which wats.AssetName
---@param opts? wats.RequestOptions
---@return string[]? names
---@return wats.Error? err
function Asset:list_files(which, opts)
  local where = "asset:list_files"
  local id, err = id_of(self, where, name.check(where, "asset", which))
  if not id then return nil, err end
  return get_list(self, where, { assetId = id }, opts)
end

-- Deletes files of an asset.  DELETE /api/internal/Blob/Assets
---@param which wats.AssetName
---@param file_names string|string[]
---@param opts? wats.RequestOptions
---@return any answer  true when there is none
---@return wats.Error? err
function Asset:delete_files(which, file_names, opts)
  local where = "asset:delete_files"
  local parameter, text = name.check(where, "asset", which)
  local list = type(file_names) == "table" and file_names or { file_names }
  if check.list(where, list, "file_names") == 0 then
    errors.raise("%s: file_names: at least one name expected", where)
  end
  for _, file_name in ipairs(list) do client_module.text(where, "file_name", file_name) end
  local id, err = id_of(self, where, parameter, text)
  if not id then return nil, err end
  return delete_names(self, where, { assetId = id }, with(opts, { json = list }))
end

return { methods = Asset }
