-- wats.xml_data: the tags in a record's `xmlData`: <Root><Site Value="01"/></Root>.
--
-- A tag is an element right below the root with a value attribute; its name is the key. What else
-- stands there (a bill of materials, comments, other attributes) stays as it is, to the byte: an
-- edit cuts and puts in, it does not write the document anew. Products, their revisions and units
-- have such a member. Pure.

local errors = require("wats.errors")
local json = require("wats.json")
local xml = require("wats.xml")

local xml_data = {}

---@class wats.Tag
---@field key string
---@field value string

-- The value attribute's name as this element spells it.
local function value_name(node)
  if node.name == "BOM" then return nil end
  for name in pairs(node.attributes) do
    if name:lower() == "value" then return name end
  end
end

local function root_of(text)
  local root, problem = xml.read(text)
  if not root then return nil, "xmlData is not XML: " .. problem end
  if root.name:lower() ~= "root" then
    return nil, ('xmlData has the root "%s" where "Root" is expected'):format(root.name)
  end
  return root
end

local function is_absent(text)
  return text == nil or text == json.null or type(text) == "string" and not text:find("%S")
end

-- The tags of a document, in order. None where there is no document.
---@param text? string|userdata  a record's xmlData
---@return wats.Tag[]? tags
---@return string? problem
function xml_data.read(text)
  local tags = json.array {}
  if is_absent(text) then return tags end
  if type(text) ~= "string" then return nil, "xmlData is no text" end
  local root, problem = root_of(text)
  if not root then return nil, problem end
  for _, node in ipairs(root) do
    local name = type(node) == "table" and value_name(node)
    if name then tags[#tags + 1] = { key = node.name, value = node.attributes[name] } end
  end
  return tags
end

-- The start tag of a node with another value in its value attribute.
local function with_value(text, node, value)
  local wanted = value_name(node)
  local at = text:find("[%s/>]", node.first)
  while true do
    local _, last, name, quote = text:find("^%s*([^%s=]+)%s*=%s*([\"'])", at)
    local stop = text:find(quote, last + 1, true)
    if name:match("[^:]*$") == wanted then
      return text:sub(node.first, last) .. xml.escape(value) .. text:sub(stop, node.last)
    end
    at = stop + 1
  end
end

-- The text with more elements behind the last of the root's.
local function append(text, root, added)
  if added == "" then return text end
  local whole = text:sub(root.first, root.last)
  if whole:sub(-2) == "/>" then
    local name = whole:match("^<([^%s/>]+)")
    return text:sub(1, root.last - 2) .. ">" .. added .. "</" .. name .. ">"
      .. text:sub(root.last + 1)
  end
  local before = root.first - 1 + #whole:match("^(.*)</")
  return text:sub(1, before) .. added .. text:sub(before + 1)
end

-- The document with these tags. Those that it has of them get the value; of a key that is there
-- twice the first stays. `keep`: tags that are not named stay too; else they go. The rest of the
-- document is not touched.
---@param text? string|userdata
---@param tags wats.Tag[]  checked by xml_data.check
---@param keep? boolean
---@return string? text
---@return string? problem
function xml_data.write(text, tags, keep)
  if is_absent(text) then text = "<Root/>" end
  if type(text) ~= "string" then return nil, "xmlData is no text" end
  local root, problem = root_of(text)
  if not root then return nil, problem end
  local wanted, present, cuts, added = {}, {}, {}, {}
  for _, tag in ipairs(tags) do wanted[tag.key] = tag.value end
  for _, node in ipairs(root) do
    if type(node) == "table" and value_name(node) then
      local value = wanted[node.name]
      if value and not present[node.name] then
        present[node.name] = true
        cuts[#cuts + 1] = { node, with_value(text, node, value) }
      elseif value or not keep then
        cuts[#cuts + 1] = { node, "" }
      end
    end
  end
  for _, tag in ipairs(tags) do
    if not present[tag.key] then
      added[#added + 1] = xml.element(tag.key, { { "Value", tag.value } })
    end
  end
  text = append(text, root, table.concat(added))
  for i = #cuts, 1, -1 do -- from behind, so that places stay right
    local node = cuts[i][1]
    text = text:sub(1, node.first - 1) .. cuts[i][2] .. text:sub(node.last + 1)
  end
  return text
end

local function check_tag(where, tags, tag)
  local key, value = tag.key, tag.value
  if not xml.is_name(key) or key:lower() == "bom" then
    errors.raise("%s: a tag's key must be a name as XML has them (letters, digits, '_', '.', "
      .. "'-'; not \"BOM\"), got %s", where,
      type(key) == "string" and '"' .. key:sub(1, 60) .. '"' or type(key))
  end
  if math.type(value) == "integer" then value = tostring(value) end
  if type(value) ~= "string" then
    errors.raise("%s: the value of %s must be a string, got %s", where, key, type(value))
  end
  local problem = xml.unfit(value)
  if problem then errors.raise("%s: the value of %s: %s", where, key, problem) end
  if tags[key] then errors.raise("%s: there are two tags of key %s", where, key) end
  tags[key] = true
  tags[#tags + 1] = { key = key, value = value }
end

-- The tags that a caller gives: a list of { key, value }, or a table of values by key. What is
-- wrong raises at his line.
---@param where string
---@param given table
---@return wats.Tag[]  in the given order, else in that of their keys
function xml_data.check(where, given)
  if type(given) ~= "table" then
    errors.raise("%s: tags: a table expected, got %s", where, type(given))
  end
  local tags, keys = {}, {}
  for i, tag in ipairs(given) do
    if type(tag) ~= "table" then
      errors.raise("%s: tags: element %d: a table with key and value expected, got %s", where, i,
        type(tag))
    end
    check_tag(where, tags, tag)
  end
  local count = #tags
  for key in pairs(given) do
    if math.type(key) ~= "integer" then
      keys[#keys + 1] = key
    elseif key < 1 or key > count then
      errors.raise("%s: tags: a list with holes: there is no element %d", where, count + 1)
    end
  end
  table.sort(keys, function(one, other) return tostring(one) < tostring(other) end)
  for _, key in ipairs(keys) do check_tag(where, tags, { key = key, value = given[key] }) end
  return json.array(table.move(tags, 1, #tags, 1, {}))
end

return xml_data
