-- wats.error_message: what a server says in words when it says no.
--
-- Nobody promises the shape of such a body, so all that are known are read: a JSON string, the
-- {Message, ExceptionMessage, ModelState} of ASP.NET, ProblemDetails (RFC 9457), SCIM, OData, the
-- title of a proxy's HTML page, plain text. Pure. Whatever the body is (cut short, huge, nested
-- deeply, binary), nothing here raises, and the time is linear in what is looked at.

local json = require("wats.json")

local error_message = {}

local MAX_LENGTH = 500       -- bytes of a message
local MAX_READ = 256 * 1024  -- bytes of a body that are looked at
local MAX_FAULTS = 20        -- texts taken from one list of faults
local MAX_DEPTH = 6          -- objects within objects that are looked into

-- At most `limit` bytes, not ending within a UTF-8 character.
---@param text string
---@param limit integer
---@return string
function error_message.cut(text, limit)
  if #text <= limit then return text end
  local last = limit
  while last > limit - 3 and (text:byte(last + 1) or 0) & 0xC0 == 0x80 do last = last - 1 end
  if (text:byte(last + 1) or 0) & 0xC0 == 0x80 then last = limit end -- no UTF-8 at all
  return text:sub(1, last)
end

local cut = error_message.cut

-- Bytes that are not UTF-8 become "?".
---@param text string
---@return string
function error_message.valid_utf8(text)
  local _, bad = utf8.len(text)
  if not bad then return text end
  local parts, from = {}, 1
  while bad do
    parts[#parts + 1] = text:sub(from, bad - 1) .. "?"
    from = bad + 1
    if from > #text then break end
    _, bad = utf8.len(text, from)
  end
  parts[#parts + 1] = text:sub(from)
  return table.concat(parts)
end

local valid_utf8 = error_message.valid_utf8

-- One line without control characters (those of ASCII and U+0080 to U+009F), of bounded length.
local function one_line(text)
  text = cut(text, 4 * MAX_LENGTH)
  text = valid_utf8(text):gsub("\xC2[\x80-\x9F]", " "):gsub("%c", " "):gsub("%s+", " ")
  return (cut(text, MAX_LENGTH):match("^ ?(.-) ?$"))
end

-- "Bad Request: no start", "The request is invalid. no start": texts that follow each other.
local function join(parts)
  local text = ""
  for _, part in ipairs(parts) do
    if text == "" then
      text = part
    elseif not text:find(part, 1, true) then
      text = text .. (text:find("[.:;!?]$") and " " or ": ") .. part
    end
  end
  return text
end

-- The text of a string that says something.
local function said(value)
  if type(value) ~= "string" then return nil end
  value = one_line(value)
  return value ~= "" and value or nil
end

-- Members by their names in lower case: ASP.NET spells them either way, by its settings.
local function by_lower_name(object)
  local names, members = {}, {}
  for name in pairs(object) do
    if type(name) == "string" then names[#names + 1] = name end
  end
  table.sort(names)
  for _, name in ipairs(names) do members[name:lower()] = object[name] end
  return members, names
end

local collect

-- Adds the texts of `ModelState` or `errors`: { field = { text, ... } }, { text, ... }, or objects
-- with a message each.
local function collect_faults(faults, into, depth)
  if depth > MAX_DEPTH then return end
  if type(faults) ~= "table" then
    into[#into + 1] = said(faults)
    return
  end
  for _, fault in ipairs(faults) do
    if #into >= MAX_FAULTS then return end
    if type(fault) == "table" then
      local parts = {}
      collect(fault, parts, depth + 1)
      into[#into + 1] = said(join(parts))
    else
      into[#into + 1] = said(fault)
    end
  end
  if json.is_array(faults) then return end
  local _, names = by_lower_name(faults)
  for _, name in ipairs(names) do
    if #into >= MAX_FAULTS then return end
    local texts = {}
    collect_faults(faults[name], texts, depth + 1)
    local text = said(table.concat(texts, ", "))
    if text then into[#into + 1] = name == "" and text or said(name .. ": " .. text) end
  end
end

-- Where words stand, in the order in which they are to be read.
local WORDS = {
  "message", "title", "odata.error", "error", "value", "exceptionmessage", "messagedetail",
  "error_description", "detail", "description", "innererror",
}

-- Adds what an object of one of the known shapes says.
function collect(object, into, depth)
  if depth > MAX_DEPTH then return end
  local members = by_lower_name(object)
  for _, name in ipairs(WORDS) do
    local value = members[name]
    if type(value) == "table" then
      collect(value, into, depth + 1)
    else
      into[#into + 1] = said(value)
    end
  end
  local faults = {}
  for _, name in ipairs { "modelstate", "errors" } do
    if members[name] ~= nil then collect_faults(members[name], faults, depth + 1) end
  end
  if #faults > 0 then into[#into + 1] = table.concat(faults, "; ") end
end

local function from_json(body)
  local value = json.decode(body)
  if type(value) == "string" then return true, said(value) end
  if type(value) ~= "table" then return false end
  local parts = {}
  if json.is_array(value) then
    collect_faults(value, parts, 1)
    return true, said(table.concat(parts, "; "))
  end
  collect(value, parts, 1)
  return true, said(join(parts))
end

local ENTITIES = {
  amp = "&", lt = "<", gt = ">", quot = '"', apos = "'", nbsp = " ", ["#39"] = "'",
}

-- The text of the first element of this name; plain searches only, so that no page can be made to
-- take long.
local function element(text, lower, name)
  local _, opened = lower:find("<" .. name .. "%f[%s>]")
  local _, start = lower:find(">", opened or #lower + 1, true)
  local stop = start and lower:find("</" .. name, start, true)
  if not stop then return nil end
  local inner = text:sub(start + 1, math.min(stop - 1, start + 4 * MAX_LENGTH))
  return said((inner:gsub("&(#?%w+);", ENTITIES)))
end

-- HTML of a proxy, or XML.
local function from_markup(body)
  local lower = body:lower()
  return element(body, lower, "title") or element(body, lower, "exceptionmessage")
    or element(body, lower, "message")
end

-- Is it a page for people? A portal answers whatever it is asked with one, and status 200.
---@param text string
---@return boolean
function error_message.is_page(text)
  local start = text:match("^\xEF?\xBB?\xBF?%s*(<!?%a+%s*%a*)")
  start = start and start:lower()
  return start ~= nil and (start:find("^<html") or start:find("^<!doctype%s+html")) ~= nil
end

local function is_binary(text)
  return text:find("[^\t\n\f\r\x20-\x7E\x80-\xFF]") ~= nil
end

-- What a body says in words: one line of UTF-8, at most 500 bytes; nil when it says nothing.
---@param body any
---@return string?
function error_message.read(body)
  if type(body) ~= "string" then return nil end
  local first = body:match("^\xEF?\xBB?\xBF?%s*([^%s])")
  if not first or body:find("^%s*null%s*$") then return nil end
  if (first == "{" or first == "[" or first == '"') and #body <= MAX_READ then
    local is_json, text = from_json(body)
    if is_json then return text end
  end
  body = body:sub(1, MAX_READ)
  if first == "<" then return from_markup(body) end
  body = body:gsub("^\xEF\xBB\xBF", ""):sub(1, 4 * MAX_LENGTH)
  if is_binary(body) then return nil end
  return said(body)
end

return error_message
