-- Of wats.domain.production: units that are built into other units.
--
-- What a product is built of, its box build, is told by client.product; here it is done, and
-- checked by the server: the child must have no parent yet, be of a part number and revision that
-- the box build wants (or that the caller names in its place), and be finalized. What the server
-- refuses comes back as nil and an error of kind "conflict" or "invalid" with its reason.

local call = require("wats.call")
local client_module = require("wats.client")
local options = require("wats.options")

local named = client_module.segment

local CULTURE = "en-US" -- of the server's reasons, in the calls that take one

---@class wats.Production
local Production = {}

local add_child = call.bind("POST /api/Production/AddChildUnit")
local remove_child = call.bind("POST /api/Production/RemoveChildUnit")
local check_children = call.bind("GET /api/Production/CheckChildUnits")
local add_validated = call.bind("POST /api/internal/Production/AddChildUnit")
local remove_localized = call.bind("POST /api/internal/Production/RemoveChildUnit")
local remove_all = call.bind("POST /api/internal/Production/RemoveAllChildUnits")
local validate_children = call.bind("GET /api/internal/Production/CheckChildUnits")

local function check_four(where, parent_serial, parent_part, child_serial, child_part)
  named(where, "parent_serial", parent_serial)
  named(where, "parent_part", parent_part)
  named(where, "child_serial", child_serial)
  named(where, "child_part", child_part)
end

local function public_four(where, parent_serial, parent_part, child_serial, child_part)
  check_four(where, parent_serial, parent_part, child_serial, child_part)
  return {
    parentSerialNumber = parent_serial, parentPartNumber = parent_part,
    childSerialNumber = child_serial, childPartNumber = child_part,
  }
end

local INSTEAD = {
  check_part_number = { "string", min = 1 },
  check_revision = { "string", min = 1 },
}

-- Builds a unit into another.  POST /api/Production/AddChildUnit
-- It is not sent twice: after an error of kind "connection" or "timeout" the child may be in place,
-- which get_unit or verify_assembly tells.
---@param parent_serial string
---@param parent_part string
---@param child_serial string
---@param child_part string
---@param instead? { check_part_number?: string, check_revision?: string }  what the child must be,
---  in place of what the parent's box build says
---@param opts? wats.RequestOptions
---@return any done  true, or what the server answers
---@return wats.Error? err
function Production:add_child_to_assembly(parent_serial, parent_part, child_serial, child_part,
                                          instead, opts)
  local where = "production:add_child_to_assembly"
  local params = public_four(where, parent_serial, parent_part, child_serial, child_part)
  instead = options.check(2, where, instead, INSTEAD)
  -- both must be there; left blank, the box build holds
  params.checkPartNumber = instead.check_part_number or ""
  params.checkRevision = instead.check_revision or ""
  return add_child(self, where, params, opts)
end

-- Takes a unit out of another.  POST /api/Production/RemoveChildUnit
---@param parent_serial string
---@param parent_part string
---@param child_serial string
---@param child_part string
---@param opts? wats.RequestOptions
---@return any done
---@return wats.Error? err
function Production:remove_child_from_assembly(parent_serial, parent_part, child_serial, child_part,
                                               opts)
  local where = "production:remove_child_from_assembly"
  local params = public_four(where, parent_serial, parent_part, child_serial, child_part)
  return remove_child(self, where, params, opts)
end

local function parent_of(where, parent_serial, parent_part, culture_code)
  named(where, "parent_serial", parent_serial)
  named(where, "parent_part", parent_part)
  if culture_code ~= nil then named(where, "culture_code", culture_code) end
  return { serialNumber = parent_serial, partNumber = parent_part, cultureCode = culture_code }
end

-- Takes all child units out, in one call.  POST /api/internal/Production/RemoveAllChildUnits
---@param parent_serial string
---@param parent_part string
---@param opts? wats.RequestOptions
---@return any done
---@return wats.Error? err
function Production:remove_all_children_from_assembly(parent_serial, parent_part, opts)
  local where = "production:remove_all_children_from_assembly"
  return remove_all(self, where, parent_of(where, parent_serial, parent_part), opts)
end

-- The same, with reasons in a language of choice.
---@param parent_serial string
---@param parent_part string
---@param culture_code? string  "nb-NO"
---@param opts? wats.RequestOptions
---@return any done
---@return wats.Error? err
function Production:remove_all_child_units(parent_serial, parent_part, culture_code, opts)
  local where = "production:remove_all_child_units"
  return remove_all(self, where, parent_of(where, parent_serial, parent_part, culture_code), opts)
end

-- Are the child units those that the box build wants: part numbers, revisions, quantities, phases?
-- What is compared stands in the server's answer.  GET /api/Production/CheckChildUnits
---@param parent_serial string
---@param parent_part string
---@param opts? wats.RequestOptions
---@return any verdict
---@return wats.Error? err
function Production:verify_assembly(parent_serial, parent_part, opts)
  local where = "production:verify_assembly"
  local params = parent_of(where, parent_serial, parent_part)
  return check_children(self, where,
    { parentSerialNumber = params.serialNumber, parentPartNumber = params.partNumber }, opts)
end

-- As verify_assembly, with reasons in a language of choice.
-- GET /api/internal/Production/CheckChildUnits (internal)
---@param parent_serial string
---@param parent_part string
---@param culture_code? string  default "en-US"
---@param opts? wats.RequestOptions
---@return any verdict
---@return wats.Error? err
function Production:validate_child_units(parent_serial, parent_part, culture_code, opts)
  local where = "production:validate_child_units"
  local params = parent_of(where, parent_serial, parent_part, culture_code or CULTURE)
  return validate_children(self, where, {
    ParentSerialNumber = params.serialNumber, ParentPartNumber = params.partNumber,
    CultureCode = params.cultureCode,
  }, opts)
end

local VALIDATED = {
  check_part_number = { "string", default = "" },
  check_revision = { "string", default = "" },
  check_phase = { "boolean" },
  culture_code = { "string", min = 1, default = CULTURE },
}

-- As add_child_to_assembly; whether the child's phase matters may be said.
-- POST /api/internal/Production/AddChildUnit (internal)
---@param parent_serial string
---@param parent_part string
---@param child_serial string
---@param child_part string
---@param more? { check_part_number?: string, check_revision?: string, check_phase?: boolean,
---  culture_code?: string }
---@param opts? wats.RequestOptions
---@return any done
---@return wats.Error? err
function Production:add_child_unit_validated(parent_serial, parent_part, child_serial, child_part,
                                             more, opts)
  local where = "production:add_child_unit_validated"
  check_four(where, parent_serial, parent_part, child_serial, child_part)
  more = options.check(2, where, more, VALIDATED)
  return add_validated(self, where, {
    serialNumber = parent_serial, partNumber = parent_part,
    childSerialNumber = child_serial, childPartNumber = child_part,
    checkPartNumber = more.check_part_number, checkRevision = more.check_revision,
    checkPhase = more.check_phase, cultureCode = more.culture_code,
  }, opts)
end

-- As remove_child_from_assembly, with reasons in a language of choice.
-- POST /api/internal/Production/RemoveChildUnit (internal)
---@param parent_serial string
---@param parent_part string
---@param child_serial string
---@param child_part string
---@param culture_code? string
---@param opts? wats.RequestOptions
---@return any done
---@return wats.Error? err
function Production:remove_child_unit_localized(parent_serial, parent_part, child_serial,
                                                child_part, culture_code, opts)
  local where = "production:remove_child_unit_localized"
  check_four(where, parent_serial, parent_part, child_serial, child_part)
  local params = parent_of(where, parent_serial, parent_part, culture_code)
  params.childSerialNumber, params.childPartNumber = child_serial, child_part
  return remove_localized(self, where, params, opts)
end

return Production
