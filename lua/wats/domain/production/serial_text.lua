-- Of wats.domain.production: serial numbers as text. The server hands them out, and takes them in,
-- as XML or CSV:
--
--   <SerialNumbers serialNumberType="MAC"><SN id="00-11-22-33-44-55" .../>...</SerialNumbers>
--
-- and some answers hold such a text, or a list, in JSON. Each number becomes a record whose `id` is
-- the number and whose other members are what else was told of it. Pure; raises nothing but where
-- lua-expat is not installed (see wats.xml).

local json = require("wats.json")
local xml = require("wats.xml")

local serial_text = {}

---@class wats.record.SerialNumber
---@field id string  the serial number; what else the server tells of it stands beside it

-- What a column, or a member of a JSON record, may be called that holds the number.
local NAMES = { id = true, sn = true, serialnumber = true, serial = true, number = true }

-- "serialNumber", "Serial Number" and "SERIAL_NUMBER" are one name.
local function plain(name)
  return (name:lower():gsub("[%s_%-]", ""))
end

local function is_number_name(name)
  return type(name) == "string" and NAMES[plain(name)] or false
end

local function from_element(list, node)
  if node.name == "SN" then
    local record = {}
    for name, value in pairs(node.attributes) do record[name] = value end
    record.id = record.id or xml.text(node):match("^%s*(.-)%s*$")
    list[#list + 1] = record
  end
  for _, child in ipairs(node) do
    if type(child) == "table" then from_element(list, child) end
  end
  return list
end

local function from_xml(text)
  local root, problem = xml.read(text)
  if not root then return nil, problem end
  if root.name ~= "SerialNumbers" then
    return nil, ("the root element is <%s>, not <SerialNumbers>"):format(root.name)
  end
  return from_element({}, root)
end

-- The cells of one line of CSV and where the next begins. Quoted cells may hold anything, quotes
-- doubled.
local function row_at(text, at, separator)
  local cells = {}
  while true do
    local cell, after
    if text:sub(at, at) == '"' then
      local from, parts = at + 1, {}
      repeat
        local stop = text:find('"', from, true) or #text + 1
        parts[#parts + 1] = text:sub(from, stop - 1)
        from = stop + 2
        after = math.min(stop + 1, #text + 1)
      until text:sub(after, after) ~= '"'
      cell = table.concat(parts, '"')
      after = text:match("^[^\r\n" .. separator .. "]*()", after)
    else
      cell, after = text:match("^([^\r\n" .. separator .. "]*)()", at)
      cell = cell:match("^%s*(.-)%s*$")
    end
    cells[#cells + 1] = cell
    local mark = text:sub(after, after)
    if mark == separator then
      at = after + 1
    else
      return cells, text:match("^\r?\n?()", after)
    end
  end
end

-- Which cell holds the number, where the first row is a head.
local function number_column(cells)
  for i, cell in ipairs(cells) do
    if is_number_name(cell) then return i end
  end
  return nil
end

local function record_of(cells, head, column)
  local record = {}
  for i, name in ipairs(head or {}) do
    if i ~= column and name ~= "" then record[name] = cells[i] end
  end
  record.id = cells[column]
  return record
end

local function from_csv(text)
  local separator = text:match("^[^\r\n]*"):match("[;,\t]") or ","
  local list, at, head, column = {}, 1, nil, 1
  while at <= #text do
    local cells, after = row_at(text, at, separator)
    local first_row = at == 1
    at = math.max(after, at + 1)
    local found = first_row and number_column(cells)
    if found then
      head, column = cells, found
    elseif (cells[column] or "") ~= "" then
      list[#list + 1] = record_of(cells, head, column)
    end
  end
  return list
end

-- The number of a record that does not call it `id`, or has another for an id: the member whose
-- name says most.
local function number_of(record)
  local texts = {}
  for name, member in pairs(record) do
    if type(name) == "string" and type(member) == "string" then texts[plain(name)] = member end
  end
  return texts.serialnumber or texts.sn or texts.serial or texts.number
end

local function from_list(values)
  local list = {}
  for i, value in ipairs(values) do
    local record = value
    if type(value) == "string" then record = { id = value } end
    if type(record) ~= "table" then return nil, ("element %d is no serial number"):format(i) end
    if type(record.id) ~= "string" then record.id = number_of(record) end
    if record.id == nil then return nil, ("element %d has no number"):format(i) end
    list[i] = record
  end
  return list
end

-- The numbers that an answer holds, in its order. CSV looks like any text, a page of a proxy or a
-- word of regret: it is read as such only where it was asked for.
---@param text string
---@param may_be_csv? boolean
---@return wats.record.SerialNumber[]? list
---@return string? problem
function serial_text.read(text, may_be_csv)
  text = text:gsub("^\xEF\xBB\xBF", ""):match("^%s*(.-)%s*$")
  local mark = text:sub(1, 1)
  if text == "" or text == "null" then return {} end
  if mark == "<" then return from_xml(text) end
  if mark == '"' or mark == "[" or mark == "{" then
    local value = json.decode(text)
    if type(value) == "string" then return serial_text.read(value, may_be_csv) end
    if json.is_array(value) then return from_list(value) end
    if value ~= nil or mark ~= '"' then return nil, "it is JSON, and no list" end
  end
  if may_be_csv then return from_csv(text) end
  return nil, "it is neither XML nor a list in JSON"
end

-- Numbers as the server takes them in.
---@param type_name string
---@param numbers string[]
---@return string? text
---@return string? problem
function serial_text.write(type_name, numbers)
  local lines = {
    '<?xml version="1.0" encoding="utf-8"?>',
    ('<SerialNumbers serialNumberType="%s">'):format(xml.escape(type_name)),
  }
  for i, number in ipairs(numbers) do
    local unfit = xml.unfit(number)
    if unfit then return nil, ("element %d: %s"):format(i, unfit) end
    lines[#lines + 1] = ('<SN id="%s"/>'):format(xml.escape(number))
  end
  lines[#lines + 1] = "</SerialNumbers>\n"
  return table.concat(lines, "\n")
end

-- Is there what reading XML needs? Raises, with what to install, where there is not: to be found
-- out before the server gives away numbers that nobody could read.
function serial_text.prepare()
  xml.read("<a/>")
end

return serial_text
