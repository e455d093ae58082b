-- What the specs of client.asset share: a sandbox, a client, and assets to play with.

local support = require("spec.support.client")

local M = {}

--- Begins anew; returns a client and the types "Probe" (counts to 10, at most 100 in its life) and
--- "Meter" (every 10 days to be calibrated, every 20 to be maintained).
---@param box table
---@param options? table  of the client
function M.begin(box, options)
  assert(box.sandbox:reset())
  local client = support.connect(box, options)
  local probe = assert(client.asset:create_asset_type { typeName = "Probe", runningCountLimit = 10,
    totalCountLimit = 100, warningThreshold = 80, alarmThreshold = 100 })
  local meter = assert(client.asset:create_asset_type { typeName = "Meter",
    calibrationInterval = 10, maintenanceInterval = 20, warningThreshold = 50 })
  return client, probe, meter
end

--- Adds assets of a type, each with that serial number; returns their records.
function M.add(client, type_record, ...)
  local list = {}
  for i, serial_number in ipairs { ... } do
    list[i] = assert(client.asset:create_asset { serialNumber = serial_number,
      typeId = type_record.typeId, assetName = "asset " .. serial_number })
  end
  return table.unpack(list)
end

--- What came to the sandbox since its entry `after`, as "METHOD path".
function M.journal(box, after)
  local list = {}
  for i, entry in ipairs(assert(box.sandbox:journal(after))) do
    list[i] = entry.method .. " " .. entry.path
  end
  return list
end

--- The number of the newest entry.
function M.mark(box)
  local all = assert(box.sandbox:journal())
  return #all > 0 and all[#all].number or 0
end

--- Characters that must survive on their way, whatever they mean to a URL or to OData.
M.ODD = { "A/B #1?x", "O'Brien", "ø Å", "100%", "a+b&c=d", "  x  ", "..", "%2F", "a;b", "''" }

return M
