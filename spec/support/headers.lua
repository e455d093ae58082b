-- What the regression specs of report headers share: a sandbox, a client, and what was asked.

local sandboxes = require("spec.support.sandbox")
local support = require("spec.support.client")

local cjson = require("cjson")

local M = {}
local Site = {}
Site.__index = Site

--- A sandbox with a client of it; stop it when done.
function M.start()
  local box = support.sandbox()
  -- ten thousand rows take a busy machine a while
  local client = support.connect(box, { timeout = 120, attempt_timeout = 120 })
  return setmetatable({ box = box, sandbox = box.sandbox, client = client }, Site)
end

function Site:stop()
  self.box:stop()
end

--- Sends a test report with these changes; returns its record.
function Site:post(changes)
  local record = sandboxes.report(changes)
  assert(self.client.report:submit(cjson.encode(record)))
  return record
end

--- Sends a repair report with these changes.
function Site:post_repair(changes)
  local record = { type = "R", processCode = 500, root = cjson.null, uut = cjson.null,
    uur = { user = "op", processCode = 50 },
    subUnits = { { idx = 0, partType = "Main", pn = "P", sn = "S", rev = "A" } } }
  for name, value in pairs(changes or {}) do record[name] = value end
  return self:post(record)
end

--- The query of the last request as it reads: decoded.
function Site:asked()
  local journal = assert(self.sandbox:journal())
  return (journal[#journal].query:gsub("%%(%x%x)", function(hex)
    return string.char(tonumber(hex, 16))
  end))
end

return M
