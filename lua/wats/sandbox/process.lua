-- wats.sandbox.process: the internal calls on processes, and the fail codes of repair operations.
--
-- Every repair operation has the categories below; a process comes by the seed only, as the calls
-- that make one are not offered.

local errors = require("wats.sandbox.errors")
local json = require("wats.sandbox.json")

local M = {}

local view = json.record({
  "Code", "ProcessID", "Name", "Description", "ProcessIndex", "State", "Properties",
  "IsTestOperation", "IsWIPOperation", "IsRepairOperation",
})
local config_view = json.record({
  "Description", "UUTRequired", "CompRefMask", "CompRefMaskDescription", "BomConstraint",
  "BOMRequired", "VendorRequired", "Categories", "MiscInfos",
})
local category_view = json.record({
  "GUID", "Description", "Selectable", "SortOrder", "FailureType", "ImageConstraint", "Status",
  "Failcodes",
})

-- Text, failure type, and what stands below.
local TREE = {
  { "Component", 4, {
    { "Defective component", 4 }, { "Missing component", 4 },
    { "Wrong component", 4, { { "Wrong value", 4 }, { "Wrong polarity", 4 } } },
  } },
  { "Solder process", 1, { { "Solder bridge", 1 }, { "Cold joint", 1 }, { "No solder", 1 } } },
  { "Assembly process", 6, { { "Loose screw", 6 }, { "Cable not connected", 6 } } },
  { "Other", 0, { { "No failure found", 3 }, { "Scrapped", 2 } } },
}

-- The ids are the same with every start, and differ between repair operations.
local function category(node, code, numbers, order)
  numbers.last = numbers.last + 1
  local id = ("0fa11c0d-%04x-4000-8000-%012x"):format(code & 0xFFFF, numbers.last)
  local below = json.array()
  for i, child in ipairs(node[3] or {}) do
    below[i] = category(child, code, numbers, i)
  end
  return category_view({
    GUID = id, Description = node[1], Selectable = #below == 0,
    SortOrder = order, FailureType = node[2], Status = 1, Failcodes = below,
  })
end

local function config(process)
  local numbers, categories = { last = 0 }, json.array()
  for i, node in ipairs(TREE) do
    categories[i] = category(node, process.code, numbers, i)
  end
  return config_view({
    Description = process.name, UUTRequired = 1, BOMRequired = 1, VendorRequired = 2,
    CompRefMask = "^[A-Z]+[0-9]+$", CompRefMaskDescription = "R12, C4",
    Categories = categories, MiscInfos = json.array(),
  })
end

local function detailed(process)
  return view({
    Code = process.code, ProcessID = process.processID, Name = process.name,
    Description = process.description, ProcessIndex = process.processIndex, State = process.state,
    Properties = process.properties, IsTestOperation = process.isTestOperation,
    IsWIPOperation = process.isWipOperation, IsRepairOperation = process.isRepairOperation,
  })
end

local function ok(value)
  return { status = 200, headers = {}, body = json.encode(value) }
end

local function find(store, id)
  for _, process in ipairs(store.processes) do
    if process.processID:lower() == id:lower() then return process end
  end
end

local function get_configs(store)
  local configs = {}
  for _, process in ipairs(store.processes) do
    if process.isRepairOperation and process.state == 1 then
      configs[tostring(process.code)] = config(process)
    end
  end
  return ok(configs)
end

local function get_config(store, request)
  local process = find(store, request.params.id)
  if not process or not process.isRepairOperation then
    return errors.message(404, ("There is no repair operation with id %s."):format(
      request.params.id))
  end
  local code = request.query.processcode
  if code and not store:find_process(math.tointeger(tonumber(code))) then
    return errors.message(400, ("There is no process with code %s."):format(code))
  end
  return ok(config(process))
end

--- Adds the routes.
function M.open(router, store)
  router:add("GET", "/api/internal/Process/GetProcesses", function()
    local list = json.array()
    for i, process in ipairs(store.processes) do list[i] = detailed(process) end
    return ok(list)
  end)
  router:add("GET", "/api/internal/Process/GetProcess/{id}", function(request)
    local process = find(store, request.params.id)
    return process and ok(detailed(process)) or errors.message(404,
      ("There is no process with id %s."):format(request.params.id))
  end)
  router:add("GET", "/api/internal/Process/GetRepairOperations", function()
    return get_configs(store)
  end)
  router:add("GET", "/api/internal/Process/GetRepairOperation/{id}", function(request)
    return get_config(store, request)
  end)
end

return M
