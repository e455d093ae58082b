-- wats.sandbox.production.assembly: child units: building in, taking out, and the check against the
-- box build, by the rules that the API's description gives.
--
--   The child must not have a parent already (409). The box build of the parent's revision must
--   want it, or it must be of the part number and revision named in its place (400). It must be
--   finalized, or in the phase that the tag PhaseFinalized of its revision names (400). No circle
--   may come of it (400).

local box_build = require("wats.sandbox.box_build")
local errors = require("wats.sandbox.errors")
local json = require("wats.sandbox.json")
local revision_mask = require("wats.revision_mask")
local states = require("wats.sandbox.production.state")
local units = require("wats.sandbox.production.units")

local M = {}

local VERDICT = json.record({ "valid", "serialNumber", "partNumber", "revision", "items", "units" })
local ITEM = json.record({ "partNumber", "revision", "revisionMask", "quantity", "count", "valid" })
local CHILD = json.record({ "serialNumber", "partNumber", "revision", "unitPhase", "valid",
  "message" })

local ok = units.ok

--- What the box build of a unit wants: { partNumber, revision, mask, quantity } of each.
function M.wanted(state, unit)
  local list = {}
  local _, revision = state:product_of(unit)
  local relations = revision and box_build.children(state.store, revision.productRevisionId) or {}
  for _, relation in ipairs(relations) do
    local child, product = box_build.find_revision(state.store, relation.child)
    if child then
      list[#list + 1] = {
        partNumber = product.partNumber, revision = child.revision, mask = relation.mask,
        quantity = relation.quantity or 1,
      }
    end
  end
  return list
end

--- Is a unit what this definition wants?
function M.fits(item, unit)
  return item.partNumber == unit.partNumber
    and revision_mask.matches(item.mask, unit.revision or "", item.revision)
end

-- The phase in which a unit may be built in.
local function final_phase(state, unit)
  local _, revision = state:product_of(unit)
  for _, tag in ipairs(type(revision) == "table" and revision.tags or {}) do
    if tag.key == "PhaseFinalized" then
      return states.phase(tag.value)
    end
  end
  return states.phase(states.FINALIZED)
end

local function phase_problem(state, unit)
  local phase = final_phase(state, unit)
  if not phase or unit.unitPhaseId ~= phase.UnitPhaseId then
    return ("The child unit must be in phase '%s', it is in '%s'."):format(
      phase and phase.Name or "?", states.phase(unit.unitPhaseId).Name)
  end
end

local function build_problem(state, parent, child, instead)
  if instead.part_number ~= "" or instead.revision ~= "" then
    local part = instead.part_number ~= "" and instead.part_number or child.partNumber
    if part ~= child.partNumber
      or instead.revision ~= "" and instead.revision ~= child.revision then
      return ("The child unit is %s revision %s, not %s revision %s."):format(child.partNumber,
        child.revision or "none", part, instead.revision)
    end
    return nil
  end
  for _, item in ipairs(M.wanted(state, parent)) do
    if M.fits(item, child) then
      return nil
    end
  end
  return ("The box build of %s revision %s has no %s revision %s."):format(parent.partNumber,
    parent.revision or "none", child.partNumber, child.revision or "none")
end

local function makes_circle(parent, child)
  local unit = parent
  while unit do
    if unit == child then
      return true
    end
    unit = unit.parent
  end
  return false
end

--- Builds a unit into another, or answers why not.
---@param instead { part_number: string, revision: string } "" of both: the box build holds
---@param any_phase boolean|nil the child's phase does not matter
function M.attach(state, parent, child, instead, any_phase)
  if child.parent then
    return errors.message(409, ("The child unit has a parent already: '%s'."):format(
      child.parent.serialNumber))
  end
  local problem = makes_circle(parent, child) and "A unit cannot be a part of itself."
    or build_problem(state, parent, child, instead)
    or not any_phase and phase_problem(state, child)
  if problem then
    return errors.message(400, problem)
  end
  table.insert(parent.children, child)
  state:change(child, function()
    child.parent = parent
  end)
  return ok()
end

--- Takes a child out.
function M.detach(state, child)
  for i, other in ipairs(child.parent.children) do
    if other == child then
      table.remove(child.parent.children, i)
      break
    end
  end
  state:change(child, function()
    child.parent = nil
  end)
end

-- The two units that a call names, handed to `use`; or the answer that one is not there.
local function with_both(store, parent, child, use)
  return units.with_unit(store, parent[1], parent[2], function(parent_unit, state)
    return units.with_unit(store, child[1], child[2], function(child_unit)
      return use(state, parent_unit, child_unit)
    end)
  end)
end

--- AddChildUnit of both APIs, which name the parent differently.
function M.add(store, query, serial, part, any_phase)
  local child = { query.childserialnumber, query.childpartnumber }
  return with_both(store, { query[serial], query[part] }, child, function(state, parent, unit)
    local instead = {
      part_number = query.checkpartnumber or "", revision = query.checkrevision or "",
    }
    return M.attach(state, parent, unit, instead, any_phase)
  end)
end

--- RemoveChildUnit of both.
function M.remove(store, query, serial, part)
  local child = { query.childserialnumber, query.childpartnumber }
  return with_both(store, { query[serial], query[part] }, child, function(state, parent, unit)
    if unit.parent ~= parent then
      return errors.message(400, ("'%s' is no child unit of '%s'."):format(unit.serialNumber,
        parent.serialNumber))
    end
    M.detach(state, unit)
    return ok()
  end)
end

-- How many child units are what each definition wants; a unit counts for the first that it fits.
local function count(state, parent)
  local items, used = json.array(), {}
  for i, item in ipairs(M.wanted(state, parent)) do
    local found = 0
    for _, child in ipairs(parent.children) do
      if not used[child] and M.fits(item, child) then
        used[child], found = true, found + 1
      end
    end
    items[i] = ITEM({
      partNumber = item.partNumber, revision = item.revision, revisionMask = item.mask,
      quantity = item.quantity, count = found, valid = found == item.quantity,
    })
  end
  return items, used
end

--- Compares the child units of a unit with its box build.
function M.check(state, parent)
  local items, used = count(state, parent)
  local valid, children = true, json.array()
  for _, item in ipairs(items) do
    valid = valid and item.valid
  end
  for i, child in ipairs(parent.children) do
    local problem = not used[child] and "The box build has no such unit."
      or phase_problem(state, child)
    valid = valid and not problem
    children[i] = CHILD({
      serialNumber = child.serialNumber, partNumber = child.partNumber, revision = child.revision,
      unitPhase = states.phase(child.unitPhaseId).Name, valid = not problem, message = problem,
    })
  end
  return VERDICT({
    valid = valid, serialNumber = parent.serialNumber, partNumber = parent.partNumber,
    revision = parent.revision, items = items, units = children,
  })
end

--- CheckChildUnits of both.
function M.check_children(store, query)
  return units.with_unit(store, query.parentserialnumber, query.parentpartnumber,
    function(unit, state)
      return ok(M.check(state, unit))
    end)
end

--- Adds the routes.
function M.open(router, store)
  router:add("POST", "/api/Production/AddChildUnit", function(request)
    return M.add(store, request.query, "parentserialnumber", "parentpartnumber")
  end)
  router:add("POST", "/api/Production/RemoveChildUnit", function(request)
    return M.remove(store, request.query, "parentserialnumber", "parentpartnumber")
  end)
  router:add("GET", "/api/Production/CheckChildUnits", function(request)
    return M.check_children(store, request.query)
  end)
end

return M
