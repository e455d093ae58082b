-- wats.domain.process: client.process, the operations that a unit goes through.
--
-- Processes are reference data: the list is asked for once and then comes from the client's cache
-- until it is too old. A look-up hands out a record of its own, never one that another caller
-- holds. A name is found as it is written, else whatever its case.

local core = require("wats.core")
local client_module = require("wats.client")
local error_message = require("wats.error_message")
local errors = require("wats.errors")
local json = require("wats.json")

local fetch_list = client_module.fetch_list

local PATH = "/api/App/Processes"
local MAX_SHOWN = 60 -- bytes of a name in a message

---@class wats.ProcessRecord
---@field code integer
---@field name string
---@field description? string
---@field isTestOperation boolean
---@field isRepairOperation boolean
---@field isWipOperation boolean

---@class wats.Client
---@field process wats.Process

---@class wats.Process
local Process = {}
Process.__index = Process
Process.__name = "wats.process"

-- All active processes.  GET /api/App/Processes
---@param opts? wats.RequestOptions
---@return wats.ProcessRecord[]? processes
---@return wats.Error? err
function Process:get_processes(opts)
  return fetch_list(self, PATH, opts)
end

-- Those of one kind, or all; nil and the error when there is no list.
local function list(self, flag, opts)
  local all, err = fetch_list(self, PATH, opts)
  if not all then return nil, err end
  local some = json.array {}
  for _, process in ipairs(all) do
    if type(process) == "table" and (not flag or process[flag] == true) then
      some[#some + 1] = process
    end
  end
  return some
end

local function lookup(processes, which)
  local lower = type(which) == "string" and which:lower()
  local similar
  for _, process in ipairs(processes) do
    if process.code == which or process.name == which then return process end
    local name = type(process.name) == "string" and process.name:lower()
    if lower and name == lower then similar = similar or process end
  end
  return similar
end

local function shown(which)
  if type(which) ~= "string" then return tostring(which) end
  return '"' .. error_message.cut(which, MAX_SHOWN):gsub("%c", "?") .. '"'
end

local function find(self, where, kind, flag, which, opts)
  if math.type(which) ~= "integer" and type(which) ~= "string" then
    errors.raise("%s: a code (integer) or a name expected, got %s", where, type(which))
  end
  local processes, err = list(self, flag, opts)
  if not processes then return nil, err end
  local process = lookup(processes, which)
  if process then return process end
  return nil, errors.new {
    kind = "not_found", method = "GET", url = core.client_methods.base_url(self) .. PATH,
    message = ("there is no %s %s among the %d that the server lists"):format(kind, shown(which),
      #processes),
  }
end

-- One process, by code or name.
---@param which integer|string
---@param opts? wats.RequestOptions
---@return wats.ProcessRecord? process
---@return wats.Error? err  of kind "not_found" when there is none
function Process:get_process(which, opts)
  return find(self, "process:get_process", "process", nil, which, opts)
end

---@param opts? wats.RequestOptions
---@return wats.ProcessRecord[]? processes
---@return wats.Error? err
function Process:get_test_operations(opts)
  return list(self, "isTestOperation", opts)
end

---@param which integer|string  code or name
---@param opts? wats.RequestOptions
---@return wats.ProcessRecord? process
---@return wats.Error? err
function Process:get_test_operation(which, opts)
  return find(self, "process:get_test_operation", "test operation", "isTestOperation", which, opts)
end

---@param opts? wats.RequestOptions
---@return wats.ProcessRecord[]? processes
---@return wats.Error? err
function Process:get_repair_operations(opts)
  return list(self, "isRepairOperation", opts)
end

---@param which integer|string  code or name
---@param opts? wats.RequestOptions
---@return wats.ProcessRecord? process
---@return wats.Error? err
function Process:get_repair_operation(which, opts)
  return find(self, "process:get_repair_operation", "repair operation", "isRepairOperation", which,
    opts)
end

---@param opts? wats.RequestOptions
---@return wats.ProcessRecord[]? processes
---@return wats.Error? err
function Process:get_wip_operations(opts)
  return list(self, "isWipOperation", opts)
end

---@param which integer|string  code or name
---@param opts? wats.RequestOptions
---@return wats.ProcessRecord? process
---@return wats.Error? err
function Process:get_wip_operation(which, opts)
  return find(self, "process:get_wip_operation", "WIP operation", "isWipOperation", which, opts)
end

local module = {}

---@param client wats.Client
---@return wats.Process
function module.new(client)
  return setmetatable({ client }, Process)
end

return module
