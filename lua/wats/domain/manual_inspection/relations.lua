-- wats.domain.manual_inspection.relations: the part of client.manual_inspection that says for
-- which products, sites and processes a definition is meant.
--
-- A relation names a thing by schema, name and key ("product", "product", "partnumber") and says
-- which: EntityValue, where "%" stands for any text.

local call = require("wats.call")
local client_module = require("wats.client")
local errors = require("wats.errors")
local json = require("wats.json")
local options = require("wats.options")

local with = client_module.with

local PREFIX = "/api/internal/ManualInspection/"
local get_relations = call.bind("GET " .. PREFIX .. "GetRelations/{Id}", "records")
local get_conflicts = call.bind("GET " .. PREFIX .. "GetRelationConflictsNew/{Id}", "records")
local get_conflicts_old = call.bind("GET " .. PREFIX .. "GetRelationConflicts/{Id}")
local post_relation = call.bind("POST " .. PREFIX .. "PostRelation", "record")
local put_relation = call.bind("PUT " .. PREFIX .. "PutRelation", "record")
local delete_relation = call.bind("PUT " .. PREFIX .. "DeleteRelationNew")

---@class wats.InspectionRelation  the server calls it TestSequenceRelation
---@field TestSequenceRelationId? string    the server's
---@field TestSequenceDefinitionId? string
---@field EntitySchema string               "product"
---@field EntityName string                 "product"
---@field EntityKey? string                 "partnumber"
---@field EntityValue? string               "PCBA-%"
---@field Status? integer                   1 in use
---@field ProductName? string
---@field TestSequenceSiteRelations? { SiteCode: string }[]
---@field TestSequenceProcessRelations? { ProcessId: string }[]

---@class wats.InspectionConflict
---@field id string       of the other definition
---@field name string
---@field version integer

---@class wats.InspectionRelations
local Relations = {}

-- The relations of a definition.  GET /api/internal/ManualInspection/GetRelations/{Id}
---@param definition_id string
---@param opts? wats.RequestOptions
---@return wats.InspectionRelation[]? relations
---@return wats.Error? err
function Relations:get_relations(definition_id, opts)
  return get_relations(self, "manual_inspection:get_relations", { Id = definition_id }, opts)
end

-- Other definitions that are meant for the same things.
-- GET /api/internal/ManualInspection/GetRelationConflictsNew/{Id}
---@param definition_id string
---@param opts? wats.RequestOptions
---@return wats.InspectionConflict[]? conflicts
---@return wats.Error? err
function Relations:get_relation_conflicts(definition_id, opts)
  return get_conflicts(self, "manual_inspection:get_relation_conflicts", { Id = definition_id },
    opts)
end

-- The same in the form of older servers, whatever that is.
-- GET /api/internal/ManualInspection/GetRelationConflicts/{Id}
---@param definition_id string
---@param opts? wats.RequestOptions
---@return any? conflicts
---@return wats.Error? err
function Relations:get_relation_conflicts_old(definition_id, opts)
  return get_conflicts_old(self, "manual_inspection:get_relation_conflicts_old",
    { Id = definition_id }, opts)
end

-- Adds a relation to a definition.  POST /api/internal/ManualInspection/PostRelation
---@param definition_id string
---@param relation wats.InspectionRelation  without TestSequenceRelationId, which the server gives
---@param opts? wats.RequestOptions
---@return wats.InspectionRelation? relation  as the server has it now
---@return wats.Error? err
function Relations:create_relation(definition_id, relation, opts)
  local where = "manual_inspection:create_relation"
  client_module.segment(where, "definition_id", definition_id)
  client_module.record(where, "relation", relation)
  client_module.text(where, "EntitySchema", relation.EntitySchema)
  client_module.text(where, "EntityName", relation.EntityName)
  if relation.TestSequenceRelationId ~= nil then
    errors.raise("%s: the relation has a TestSequenceRelationId: update_relation changes one that "
      .. "exists", where)
  end
  local record = with(relation, { TestSequenceDefinitionId = definition_id })
  return post_relation(self, where, nil, with(opts, { json = record }))
end

-- Changes a relation, had from get_relations.  PUT /api/internal/ManualInspection/PutRelation
---@param relation wats.InspectionRelation  with its TestSequenceRelationId
---@param opts? wats.RequestOptions
---@return wats.InspectionRelation|true|nil relation
---@return wats.Error? err
function Relations:update_relation(relation, opts)
  local where = "manual_inspection:update_relation"
  client_module.record(where, "relation", relation)
  client_module.text(where, "TestSequenceRelationId", relation.TestSequenceRelationId)
  return put_relation(self, where, nil, with(opts, { json = relation }))
end

-- Takes relations away.  PUT /api/internal/ManualInspection/DeleteRelationNew
---@param which string|string[]|wats.InspectionRelation  an id, a list of them, or the relation
---@param opts? wats.RequestOptions
---@return any? done
---@return wats.Error? err
function Relations:delete_relation(which, opts)
  local where = "manual_inspection:delete_relation"
  if type(which) == "table" and which.TestSequenceRelationId ~= nil then
    which = which.TestSequenceRelationId
  end
  local given = type(which) == "table" and which or { which }
  if next(given) == nil or not options.is_list(given) then
    errors.raise("%s: an id or a list of ids expected, got %s", where,
      type(which) ~= "table" and type(which) or next(which) == nil and "an empty list"
        or "a table that is no list")
  end
  local ids = json.array {}
  for i, id in ipairs(given) do
    if type(id) ~= "string" or id == "" then
      errors.raise("%s: an id or a list of ids expected, got %s", where,
        id == "" and '""' or type(id))
    end
    ids[i] = id
  end
  return delete_relation(self, where, nil, with(opts, { json = ids }))
end

Relations.list_relations = Relations.get_relations

local module = {}

-- Adds the methods to the class of the service.
---@param class table
function module.extend(class)
  for name, method in pairs(Relations) do class[name] = method end
end

return module
