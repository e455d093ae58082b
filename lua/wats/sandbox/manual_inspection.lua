-- wats.sandbox.manual_inspection: definitions of inspections and what becomes of them, in memory.
--
-- A definition goes draft <-> pending -> released -> revoked, and is edited as a draft only. One of
-- a name that is there already is its next version; the release of a version revokes the one that
-- was released before. Whatever breaks a rule is a 400 with the rule. A change is the whole of a
-- definition: what is left out is taken away.

local core = require("wats.core")

local checks = require("wats.sandbox.checks")
local errors = require("wats.sandbox.errors")
local instant = require("wats.instant")
local json = require("wats.sandbox.json")
local parts = require("wats.sandbox.manual_inspection_parts")

local M = {}

local v = json.value

local DRAFT, PENDING, RELEASED, REVOKED = 0, 1, 2, 3
local NAMES = { [DRAFT] = "draft", "pending", "released", "revoked" }
local MOVES = {
  [DRAFT] = { [PENDING] = true },
  [PENDING] = { [DRAFT] = true, [RELEASED] = true },
  [RELEASED] = { [REVOKED] = true },
  [REVOKED] = {},
}

-- What may be edited: type, the name in a definition, and the name in the form for changes.
local EDITABLE = {
  { "string", "Name", "name" }, { "string", "Description", "description" },
  { "uuid", "VirtualFolderId", "parentId" }, { "boolean", "IsGlobal", "isGlobal" },
  { "boolean", "OnFailRequireSubmit", "onFailRequireSubmit" },
  { "integer", "OnFailRequireRepair", "onFailRequireRepair" },
  { "boolean", "LogOperator", "logOperator" }, { "boolean", "LogDescription", "logDescription" },
  { "boolean", "CreateUnsubmittedReportOnFailedStep", "createUnsubmittedReportOnFailedStep" },
  { "uuid", "RepairProcessId", "processId" }, { "boolean", "AddChildUnits", "addChildUnits" },
  { "boolean", "IncludeUURMiscInfoInUUT", "includeUURMiscInfoInUUT" },
  { "boolean", "LoadPreviousMiscInfo", "loadPreviousMiscInfo" },
}

local DEFINITION_RULES = {
  { "Name", "string", required = true, not_empty = true, max = 100 },
  { "OnFailGotoCleanup", "boolean" }, { "Status", "integer" },
}
local ENTITY_RULES = { { "id", "uuid", required = true }, { "status", "integer" },
  { "name", "string", required = true, not_empty = true, max = 100 } }
for _, field in ipairs(EDITABLE) do
  if field[2] ~= "Name" then
    table.insert(DEFINITION_RULES, { field[2], field[1] })
    table.insert(ENTITY_RULES, { field[3], field[1] })
  end
end

-- A field that may be edited, from a record of either form (`i` 2 or 3). What is left out of it is
-- what a member has that nobody sets.
local function edited(field, source, i)
  local value = v(source[field[i]])
  if value == nil and field[1] == "boolean" then return false end
  if field[1] == "integer" then return math.tointeger(value) or 0 end
  return value
end

local view = json.record({
  "TestSequenceDefinitionId", "VirtualFolderId", "Name", "Version", "Description", "Created",
  "CreatedBy", "CreatedBySite", "Released", "ReleasedBy", "Modified", "ModifiedBy", "Revoked",
  "RevokedBy", "Status", "IsGlobal", "OnFailGotoCleanup", "OnFailRequireSubmit",
  "OnFailRequireRepair", "LogOperator", "LogDescription", "CreateUnsubmittedReportOnFailedStep",
  "RepairProcessId", "AddChildUnits", "IncludeUURMiscInfoInUUT", "LoadPreviousMiscInfo",
  "Relations", "InstancesCount", "XAML",
})

local function ok(value)
  return { status = 200, headers = {}, body = json.encode(value) }
end

local function now()
  return instant.utc(os.time())
end

local function next_version(state, name)
  local version = 0
  for _, definition in ipairs(state.list) do
    if definition.Name == name then version = math.max(version, definition.Version) end
  end
  return version + 1
end

local function add(state, fields)
  local definition = view({
    TestSequenceDefinitionId = core.uuid(), Name = fields.Name, Status = DRAFT,
    Version = next_version(state, fields.Name), Created = now(), CreatedBy = "sandbox",
    CreatedBySite = "00", OnFailGotoCleanup = v(fields.OnFailGotoCleanup) or false,
    InstancesCount = 0,
  })
  for _, field in ipairs(EDITABLE) do definition[field[2]] = edited(field, fields, 2) end
  table.insert(state.list, definition)
  state.by_id[definition.TestSequenceDefinitionId] = definition
  return definition
end

local function entity(definition)
  local result = {
    id = definition.TestSequenceDefinitionId, entityType = "ManualInspection",
    status = definition.Status, version = definition.Version, created = definition.Created,
    createdBy = definition.CreatedBy, instancesCount = definition.InstancesCount,
  }
  for _, field in ipairs(EDITABLE) do result[field[3]] = definition[field[2]] end
  return result
end

local function create(state, request)
  local source, faults = request.json, {}
  checks.members(faults, source, "", DEFINITION_RULES)
  if #faults > 0 then
    return errors.model_state(400, "The request is invalid.", faults)
  end
  local definition = add(state, source)
  if (request.query.createdefaultxaml or ""):lower() == "true" then
    state.xaml[definition.TestSequenceDefinitionId] = parts.DEFAULT_XAML
  end
  local other_form = (request.query.returnasproductionmanagerentity or ""):lower() == "true"
  return ok(other_form and entity(definition) or definition)
end

local function copy(state, definition)
  local new = add(state, definition)
  parts.copy(state, definition.TestSequenceDefinitionId, new.TestSequenceDefinitionId)
  return ok(new)
end

-- Why a change cannot be, or nil.
local function refusal(definition, source)
  local status = math.tointeger(v(source.status)) or definition.Status
  if not NAMES[status] then return ("There is no status %d."):format(status) end
  if status ~= definition.Status and not MOVES[definition.Status][status] then
    return ("A definition that is %s cannot become %s."):format(NAMES[definition.Status],
      NAMES[status])
  end
  for _, field in ipairs(EDITABLE) do
    if edited(field, source, 3) ~= v(definition[field[2]]) and definition.Status ~= DRAFT then
      return ("A definition that is %s cannot be edited (%s)."):format(NAMES[definition.Status],
        field[2])
    end
  end
end

local function move(state, definition, status)
  if status == RELEASED then
    for _, other in ipairs(state.list) do
      if other.Name == definition.Name and other.Status == RELEASED then
        other.Status, other.Revoked, other.RevokedBy = REVOKED, now(), "sandbox"
      end
    end
    definition.Released, definition.ReleasedBy = now(), "sandbox"
  elseif status == REVOKED then
    definition.Revoked, definition.RevokedBy = now(), "sandbox"
  end
  definition.Status = status
end

local function change(state, request)
  local source, faults = request.json, {}
  checks.members(faults, source, "", ENTITY_RULES)
  if #faults > 0 then
    return errors.model_state(400, "The request is invalid.", faults)
  end
  local definition = state.by_id[source.id:lower()]
  if not definition then return parts.no_definition(source.id) end
  local problem = refusal(definition, source)
  if problem then return errors.message(400, problem) end
  for _, field in ipairs(EDITABLE) do definition[field[2]] = edited(field, source, 3) end
  definition.Modified, definition.ModifiedBy = now(), "sandbox"
  local status = math.tointeger(v(source.status))
  if status and status ~= definition.Status then move(state, definition, status) end
  return ok(definition)
end

local function list(state, global)
  local some = json.array()
  for _, definition in ipairs(state.list) do
    if definition.IsGlobal == global then some[#some + 1] = definition end
  end
  return ok(some)
end

--- Adds the routes.
function M.open(router, store)
  -- list: definitions as they were made; by_id; relations and xaml by the definition's id
  local state = { list = {}, by_id = {}, relations = {}, xaml = {}, instances = {} }
  store.inspections = state
  local base = "/api/internal/ManualInspection/"
  -- Routes whose handler wants the definition that the request names.
  local function of_definition(path, name, handler)
    router:add("GET", base .. path, function(request)
      local id = request.params[name] or request.query[name]
      local definition = state.by_id[id:lower()]
      return definition and handler(definition) or parts.no_definition(id)
    end)
  end
  router:add("GET", base .. "GetTestSequenceDefinitions", function(request)
    return list(state, request.query.isglobaldefinitions:lower() == "true")
  end)
  of_definition("GetTestSequenceDefinition", "definitionid", ok)
  of_definition("GetDefinitionCopy/{Id}", "Id", function(definition)
    return copy(state, definition)
  end)
  of_definition("GetInstancesCount/{Id}", "Id", function(definition)
    return ok(definition.InstancesCount)
  end)
  router:add("POST", base .. "PostDefinition", function(request)
    return create(state, request)
  end)
  router:add("PUT", base .. "PutDefinitionNew", function(request)
    return change(state, request)
  end)
  parts.open(router, state, of_definition)
end

return M
