-- wats.domain.production: client.production, the units that are made: where each stands, what it
-- is built of, whether it may go on, and the serial numbers for those to come.
--
-- Records are plain tables with the server's own field names; what a record holds that is not known
-- here goes back to the server as it came. Where a unit stands is live: no answer about it comes
-- from the cache unless the caller asks for that. The parts are in wats.domain.production.*:
-- units, verification, changes (the feed), phases, assembly (child units), serial_numbers.

local PARTS = {
  require("wats.domain.production.units"),
  require("wats.domain.production.verification"),
  require("wats.domain.production.changes"),
  require("wats.domain.production.phases"),
  require("wats.domain.production.assembly"),
  (require("wats.domain.production.serial_numbers")), -- of the last all values would count
}

---@class wats.Client
---@field production wats.Production

---@class wats.Production
local Production = {}
Production.__index = Production
Production.__name = "wats.production"

for _, part in ipairs(PARTS) do
  for name, value in pairs(part) do Production[name] = value end
end

local module = {}

---@param client wats.Client
---@return wats.Production
function module.new(client)
  return setmetatable({ client }, Production)
end

return module
