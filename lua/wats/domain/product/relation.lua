-- wats.domain.product.relation: what the files of the box build share: which rows of a hierarchy
-- are a revision's own parts, and what a relation is when it is sent. Pure.

local errors = require("wats.errors")
local json = require("wats.json")
local options = require("wats.options")

local relation = {}

local DETAILS = {
  quantity = { "integer", min = 1 },
  revision_mask = { "string|false" },
}

-- What a caller wants of a subunit, by the server's names; a mask that is to go is false.
---@param where string
---@param details? wats.SubunitDetails
---@return { Quantity: integer?, RevisionMask: string|false|nil }
function relation.check_details(where, details)
  local checked, problem = options.read(details, DETAILS)
  if not checked then errors.raise("%s: %s", where, problem) end
  local mask = checked.revision_mask
  if mask and mask:find("^[%s,]*$") then mask = false end
  return { Quantity = checked.quantity, RevisionMask = mask }
end

-- Servers differ in the case of a GUID.
function relation.same_id(one, other)
  return type(one) == "string" and type(other) == "string" and one:lower() == other:lower()
end

-- The id of a revision, as the server has it.
---@param service wats.Product
---@param part_number string
---@param revision string
---@param opts? wats.RequestOptions
---@return string? id
---@return wats.Error? err
function relation.revision_id(service, part_number, revision, opts)
  local found, err = service:get_revision(part_number, revision, opts)
  if not found then return nil, err end
  local id = found.productRevisionId
  if type(id) == "string" and id ~= "" then return id end
  return nil, errors.new {
    kind = "decode",
    message = ("the server tells no productRevisionId of %s/%s"):format(part_number, revision),
  }
end

-- The rows of a hierarchy that stand right below its top. Rows that tell no parent are judged by
-- their level.
---@param rows wats.ProductRelation[]
---@param top_id? string  the revision's id; default: that of the row at level 0
---@return wats.ProductRelation[]
function relation.direct(rows, top_id)
  for _, row in ipairs(rows) do
    if not top_id and row.hlevel == 0 then top_id = row.ProductRevisionId end
  end
  local direct = json.array {}
  for _, row in ipairs(rows) do
    local parent = row.ParentProductRevisionId
    local below
    if top_id and type(parent) == "string" then
      below = relation.same_id(parent, top_id)
    else
      below = row.hlevel == 1
    end
    if below and type(row.ProductRevisionRelationId) == "string" then direct[#direct + 1] = row end
  end
  return direct
end

-- The mask of a row, nil when there is none.
---@param row wats.ProductRelation
---@return string?
function relation.mask_of(row)
  local mask = row.RevisionMask
  return mask ~= json.null and mask ~= "" and mask or nil
end

-- The members that a relation has, and no more: a row of the hierarchy tells of the part too.
---@param row wats.ProductRelation
---@return wats.ProductRelation
function relation.of(row)
  return {
    ProductRevisionRelationId = row.ProductRevisionRelationId,
    ParentProductRevisionId = row.ParentProductRevisionId,
    ProductRevisionId = row.ProductRevisionId,
    Quantity = row.Quantity, RevisionMask = relation.mask_of(row) or json.null,
  }
end

return relation
