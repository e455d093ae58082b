-- wats.xml_stream: XML documents that are files: one element of the root after the other.
--
-- wats.xml reads what came within JSON, always UTF-8, and remembers where each element stands. This
-- module reads documents as programs write them to disk, in the encoding that they declare (UTF-8,
-- UTF-16, ISO-8859-1, US-ASCII: what expat knows; and windows-1252, which testers under Windows
-- declare) or, with UTF-8's byte order mark in front, in UTF-8, and holds one child of the root at
-- a time, so that of a document of many reports only one is there as elements.
--
-- Strict, and on guard: what is not well-formed is refused, a document type is refused before
-- anything in it counts (so there are no entities but XML's own five, and nothing is fetched), and
-- depth and number of elements are limited. Keeps nothing; raises only if lua-expat is missing.

local xml = require("wats.xml")

local xml_stream = {}

---@class wats.xml_stream.Node  an element; its list part: elements and texts, in order
---@field name string        without a namespace's prefix
---@field namespace? string
---@field line integer       where its start tag begins
---@field attributes table<string, string>  those without a namespace

---@class wats.xml_stream.Reader
---@field open fun(root: wats.xml_stream.Node): string?   the root begins; what is wrong with it
---@field close fun(child: wats.xml_stream.Node): string? a child of the root is complete; the same

-- A million empty elements are 4 MB of text and 200 MB of tables.
local MAX_DEPTH, MAX_ELEMENTS = 100, 1000000
local SEPARATOR = "\n" -- no namespace has one

-- The table that expat made is taken over: it is a fresh one for each element. In its list part
-- stands their order. Attributes with a namespace are XML's own business (xml:space, xsi:...).
local function own_attributes(given)
  for i = #given, 1, -1 do given[i] = nil end
  for name in pairs(given) do
    if name:find(SEPARATOR, 1, true) then given[name] = nil end
  end
  return given
end

local function new_node(parser, composed, given)
  local namespace, name = composed:match("^(.*)\n([^\n]*)$")
  return { name = name or composed, namespace = namespace, line = parser:pos(),
    attributes = own_attributes(given) }
end

-- What expat calls. The first problem stops it; what it still calls then is not listened to.
local function callbacks(state, reader)
  local open, count = state.open, 0
  local function refuse(parser, problem)
    state.problem = problem
    state.line, state.column = parser:pos()
    parser:stop()
  end
  return {
    StartElement = function(parser, composed, given)
      if state.problem then return end
      count = count + 1
      if #open >= MAX_DEPTH then return refuse(parser, "elements stand too deep") end
      if count > MAX_ELEMENTS then return refuse(parser, "there are too many elements") end
      local node = new_node(parser, composed, given)
      open[#open + 1] = node
      local problem = #open == 1 and reader.open(node)
      if problem then refuse(parser, problem) end
    end,
    EndElement = function(parser)
      if state.problem then return end
      local node = table.remove(open)
      local parent = open[#open]
      if #open > 1 then
        parent[#parent + 1] = node
      elseif #open == 1 then
        local problem = reader.close(node)
        if problem then refuse(parser, problem) end
      end
    end,
    CharacterData = function(_, characters)
      -- text of the root itself is space between its children
      local node = #open > 1 and not state.problem and open[#open]
      if node then node[#node + 1] = characters end
    end,
    StartDoctypeDecl = function(parser)
      if not state.problem then refuse(parser, "a document type is not taken") end
    end,
  }
end

-- Where a UTF-16 text has half of a surrogate pair. Expat takes the unit behind it for the other
-- half, whatever it is, and makes a character of the two that nobody wrote.
local function half_pair(text)
  local little = text:find("^\xFF\xFE") or text:find("^<\0")
  if not little and not text:find("^\xFE\xFF") and not text:find("^\0<") then return nil end
  local at = 1
  while true do
    at = text:find("[\xD8-\xDF]", at)
    if not at then return nil end
    if at % 2 == (little and 0 or 1) then
      if text:byte(at) >= 0xDC or not text:find("^[\xDC-\xDF]", at + 2) then return at end
      at = at + 2
    end
    at = at + 1
  end
end

-- 0x80 to 0x9F of windows-1252; five of them are no characters.
local WINDOWS_1252 = {}
for byte = 0xA0, 0xFF do WINDOWS_1252[string.char(byte)] = utf8.char(byte) end
for i, code in ipairs { 0x20AC, 0, 0x201A, 0x0192, 0x201E, 0x2026, 0x2020, 0x2021, 0x02C6, 0x2030,
  0x0160, 0x2039, 0x0152, 0, 0x017D, 0, 0, 0x2018, 0x2019, 0x201C, 0x201D, 0x2022, 0x2013, 0x2014,
  0x02DC, 0x2122, 0x0161, 0x203A, 0x0153, 0, 0x017E, 0x0178 } do
  WINDOWS_1252[string.char(0x7F + i)] = code > 0 and utf8.char(code) or nil
end

-- The text as UTF-8 where that is known: it begins with UTF-8's byte order mark, which no other
-- encoding begins with, so a declaration that says otherwise was left behind by whoever wrote the
-- file anew; or it declares windows-1252. A byte that is no character there stays, and is none in
-- UTF-8 either: expat tells its place.
local function as_utf8(text)
  if text:find("^\xEF\xBB\xBF") then return text end
  local declared = text:match("^%s*<%?xml%s[^>]-encoding%s*=%s*[\"']([%w-]+)[\"']")
  declared = declared and declared:lower()
  if declared ~= "windows-1252" and declared ~= "cp1252" then return nil end
  return (text:gsub("[\x80-\xFF]", WINDOWS_1252))
end

-- Reads a document. `reader.close` gets each child of the root when it is complete; it must not
-- raise.
---@param text string
---@param reader wats.xml_stream.Reader
---@return true? ok
---@return string? problem  with line and column, or byte
function xml_stream.read(text, reader)
  local broken = half_pair(text)
  if broken then return nil, ("byte %d: half of a UTF-16 pair"):format(broken) end
  local state = { open = {} }
  local parser = xml.expat().new(callbacks(state, reader), SEPARATOR)
  local recoded = as_utf8(text)
  if recoded then
    text = recoded
    parser:setencoding("UTF-8") -- whatever is declared
  end
  local ok, problem, line, column = parser:parse(text)
  if ok then ok, problem, line, column = parser:parse() end
  pcall(parser.close, parser) -- frees expat's copy of the text now; it may complain of a cut end
  if ok and not state.problem then return true end
  return nil, ("line %d, column %d: %s"):format(state.line or line or 0,
    state.column or column or 0, state.problem or problem or "not well-formed")
end

return xml_stream
