-- wats.domain.product.template: the box build of one revision, to be edited and then saved.
--
--   local template <close> = assert(client.product:get_box_build_template("BOX-1", "A"))
--   assert(template:add_subunit("PCBA-100", "B", { quantity = 2, revision_mask = "B,C%" }))
--   assert(template:save())
--
-- Changes are kept here until `save`. Of a save that fails half-way: what the server has confirmed
-- is no longer pending, the rest is, and a second save does just that. An addition that had no
-- answer may have been done: the next save looks before it adds again. Belongs to the client that
-- it came from; not to be used by two tasks at once.

local call = require("wats.call")
local client_module = require("wats.client")
local copy = require("wats.cache.copy")
local errors = require("wats.errors")
local json = require("wats.json")
local relation = require("wats.domain.product.relation")
local revision_mask = require("wats.revision_mask")

local segment, with = client_module.segment, client_module.with
local mask_of, same_id = relation.mask_of, relation.same_id

local module = {}

-- An entry is one part: `base` what the server has (nil: nothing yet), `row` what is wanted,
-- `removed` when it is to go, `uncertain` when an addition had no answer.

---@class wats.BoxBuildTemplate
---@field part_number string
---@field revision string
---@field revision_id string
local Template = {}
Template.__index = Template
Template.__name = "wats.box_build"

-- The rows that the server has now. Nothing known of the revision's structure is no structure.
local function fetch(self, opts)
  local rows, err = self.service:get_product_hierarchy(self.part_number, self.revision,
    with(opts, { cache = "refresh" }))
  if rows then return relation.direct(rows, self.revision_id) end
  if err.kind == "not_found" then return {} end
  return nil, err
end

local function entries_of(rows)
  local entries = {}
  for i, row in ipairs(rows) do entries[i] = { base = row, row = copy.deep(row) } end
  return entries
end

---@param service wats.Product
---@param part_number string
---@param revision string
---@param opts? wats.RequestOptions
---@return wats.BoxBuildTemplate? template
---@return wats.Error? err
function module.load(service, part_number, revision, opts)
  local id, err = relation.revision_id(service, part_number, revision,
    with(opts, { cache = "refresh" }))
  if not id then return nil, err end
  local self = setmetatable({
    service = service, part_number = tostring(part_number), revision = tostring(revision),
    revision_id = id,
  }, Template)
  return self:reload(opts)
end

-- What is to be done about an entry, or nil.
local function pending(entry)
  if entry.removed then return "remove" end
  if not entry.base then return "add" end
  local row, base = entry.row, entry.base
  if row.Quantity ~= base.Quantity or mask_of(row) ~= mask_of(base) then return "update" end
end

local function find(self, part_number, revision)
  for i, entry in ipairs(self.entries) do
    if entry.row.PartNumber == part_number and entry.row.Revision == revision then
      return entry, i
    end
  end
end

local function check_part(where, part_number, revision)
  segment(where, "part_number", part_number)
  segment(where, "revision", revision)
  return tostring(part_number), tostring(revision)
end

local function no_such_part(self, part_number, revision)
  return errors.new {
    kind = "not_found",
    message = ("the box build of %s/%s has no part %s/%s"):format(self.part_number, self.revision,
      part_number, revision),
  }
end

local function change(entry, changes)
  if changes.Quantity then entry.row.Quantity = changes.Quantity end
  if changes.RevisionMask ~= nil then entry.row.RevisionMask = changes.RevisionMask or nil end
end

-- Adds a part. Is it there already (or was it to be removed), it gets the quantity and the mask.
---@param part_number string
---@param revision string    which must be there; other revisions will do by the mask
---@param details? wats.SubunitDetails
---@param opts? wats.RequestOptions
---@return wats.BoxBuildTemplate? self
---@return wats.Error? err  "not_found": there is no such revision of that part
function Template:add_subunit(part_number, revision, details, opts)
  local where = "template:add_subunit"
  part_number, revision = check_part(where, part_number, revision)
  local changes = relation.check_details(where, details)
  call.reads(where, opts)
  changes.Quantity = changes.Quantity or 1
  local entry = find(self, part_number, revision)
  if entry then
    if entry.removed then changes.RevisionMask = changes.RevisionMask or false end
    entry.removed = false
    change(entry, changes)
    return self
  end
  local id, err = relation.revision_id(self.service, part_number, revision, opts)
  if not id then return nil, err end
  entry = { row = {
    ParentProductRevisionId = self.revision_id, ProductRevisionId = id,
    PartNumber = part_number, Revision = revision,
  } }
  change(entry, changes)
  table.insert(self.entries, entry)
  return self
end

-- Changes quantity or mask of a part.
---@param part_number string
---@param revision string
---@param details wats.SubunitDetails  what is left out stays
---@return wats.BoxBuildTemplate? self
---@return wats.Error? err  "not_found": the template has no such part
function Template:update_subunit(part_number, revision, details)
  local where = "template:update_subunit"
  part_number, revision = check_part(where, part_number, revision)
  local changes = relation.check_details(where, details)
  local entry = find(self, part_number, revision)
  if not entry or entry.removed then return nil, no_such_part(self, part_number, revision) end
  change(entry, changes)
  return self
end

---@param part_number string
---@param revision string
---@param quantity integer
---@return wats.BoxBuildTemplate? self
---@return wats.Error? err  "not_found": the template has no such part
function Template:set_quantity(part_number, revision, quantity)
  if math.type(quantity) ~= "integer" or quantity < 1 then
    errors.raise("template:set_quantity: quantity: an integer of at least 1 expected, got %s",
      type(quantity) == "number" and tostring(quantity) or type(quantity))
  end
  return self:update_subunit(part_number, revision, { quantity = quantity })
end

-- One that the server may have is marked; one that it cannot have is forgotten.
local function remove(self, entry, place)
  if entry.base or entry.uncertain then
    entry.removed = true
  else
    table.remove(self.entries, place)
  end
end

---@param part_number string
---@param revision string
---@return wats.BoxBuildTemplate? self
---@return wats.Error? err  "not_found": the template has no such part
function Template:remove_subunit(part_number, revision)
  part_number, revision = check_part("template:remove_subunit", part_number, revision)
  local entry, place = find(self, part_number, revision)
  if not entry or entry.removed then return nil, no_such_part(self, part_number, revision) end
  remove(self, entry, place)
  return self
end

-- Removes all parts.
---@return wats.BoxBuildTemplate self
function Template:clear_all()
  for place = #self.entries, 1, -1 do remove(self, self.entries[place], place) end
  return self
end

-- The parts as they are wanted: copies of rows with the server's names. New ones have no
-- ProductRevisionRelationId yet.
---@return wats.ProductRelation[]
function Template:subunits()
  local rows = json.array {}
  for _, entry in ipairs(self.entries) do
    if not entry.removed then rows[#rows + 1] = copy.deep(entry.row) end
  end
  return rows
end

-- What `save` would do, in the order in which it would.
---@return { action: "remove"|"update"|"add", subunit: wats.ProductRelation }[]
function Template:pending_changes()
  local changes = {}
  for _, action in ipairs { "remove", "update", "add" } do
    for _, entry in ipairs(self.entries) do
      if pending(entry) == action then
        changes[#changes + 1] = { action = action, subunit = copy.deep(entry.row) }
      end
    end
  end
  return changes
end

---@return boolean
function Template:has_pending_changes()
  for _, entry in ipairs(self.entries) do
    if pending(entry) then return true end
  end
  return false
end

-- Must the server be asked what became of it, before anything can be done about it?
local function is_unknown(entry)
  return pending(entry) and (entry.uncertain
    or entry.base and not entry.base.ProductRevisionRelationId)
end

-- Finds out what became of entries of which that is not known.
local function look_up(self, opts)
  local rows, err = fetch(self, opts)
  if not rows then return nil, err end
  for _, entry in ipairs(self.entries) do
    if is_unknown(entry) then
      entry.base, entry.uncertain = nil, nil
      for _, row in ipairs(rows) do
        if same_id(row.ProductRevisionId, entry.row.ProductRevisionId) then
          entry.base = row
          entry.row.ProductRevisionRelationId = row.ProductRevisionRelationId
        end
      end
    end
  end
  return true
end

local perform = {}

function perform.remove(self, entry, opts)
  if entry.base then
    local done, err = self.service:delete_revision_relation(
      entry.base.ProductRevisionRelationId, opts)
    -- gone is gone, whoever did it: a request that was sent again may have found its own work
    if not done and err.kind ~= "not_found" then return nil, err end
  end
  for place, other in ipairs(self.entries) do
    if other == entry then table.remove(self.entries, place) end
  end
  return true
end

function perform.update(self, entry, opts)
  local done, err = self.service:update_revision_relation(relation.of(entry.row), opts)
  if not done then return nil, err end
  entry.base = copy.deep(entry.row)
  return true
end

function perform.add(self, entry, opts)
  local done, err = self.service:create_revision_relation(relation.of(entry.row), opts)
  if not done then
    entry.uncertain = not err.status or err.status >= 500
    return nil, err
  end
  if type(done) == "table" then
    entry.row.ProductRevisionRelationId = done.ProductRevisionRelationId
  end
  entry.base = copy.deep(entry.row)
  return true
end

-- Does at the server what is pending: removals, then updates, then additions. Stops at the first
-- that fails; what was done until then is no longer pending, the rest stays so.
---@param opts? wats.RequestOptions  of each request
---@return wats.BoxBuildTemplate? self
---@return wats.Error? err
function Template:save(opts)
  call.reads("template:save", opts)
  for _, entry in ipairs(self.entries) do
    if is_unknown(entry) then
      local known, err = look_up(self, opts)
      if not known then return nil, err end
    end
  end
  for _, action in ipairs { "remove", "update", "add" } do
    for _, entry in ipairs(table.move(self.entries, 1, #self.entries, 1, {})) do
      if pending(entry) == action then
        local done, err = perform[action](self, entry, opts)
        if not done then return nil, err end
      end
    end
  end
  return self
end

-- Forgets what is pending.
---@return wats.BoxBuildTemplate self
function Template:discard()
  local rows = {}
  for _, entry in ipairs(self.entries) do rows[#rows + 1] = entry.base end
  self.entries = entries_of(rows)
  return self
end

-- Asks the server for the parts again and forgets what is pending; unless that fails, then all
-- stays as it is.
---@param opts? wats.RequestOptions
---@return wats.BoxBuildTemplate? self
---@return wats.Error? err
function Template:reload(opts)
  call.reads("template:reload", opts)
  local rows, err = fetch(self, opts)
  if not rows then return nil, err end
  self.entries = entries_of(rows)
  return self
end

-- The definitions of a part, as `subunits` has them.
---@param part_number string
---@return wats.ProductRelation[]
function Template:get_matching_subunits(part_number)
  segment("template:get_matching_subunits", "part_number", part_number)
  local rows = json.array {}
  for _, row in ipairs(self:subunits()) do
    if row.PartNumber == tostring(part_number) then rows[#rows + 1] = row end
  end
  return rows
end

-- May this revision of a part be built in? By any of the part's definitions, if there are several.
---@param part_number string
---@param revision string
---@return boolean
function Template:validate_subunit(part_number, revision)
  part_number, revision = check_part("template:validate_subunit", part_number, revision)
  for _, row in ipairs(self:get_matching_subunits(part_number)) do
    if revision_mask.matches(row.RevisionMask, revision, row.Revision) then return true end
  end
  return false
end

-- What it takes to build one.
---@return { part_number: string, default_revision: string, quantity: integer,
---  revision_mask: string? }[]
function Template:get_required_parts()
  local parts = json.array {}
  for i, row in ipairs(self:subunits()) do
    parts[i] = {
      part_number = row.PartNumber, default_revision = row.Revision,
      quantity = row.Quantity, revision_mask = mask_of(row),
    }
  end
  return parts
end

-- At the end of its block a template saves what is pending, unless an error ends it. A save that
-- fails raises its error. A coroutine that is closed where it stands (no function of it is left
-- then) has not come to the end of anything: nothing is saved.
function Template:__close(problem)
  if problem ~= nil or not debug.getinfo(2, "l") or not self:has_pending_changes() then return end
  local saved, err = self:save()
  if not saved then error(err, 0) end
end

function Template:__tostring()
  return ("wats.box_build (%s/%s, %d parts, %d changes pending)"):format(self.part_number,
    self.revision, #self:subunits(), #self:pending_changes())
end

return module
