-- wats.domain.asset.name: which asset a caller means; see wats.domain.asset. Pure. What names none
-- raises at the line of the caller of the method.

local errors = require("wats.errors")
local json = require("wats.json")
local odata = require("wats.odata")
local options = require("wats.options")

local name = {}

name.EXPECTED = "a serial number, { id = ... }, { serial_number = ... } or an asset's record"

local SELECTOR = { id = true, serial_number = true }

local function text_of(value)
  if math.type(value) == "integer" then return tostring(value) end
  if type(value) == "string" and value ~= "" then return value end
  return nil
end

-- Of a table: "id" or "serialNumber" and its text; or nil.
local function of_table(which)
  local id, serial_number = text_of(which.id), text_of(which.serial_number)
  if id and which.serial_number == nil then return "id", id end
  if serial_number and which.id == nil then return "serialNumber", serial_number end
  if which.id ~= nil or which.serial_number ~= nil then return nil end
  local own = text_of(which.assetId)
  if own then return "id", own end
  local serial = which.serialNumber ~= json.null and text_of(which.serialNumber)
  if serial then return "serialNumber", serial end
  return nil
end

local function describe(which)
  if which == "" then return '""' end
  if type(which) ~= "table" then return type(which) end
  if which.id ~= nil and which.serial_number ~= nil then
    return "a table with both id and serial_number"
  end
  local first
  for key in pairs(which) do
    if type(key) == "string" and not SELECTOR[key] and (not first or key < first) then
      first = key
    end
  end
  if not first then return "a table that names none" end
  return ('a table that names none, with "%s"%s'):format(first:sub(1, 40),
    options.suggest(first, { id = true, serial_number = true, assetId = true,
      serialNumber = true }))
end

-- The parameter that names the asset, "id" or "serialNumber", and its text; nil where it names
-- none.
---@param which any
---@return "id"|"serialNumber"|nil parameter
---@return string? text
function name.read(which)
  if type(which) == "table" then return of_table(which) end
  local text = text_of(which)
  if not text then return nil end
  return "serialNumber", text
end

-- As `read`, but raises.
---@param where string      the method, for the message
---@param argument string   the argument's name
---@param which any
---@return "id"|"serialNumber" parameter
---@return string text
function name.check(where, argument, which)
  local parameter, text = name.read(which)
  if not parameter then
    errors.raise("%s: %s: %s expected, got %s", where, argument, name.EXPECTED, describe(which))
  end
  return parameter, text
end

-- The parameters that name the asset in a call.
---@param where string
---@param which wats.AssetName
---@param others? table<string, any>  further parameters; gets the name's
---@return table<string, any>
function name.params(where, which, others)
  local parameter, text = name.check(where, "asset", which)
  others = others or {}
  others[parameter] = text
  return others
end

-- The condition by which a list holds what belongs to this asset.
---@param where string
---@param which wats.AssetName
---@return string
function name.condition(where, which)
  local parameter, text = name.check(where, "asset", which)
  return odata.equals(parameter == "id" and "assetId" or parameter, text)
end

return name
