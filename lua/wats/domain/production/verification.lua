-- Of wats.domain.production: may this unit go on? Asked of the server each time, for an answer of a
-- moment ago would let a unit through that has failed since.

local call = require("wats.call")
local client_module = require("wats.client")
local core = require("wats.core")
local errors = require("wats.errors")

local named = client_module.segment

---@class wats.Production
local Production = {}

local KEY = "GET /api/Production/UnitVerification"
local get_verification = call.bind(KEY, "record")

local function verify(self, where, serial_number, part_number, opts)
  named(where, "serial_number", serial_number)
  if part_number ~= nil then named(where, "part_number", part_number) end
  return get_verification(self, where,
    { serialNumber = serial_number, partNumber = part_number }, opts)
end

-- How a unit stands by the rules of verification: its grade, and how it did in each process.
-- GET /api/Production/UnitVerification
---@param serial_number string
---@param part_number? string  may be left out where serial numbers are the product's own
---@param opts? wats.RequestOptions
---@return wats.record.PublicUnitVerificationGrade? verification
---@return wats.Error? err
function Production:verify_unit(serial_number, part_number, opts)
  return verify(self, "production:verify_unit", serial_number, part_number, opts)
end

-- The same record: the API has one answer for both questions.  GET /api/Production/UnitVerification
---@param serial_number string
---@param part_number? string
---@param opts? wats.RequestOptions
---@return wats.record.PublicUnitVerificationGrade? verification
---@return wats.Error? err
function Production:get_unit_grade(serial_number, part_number, opts)
  return verify(self, "production:get_unit_grade", serial_number, part_number, opts)
end

-- Did the unit pass the last run of every process that it must have passed? Where the server did
-- not answer, or does not say, this is nil and an error, which is not false: ask again, do not let
-- it through.  GET /api/Production/UnitVerification
---@param serial_number string
---@param part_number? string
---@param opts? wats.RequestOptions
---@return boolean? passing
---@return wats.Error? err
function Production:is_unit_passing(serial_number, part_number, opts)
  local where = "production:is_unit_passing"
  call.reads(where, opts)
  local answer, err = verify(self, where, serial_number, part_number, opts)
  if not answer then return nil, err end
  local passed = answer.allProcessesPassedLastRun
  if type(passed) == "boolean" then return passed end
  return nil, errors.new {
    kind = "decode", status = 200, method = "GET",
    url = core.client_methods.base_url(self) .. KEY:match("/.*"),
    message = "the verification does not say whether all processes passed their last run",
  }
end

return Production
