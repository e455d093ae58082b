-- Of wats.domain.production: units and batches, public calls and the internal ones that tell more.

local call = require("wats.call")
local client_module = require("wats.client")
local core = require("wats.core")
local errors = require("wats.errors")
local many = require("wats.many")
local options = require("wats.options")

local named, record, with = client_module.segment, client_module.record, client_module.with

---@class wats.Production
local Production = {}

local get_unit = call.bind("GET /api/Production/Unit/{serialNumber}/{partNumber}", "record")
local put_units = call.bind("PUT /api/Production/Units", "list")
local put_batches = call.bind("PUT /api/Production/Batches", "list")
local set_process = call.bind("PUT /api/Production/SetUnitProcess")
local PROCESSES = "/api/App/Processes"
local get_processes = call.bind("GET " .. PROCESSES, "records")

-- What names one unit, as parameters of a call.
local function unit_of(where, serial_number, part_number)
  named(where, "serial_number", serial_number)
  named(where, "part_number", part_number)
  return { serialNumber = serial_number, partNumber = part_number }
end

-- A unit with its child units.  GET /api/Production/Unit/{serialNumber}/{partNumber}
---@param serial_number string
---@param part_number string
---@param opts? wats.RequestOptions
---@return wats.record.Unit? unit
---@return wats.Error? err  of kind "not_found" when there is none
function Production:get_unit(serial_number, part_number, opts)
  local where = "production:get_unit"
  return get_unit(self, where, unit_of(where, serial_number, part_number), opts)
end

local function pair_of(item)
  local expected = "a pair { serial_number, part_number }"
  if type(item) ~= "table" then return nil, expected end
  for i = 1, 2 do
    local value = item[i]
    if (type(value) ~= "string" or value == "") and math.type(value) ~= "integer" then
      return nil, expected
    end
  end
  return ("%d:%s/%s"):format(#tostring(item[1]), item[1], item[2])
end

-- Many units, at most 16 requests at once: the API has no call for several.
--   client.production:get_many({ { "SN-1", "PN" }, { "SN-2", "PN" } })
---@param pairs_of_names { [1]: string, [2]: string }[]  serial number and part number
---@param opts? wats.ManyOptions
---@return table units   in the order of the pairs, and `n`
---@return table? errs   by the same index; nil where nothing failed
function Production:get_many(pairs_of_names, opts)
  return many.fetch("production:get_many", pairs_of_names, function(pair, own)
    return self:get_unit(pair[1], pair[2], own)
  end, opts, pair_of)
end

local function check_list(where, name, list, fields)
  if type(list) ~= "table" or next(list) ~= nil and list[1] == nil then
    errors.raise("%s: %s: a list of records expected, got %s", where, name,
      type(list) == "table" and "a record" or type(list))
  end
  for i, one in ipairs(list) do
    local element = ("%s[%d]"):format(name, i)
    record(where, element, one)
    for _, field in ipairs(fields) do named(where, element .. "." .. field, one[field]) end
  end
  return list
end

local UNIT_FIELDS = { "serialNumber", "partNumber" }
local BATCH_FIELDS = { "batchNumber" }

-- An empty list has nothing to say to the server.
local function save(self, where, put, list, opts)
  if #list == 0 then return list end
  return put(self, where, nil, with(opts, { json = list }))
end

-- Adds units, in one request, or changes those that are there already: the server goes by serial
-- and part number.  PUT /api/Production/Units
---@param units wats.record.Unit[]
---@param opts? wats.RequestOptions
---@return wats.record.Unit[]|true|nil units  as the server has them now; true where it does not say
---@return wats.Error? err
function Production:create_units(units, opts)
  local where = "production:create_units"
  return save(self, where, put_units, check_list(where, "units", units, UNIT_FIELDS), opts)
end

-- As create_units, by the name of what it does.
Production.save_units = Production.create_units

-- The only element of what a bulk call answered.
local function first(saved, err)
  if type(saved) == "table" and type(saved[1]) == "table" then return saved[1] end
  return saved, err
end

-- Changes one unit, had from get_unit.  PUT /api/Production/Units
---@param unit wats.record.Unit
---@param opts? wats.RequestOptions
---@return wats.record.Unit|true|nil unit
---@return wats.Error? err
function Production:update_unit(unit, opts)
  local where = "production:update_unit"
  record(where, "unit", unit)
  for _, field in ipairs(UNIT_FIELDS) do named(where, "unit." .. field, unit[field]) end
  return first(put_units(self, where, nil, with(opts, { json = { unit } })))
end

-- Adds batches, or changes those that are there, in one request.  PUT /api/Production/Batches
---@param batches wats.record.ProductionBatch[]
---@param opts? wats.RequestOptions
---@return wats.record.ProductionBatch[]|true|nil batches
---@return wats.Error? err
function Production:save_batches(batches, opts)
  local where = "production:save_batches"
  return save(self, where, put_batches, check_list(where, "batches", batches, BATCH_FIELDS), opts)
end

local function save_batch(self, where, batch, opts)
  named(where, "batch.batchNumber", record(where, "batch", batch).batchNumber)
  return first(put_batches(self, where, nil, with(opts, { json = { batch } })))
end

-- One batch; the API has no call of its own for it.  PUT /api/Production/Batches
---@param batch wats.record.ProductionBatch
---@param opts? wats.RequestOptions
---@return wats.record.ProductionBatch|true|nil batch
---@return wats.Error? err
function Production:create_batch(batch, opts)
  return save_batch(self, "production:create_batch", batch, opts)
end

---@param batch wats.record.ProductionBatch
---@param opts? wats.RequestOptions
---@return wats.record.ProductionBatch|true|nil batch
---@return wats.Error? err
function Production:update_batch(batch, opts)
  return save_batch(self, "production:update_batch", batch, opts)
end

-- Of the caller's options, those that a look-up on the way to his request obeys as well.
local function aside(opts, cache)
  local own = with(opts, {})
  return { cache = cache, timeout = own.timeout, headers = own.headers, retry = own.retry }
end

-- The server wants a process by name. A code is looked up in the list of processes, which is
-- reference data; one that is not there may have come since: the server is asked anew before it is
-- said to be none.
local function process_name(self, where, process, opts)
  if type(process) == "string" then
    named(where, "process", process)
    return process
  elseif math.type(process) ~= "integer" then
    errors.raise("%s: process: a name or a code (integer) expected, got %s", where, type(process))
  end
  local count
  for _, cache in ipairs { "default", "refresh" } do
    local processes, err = get_processes(self, where, nil, aside(opts, cache))
    if not processes then return nil, err end
    count = #processes
    for _, one in ipairs(processes) do
      if one.code == process and type(one.name) == "string" then return one.name end
    end
  end
  return nil, errors.new {
    kind = "not_found", method = "GET", url = core.client_methods.base_url(self) .. PROCESSES,
    message = ("there is no process %d among the %d that the server lists"):format(process, count),
  }
end

-- Sets the process that a unit is in.  PUT /api/Production/SetUnitProcess
---@param serial_number string
---@param part_number string
---@param process string|integer  its name, or its code, which is looked up
---@param opts? wats.RequestOptions
---@return any done  true, or what the server answers
---@return wats.Error? err
function Production:set_unit_process(serial_number, part_number, process, opts)
  local where = "production:set_unit_process"
  local params = unit_of(where, serial_number, part_number)
  local name, err = process_name(self, where, process, opts)
  if not name then return nil, err end
  params.processName = name
  return set_process(self, where, params, opts)
end

local CONNECTED = "/api/internal/Production/isConnected"
local is_connected = call.bind("GET " .. CONNECTED)
local get_sites = call.bind("GET /api/internal/Production/GetSites", "list")
local get_internal_unit = call.bind("GET /api/internal/Production/GetUnit", "record")
local get_unit_info = call.bind("GET /api/internal/Production/GetUnitInfo", "record")
local get_unit_hierarchy = call.bind("GET /api/internal/Production/GetUnitHierarchy")
local get_unit_state_history = call.bind("GET /api/internal/Production/GetUnitStateHistory")
local get_unit_process = call.bind("GET /api/internal/Production/GetUnitProcess")
local get_unit_contents = call.bind("GET /api/internal/Production/GetUnitContents")
local create_unit = call.bind("POST /api/internal/Production/CreateUnit", "record")

local MORE = { batch_number = { "string" }, phase = { "integer|string" } }

-- Is the server's production part there?  GET /api/internal/Production/isConnected (internal)
---@param opts? wats.RequestOptions
---@return boolean? connected  false also where the server says so
---@return wats.Error? err
function Production:is_connected(opts)
  local where = "production:is_connected"
  call.reads(where, opts)
  local answer, err = is_connected(self, where, nil, opts)
  if answer == nil then return nil, err end
  if type(answer) ~= "string" then return answer ~= false end
  local word = answer:lower()
  if word == "true" or word == "false" then return word == "true" end
  return nil, errors.new {
    kind = "decode", status = 200, method = "GET",
    url = core.client_methods.base_url(self) .. CONNECTED,
    message = "the answer is neither true nor false",
  }
end

-- The sites; reference data.  GET /api/internal/Production/GetSites (internal)
---@param opts? wats.RequestOptions
---@return any[]? sites
---@return wats.Error? err
function Production:get_sites(opts)
  return get_sites(self, "production:get_sites", nil, opts)
end

-- A unit of which the part number need not be known. The record is another than that of get_unit:
-- SerialNumber, BatchSN, UnitPhaseId, Children and so on.
-- GET /api/internal/Production/GetUnit (internal)
---@param serial_number string
---@param part_number? string
---@param opts? wats.RequestOptions
---@return wats.record.InternalUnit? unit
---@return wats.Error? err
function Production:get_unit_by_serial(serial_number, part_number, opts)
  local where = "production:get_unit_by_serial"
  named(where, "serial_number", serial_number)
  if part_number ~= nil then named(where, "part_number", part_number) end
  return get_internal_unit(self, where,
    { serialNumber = serial_number, partNumber = part_number }, opts)
end

-- GET /api/internal/Production/GetUnitInfo (internal)
---@param serial_number string
---@param part_number string
---@param opts? wats.RequestOptions
---@return table? info
---@return wats.Error? err
function Production:get_unit_info(serial_number, part_number, opts)
  local where = "production:get_unit_info"
  return get_unit_info(self, where, unit_of(where, serial_number, part_number), opts)
end

-- The whole assembly that a unit belongs to.  GET /api/internal/Production/GetUnitHierarchy
---@param serial_number string
---@param part_number string
---@param opts? wats.RequestOptions
---@return any hierarchy
---@return wats.Error? err
function Production:get_unit_hierarchy(serial_number, part_number, opts)
  local where = "production:get_unit_hierarchy"
  return get_unit_hierarchy(self, where, unit_of(where, serial_number, part_number), opts)
end

-- Which phases and processes it was in.  GET /api/internal/Production/GetUnitStateHistory
---@param serial_number string
---@param part_number string
---@param opts? wats.RequestOptions
---@return any history
---@return wats.Error? err
function Production:get_unit_state_history(serial_number, part_number, opts)
  local where = "production:get_unit_state_history"
  return get_unit_state_history(self, where, unit_of(where, serial_number, part_number), opts)
end

-- The process that a unit is in.  GET /api/internal/Production/GetUnitProcess (internal)
---@param serial_number string
---@param part_number string
---@param opts? wats.RequestOptions
---@return any process
---@return wats.Error? err
function Production:get_unit_process(serial_number, part_number, opts)
  local where = "production:get_unit_process"
  return get_unit_process(self, where, unit_of(where, serial_number, part_number), opts)
end

-- What the box build wants in it, and what is in it.  GET /api/internal/Production/GetUnitContents
---@param serial_number string
---@param part_number string
---@param revision string
---@param opts? wats.RequestOptions
---@return any contents
---@return wats.Error? err
function Production:get_unit_contents(serial_number, part_number, revision, opts)
  local where = "production:get_unit_contents"
  local params = unit_of(where, serial_number, part_number)
  named(where, "revision", revision)
  params.revision = revision
  return get_unit_contents(self, where, params, opts)
end

-- Adds one unit; unlike create_units it fails where there is one.
-- POST /api/internal/Production/CreateUnit (internal)
---@param serial_number string
---@param part_number string
---@param revision string
---@param more? { batch_number?: string, phase?: integer|string }  phase: see get_phase_id
---@param opts? wats.RequestOptions
---@return wats.record.InternalUnit|true|nil unit
---@return wats.Error? err
function Production:create_unit(serial_number, part_number, revision, more, opts)
  local where = "production:create_unit"
  local params = unit_of(where, serial_number, part_number)
  named(where, "revision", revision)
  more = options.check(2, where, more, MORE)
  if more.phase ~= nil then
    local err
    params.unitPhase, err = self:get_phase_id(more.phase, opts and aside(opts))
    if not params.unitPhase then return nil, err end
  end
  params.revision, params.batchNumber = revision, more.batch_number
  return create_unit(self, where, params, opts)
end

return Production
