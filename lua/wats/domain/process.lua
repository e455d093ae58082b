-- wats.domain.process: client.process, the operations that a unit goes through.
--
-- Processes are reference data: the list is asked for once and then comes from the client's cache
-- until it is too old; `refresh` asks anew. A look-up hands out a record of its own, never one that
-- another caller holds. A name is found as it is written, else whatever its case.

local call = require("wats.call")
local core = require("wats.core")
local client_module = require("wats.client")
local error_message = require("wats.error_message")
local errors = require("wats.errors")
local json = require("wats.json")
local repair = require("wats.domain.process.repair")

local with = client_module.with

local PATH, INTERNAL = "/api/App/Processes", "/api/internal/Process"
local get_processes = call.bind("GET " .. PATH, "list")
local MAX_SHOWN = 60 -- bytes of a name in a message

-- What a WATS server calls its first test and its first repair operation, unless it was set up
-- otherwise.
local DEFAULT_TEST, DEFAULT_REPAIR = 100, 500

---@class wats.ProcessRecord
---@field code integer
---@field name string
---@field description? string
---@field isTestOperation boolean
---@field isRepairOperation boolean
---@field isWipOperation boolean
---@field processID? string
---@field processIndex? integer
---@field state? integer        1 active

---@class wats.Client
---@field process wats.Process

---@class wats.Process: wats.ProcessRepair
local Process = {}
Process.__index = Process
Process.__name = "wats.process"

-- All active processes.  GET /api/App/Processes
---@param opts? wats.RequestOptions
---@return wats.ProcessRecord[]? processes
---@return wats.Error? err
function Process:get_processes(opts)
  return get_processes(self, "process:get_processes", nil, opts)
end

-- All active processes as the server has them now; look-ups that follow find them in the cache.
-- GET /api/App/Processes
---@param opts? wats.RequestOptions
---@return wats.ProcessRecord[]? processes
---@return wats.Error? err
function Process:refresh(opts)
  return get_processes(self, "process:refresh", nil, with(opts, { cache = "refresh" }))
end

-- When the list that look-ups find in the cache was fetched or confirmed, by the server's count of
-- its age; nil when there is none.
---@return number? epoch_seconds
function Process:last_refresh()
  local explanation = core.client_methods.cache_explain(self, PATH)
  local age = explanation and explanation.age
  return age and core.time() - age or nil
end

-- Forgets the processes and fail codes that the cache has: the next look-up asks the server.
---@return integer dropped  answers
function Process:clear_cache()
  local invalidate = core.client_methods.cache_invalidate
  return invalidate(self, PATH) + invalidate(self, INTERNAL)
end

-- Those of one kind, or all; nil and the error when there is no list.
local function list(self, flag, opts)
  local all, err = get_processes(self, "process", nil, opts)
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

local function not_found(self, message, ...)
  return errors.new {
    kind = "not_found", method = "GET", url = core.client_methods.base_url(self) .. PATH,
    message = message:format(...),
  }
end

local function check_which(where, which)
  if math.type(which) ~= "integer" and type(which) ~= "string" then
    errors.raise("%s: a code (integer) or a name expected, got %s", where, type(which))
  end
end

local function find(self, where, kind, flag, which, opts)
  check_which(where, which)
  local processes, err = list(self, flag, opts)
  if not processes then return nil, err end
  local process = lookup(processes, which)
  if process then return process end
  return nil, not_found(self, "there is no %s %s among the %d that the server lists", kind,
    shown(which), #processes)
end

-- Whether there is one; nil and the error when the list cannot be had.
local function exists(self, where, flag, which, opts)
  check_which(where, which)
  local processes, err = list(self, flag, opts)
  if not processes then return nil, err end
  return lookup(processes, which) ~= nil
end

-- The one of this code, else the first of its kind.
local function default(self, kind, flag, code, opts)
  local processes, err = list(self, flag, opts)
  if not processes then return nil, err end
  local process = lookup(processes, code)
  for i = 1, process and 0 or #processes do
    if math.type(processes[i].code) == "integer" then return processes[i] end
  end
  if process then return process end
  return nil, not_found(self, "the server lists no %s", kind)
end

-- One process, by code or name.  GET /api/App/Processes
---@param which integer|string
---@param opts? wats.RequestOptions
---@return wats.ProcessRecord? process
---@return wats.Error? err  of kind "not_found" when there is none
function Process:get_process(which, opts)
  return find(self, "process:get_process", "process", nil, which, opts)
end

---@param code integer
---@param opts? wats.RequestOptions
---@return wats.ProcessRecord? process
---@return wats.Error? err
function Process:get_process_by_code(code, opts)
  local where = "process:get_process_by_code"
  if math.type(code) ~= "integer" then
    errors.raise("%s: a code (integer) expected, got %s", where, type(code))
  end
  return find(self, where, "process", nil, code, opts)
end

---@param name string  as it is written, else whatever its case
---@param opts? wats.RequestOptions
---@return wats.ProcessRecord? process
---@return wats.Error? err
function Process:get_process_by_name(name, opts)
  local where = "process:get_process_by_name"
  if type(name) ~= "string" then
    errors.raise("%s: a name expected, got %s", where, type(name))
  end
  return find(self, where, "process", nil, name, opts)
end

-- Is there a process of this code or name?
---@param which integer|string
---@param opts? wats.RequestOptions
---@return boolean? exists
---@return wats.Error? err  when the server's list cannot be had
function Process:process_exists(which, opts)
  return exists(self, "process:process_exists", nil, which, opts)
end

-- The codes of all active processes, in the server's order.
---@param opts? wats.RequestOptions
---@return integer[]? codes
---@return wats.Error? err
function Process:list_process_codes(opts)
  local processes, err = list(self, nil, opts)
  if not processes then return nil, err end
  local codes = json.array {}
  for _, process in ipairs(processes) do
    if math.type(process.code) == "integer" then codes[#codes + 1] = process.code end
  end
  return codes
end

-- The names of all active processes, in the server's order.
---@param opts? wats.RequestOptions
---@return string[]? names
---@return wats.Error? err
function Process:list_process_names(opts)
  local processes, err = list(self, nil, opts)
  if not processes then return nil, err end
  local names = json.array {}
  for _, process in ipairs(processes) do
    if type(process.name) == "string" and process.name ~= "" then
      names[#names + 1] = process.name
    end
  end
  return names
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

---@param which integer|string  code or name
---@param opts? wats.RequestOptions
---@return boolean? valid
---@return wats.Error? err  when the server's list cannot be had
function Process:is_valid_test_operation(which, opts)
  return exists(self, "process:is_valid_test_operation", "isTestOperation", which, opts)
end

-- The test operation of code 100, as servers come with it; where there is none, the first one.
---@param opts? wats.RequestOptions
---@return wats.ProcessRecord? process
---@return wats.Error? err  of kind "not_found" when the server has no test operation at all
function Process:get_default_test_operation(opts)
  return default(self, "test operation", "isTestOperation", DEFAULT_TEST, opts)
end

-- The code of what get_default_test_operation finds.
---@param opts? wats.RequestOptions
---@return integer? code
---@return wats.Error? err
function Process:get_default_test_code(opts)
  local process, err = self:get_default_test_operation(opts)
  if not process then return nil, err end
  return process.code
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

---@param which integer|string  code or name
---@param opts? wats.RequestOptions
---@return boolean? valid
---@return wats.Error? err  when the server's list cannot be had
function Process:is_valid_repair_operation(which, opts)
  return exists(self, "process:is_valid_repair_operation", "isRepairOperation", which, opts)
end

-- The repair operation of code 500, as servers come with it; where there is none, the first one.
---@param opts? wats.RequestOptions
---@return wats.ProcessRecord? process
---@return wats.Error? err  of kind "not_found" when the server has no repair operation at all
function Process:get_default_repair_operation(opts)
  return default(self, "repair operation", "isRepairOperation", DEFAULT_REPAIR, opts)
end

-- The code of what get_default_repair_operation finds.
---@param opts? wats.RequestOptions
---@return integer? code
---@return wats.Error? err
function Process:get_default_repair_code(opts)
  local process, err = self:get_default_repair_operation(opts)
  if not process then return nil, err end
  return process.code
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

---@param which integer|string  code or name
---@param opts? wats.RequestOptions
---@return boolean? valid
---@return wats.Error? err  when the server's list cannot be had
function Process:is_valid_wip_operation(which, opts)
  return exists(self, "process:is_valid_wip_operation", "isWipOperation", which, opts)
end

repair.extend(Process)

local module = {}

---@param client wats.Client
---@return wats.Process
function module.new(client)
  return setmetatable({ client }, Process)
end

return module
