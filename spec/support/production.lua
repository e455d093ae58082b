-- What the specs of production share: units and box builds in a sandbox.

local sandboxes = require("spec.support.sandbox")

local M = {}

--- Text that goes into paths and queries and must arrive as it is.
M.ODD = { "A/B #1?x", "O'Brien", "ø å", "100%", "a+b&c=d", "..", " x " }

--- Adds a unit of PCBA-100 revision A, or what `fields` say.
function M.unit(client, serial_number, fields)
  local unit = { serialNumber = serial_number, partNumber = "PCBA-100", revision = "A" }
  for name, value in pairs(fields or {}) do unit[name] = value end
  return assert(client.production:create_units { unit })[1]
end

--- Sends a test report; `changes` as of spec.support.sandbox.report.
function M.report(client, changes)
  local report = sandboxes.report(changes)
  report.root.status = report.result
  assert(client:post("/api/Report/WSJF", { json = report }))
  return report
end

--- How often the sandbox was asked this way.
function M.asked(sandbox, method, path)
  local count = 0
  for _, entry in ipairs(assert(sandbox:journal())) do
    if entry.method == method and entry.path:match("^[^?]*") == path then count = count + 1 end
  end
  return count
end

return M
