-- wats.sandbox.manual_inspection_parts: what hangs on the definitions of manual inspection:
-- relations, sequences, XAML, information that is typed in.
--
-- The answers of the real server are not described for most of these calls; here they are what its
-- schemas suggest.

local core = require("wats.core")

local checks = require("wats.sandbox.checks")
local errors = require("wats.sandbox.errors")
local instant = require("wats.instant")
local json = require("wats.sandbox.json")

local M = {}

local v = json.value

local DRAFT, PENDING, RELEASED, REVOKED = 0, 1, 2, 3

M.DEFAULT_XAML = '<Activity xmlns="http://schemas.microsoft.com/netfx/2009/xaml/activities">'
  .. "<Sequence/></Activity>"

local RELATION_RULES = {
  { "TestSequenceDefinitionId", "uuid" }, { "TestSequenceRelationId", "uuid" },
  { "EntitySchema", "string", required = true, not_empty = true },
  { "EntityName", "string", required = true, not_empty = true },
  { "EntityKey", "string" }, { "EntityValue", "string" }, { "Status", "integer" },
  { "TestSequenceSiteRelations", "array" }, { "TestSequenceProcessRelations", "array" },
}

local relation_view = json.record({
  "TestSequenceRelationId", "TestSequenceDefinitionId", "EntitySchema", "EntityName", "EntityKey",
  "EntityValue", "Status", "TestSequenceSiteRelations", "TestSequenceProcessRelations",
  "ProductName",
})

local function ok(value)
  return { status = 200, headers = {}, body = json.encode(value) }
end

function M.no_definition(id)
  return errors.message(404, ("There is no definition with id %s."):format(id))
end

-- The relations of a definition, in order.
local function relations_of(state, id)
  local some = json.array()
  for _, relation in ipairs(state.relations) do
    if relation.TestSequenceDefinitionId == id then some[#some + 1] = relation end
  end
  return some
end

local function take(relation, source)
  for _, rule in ipairs(RELATION_RULES) do
    local value = v(source[rule[1]])
    if value ~= nil and rule[2] ~= "uuid" then
      if rule[2] == "integer" then value = math.tointeger(value) end
      relation[rule[1]] = rule[2] == "array" and json.array(value) or value
    end
  end
  return relation
end

local function add_relation(state, definition_id, source)
  local relation = take(relation_view({
    TestSequenceRelationId = core.uuid(), TestSequenceDefinitionId = definition_id, Status = 1,
    EntityValue = "%", TestSequenceSiteRelations = json.array(),
    TestSequenceProcessRelations = json.array(),
  }), source)
  table.insert(state.relations, relation)
  return relation
end

--- Gives a new definition what hangs on another one.
function M.copy(state, from, to)
  for _, relation in ipairs(relations_of(state, from)) do add_relation(state, to, relation) end
  state.xaml[to] = state.xaml[from]
end

local function find_relation(state, id)
  for i, relation in ipairs(state.relations) do
    if relation.TestSequenceRelationId == id:lower() then return relation, i end
  end
end

local function no_relation(id)
  return errors.message(404, ("There is no relation with id %s."):format(id))
end

local function checked(request)
  local faults = {}
  checks.members(faults, request.json, "", RELATION_RULES)
  return #faults > 0 and errors.model_state(400, "The request is invalid.", faults) or nil
end

local function post_relation(state, request)
  local refused, id = checked(request), v(request.json.TestSequenceDefinitionId)
  if refused then return refused end
  local definition = state.by_id[tostring(id):lower()]
  if not definition then return M.no_definition(tostring(id)) end
  if definition.Status == REVOKED then
    return errors.message(400, "A definition that is revoked gets no relations.")
  end
  return ok(add_relation(state, definition.TestSequenceDefinitionId, request.json))
end

local function put_relation(state, request)
  local refused, id = checked(request), v(request.json.TestSequenceRelationId)
  if refused then return refused end
  local relation = find_relation(state, tostring(id))
  return relation and ok(take(relation, request.json)) or no_relation(tostring(id))
end

local function delete_relations(state, request)
  for _, id in ipairs(request.json) do
    if type(id) ~= "string" or not find_relation(state, id) then
      return no_relation(tostring(id))
    end
  end
  for _, id in ipairs(request.json) do
    local _, i = find_relation(state, id)
    if i then table.remove(state.relations, i) end -- one may be named twice
  end
  return ok(true)
end

-- Does a text fit a value in which "%" stands for anything? In any case.
local function fits(text, value)
  local pattern = value:lower():gsub("[^%w]", "%%%0"):gsub("%%%%", ".*")
  return text:lower():find("^" .. pattern .. "$") ~= nil
end

local function same_thing(a, b)
  for _, name in ipairs({ "EntitySchema", "EntityName", "EntityKey" }) do
    if (a[name] or ""):lower() ~= (b[name] or ""):lower() then return false end
  end
  local x, y = a.EntityValue or "%", b.EntityValue or "%"
  return fits(x, y) or fits(y, x)
end

-- Each other definition in use that is meant for the same: it, and the two relations.
local function conflicts(state, definition, visit)
  for _, ours in ipairs(relations_of(state, definition.TestSequenceDefinitionId)) do
    for _, theirs in ipairs(state.relations) do
      local other = state.by_id[theirs.TestSequenceDefinitionId]
      if other ~= definition and other.Name ~= definition.Name and same_thing(ours, theirs)
        and (other.Status == PENDING or other.Status == RELEASED) then
        visit(other, theirs)
      end
    end
  end
end

local function new_conflicts(state, definition)
  local found, seen = json.array(), {}
  conflicts(state, definition, function(other)
    if not seen[other] then
      seen[other] = true
      found[#found + 1] = { id = other.TestSequenceDefinitionId, name = other.Name,
        version = other.Version }
    end
  end)
  return ok(found)
end

local function old_conflicts(state, definition)
  local found = json.array()
  conflicts(state, definition, function(other, relation)
    found[#found + 1] = { TestSequenceDefinitionId = other.TestSequenceDefinitionId,
      TestSequenceRelationId = relation.TestSequenceRelationId, Name = other.Name,
      EntityName = relation.EntityName, EntityValue = relation.EntityValue, Status = other.Status }
  end)
  return ok(found)
end

local function is_for(state, definition, part_number)
  for _, relation in ipairs(relations_of(state, definition.TestSequenceDefinitionId)) do
    if (relation.EntityKey or "partnumber"):lower() == "partnumber" and relation.Status == 1
      and fits(part_number, relation.EntityValue) then
      return true
    end
  end
  return false
end

local function sequences(state, query)
  local status = math.tointeger(tonumber(query.status)) or RELEASED
  local found = json.array()
  for _, definition in ipairs(state.list) do
    if definition.Status == status and is_for(state, definition, query.partnumber) then
      found[#found + 1] = { TestSequenceDefinitionId = definition.TestSequenceDefinitionId,
        Name = definition.Name, Version = definition.Version, Status = status }
    end
  end
  return ok(found)
end

local function put_sequence(state, request)
  local first = request.json[1]
  if type(first) ~= "table" then
    return errors.message(400, "A sequence has at least one step.")
  end
  local definition = state.by_id[tostring(v(first.definitionId)):lower()]
  if not definition then return M.no_definition(tostring(v(first.definitionId))) end
  local id, time = core.uuid(), instant.utc(os.time())
  state.instances[id] = { TestSequenceInstanceId = id, Created = time, LastEventTime = time,
    TestSequenceDefinitionId = definition.TestSequenceDefinitionId }
  if (request.query.submit or ""):lower() == "true" then
    definition.InstancesCount = definition.InstancesCount + 1
  end
  return ok(state.instances[id])
end

local function put_xaml(state, request)
  local id = request.query.definitionid
  local definition = state.by_id[id:lower()]
  if not definition then return M.no_definition(id) end
  if definition.Status ~= DRAFT then
    return errors.message(400, "Only a draft can be edited.")
  end
  state.xaml[definition.TestSequenceDefinitionId] = request.json
  definition.ModifiedBy = request.query.username
  return ok(true)
end

-- Simple expressions only, which Lua's patterns can do: anything else takes any text.
local function is_valid(regex, value)
  if regex == "" then return true end
  if regex:gsub("%[[^%]]*%]", ""):find("[|(){}%%%-]") then return value ~= "" end
  local pattern = regex:gsub("\\(.)", "%%%1")
  local fine, found = pcall(string.find, value, pattern)
  return fine and found ~= nil
end

local function validate(request)
  local info = request.json
  info.isValid = is_valid(v(info.regex) or "", v(info.value) or "")
  return ok(info)
end

--- Adds the routes. `of_definition` adds those that are about one definition.
function M.open(router, state, of_definition)
  local base = "/api/internal/ManualInspection/"
  of_definition("GetRelations/{Id}", "Id", function(definition)
    return ok(relations_of(state, definition.TestSequenceDefinitionId))
  end)
  of_definition("GetRelationConflicts/{Id}", "Id", function(definition)
    return old_conflicts(state, definition)
  end)
  of_definition("GetRelationConflictsNew/{Id}", "Id", function(definition)
    return new_conflicts(state, definition)
  end)
  of_definition("GetTestSequenceDefinitionXaml", "definitionid", function(definition)
    local id = definition.TestSequenceDefinitionId
    return ok({ TestSequenceDefinitionId = id, Definition = state.xaml[id] })
  end)
  of_definition("GetWatswwfContent/{Id}", "Id", function(definition)
    return ok(state.xaml[definition.TestSequenceDefinitionId] or "")
  end)
  router:add("GET", base .. "GetSequences", function(request)
    return sequences(state, request.query)
  end)
  for _, name in ipairs({ "GetMiDetails", "GetMiDetailsNew" }) do
    router:add("GET", base .. name .. "/{id}", function(request)
      local instance = state.instances[request.params.id:lower()]
      return instance and ok(instance) or errors.message(404,
        ("There is no inspection of %s."):format(request.params.id))
    end)
  end
  local function put(name, handler, method)
    router:add(method or "PUT", base .. name, function(request)
      return handler(state, request)
    end)
  end
  put("PostRelation", post_relation, "POST")
  put("PutRelation", put_relation)
  put("DeleteRelationNew", delete_relations)
  put("PutSequence", put_sequence)
  put("PutTestSequenceDefinitionXaml", put_xaml)
  put("ValidateMiscInfo", function(_, request) return validate(request) end)
  put("PutStringTest", function(_, request) return ok(request.json) end)
end

return M
