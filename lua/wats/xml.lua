-- wats.xml: the little XML that the API speaks: bills of materials, tags, serial numbers.
--
-- Reading is lua-expat's work, and asked for when something is first read: who reads no XML needs
-- no such package. Strict: what is not well-formed is refused, and so are a document type (no
-- entities of one's own) and elements more than 100 deep. Writing escapes everything and refuses
-- what XML cannot hold. Pure; keeps nothing.

local xml = {}

---@class wats.xml.Node  an element; its list part: elements and texts, in order
---@field name string        without a namespace's prefix
---@field namespace? string
---@field attributes table<string, string>
---@field first integer      its first byte in the text
---@field last integer       and its last
---@field [integer] wats.xml.Node|string

local MAX_DEPTH = 100
local SEPARATOR = "\n" -- no namespace has one

local lxp

-- lua-expat, loaded now if it was not; without it this raises.
---@return table
function xml.expat()
  if not lxp then
    local found, module = pcall(require, "lxp")
    if not found then
      error("wats needs the package lua-expat (LuaRocks: luaexpat) to read XML:\n" .. module, 0)
    end
    lxp = module
  end
  return lxp
end

local function split_name(composed)
  local namespace, name = composed:match("^(.*)" .. SEPARATOR .. "([^" .. SEPARATOR .. "]*)$")
  return name or composed, namespace
end

-- Where the start tag ends that begins at this byte; the text is known to be well-formed.
local function tag_end(text, from)
  local at = from
  while true do
    local stop, _, mark = text:find("([\"'>])", at)
    if mark == ">" then return stop end
    at = text:find(mark, stop + 1, true) + 1
  end
end

local function attributes_of(given)
  local attributes = {}
  for name, value in pairs(given) do
    -- lua-expat tells their order in the list part
    if type(name) == "string" then attributes[(split_name(name))] = value end
  end
  return attributes
end

-- What expat calls; it builds `state.root`, or leaves `state.problem` and stops.
local function callbacks(text, state)
  local open = state.open
  local function refuse(parser, problem)
    state.problem = problem
    parser:stop()
  end
  return {
    StartElement = function(parser, composed, given)
      if #open >= MAX_DEPTH then return refuse(parser, "elements stand too deep") end
      local name, namespace = split_name(composed)
      local _, _, at = parser:pos()
      local node = { name = name, namespace = namespace, attributes = attributes_of(given),
        first = at }
      local parent = open[#open]
      if parent then parent[#parent + 1] = node else state.root = node end
      open[#open + 1] = node
    end,
    EndElement = function(parser)
      local node, _, _, at = table.remove(open), parser:pos()
      -- of an empty element expat tells a place behind it, which may be another's end
      local stop = tag_end(text, node.first)
      node.last = text:sub(stop - 1, stop) == "/>" and stop or text:find(">", at, true)
    end,
    CharacterData = function(_, characters)
      local node = open[#open]
      if node then node[#node + 1] = characters end
    end,
    StartDoctypeDecl = function(parser) refuse(parser, "a document type is not taken") end,
  }
end

-- Reads a text, which is UTF-8 whatever its declaration says: it came within JSON.
---@param text string
---@return wats.xml.Node? root
---@return string? problem  with line and column
function xml.read(text)
  local state = { open = {} }
  local parser = xml.expat().new(callbacks(text, state), SEPARATOR)
  parser:setencoding("UTF-8")
  local ok, problem, line, column = parser:parse(text)
  if ok then ok, problem, line, column = parser:parse() end
  if ok then return state.root end
  return nil, ("line %d, column %d: %s"):format(line or 0, column or 0, state.problem or problem)
end

-- The texts of an element, without those of the elements in it.
---@param node wats.xml.Node|wats.xml_stream.Node
---@return string
function xml.text(node)
  if #node == 1 and type(node[1]) == "string" then return node[1] end -- as nearly always
  local parts = {}
  for _, part in ipairs(node) do
    if type(part) == "string" then parts[#parts + 1] = part end
  end
  return table.concat(parts)
end

-- Tabs and line breaks too: as they stand an attribute's reader would make spaces of them.
local ESCAPES = { ["&"] = "&amp;", ["<"] = "&lt;", [">"] = "&gt;", ['"'] = "&quot;",
  ["'"] = "&apos;", ["\t"] = "&#9;", ["\n"] = "&#10;", ["\r"] = "&#13;" }

-- What XML 1.0 cannot hold at all, not even as a reference: control characters, and U+FFFE, U+FFFF.
---@param text string
---@return string? problem
function xml.unfit(text)
  if not utf8.len(text) then return "it is not UTF-8" end
  local byte = text:match("[%z\1-\8\11\12\14-\31]")
  if byte then return ("XML has no character of code %d"):format(byte:byte()) end
  if text:find("\xEF\xBF[\xBE\xBF]") then return "XML has no U+FFFE and no U+FFFF" end
end

-- Text for an attribute's value or between tags.
---@param text string  without what xml.unfit finds
---@return string
function xml.escape(text)
  return (text:gsub("[&<>\"'\t\n\r]", ESCAPES))
end

-- May an element be called this? ASCII letters, digits and "_.-" and what is not ASCII; no colon,
-- which would name a namespace.
---@param name any
---@return boolean
function xml.is_name(name)
  return type(name) == "string" and name:find("^[%a_\x80-\xFF][%w_.\x80-\xFF-]*$") ~= nil
    and utf8.len(name) ~= nil
end

-- An element: <name a="..." b="..."/>, or with its content between two tags.
---@param name string
---@param attributes { [1]: string, [2]: string? }[]  in order; those without a value are left out
---@param content? string  as it is to stand there
---@return string
function xml.element(name, attributes, content)
  local parts = { "<" .. name }
  for _, attribute in ipairs(attributes) do
    if attribute[2] ~= nil then
      parts[#parts + 1] = (' %s="%s"'):format(attribute[1], xml.escape(attribute[2]))
    end
  end
  if not content then return table.concat(parts) .. "/>" end
  return table.concat(parts) .. ">" .. content .. "</" .. name .. ">"
end

return xml
