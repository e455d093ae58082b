-- wats.wsbf: the server's format for bills of materials (WATS Standard BOM Format), which is XML:
--
--   <BOM xmlns="..." Partnumber="100100" Revision="1.0" Desc="..."><Component Number="100200"
--   Rev="1.0" Qty="2" Desc="..." Ref="A30;A31" FunctionBlock="A"/></BOM>
--
-- Components are tables with these names. Pure.

local check = require("wats.async.check")
local errors = require("wats.errors")
local json = require("wats.json")
local options = require("wats.options")
local xml = require("wats.xml")

local wsbf = {}

---@class wats.BomComponent
---@field Number string            part number
---@field Rev? string
---@field Qty? integer             how many of it
---@field Desc? string
---@field Ref? string|string[]     where on the board: "A30;A31", or a list of them
---@field FunctionBlock? string

---@class wats.Bom
---@field Partnumber string
---@field Revision string
---@field Desc? string
---@field components wats.BomComponent[]

local NAMESPACE = "http://wats.virinco.com/schemas/WATS/wsbf"
local ORDER = { "Number", "Rev", "Qty", "Desc", "Ref", "FunctionBlock" }

local KNOWN = {}
for _, name in ipairs(ORDER) do KNOWN[name] = true end

-- The text of one member, or nil and what is wrong with it.
local function member_text(name, value)
  if value == nil or value == json.null then return nil end
  if name == "Qty" then
    local quantity = type(value) == "number" and math.tointeger(value)
    if quantity and quantity >= 0 then return ("%d"):format(quantity) end
    return nil, "an integer of at least 0 expected, got " .. tostring(value)
  elseif name == "Ref" and type(value) == "table" then
    for i = 1, #value do
      local part = value[i]
      if type(part) ~= "string" or part == "" or part:find(";", 1, true) then
        return nil, ("element %d: text without ';' expected"):format(i)
      end
    end
    value = table.concat(value, ";")
  elseif math.type(value) == "integer" then
    value = tostring(value)
  end
  if type(value) ~= "string" then return nil, "a string expected, got " .. type(value) end
  local problem = xml.unfit(value)
  return not problem and value or nil, problem
end

-- Raises for what the format cannot tell: of a member it has no place for, something would be lost.
local function check_component(where, i, component)
  if type(component) ~= "table" then
    errors.raise("%s: component %d: a table expected, got %s", where, i, type(component))
  end
  for name in pairs(component) do
    -- the server's own records say by it whether there is a quantity
    if not KNOWN[name] and name ~= "QtySpecified" then
      errors.raise("%s: component %d: unknown member \"%s\"%s", where, i, tostring(name),
        options.suggest(name, KNOWN))
    end
  end
  local texts = {}
  for _, name in ipairs(ORDER) do
    local text, problem = member_text(name, component[name])
    if problem then errors.raise("%s: component %d: %s: %s", where, i, name, problem) end
    texts[name] = text
  end
  if not texts.Number or texts.Number == "" then
    errors.raise("%s: component %d: it has no Number", where, i)
  end
  return texts
end

-- The components as text by name. Raises for what is no list of at least one: a bill without any is
-- refused by the server.
---@param where string
---@param components wats.BomComponent[]
---@return table<string, string>[]
function wsbf.check(where, components)
  if type(components) ~= "table" or components[1] == nil then
    errors.raise("%s: a list with at least one component expected, got %s", where,
      type(components) == "table" and "an empty table" or type(components))
  end
  check.list(where, components, "components")
  local list = {}
  for i, component in ipairs(components) do list[i] = check_component(where, i, component) end
  return list
end

-- The document. A component or text that it cannot hold raises at the caller's line.
---@param where string  the public method, for messages
---@param bom wats.Bom
---@return string
function wsbf.build(where, bom)
  local lines = {}
  for i, texts in ipairs(wsbf.check(where, bom.components)) do
    local attributes = {}
    for k, name in ipairs(ORDER) do attributes[k] = { name, texts[name] } end
    lines[i] = xml.element("Component", attributes)
  end
  for _, name in ipairs { "Partnumber", "Revision", "Desc" } do
    local problem = bom[name] and xml.unfit(bom[name])
    if problem then errors.raise("%s: %s: %s", where, name, problem) end
  end
  return '<?xml version="1.0" encoding="utf-8"?>\n' .. xml.element("BOM", {
    { "xmlns", NAMESPACE }, { "Partnumber", bom.Partnumber }, { "Revision", bom.Revision },
    { "Desc", bom.Desc },
  }, "\n" .. table.concat(lines, "\n") .. "\n") .. "\n"
end

local function find_bom(node)
  if node.name == "BOM" then return node end
  for _, part in ipairs(node) do
    local found = type(part) == "table" and find_bom(part)
    if found then return found end
  end
end

local function component_of(node)
  local component = {}
  for name, value in pairs(node.attributes) do component[name] = value end
  if component.Qty then component.Qty = math.tointeger(component.Qty) or component.Qty end
  return component
end

-- The bill in a document, which may stand within another (in a revision's xmlData).
---@param text string
---@return wats.Bom? bom
---@return string? problem
function wsbf.read(text)
  local root, problem = xml.read(text)
  if not root then return nil, problem end
  local node = find_bom(root)
  if not node then return nil, "it has no element BOM" end
  local bom = { components = json.array {} }
  for name, value in pairs(node.attributes) do bom[name] = value end
  for _, part in ipairs(node) do
    if type(part) == "table" and part.name == "Component" then
      table.insert(bom.components, component_of(part))
    end
  end
  return bom
end

return wsbf
