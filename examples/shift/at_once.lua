-- shift.at_once: the reports of a shift read again, one after the other and many at once. The same
-- call does both: in plain code it blocks, in a task of wats.map it lets others go on.

local figures = require("shift.figures")
local wats = require("wats")

local at_once = {}

at_once.CONCURRENCY = 16
at_once.DELAY = 0.02 -- seconds that a server of our own takes for each: as if it were far away

local function read(client, id)
  return client.report:get_report(id, { cache = "bypass" })
end

local function one_by_one(client, ids)
  for _, id in ipairs(ids) do
    if not read(client, id) then return false end
  end
  return true
end

local function mapped(client, ids)
  local _, errors = wats.map(ids, function(id) return read(client, id) end,
    { concurrency = at_once.CONCURRENCY })
  return errors == nil
end

-- Reads them both ways. nil when there is nothing to read, or when one cannot be read.
---@param server table    that of shift.server
---@param client wats.Client
---@param ids string[]
---@return { count: integer, delay: number, loop: number, map: number }? seconds
function at_once.compare(server, client, ids)
  if #ids == 0 then return nil end
  local ours = server.fault ~= nil
  if ours and not server:fault { method = "GET", path = "/api/Report/*", times = 0,
    delay_ms = at_once.DELAY * 1000 } then
    return nil
  end
  local loop, read_all = figures.time(one_by_one, client, ids)
  local map, mapped_all = figures.time(mapped, client, ids)
  if ours then server:clear_faults() end
  if not (read_all and mapped_all) then return nil end
  return { count = #ids, delay = ours and at_once.DELAY or 0, loop = loop, map = map }
end

return at_once
