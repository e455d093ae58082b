-- wats.report.extras: what a report carries beside its steps, as tables of texts: units within,
-- failures that were repaired, misc infos, assets, attachments, additional data.
--
-- As wats.report.outline: from the record alone, never raises, changes nothing.

local shown = require("wats.report.shown")

local extras = {}

---@class wats.report.Table
---@field title string
---@field columns string[]     names; columns in which nothing stands are left out
---@field rows string[][]
---@field right? table<integer, boolean>  columns of numbers

local function text(value)
  return shown.line(shown.value(value)) or ""
end

-- Without the columns that are empty in every row; nil without rows.
local function compact(title, names, rows, numbers)
  if #rows == 0 then return nil end
  local result = { title = title, columns = {}, rows = {}, right = {} }
  for i = 1, #rows do result.rows[i] = {} end
  for i, name in ipairs(names) do
    local used = i == 1
    for _, row in ipairs(rows) do used = used or row[i] ~= "" end
    if used then
      table.insert(result.columns, name)
      result.right[#result.columns] = numbers[name]
      for at, row in ipairs(rows) do table.insert(result.rows[at], row[i]) end
    end
  end
  return result
end

-- A list of objects by the names of its fields.
local function simple(title, list, fields, numbers)
  local names, rows = {}, {}
  for i, field in ipairs(fields) do names[i] = field[1] end
  for _, object in ipairs(shown.objects(list)) do
    local row = {}
    for i, field in ipairs(fields) do row[i] = text(object[field[2]]) end
    rows[#rows + 1] = row
  end
  return compact(title, names, rows, numbers or {})
end

local UNIT = {
  { "Type", "partType" }, { "Part number", "pn" }, { "Serial number", "sn" }, { "Revision", "rev" },
  { "Position", "position" }, { "Index", "idx" }, { "In", "parentIdx" },
  { "Replaces", "replacedIdx" },
}

local ASSET = {
  { "Serial number", "assetSN" }, { "Used", "usageCount" },
}

local ASSET_STATS = {
  { "Serial number", "assetSN" }, { "Since calibration", "runningCount" },
  { "Over", "runningCountExceeded" }, { "In all", "totalCount" },
  { "Over in all", "totalCountExceeded" }, { "Days since calibration", "daysSinceCalibration" },
  { "Days overdue", "calibrationDaysOverdue" },
  { "Days since maintenance", "daysSinceMaintenance" },
  { "Maintenance overdue", "maintenanceDaysOverdue" }, { "Message", "message" },
}

local ASSET_NUMBERS = { Used = true, ["Since calibration"] = true, Over = true, ["In all"] = true,
  ["Over in all"] = true, ["Days since calibration"] = true, ["Days overdue"] = true,
  ["Days since maintenance"] = true, ["Maintenance overdue"] = true }

local function misc(record)
  local rows = {}
  for _, info in ipairs(shown.objects(record.miscInfos)) do
    local value = shown.value(info.text)
    if value == nil then value = info.numeric end
    rows[#rows + 1] = { text(info.description), text(value) }
  end
  return compact("Misc infos", { "Description", "Value" }, rows, {})
end

local FAILURE = { "Unit", "Category", "Code", "Comment", "Reference", "Function block", "Step",
  "Article", "Vendor", "Attachments" }

-- Parts that belong together, with what is missing left out.
local function joined(...)
  local parts = {}
  for i = 1, select("#", ...) do
    local part = shown.filled(shown.value((select(i, ...))))
    if part then parts[#parts + 1] = part end
  end
  return table.concat(parts, ", ")
end

local function failure_row(unit, failure)
  local names = {}
  for _, file in ipairs(shown.objects(failure.attachments)) do
    names[#names + 1] = shown.filled(shown.value(file.name)) or "(no name)"
  end
  return { joined(unit.partType, unit.sn), text(failure.category), text(failure.code),
    text(failure.comment), text(failure.comRef), text(failure.funcBlock),
    joined(failure.refStepId, failure.refStepName),
    joined(failure.artNumber, failure.artRev, failure.artDescription), text(failure.artVendor),
    table.concat(names, ", ") }
end

local function repairs(record)
  local rows = {}
  for _, unit in ipairs(shown.objects(record.subUnits)) do
    for _, failure in ipairs(shown.objects(unit.failures)) do
      rows[#rows + 1] = failure_row(unit, failure)
    end
  end
  return compact("Failures", FAILURE, rows, {})
end

-- ---- additional data -------------------------------------------------------------------------

local MAX_DEPTH = 30

local function add_property(rows, property, depth, label, seen)
  if seen[property] or depth > MAX_DEPTH then return end
  seen[property] = true
  local kind = text(property.type)
  rows[#rows + 1] = { ("\u{A0}\u{A0}"):rep(depth) .. (label or text(property.name)),
    text(property.value), kind, text(property.comment) }
  for _, inner in ipairs(shown.objects(property.props)) do
    add_property(rows, inner, depth + 1, nil, seen)
  end
  local array = shown.object(property.array)
  for _, index in ipairs(array and shown.objects(array.indexes) or {}) do
    local value = shown.object(index.value)
    if value then
      local name = shown.filled(shown.value(index.text)) or shown.filled(shown.value(value.name))
      add_property(rows, value, depth + 1, name or "[]", seen)
    end
  end
end

-- The additional data of a report, or the additional results of a step: one table for each.
---@param list any
---@return wats.report.Table[]
function extras.additional(list)
  local tables = {}
  for _, data in ipairs(shown.objects(list)) do
    local rows = {}
    for _, property in ipairs(shown.objects(data.props)) do
      add_property(rows, property, 0, nil, {})
    end
    tables[#tables + 1] = compact(shown.filled(shown.value(data.name)) or "Additional data",
      { "Name", "Value", "Type", "Comment" }, rows, {})
  end
  return tables
end

-- The tables of a report that are not empty.
---@param record table
---@return wats.report.Table[]
function extras.tables(record)
  local tables = {}
  tables[1] = repairs(record)
  tables[#tables + 1] = simple("Units", record.subUnits, UNIT)
  tables[#tables + 1] = misc(record)
  tables[#tables + 1] = simple("Assets", record.assets, ASSET, ASSET_NUMBERS)
  tables[#tables + 1] = simple("Asset figures", record.assetStats, ASSET_STATS, ASSET_NUMBERS)
  for _, data in ipairs(extras.additional(record.additionalData)) do
    data.title = "Additional data: " .. data.title
    tables[#tables + 1] = data
  end
  return tables
end

-- ---- attachments -----------------------------------------------------------------------------

---@class wats.report.Attachment
---@field name string
---@field content_type string
---@field size? integer    bytes; nil for what is no base64
---@field data? string     base64, without blanks; nil where there is none
---@field owner string     where it hangs
---@field entry? wats.report.Entry

---@param record table
---@param owner string
---@param entry? wats.report.Entry
---@return wats.report.Attachment
function extras.attachment(record, owner, entry)
  local data = shown.value(record.data)
  local size = shown.base64_size(data)
  return {
    name = shown.filled(shown.value(record.name)) or "(no name)",
    content_type = text(record.contentType), size = size,
    data = size and size > 0 and data or nil, owner = owner, entry = entry,
  }
end

-- All attachments: of the steps, of the failures of a repair, of the report.
---@param self wats.report.Outline
---@return wats.report.Attachment[]
function extras.attachments(self)
  local list, record = {}, self.record
  for _, entry in ipairs(self.entries) do
    local file = shown.object(entry.record.attachment)
    if file then list[#list + 1] = extras.attachment(file, entry.name, entry) end
  end
  for _, unit in ipairs(shown.objects(record.subUnits)) do
    for _, failure in ipairs(shown.objects(unit.failures)) do
      for _, file in ipairs(shown.objects(failure.attachments)) do
        list[#list + 1] = extras.attachment(file, joined(failure.category, failure.code))
      end
    end
  end
  for _, file in ipairs(shown.objects(record.binaryData)) do
    list[#list + 1] = extras.attachment(file, "report")
  end
  return list
end

-- The size of an attachment in words.
---@param file wats.report.Attachment
---@return string
function extras.size(file)
  if file.size then return shown.size(file.size) end
  return "no data that can be read"
end

return extras
