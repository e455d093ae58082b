-- wats.sandbox.store: what the sandbox knows, in memory: processes, levels, product groups,
-- products with their revisions, and reports with their headers.
--
-- Records are kept with the server's own field names. A report is kept as the text that was sent.

local json = require("wats.sandbox.json")

local M = {}
M.__index = M
M.__name = "wats.sandbox.store"

M.process = json.record({
  "processID", "code", "name", "description", "processIndex", "state",
  "isTestOperation", "isRepairOperation", "isWipOperation", "properties",
})
M.level = json.record({ "levelId", "levelName" })
M.product_group = json.record({ "productGroupId", "productGroupName" })
M.product = json.record({
  "productId", "nonSerial", "partNumber", "name", "description", "state", "xmlData",
  "productCategoryId", "productCategoryName", "revisions", "tags",
})
M.revision = json.record({
  "productRevisionId", "productId", "revision", "name", "description", "state", "xmlData",
  "PartNumber", "tags",
})
M.tag = json.record({ "key", "value", "change" })

function M.new()
  return setmetatable({
    processes = json.array(),
    levels = json.array(),
    product_groups = json.array(),
    products = {}, -- in order of creation
    by_part_number = {},
    reports = {}, -- by id
    by_start = {}, -- headers, ascending by start, then by timeStamp
    by_stamp = {}, -- headers by timeStamp; with gaps, where a report was sent again
    runs = {}, -- how often a unit was tested by a process
    received = 0,
    listeners = {}, -- fn(report, header), called for each report that was stored
  }, M)
end

--- The process with this code, or nil.
---@param code integer
function M:find_process(code)
  for _, process in ipairs(self.processes) do
    if process.code == code then
      return process
    end
  end
end

--- Adds a product, or replaces the one with its part number.
function M:put_product(product)
  local old = self.by_part_number[product.partNumber]
  if old then
    for i, p in ipairs(self.products) do
      if p == old then
        self.products[i] = product
      end
    end
  else
    table.insert(self.products, product)
  end
  self.by_part_number[product.partNumber] = product
end

-- Where in by_start a header of this start and number belongs.
local function position(list, header)
  local low, high = 1, #list + 1
  while low < high do
    local middle = (low + high) // 2
    local other = list[middle]
    if other.start_ticks < header.start_ticks
      or other.start_ticks == header.start_ticks and other.timeStamp < header.timeStamp then
      low = middle + 1
    else
      high = middle
    end
  end
  return low
end

local function number_run(self, header)
  local key = header.serialNumber .. "\0" .. header.partNumber .. "\0" .. header.processCode
  local runs = self.runs[key] or { count = 0 }
  self.runs[key] = runs
  runs.count = runs.count + 1
  header.run = runs.count
  if header.result == "Passed" then
    runs.passed = runs.passed or runs.count
  end
  header.passedInRun = runs.passed
end

--- Takes a report in. The same id again replaces it and counts in receiveCount.
---@param id string in lower case
---@param text string|fun(): string  a function makes it when it is asked for
---@param header table
---@return integer number of the report
function M:put_report(id, text, header)
  local old = self.reports[id]
  self.received = self.received + 1
  header.timeStamp = self.received
  header.receiveCount = 1
  if old then
    header.receiveCount = old.header.receiveCount + 1
    header.run, header.passedInRun = old.header.run, old.header.passedInRun
    table.remove(self.by_start, position(self.by_start, old.header))
    self.by_stamp[old.header.timeStamp] = nil
  else
    number_run(self, header)
  end
  table.insert(self.by_start, position(self.by_start, header), header)
  self.by_stamp[header.timeStamp] = header
  local number = old and old.number or self.received
  self.reports[id] = { text = text, header = header, number = number }
  return number
end

--- Walks the headers, newest start first.
function M:headers()
  local i = #self.by_start + 1
  return function()
    i = i - 1
    return self.by_start[i]
  end
end

--- Walks the headers in the order in which the reports came in, or backwards.
function M:headers_by_stamp(descending)
  local i, step = descending and self.received + 1 or 0, descending and -1 or 1
  return function()
    local header
    repeat
      i = i + step
      header = self.by_stamp[i]
    until header or i < 1 or i > self.received
    return header
  end
end

--- The text of a report; nil where there is none of this id.
---@param id string
---@return string|nil
function M:report_text(id)
  local report = self.reports[id:lower()]
  if report and type(report.text) == "function" then
    report.text = report.text()
  end
  return report and report.text
end

--- Walks the products in order of creation.
function M:all_products()
  local i = 0
  return function()
    i = i + 1
    return self.products[i]
  end
end

return M
