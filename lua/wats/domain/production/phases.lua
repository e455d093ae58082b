-- Of wats.domain.production: the phases that a unit can be in.

local call = require("wats.call")
local client_module = require("wats.client")
local core = require("wats.core")
local errors = require("wats.errors")
local options = require("wats.options")

local named = client_module.segment

---@class wats.Production
local Production = {}

-- The server's numbers. Each but the last three is a bit, of which a rule may name several.
---@type table<string, integer>
Production.PHASES = {
  unknown = 1,
  under_production = 2,
  production_repair = 4,
  service_repair = 8,
  finalized = 16,
  scrapped = 32,
  extended_test = 64,
  customization = 128,
  repaired = 256,
  missing = 512,
  in_storage = 1024,
  shipped = 2048,
  under_production_in_queue = 4098,
  waiting_for_production_repair = 4100,
  waiting_for_service_repair = 4104,
}

local PHASES = Production.PHASES

local PATH = "/api/internal/Mes/GetUnitPhases"
local get_phases = call.bind("GET " .. PATH, "records")
local get_phase = call.bind("GET /api/internal/Production/GetUnitPhase")
local set_phase = call.bind("PUT /api/Production/SetUnitPhase")

-- All phases; reference data.  GET /api/internal/Mes/GetUnitPhases (internal)
---@param opts? wats.RequestOptions
---@return wats.record.InternalUnitPhase[]? phases
---@return wats.Error? err
function Production:get_phases(opts)
  return get_phases(self, "production:get_phases", nil, opts)
end

-- The same, by the names of the call and of older scripts.
Production.get_unit_phases = Production.get_phases
Production.get_all_unit_phases = Production.get_phases

-- "Under production", "under_production" and "UnderProduction" are one name.
local function plain(name)
  return (name:lower():gsub("[%s_%-%(%)]", ""))
end

local PLAIN = {}
for name, id in pairs(PHASES) do PLAIN[plain(name)] = id end

local function check(where, phase)
  if type(phase) == "string" and phase ~= "" or math.type(phase) == "integer" then return end
  errors.raise("%s: phase: a number (integer) or a name expected, got %s", where,
    phase == "" and '""' or type(phase))
end

local function matches(record, phase)
  if math.type(phase) == "integer" then return record.UnitPhaseId == phase end
  local wanted = plain(phase)
  for _, text in ipairs { record.Name or false, record.Code or false } do
    if type(text) == "string" and plain(text) == wanted then return true end
  end
  return record.UnitPhaseId == PLAIN[wanted]
end

local function shown(phase)
  if math.type(phase) == "integer" then return tostring(phase) end
  return ('"%s"'):format(phase:sub(1, 60):gsub("%c", "?"))
end

local function not_found(self, phase, phases)
  local known = {}
  for _, record in ipairs(phases) do
    if type(record.Name) == "string" then known[#known + 1] = record.Name end
  end
  for name in pairs(PHASES) do known[#known + 1] = name end
  return errors.new {
    kind = "not_found", method = "GET", url = core.client_methods.base_url(self) .. PATH,
    message = ("there is no phase %s among the %d that the server lists%s"):format(shown(phase),
      #phases, options.suggest(phase, known)),
  }
end

-- The phase that fits. One that is not in the list may have come since it was read: unless the
-- caller says where the list is to come from, the server is asked anew before there is said to be
-- none.
local function find(self, where, phase, opts, fits)
  call.reads(where, opts)
  local phases, err
  local tries = { opts or {} }
  if tries[1].cache == nil then tries[2] = client_module.with(opts, { cache = "refresh" }) end
  for _, own in ipairs(tries) do
    phases, err = get_phases(self, where, nil, own)
    if not phases then return nil, err end
    for _, record in ipairs(phases) do
      if fits(record, phase) then return record end
    end
  end
  return nil, not_found(self, phase, phases)
end

-- One phase, by number, code or name: the server's, or one of `PHASES`. Case, spaces and
-- underscores weigh nothing.
---@param phase integer|string
---@param opts? wats.RequestOptions
---@return wats.record.InternalUnitPhase? phase
---@return wats.Error? err  of kind "not_found", with the name that was probably meant
function Production:get_phase(phase, opts)
  check("production:get_phase", phase)
  return find(self, "production:get_phase", phase, opts, matches)
end

-- One phase by the server's name for it.
---@param name string
---@param opts? wats.RequestOptions
---@return wats.record.InternalUnitPhase? phase
---@return wats.Error? err
function Production:get_phase_by_name(name, opts)
  local where = "production:get_phase_by_name"
  if type(name) ~= "string" then
    errors.raise("%s: name: a string expected, got %s", where, type(name))
  end
  check(where, name)
  return find(self, where, name, opts, function(record)
    return type(record.Name) == "string" and plain(record.Name) == plain(name)
  end)
end

local function phase_id(self, where, phase, opts)
  check(where, phase)
  if math.type(phase) == "integer" then return phase end
  if PHASES[phase] then return PHASES[phase] end
  local record, err = find(self, where, phase, opts, matches)
  if not record then return nil, err end
  local id = math.tointeger(record.UnitPhaseId)
  if id then return id end
  return nil, errors.new {
    kind = "decode", status = 200, method = "GET",
    url = core.client_methods.base_url(self) .. PATH,
    message = ("the server tells no number of the phase %s"):format(shown(phase)),
  }
end

-- The number of a phase. An integer is taken as it is, and the names of `PHASES` are known here:
-- only for others the server's list is needed.
---@param phase integer|string
---@param opts? wats.RequestOptions
---@return integer? id
---@return wats.Error? err
function Production:get_phase_id(phase, opts)
  return phase_id(self, "production:get_phase_id", phase, opts)
end

-- The phase that a unit is in now.  GET /api/internal/Production/GetUnitPhase (internal)
---@param serial_number string
---@param part_number string
---@param opts? wats.RequestOptions
---@return any phase
---@return wats.Error? err
function Production:get_unit_phase(serial_number, part_number, opts)
  local where = "production:get_unit_phase"
  named(where, "serial_number", serial_number)
  named(where, "part_number", part_number)
  return get_phase(self, where, { serialNumber = serial_number, partNumber = part_number }, opts)
end

-- Sets the phase that a unit is in.  PUT /api/Production/SetUnitPhase
---@param serial_number string
---@param part_number string
---@param phase integer|string  see get_phase_id
---@param opts? wats.RequestOptions
---@return any done  true, or what the server answers
---@return wats.Error? err
function Production:set_unit_phase(serial_number, part_number, phase, opts)
  local where = "production:set_unit_phase"
  named(where, "serial_number", serial_number)
  named(where, "part_number", part_number)
  local own = client_module.with(opts, {})
  local id, err = phase_id(self, where, phase,
    { timeout = own.timeout, headers = own.headers, retry = own.retry })
  if not id then return nil, err end
  return set_phase(self, where,
    { serialNumber = serial_number, partNumber = part_number, phase = id }, opts)
end

return Production
