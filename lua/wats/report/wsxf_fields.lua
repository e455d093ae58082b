-- wats.report.wsxf_fields: from attributes of the XML format to fields of the server's JSON format.
--
-- What an element's attributes become stands in a list of rules, `{ "NumericValue", "value",
-- fields.number, null = true }`: the attribute (or several names of it, "CompRef|ComRef"), the
-- field, how its text becomes a value, and whether the field is null when nothing was said, as in
-- the server's own JSON. Nothing is judged here: text that is no number where a number is
-- expected stays text, for `validate` to name.
--
-- Nothing is lost either. Attributes without a rule, and elements that nobody asked for, go into
-- the record's member `wsxf`: { attributes = { name = text }, elements = { ... }, text = "..." }.
-- Pure.

local json = require("wats.json")
local uuid = require("wats.uuid")
local xml = require("wats.xml")

local fields = {}

---@class wats.report.wsxf_fields.Rules
---@field rules { names: string[], field: string, convert: function, null: boolean? }[]
---@field known table<string, true>  attributes that are read, or known to say nothing new

-- Values ------------------------------------------------------------------------------------------

-- Text that counts even when it is empty: names of units, what was measured.
---@param text string
---@return string
function fields.text(text) return text end

-- Text that describes: the server writes none as an empty attribute.
---@param text string
---@return string?
function fields.label(text)
  if text == "" then return nil end
  return text
end

-- Numbers are short; so the patterns below never run over a megabyte of spaces.
local MAX_NUMBER = 400

local function plain_number(text)
  if #text > MAX_NUMBER then return nil end
  local digits = text:match("^%s*([+-]?[%d.]+[eE]?[+-]?%d*)%s*$")
  return digits and tonumber(digits), digits
end

-- JSON has no infinity and XML names it otherwise than those who write one into JSON as text.
local INFINITE = { INF = "Infinity", ["+INF"] = "Infinity", ["-INF"] = "-Infinity" }

-- A double, as the server's JSON has it: "10" is 10.0. A whole number that no double holds stays
-- an integer.
---@param text string
---@return number|string|nil
function fields.number(text)
  if text == "" then return nil end
  local number, digits = plain_number(text)
  if not number then return INFINITE[text] or text end
  local double = number + 0.0
  if double - double ~= 0 then return text end -- beyond what a double holds
  if double ~= number then return number end
  return double == 0 and digits:find("^-") and -0.0 or double
end

---@param text string
---@return number|string|nil
function fields.integer(text)
  if text == "" then return nil end
  local number = plain_number(text)
  if not number or number - number ~= 0 then return text end
  return math.tointeger(number) or number
end

local BOOLEANS = { ["true"] = true, ["1"] = true, ["false"] = false, ["0"] = false }

---@param text string
---@return boolean|string|nil
function fields.boolean(text)
  if text == "" then return nil end
  local value = BOOLEANS[text]
  if value == nil then return text end
  return value
end

local NO_OFFSET = "^%d%d%d%d%-%d%d%-%d%dT%d%d:%d%d:%d%d[.%d]*$"

-- An instant that is in UTC by its meaning: the XML may leave out to say so.
---@param text string
---@return string?
function fields.utc(text)
  if text == "" then return nil end
  return text:find(NO_OFFSET) and text .. "Z" or text
end

-- The XML has them in capitals, the JSON in small letters.
---@param text string
---@return string?
function fields.uuid(text)
  if text == "" then return nil end
  return uuid.is(text) and text:lower() or text
end

-- Words that the JSON has letters for; others stay.
---@param letters table<string, string>
---@return fun(text: string): string?
function fields.letter(letters)
  return function(text)
    if text == "" then return nil end
    return letters[text] or text
  end
end

-- Rules -------------------------------------------------------------------------------------------

-- Makes rules of a list. `implied`: attributes that only count what the order says already.
---@param list table[]  { "Attribute|OtherName", "field", converter, null = true? }
---@param implied? string  names with spaces between
---@return wats.report.wsxf_fields.Rules
function fields.rules(list, implied)
  local compiled = { rules = {}, known = {} }
  for i, rule in ipairs(list) do
    local names = {}
    for name in rule[1]:gmatch("[^|]+") do
      names[#names + 1] = name
      compiled.known[name] = true
    end
    compiled.rules[i] = { names = names, field = rule[2], convert = rule[3], null = rule.null }
  end
  for name in (implied or ""):gmatch("%S+") do compiled.known[name] = true end
  return compiled
end

-- The member for what the JSON format has no field for.
local function extra(record)
  local member = record.wsxf
  if not member then
    member = {}
    record.wsxf = member
  end
  return member
end

-- Keeps an attribute that has no field.
---@param record table
---@param name string
---@param text string
function fields.keep_attribute(record, name, text)
  local member = extra(record)
  member.attributes = member.attributes or {}
  member.attributes[name] = text
end

local function blank(text) return not text:find("%S") end

-- An element as a plain table: name, namespace, attributes, and its content in order, texts and
-- elements, without what only indents.
local function plain(node)
  local content = json.array {}
  for _, part in ipairs(node) do
    if type(part) == "table" then
      content[#content + 1] = plain(part)
    elseif not blank(part) then
      content[#content + 1] = part
    end
  end
  return {
    name = node.name,
    namespace = node.namespace,
    attributes = next(node.attributes) and node.attributes or nil,
    content = #content > 0 and content or nil,
  }
end

-- Keeps an element that has no field.
---@param record table
---@param node wats.xml_stream.Node
function fields.keep_element(record, node)
  local member = extra(record)
  member.elements = member.elements or json.array {}
  table.insert(member.elements, plain(node))
end

-- Reads an element's attributes into a record.
---@param node wats.xml_stream.Node
---@param rules wats.report.wsxf_fields.Rules
---@param record? table  a new one when left out
---@return table record
function fields.read(node, rules, record)
  record = record or {}
  local attributes = node.attributes
  for _, rule in ipairs(rules.rules) do
    local value
    for _, name in ipairs(rule.names) do
      local text = attributes[name]
      if text and value == nil then
        value = rule.convert(text)
      elseif text then
        fields.keep_attribute(record, name, text)
      end
    end
    if value == nil and rule.null then value = json.null end
    record[rule.field] = value
  end
  for name, text in pairs(attributes) do
    if not rules.known[name] then fields.keep_attribute(record, name, text) end
  end
  return record
end

-- Gives each element in an element to the function for its name, `readers[name](record, child)`.
-- What it returns false for, and names that are not there, are kept as they are; so is stray text.
---@param node wats.xml_stream.Node
---@param record table
---@param readers table<string, fun(record: table, child: wats.xml_stream.Node): false?>
function fields.each(node, record, readers)
  local stray = {}
  for _, part in ipairs(node) do
    if type(part) == "string" then
      if not blank(part) then stray[#stray + 1] = part end
    else
      local reader = part.namespace == node.namespace and readers[part.name]
      if not reader or reader(record, part) == false then fields.keep_element(record, part) end
    end
  end
  if #stray > 0 then extra(record).text = table.concat(stray) end
end

-- A reader of elements that have these attributes and nothing else.
---@param rules wats.report.wsxf_fields.Rules
---@return fun(node: wats.xml_stream.Node): table
function fields.simple(rules)
  return function(node)
    local record = fields.read(node, rules)
    fields.each(node, record, {})
    return record
  end
end

-- Keeps what an element without a table of its own was left with, `rest`, as an element of its
-- name: put to what the record around it was left with itself, one would hide the other.
---@param record table
---@param node wats.xml_stream.Node
---@param rest table  the member `wsxf` of what was read of it, or an empty one
local function keep_rest(record, node, rest)
  local content = json.array { rest.text }
  for _, element in ipairs(rest.elements or {}) do content[#content + 1] = element end
  if not rest.attributes and #content == 0 then return end
  local member = extra(record)
  member.elements = member.elements or json.array {}
  table.insert(member.elements, { name = node.name, namespace = node.namespace,
    attributes = rest.attributes, content = #content > 0 and content or nil })
end

-- Reads an element's attributes into the table of the element that it stands in.
---@param node wats.xml_stream.Node
---@param rules wats.report.wsxf_fields.Rules
---@param record table
---@param is_text? boolean  who asks takes its text himself
function fields.read_into(node, rules, record, is_text)
  local own = fields.read(node, rules)
  fields.each(node, own, {})
  local rest = own.wsxf or {}
  own.wsxf = nil
  if is_text then rest.text = nil end
  keep_rest(record, node, rest)
  for field, value in pairs(own) do record[field] = value end
end

-- Gives the elements in an element that only holds others to the functions for their names, as
-- `each` does, with the table of the element around it.
---@param node wats.xml_stream.Node
---@param record table
---@param readers table<string, fun(record: table, child: wats.xml_stream.Node): false?>
function fields.each_within(node, record, readers)
  local own, bound = {}, {}
  for name, reader in pairs(readers) do
    bound[name] = function(_, child) return reader(record, child) end
  end
  fields.each(node, own, bound)
  keep_rest(record, node, own.wsxf or {})
end

-- A reader for an element of which one is expected: a second one is kept as it is.
---@param field string
---@param read fun(child: wats.xml_stream.Node): any
---@return fun(record: table, child: wats.xml_stream.Node): false?
function fields.once(field, read)
  return function(record, child)
    if record[field] ~= nil and record[field] ~= json.null then return false end
    record[field] = read(child)
  end
end

-- A reader for elements of a list.
---@param field string
---@param read fun(child: wats.xml_stream.Node): table
---@return fun(record: table, child: wats.xml_stream.Node)
function fields.listed(field, read)
  return function(record, child)
    local list = record[field]
    if not list then
      list = json.array {}
      record[field] = list
    end
    list[#list + 1] = read(child)
  end
end

-- An element that holds text alone, `<Comment>...</Comment>`; attributes and elements in it are
-- kept in the record whose field it is.
---@param field string
---@return fun(record: table, child: wats.xml_stream.Node): false?
function fields.text_element(field)
  return function(record, child)
    if record[field] ~= nil and record[field] ~= json.null then return false end
    if next(child.attributes) then return false end
    for _, part in ipairs(child) do
      if type(part) == "table" then return false end
    end
    local text = xml.text(child)
    if text ~= "" then record[field] = text end
  end
end

return fields
