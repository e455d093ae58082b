-- wats.domain.manual_inspection.sequences: the part of client.manual_inspection that deals with
-- what an operator goes through: sequences, their steps, and the XAML in which they are written.
--
-- pyWATS has delete_sequence too, on a route that no server knows; it is not here.

local call = require("wats.call")
local choice = require("wats.choice")
local client_module = require("wats.client")
local errors = require("wats.errors")
local json = require("wats.json")
local options = require("wats.options")

local with = client_module.with

local PREFIX = "/api/internal/ManualInspection/"
local get_sequences = call.bind("GET " .. PREFIX .. "GetSequences", "records")
local put_sequence = call.bind("PUT " .. PREFIX .. "PutSequence")
local put_string_test = call.bind("PUT " .. PREFIX .. "PutStringTest")
local get_details = call.bind("GET " .. PREFIX .. "GetMiDetailsNew/{id}")
local get_details_old = call.bind("GET " .. PREFIX .. "GetMiDetails/{id}")
local get_xaml = call.bind("GET " .. PREFIX .. "GetTestSequenceDefinitionXaml")
local put_xaml = call.bind("PUT " .. PREFIX .. "PutTestSequenceDefinitionXaml")
local get_wwf_content = call.bind("GET " .. PREFIX .. "GetWatswwfContent/{Id}")
local validate_misc_info = call.bind("PUT " .. PREFIX .. "ValidateMiscInfo", "record")

---@class wats.InspectionUnit  which unit is to be inspected
---@field serial_number string
---@field part_number string
---@field revision? string       default: none
---@field batch_number? string   default: none
---@field status? string|integer of the definitions: "released", ... (see STATUSES)
---@field station_name? string

---@class wats.InspectionStep
---@field definitionId string
---@field id integer
---@field parentId? integer
---@field name? string
---@field type? string
---@field desc? string
---@field result? integer
---@field operator? string
---@field url? string
---@field execTime? number
---@field passAllAffected? boolean
---@field allowSkip? boolean
---@field comment? string
---@field addAttachments? integer

---@class wats.InspectionMiscInfo
---@field guid? string
---@field name? string
---@field regex? string
---@field value? string
---@field type? integer
---@field isValid? boolean  the server's answer

---@class wats.InspectionSequences
local Sequences = {}

local UNIT = {
  serial_number = { "string", required = true, min = 1 },
  part_number = { "string", required = true, min = 1 },
  revision = { "string", default = "" },
  batch_number = { "string", default = "" },
  status = { "string|integer" },
  station_name = { "string" },
}

local SETTINGS = { submit = { "boolean" }, return_root_sequence = { "boolean" } }

local STATUSES -- of the class, from `extend`

-- What is to be inspected of a unit.  GET /api/internal/ManualInspection/GetSequences
---@param unit wats.InspectionUnit
---@param opts? wats.RequestOptions
---@return table[]? sequences
---@return wats.Error? err
function Sequences:get_sequences(unit, opts)
  local where = "manual_inspection:get_sequences"
  unit = options.check(2, where, unit, UNIT)
  return get_sequences(self, where, {
    serialNumber = unit.serial_number, partNumber = unit.part_number, revision = unit.revision,
    batchNumber = unit.batch_number, stationName = unit.station_name,
    status = unit.status and choice.value(where, "status", STATUSES, unit.status),
  }, opts)
end

-- Sends the steps of a sequence as they are now. Not sent again when it fails: with `submit` a
-- report is made of them.  PUT /api/internal/ManualInspection/PutSequence
---@param steps wats.InspectionStep[]
---@param settings? { submit?: boolean, return_root_sequence?: boolean }
---@param opts? wats.RequestOptions
---@return any? answer
---@return wats.Error? err
function Sequences:update_sequence(steps, settings, opts)
  local where = "manual_inspection:update_sequence"
  settings = options.check(2, where, settings or {}, SETTINGS)
  if not options.is_list(steps) then
    errors.raise("%s: steps: a list of steps expected, got %s", where,
      type(steps) == "table" and "a table that is none" or type(steps))
  end
  local list = json.array()
  for i, step in ipairs(steps) do
    list[i] = client_module.record(where, ("steps[%d]"):format(i), step)
  end
  return put_sequence(self, where,
    { submit = settings.submit, returnRootSequence = settings.return_root_sequence },
    with(opts, { json = list }))
end

-- Sends the answer to a step that asks for text.
-- PUT /api/internal/ManualInspection/PutStringTest
---@param step wats.InspectionStep
---@param opts? wats.RequestOptions
---@return any? answer
---@return wats.Error? err
function Sequences:put_string_test(step, opts)
  local where = "manual_inspection:put_string_test"
  client_module.record(where, "step", step)
  return put_string_test(self, where, nil, with(opts, { json = step }))
end

-- Where the inspection of a unit stands.  GET /api/internal/ManualInspection/GetMiDetailsNew/{id}
---@param id string
---@param opts? wats.RequestOptions
---@return any? details
---@return wats.Error? err  of kind "not_found" when there is none
function Sequences:get_mi_details(id, opts)
  return get_details(self, "manual_inspection:get_mi_details", { id = id }, opts)
end

-- The same in the form of older servers.  GET /api/internal/ManualInspection/GetMiDetails/{id}
---@param id string
---@param opts? wats.RequestOptions
---@return any? details
---@return wats.Error? err
function Sequences:get_mi_details_old(id, opts)
  return get_details_old(self, "manual_inspection:get_mi_details_old", { id = id }, opts)
end

-- The steps of a definition, as XAML.
-- GET /api/internal/ManualInspection/GetTestSequenceDefinitionXaml
---@param definition_id string
---@param opts? wats.RequestOptions
---@return any? xaml  as the server gives it: a record with Definition, or the text
---@return wats.Error? err
function Sequences:get_xaml(definition_id, opts)
  return get_xaml(self, "manual_inspection:get_xaml", { definitionId = definition_id }, opts)
end

-- Replaces the steps of a definition, which must be a draft.
-- PUT /api/internal/ManualInspection/PutTestSequenceDefinitionXaml
---@param definition_id string
---@param xaml string
---@param user_name? string  who does it
---@param opts? wats.RequestOptions
---@return any? answer
---@return wats.Error? err
function Sequences:put_xaml(definition_id, xaml, user_name, opts)
  local where = "manual_inspection:put_xaml"
  if type(xaml) ~= "string" then
    errors.raise("%s: xaml: string expected, got %s", where, type(xaml))
  end
  return put_xaml(self, where, { definitionId = definition_id, username = user_name },
    with(opts, { json = xaml }))
end

-- What Windows Workflow Foundation makes of a definition.
-- GET /api/internal/ManualInspection/GetWatswwfContent/{Id}
---@param definition_id string
---@param opts? wats.RequestOptions
---@return any? content  as the server gives it
---@return wats.Error? err
function Sequences:get_wwf_content(definition_id, opts)
  return get_wwf_content(self, "manual_inspection:get_wwf_content", { Id = definition_id }, opts)
end

-- Does a value fit its regular expression? The server's answer is in `isValid`.
-- PUT /api/internal/ManualInspection/ValidateMiscInfo
---@param info wats.InspectionMiscInfo  with regex and value
---@param opts? wats.RequestOptions
---@return wats.InspectionMiscInfo|true|nil info
---@return wats.Error? err
function Sequences:validate_misc_info(info, opts)
  local where = "manual_inspection:validate_misc_info"
  client_module.record(where, "info", info)
  return validate_misc_info(self, where, nil, with(opts, { json = info }))
end

Sequences.list_sequences = Sequences.get_sequences

local module = {}

-- Adds the methods to the class of the service.
---@param class table
---@param statuses table<string, integer>  numbers of a definition's status, by name
function module.extend(class, statuses)
  STATUSES = statuses
  for name, method in pairs(Sequences) do class[name] = method end
end

return module
