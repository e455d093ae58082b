-- wats.domain.manual_inspection: client.manual_inspection, inspections that an operator goes
-- through by hand.
--
-- A definition says what is looked at. It begins as a draft, which may be edited; is pending while
-- it is tried out; and is released for production, from where on it stays as it is. To change a
-- released one, copy it: the copy is a draft of the next version, and its release revokes the
-- version before. Relations say for which products a definition is meant.
--
-- All of it is internal API: a server of another version may lack it. The server's own field names
-- are used, and they differ: a definition has `Name`, a step of a sequence `name`.

local core = require("wats.core")
local call = require("wats.call")
local choice = require("wats.choice")
local client_module = require("wats.client")
local errors = require("wats.errors")
local options = require("wats.options")
local relations = require("wats.domain.manual_inspection.relations")
local sequences = require("wats.domain.manual_inspection.sequences")

local with = client_module.with

local PREFIX = "/api/internal/ManualInspection/"
local get_definitions = call.bind("GET " .. PREFIX .. "GetTestSequenceDefinitions", "records")
local get_definition = call.bind("GET " .. PREFIX .. "GetTestSequenceDefinition", "record")
local copy_definition = call.bind("GET " .. PREFIX .. "GetDefinitionCopy/{Id}", "record")
local get_instances_count = call.bind("GET " .. PREFIX .. "GetInstancesCount/{Id}")
local post_definition = call.bind("POST " .. PREFIX .. "PostDefinition", "record")
local put_definition = call.bind("PUT " .. PREFIX .. "PutDefinitionNew", "record")

---@class wats.InspectionDefinition  the server calls it TestSequenceDefinition
---@field TestSequenceDefinitionId? string  the server's
---@field Name string
---@field Version? integer
---@field Description? string
---@field Status? integer              see STATUSES
---@field IsGlobal? boolean            may be part of other definitions
---@field OnFailGotoCleanup? boolean
---@field OnFailRequireSubmit? boolean
---@field OnFailRequireRepair? integer see REPAIRS
---@field LogOperator? boolean
---@field LogDescription? boolean
---@field CreateUnsubmittedReportOnFailedStep? boolean
---@field RepairProcessId? string
---@field AddChildUnits? boolean
---@field IncludeUURMiscInfoInUUT? boolean
---@field LoadPreviousMiscInfo? boolean
---@field VirtualFolderId? string
---@field Relations? wats.InspectionRelation[]
---@field InstancesCount? integer
---@field XAML? table
---@field Created? string
---@field CreatedBy? string
---@field Modified? string
---@field ModifiedBy? string
---@field Released? string
---@field ReleasedBy? string
---@field Revoked? string
---@field RevokedBy? string

---@class wats.InspectionEntity  the same for a change; for the server a ProductionManagerEntity
---@field id string
---@field name? string
---@field description? string
---@field status? integer

---@class wats.Client
---@field manual_inspection wats.ManualInspection

---@class wats.ManualInspection: wats.InspectionRelations, wats.InspectionSequences
local ManualInspection = {}
ManualInspection.__index = ManualInspection
ManualInspection.__name = "wats.manual_inspection"

-- Where a definition stands, and the server's numbers for it.
ManualInspection.STATUSES = { draft = 0, pending = 1, released = 2, revoked = 3 }

-- What is to be done about a step that failed: OnFailRequireRepair.
ManualInspection.REPAIRS = { disabled = 0, optional = 1, required = 2 }

local STATUSES, REPAIRS = ManualInspection.STATUSES, ManualInspection.REPAIRS

-- The definitions: those for use in production, or those that are parts of others.
-- GET /api/internal/ManualInspection/GetTestSequenceDefinitions
---@param global? boolean  default: false
---@param opts? wats.RequestOptions
---@return wats.InspectionDefinition[]? definitions
---@return wats.Error? err
function ManualInspection:get_definitions(global, opts)
  return get_definitions(self, "manual_inspection:get_definitions",
    { isGlobalDefinitions = global or false }, opts)
end

-- GET /api/internal/ManualInspection/GetTestSequenceDefinition
---@param id string
---@param opts? wats.RequestOptions
---@return wats.InspectionDefinition? definition
---@return wats.Error? err  of kind "not_found" when there is none
function ManualInspection:get_definition(id, opts)
  return get_definition(self, "manual_inspection:get_definition", { definitionId = id }, opts)
end

-- Copies a definition: the copy is a draft of the next version. Not sent again when it fails, as a
-- second copy would be made.  GET /api/internal/ManualInspection/GetDefinitionCopy/{Id}
---@param id string
---@param opts? wats.RequestOptions
---@return wats.InspectionDefinition? copy
---@return wats.Error? err
function ManualInspection:copy_definition(id, opts)
  return copy_definition(self, "manual_inspection:copy_definition", { Id = id }, opts)
end

-- How often a definition was used.  GET /api/internal/ManualInspection/GetInstancesCount/{Id}
---@param id string
---@param opts? wats.RequestOptions
---@return integer? count
---@return wats.Error? err
function ManualInspection:get_instances_count(id, opts)
  local count, err = get_instances_count(self, "manual_inspection:get_instances_count",
    { Id = id }, opts)
  if err then return nil, err end
  local number = type(count) ~= "boolean" and math.tointeger(count)
  if number then return number end
  return nil, errors.new { kind = "decode", status = 200, method = "GET",
    url = core.client_methods.base_url(self) .. PREFIX .. "GetInstancesCount",
    message = "the answer is not the number expected" }
end

-- The caller's fields with the server's numbers in place of names.
local function numbered(where, fields)
  local record = with(fields, {})
  if fields.OnFailRequireRepair ~= nil then
    record.OnFailRequireRepair = choice.value(where, "OnFailRequireRepair", REPAIRS,
      fields.OnFailRequireRepair)
  end
  if fields.Status ~= nil then
    record.Status = choice.value(where, "Status", STATUSES, fields.Status)
  end
  return record
end

local function create(self, where, definition, opts)
  if type(definition) == "string" then definition = { Name = definition } end
  client_module.record(where, "definition", definition)
  client_module.text(where, "Name", definition.Name)
  if definition.TestSequenceDefinitionId ~= nil then
    errors.raise("%s: the definition has a TestSequenceDefinitionId: update_definition changes one "
      .. "that exists", where)
  end
  return post_definition(self, where, nil, with(opts, { json = numbered(where, definition) }))
end

-- Adds a definition, as a draft. Of a name that is there already it is the next version.
-- POST /api/internal/ManualInspection/PostDefinition
---@param definition string|wats.InspectionDefinition  its name, or a record without id
---@param opts? wats.RequestOptions  query: createDefaultXaml (with steps to begin with),
---                                  returnAsProductionManagerEntity (answer in the other form)
---@return wats.InspectionDefinition? definition  as the server has it now
---@return wats.Error? err
function ManualInspection:create_definition(definition, opts)
  return create(self, "manual_inspection:create_definition", definition, opts)
end

-- Sends a definition in the form that the server wants for a change; update_definition makes it.
-- PUT /api/internal/ManualInspection/PutDefinitionNew
---@param entity wats.InspectionEntity  with its id
---@param opts? wats.RequestOptions
---@return wats.InspectionDefinition|true|nil definition
---@return wats.Error? err
function ManualInspection:put_definition(entity, opts)
  local where = "manual_inspection:put_definition"
  client_module.record(where, "entity", entity)
  if type(entity.id) ~= "string" then
    errors.raise("%s: id: string expected, got %s", where, type(entity.id))
  end
  return put_definition(self, where, nil, with(opts, { json = entity }))
end

-- What the members of a definition are called in the form for changes. There is no place in it for
-- OnFailGotoCleanup.
local ENTITY = {
  TestSequenceDefinitionId = "id", VirtualFolderId = "parentId", Name = "name",
  Description = "description", Status = "status", Version = "version", Created = "created",
  CreatedBy = "createdBy", Released = "released", ReleasedBy = "releasedBy", Revoked = "revoked",
  RevokedBy = "revokedBy", Modified = "modified", ModifiedBy = "modifiedBy",
  RepairProcessId = "processId", IsGlobal = "isGlobal", AddChildUnits = "addChildUnits",
  IncludeUURMiscInfoInUUT = "includeUURMiscInfoInUUT",
  LoadPreviousMiscInfo = "loadPreviousMiscInfo", OnFailRequireSubmit = "onFailRequireSubmit",
  OnFailRequireRepair = "onFailRequireRepair", LogOperator = "logOperator",
  LogDescription = "logDescription",
  CreateUnsubmittedReportOnFailedStep = "createUnsubmittedReportOnFailedStep",
  InstancesCount = "instancesCount", Relations = "miRelations",
}

-- What a caller may change: the rest is the server's doing.
local CHANGEABLE = {
  Name = true, Description = true, Status = true, VirtualFolderId = true, IsGlobal = true,
  RepairProcessId = true, AddChildUnits = true, IncludeUURMiscInfoInUUT = true,
  LoadPreviousMiscInfo = true, OnFailRequireSubmit = true, OnFailRequireRepair = true,
  LogOperator = true, LogDescription = true, CreateUnsubmittedReportOnFailedStep = true,
}

local function check_changes(where, changes)
  client_module.record(where, "changes", changes)
  for name in pairs(changes) do
    if not CHANGEABLE[name] then
      errors.raise('%s: "%s" cannot be changed%s', where, tostring(name),
        options.suggest(name, CHANGEABLE))
    end
  end
  if next(changes) == nil then errors.raise("%s: nothing to change was given", where) end
  return numbered(where, changes)
end

-- The server takes the whole, so it is read first, as it is now.
local function update(self, where, id, changes, opts)
  local definition, err = get_definition(self, where, { definitionId = id },
    with(opts, { cache = "bypass" }))
  if type(definition) ~= "table" then return nil, err end
  local entity = { id = id }
  for name, ours in pairs(ENTITY) do
    local value = changes[name]
    if value == nil then value = definition[name] end
    if value ~= nil then entity[ours] = value end
  end
  return put_definition(self, where, nil, with(opts, { json = entity }))
end

-- Changes a definition: reads it, and sends it back with the changes. A released one stays as it is
-- but for its status.  PUT /api/internal/ManualInspection/PutDefinitionNew
---@param id string
---@param changes wats.InspectionDefinition  what is to be different: Name, Description, Status, ...
---@param opts? wats.RequestOptions
---@return wats.InspectionDefinition|true|nil definition  as the server has it now
---@return wats.Error? err
function ManualInspection:update_definition(id, changes, opts)
  local where = "manual_inspection:update_definition"
  return update(self, where, id, check_changes(where, changes), opts)
end

-- As create_definition.  POST /api/internal/ManualInspection/PostDefinition
---@param definition string|wats.InspectionDefinition
---@param opts? wats.RequestOptions
---@return wats.InspectionDefinition? definition
---@return wats.Error? err
function ManualInspection:create_inspection(definition, opts)
  return create(self, "manual_inspection:create_inspection", definition, opts)
end

-- As get_definition.  GET /api/internal/ManualInspection/GetTestSequenceDefinition
---@param id string
---@param opts? wats.RequestOptions
---@return wats.InspectionDefinition? definition
---@return wats.Error? err
function ManualInspection:get_inspection(id, opts)
  return get_definition(self, "manual_inspection:get_inspection", { definitionId = id }, opts)
end

-- As copy_definition.  GET /api/internal/ManualInspection/GetDefinitionCopy/{Id}
---@param id string
---@param opts? wats.RequestOptions
---@return wats.InspectionDefinition? copy
---@return wats.Error? err
function ManualInspection:copy_inspection(id, opts)
  return copy_definition(self, "manual_inspection:copy_inspection", { Id = id }, opts)
end

-- From draft to pending: operators may try it out, nobody edits it.
-- PUT /api/internal/ManualInspection/PutDefinitionNew
---@param id string
---@param opts? wats.RequestOptions
---@return wats.InspectionDefinition|true|nil definition
---@return wats.Error? err  of kind "invalid" when it is neither draft nor pending
function ManualInspection:move_to_pending(id, opts)
  return update(self, "manual_inspection:move_to_pending", id, { Status = STATUSES.pending }, opts)
end

-- From pending back to draft.  PUT /api/internal/ManualInspection/PutDefinitionNew
---@param id string
---@param opts? wats.RequestOptions
---@return wats.InspectionDefinition|true|nil definition
---@return wats.Error? err  of kind "invalid" when it was released
function ManualInspection:move_to_draft(id, opts)
  return update(self, "manual_inspection:move_to_draft", id, { Status = STATUSES.draft }, opts)
end

-- From pending to released: it is used from now on, and the version before it is revoked.
-- PUT /api/internal/ManualInspection/PutDefinitionNew
---@param id string
---@param opts? wats.RequestOptions
---@return wats.InspectionDefinition|true|nil definition
---@return wats.Error? err  of kind "invalid" when it is not pending
function ManualInspection:release_inspection(id, opts)
  return update(self, "manual_inspection:release_inspection", id, { Status = STATUSES.released },
    opts)
end

-- From released to revoked: it is used no more.
-- PUT /api/internal/ManualInspection/PutDefinitionNew
---@param id string
---@param opts? wats.RequestOptions
---@return wats.InspectionDefinition|true|nil definition
---@return wats.Error? err  of kind "invalid" when it is not released
function ManualInspection:revoke_inspection(id, opts)
  return update(self, "manual_inspection:revoke_inspection", id, { Status = STATUSES.revoked },
    opts)
end

ManualInspection.list_definitions = ManualInspection.get_definitions

relations.extend(ManualInspection)
sequences.extend(ManualInspection, STATUSES)

local module = {}

---@param client wats.Client
---@return wats.ManualInspection
function module.new(client)
  return setmetatable({ client }, ManualInspection)
end

return module
