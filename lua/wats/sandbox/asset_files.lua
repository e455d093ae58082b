-- wats.sandbox.asset_files: the files of assets, in memory: the Blob calls of the server's own
-- pages.

local checks = require("wats.sandbox.checks")
local errors = require("wats.sandbox.errors")
local json = require("wats.sandbox.json")

local M = {}

-- A handler that has the files of the asset that is named.
local function of_files(store, f)
  return function(request)
    local id = request.params.assetId or request.query.assetid
    local files = store.files[id]
    if not files then
      return errors.message(404, ("There is no asset '%s'."):format(id or ""))
    end
    return f(files, request)
  end
end

local function post(files, request)
  local name = request.query.filename or ""
  if name == "" then
    return errors.model_state(400, "The request is invalid.",
      { { "filename", "The filename field must not be empty." } })
  end
  files[name] = request.body
  return { status = 200, headers = {} }
end

local function get(files, request)
  local content = files[request.query.filename]
  if not content then
    return errors.message(404, ("There is no file '%s'."):format(request.query.filename or ""))
  end
  return { status = 200, headers = { ["Content-Type"] = "application/octet-stream" },
    body = content }
end

local function list(files)
  local names = json.array()
  for name in pairs(files) do
    names[#names + 1] = name
  end
  table.sort(names)
  return { status = 200, headers = {}, body = json.encode(names) }
end

local function delete(files, request)
  local names = json.decode(request.body)
  local faults = {}
  for i, name in ipairs(checks.member(faults, { names = names }, "", { "names", "array",
    required = true }) or {}) do
    if type(name) ~= "string" then
      checks.add(faults, ("[%d]"):format(i - 1), "A file's name is expected.")
    end
  end
  if #faults > 0 then
    return errors.model_state(400, "The request is invalid.", faults)
  end
  for _, name in ipairs(names) do
    files[name] = nil
  end
  return { status = 200, headers = {} }
end

--- Adds the routes.
function M.open(router, store)
  router:add("POST", "/api/internal/Blob/Asset", of_files(store, post))
  router:add("GET", "/api/internal/Blob/Asset", of_files(store, get))
  router:add("GET", "/api/internal/Blob/Asset/List/{assetId}", of_files(store, list))
  router:add("DELETE", "/api/internal/Blob/Assets", of_files(store, delete))
end

return M
