-- wats.domain.process.repair: the part of client.process that asks the internal API: processes
-- with all their members, and the fail codes of repair operations.
--
-- Fail codes are what a repair report (UUR) may name as the cause of a failure. The server keeps
-- them as a tree: a repair operation has categories, these have codes, which may have codes of
-- their own. `get_fail_codes` makes a flat list of it. Like processes they are reference data and
-- come from the client's cache. A server of another version may lack these calls.

local call = require("wats.call")
local core = require("wats.core")
local error_message = require("wats.error_message")
local errors = require("wats.errors")
local json = require("wats.json")

local CONFIGS = "/api/internal/Process/GetRepairOperations"
local MAX_SHOWN = 60 -- bytes of a text in a message

local get_processes = call.bind("GET /api/internal/Process/GetProcesses", "records")
local get_process = call.bind("GET /api/internal/Process/GetProcess/{id}", "record")
local get_configs = call.bind("GET " .. CONFIGS, "record")
local get_config = call.bind("GET /api/internal/Process/GetRepairOperation/{id}", "record")

---@class wats.ProcessDetails  as the internal API spells it
---@field Code integer
---@field ProcessID string
---@field Name string
---@field Description? string
---@field ProcessIndex? integer
---@field State? integer             1 active
---@field Properties? string
---@field IsTestOperation boolean
---@field IsRepairOperation boolean
---@field IsWIPOperation boolean

---@class wats.RepairCategory  a category, and also a fail code in one
---@field GUID string
---@field Description string
---@field Selectable? boolean
---@field SortOrder? integer
---@field FailureType? integer   0 default, 1 automatic process, 2 scrapped, 3 no failure found,
---                              4 component, 5 design, 6 manual process, 7 replaced
---@field ImageConstraint? string
---@field Status? integer        1 in use
---@field Failcodes? wats.RepairCategory[]

---@class wats.RepairOperationConfig
---@field Description string
---@field UUTRequired? integer   is a test report to be named? 0 required, 1 optional, 2 never
---@field BOMRequired? integer   likewise
---@field VendorRequired? integer
---@field CompRefMask? string    regular expression for references of components
---@field CompRefMaskDescription? string
---@field BomConstraint? string
---@field Categories wats.RepairCategory[]
---@field MiscInfos? table[]

---@class wats.FailCode
---@field code string          its text, as a repair report has it
---@field category string      the text of the category that it stands in, however deep
---@field guid string
---@field category_guid string
---@field failure_type integer
---@field selectable boolean   may a repair report name it?
---@field status? integer

---@class wats.ProcessRepair
local Repair = {}

-- All processes with all their members; inactive ones too.
-- GET /api/internal/Process/GetProcesses
---@param opts? wats.RequestOptions
---@return wats.ProcessDetails[]? processes
---@return wats.Error? err
function Repair:get_processes_detailed(opts)
  return get_processes(self, "process:get_processes_detailed", nil, opts)
end

-- GET /api/internal/Process/GetProcess/{id}
---@param id string  its ProcessID
---@param opts? wats.RequestOptions
---@return wats.ProcessDetails? process
---@return wats.Error? err  of kind "not_found" when there is none
function Repair:get_process_detailed(id, opts)
  return get_process(self, "process:get_process_detailed", { id = id }, opts)
end

-- The set-up of all repair operations, by their codes (integers).
-- GET /api/internal/Process/GetRepairOperations
---@param opts? wats.RequestOptions
---@return table<integer, wats.RepairOperationConfig>? configs
---@return wats.Error? err
function Repair:get_repair_operation_configs(opts)
  local answer, err = get_configs(self, "process:get_repair_operation_configs", nil, opts)
  if type(answer) ~= "table" then return answer, err end
  local configs = {}
  for code, config in pairs(answer) do -- the keys of an object are text
    local number = math.tointeger(tonumber(code))
    if number and type(config) == "table" then configs[number] = config end
  end
  return configs
end

-- GET /api/internal/Process/GetRepairOperation/{id}
---@param id string  the ProcessID of the repair operation
---@param process_code? integer  of the test operation whose units are repaired
---@param opts? wats.RequestOptions
---@return wats.RepairOperationConfig? config
---@return wats.Error? err
function Repair:get_repair_operation_config(id, process_code, opts)
  return get_config(self, "process:get_repair_operation_config",
    { id = id, processCode = process_code }, opts)
end

local function not_found(self, message, ...)
  return errors.new {
    kind = "not_found", method = "GET", url = core.client_methods.base_url(self) .. CONFIGS,
    message = message:format(...),
  }
end

-- The code of the repair operation that was meant: by code, by name, or the server's default.
local function code_of(self, where, which, opts)
  if math.type(which) == "integer" then return which end
  if which == nil then return self:get_default_repair_code(opts) end
  if type(which) ~= "string" then
    errors.raise("%s: a code (integer) or a name of a repair operation expected, got %s", where,
      type(which))
  end
  local operation, err = self:get_repair_operation(which, opts)
  if not operation then return nil, err end
  return operation.code
end

local function categories(self, where, which, opts)
  local code, err = code_of(self, where, which, opts)
  if not code then return nil, err end
  local configs
  configs, err = self:get_repair_operation_configs(opts)
  if type(configs) ~= "table" then return nil, err end
  if not configs[code] then
    return nil, not_found(self, "the server has no repair operation %s with categories",
      tostring(code))
  end
  local list = json.array {}
  local all = configs[code].Categories
  for _, category in ipairs(type(all) == "table" and all or {}) do
    if type(category) == "table" then list[#list + 1] = category end
  end
  return list
end

-- Adds the codes of a category, and those below them, in the server's order.
local function flatten(codes, category, owner)
  local members = (owner or category).Failcodes
  for _, member in ipairs(type(members) == "table" and members or {}) do
    if type(member) == "table" then
      codes[#codes + 1] = {
        code = member.Description,
        category = category.Description,
        guid = member.GUID,
        category_guid = category.GUID,
        failure_type = member.FailureType or 0,
        selectable = member.Selectable ~= false,
        status = member.Status,
      }
      flatten(codes, category, member)
    end
  end
end

local function fail_codes(self, where, which, opts)
  local list, err = categories(self, where, which, opts)
  if not list then return nil, err end
  local codes = json.array {}
  for _, category in ipairs(list) do flatten(codes, category) end
  return codes
end

-- The categories of fail codes that a repair operation has, with their codes below them.
-- GET /api/internal/Process/GetRepairOperations
---@param which? integer|string  code or name of the repair operation; default: the server's
---@param opts? wats.RequestOptions
---@return wats.RepairCategory[]? categories
---@return wats.Error? err  of kind "not_found" when there is no such repair operation
function Repair:get_repair_categories(which, opts)
  return categories(self, "process:get_repair_categories", which, opts)
end

-- All fail codes of a repair operation in one list, each with its category.
-- GET /api/internal/Process/GetRepairOperations
---@param which? integer|string  code or name of the repair operation; default: the server's
---@param opts? wats.RequestOptions
---@return wats.FailCode[]? codes
---@return wats.Error? err  of kind "not_found" when there is no such repair operation
function Repair:get_fail_codes(which, opts)
  return fail_codes(self, "process:get_fail_codes", which, opts)
end

-- The texts of the fail codes, of all categories or of one.
-- GET /api/internal/Process/GetRepairOperations
---@param which? integer|string  code or name of the repair operation; default: the server's
---@param category? string       the text of a category, as it is written
---@param opts? wats.RequestOptions
---@return string[]? codes
---@return wats.Error? err
function Repair:get_repair_codes(which, category, opts)
  local where = "process:get_repair_codes"
  if category ~= nil and type(category) ~= "string" then
    errors.raise("%s: category: string expected, got %s", where, type(category))
  end
  local codes, err = fail_codes(self, where, which, opts)
  if not codes then return nil, err end
  local texts = json.array {}
  for _, code in ipairs(codes) do
    if category == nil or code.category == category then texts[#texts + 1] = code.code end
  end
  return texts
end

-- The one of this text (as it is written, else whatever its case) or of this id.
local function lookup(codes, wanted)
  local lower, similar = wanted:lower(), nil
  for _, code in ipairs(codes) do
    if code.code == wanted then return code end
    local text = type(code.code) == "string" and code.code:lower()
    local id = type(code.guid) == "string" and code.guid:lower()
    if text == lower or id == lower then similar = similar or code end
  end
  return similar
end

-- One fail code of a repair operation, by its text or its id; of a text that stands in several
-- categories the first.  GET /api/internal/Process/GetRepairOperations
---@param which? integer|string  code or name of the repair operation; nil: the server's default
---@param code string            text or GUID
---@param opts? wats.RequestOptions
---@return wats.FailCode? code
---@return wats.Error? err  of kind "not_found" when there is none
function Repair:get_fail_code(which, code, opts)
  local where = "process:get_fail_code"
  if type(code) ~= "string" then
    errors.raise("%s: code: string expected, got %s", where, type(code))
  end
  local codes, err = fail_codes(self, where, which, opts)
  if not codes then return nil, err end
  local found = lookup(codes, code)
  if found then return found end
  return nil, not_found(self, 'there is no fail code "%s" among the %d of the repair operation',
    error_message.cut(code, MAX_SHOWN):gsub("%c", "?"), #codes)
end

local module = {}

-- Adds the methods to the class of the service.
---@param class table
function module.extend(class)
  for name, method in pairs(Repair) do class[name] = method end
end

return module
