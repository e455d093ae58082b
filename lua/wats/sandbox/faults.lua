-- wats.sandbox.faults: makes requests fail on purpose.
--
-- A fault is a record
--   method      of the requests it is for; absent = any
--   path        compared without case and without query; a "*" at its end stands for anything
--               more; absent = any
--   times       how many matching requests it strikes (default 1); 0 = all, until cleared
--   status, body  answered in place of processing (status alone: empty body; body alone: 200)
--   headers     added to the answer, be it made here or by processing; null takes one away
--   delay_ms    how long the answer is held back; other requests go on
--   drop        "before": the connection is closed, nothing is processed;
--               "mid": half of the answer's body is sent, then it is closed;
--               "after": processed, then closed without an answer
-- A request is struck by the first fault that matches it. Those under /sandbox/ are never struck.

local json = require("wats.sandbox.json")

local M = {}
M.__index = M
M.__name = "wats.sandbox.faults"

local KINDS = {
  method = "string",
  path = "string",
  times = "number",
  status = "number",
  headers = "table",
  body = "string",
  delay_ms = "number",
  drop = "string",
}
local DROPS = { before = true, mid = true, after = true }

function M.new()
  return setmetatable({ list = {} }, M)
end

local function check(fault)
  if type(fault) ~= "table" then
    return "a fault must be an object"
  end
  for name, value in pairs(fault) do
    if not KINDS[name] then
      return "unknown member " .. tostring(name)
    elseif type(value) ~= KINDS[name] then
      return name .. " must be a " .. (KINDS[name]:gsub("table", "object"))
    end
  end
  local status = fault.status
  if status and not (status >= 200 and status <= 599 and status % 1 == 0) then
    return "status must be a whole number from 200 to 599"
  elseif fault.drop and not DROPS[fault.drop] then
    return 'drop must be "before", "mid" or "after"'
  elseif (fault.delay_ms or 0) < 0 or (fault.times or 0) < 0 then
    return "delay_ms and times must not be negative"
  end
end

--- Adds a fault, or each of a list of them.
---@return boolean|nil done, string|nil problem
function M:add(value)
  local faults = type(value) == "table" and value[1] and value or { value }
  for _, fault in ipairs(faults) do
    local problem = check(fault)
    if problem then
      return nil, problem
    end
  end
  for _, fault in ipairs(faults) do
    local kept = {}
    for name in pairs(KINDS) do
      kept[name] = fault[name]
    end
    kept.times = math.tointeger(fault.times or 1) or 1
    kept.struck = 0
    table.insert(self.list, kept)
  end
  return true
end

local function matches(fault, method, path)
  if fault.method and fault.method:upper() ~= method then
    return false
  end
  local wanted = fault.path
  if not wanted then
    return true
  end
  wanted, path = wanted:lower(), path:lower()
  if wanted:sub(-1) == "*" then
    return path:sub(1, #wanted - 1) == wanted:sub(1, -2)
  end
  return path == wanted
end

--- The fault that strikes this request, or nil. Counts it.
function M:take(method, path)
  for i, fault in ipairs(self.list) do
    if matches(fault, method, path) then
      fault.struck = fault.struck + 1
      if fault.struck == fault.times then
        table.remove(self.list, i)
      end
      return fault
    end
  end
end

--- Those that still wait.
function M:pending()
  local list = json.array()
  for _, fault in ipairs(self.list) do
    list[#list + 1] = fault
  end
  return list
end

function M:clear()
  self.list = {}
end

--- Changes an answer as the fault says. What it says of drop and delay is for the transport.
---@param fault table
---@param reply table
function M.apply(fault, reply)
  for name, value in pairs(fault.headers or {}) do
    for present in pairs(reply.headers) do
      if present:lower() == name:lower() then
        reply.headers[present] = nil
      end
    end
    if value ~= json.null then
      reply.headers[name] = value
    end
  end
  if fault.delay_ms then
    reply.delay = fault.delay_ms / 1000
  end
  if fault.drop == "mid" then
    reply.action = "cut"
  elseif fault.drop then
    reply.action = "close"
  end
end

return M
