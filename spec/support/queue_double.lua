-- A queue in memory.
local json = require("wats.json")
local errors = require("wats.errors")
local watch = require("wats.queue.watch")

local M = {}
local Double = {}
Double.__index = Double

function M.open() return setmetatable({ rows = {}, order = {} }, Double) end

function Double:submit(text)
  local record = json.decode(text)
  if type(record) ~= "table" then return nil, errors.new { kind = "decode", message = "no JSON" } end
  if not record.pn then return nil, errors.new { kind = "invalid", message = "pn is missing" } end
  if not self.rows[record.id] then self.order[#self.order + 1] = record.id end
  self.rows[record.id] = text
  return record.id
end

function Double:submit_batch(texts)
  local ids = {}
  for i, text in ipairs(texts) do ids[i] = self:submit(text) end
  return ids
end

function Double:list()
  local rows = {}
  for i, id in ipairs(self.order) do rows[i] = { id = id } end
  return rows
end

function Double:get(id) return { id = id, body = self.rows[id] } end

function Double:close() end
Double.watch = watch.method
return M
