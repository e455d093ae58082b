-- wats.sandbox.production: units, their parts and verification, and serial numbers.

local M = {}

local PARTS = {
  (require("wats.sandbox.production.units")),
  (require("wats.sandbox.production.assembly")),
  (require("wats.sandbox.production.verification")),
  (require("wats.sandbox.production.serial_numbers")),
  (require("wats.sandbox.production.internal")),
}

--- Adds the routes.
function M.open(router, store)
  for _, part in ipairs(PARTS) do
    part.open(router, store)
  end
end

return M
