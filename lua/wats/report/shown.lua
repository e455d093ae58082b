-- wats.report.shown: values of a record as a person reads them.
--
-- A record may hold anything: what others wrote, what was mended by hand. Whatever comes in, out
-- comes UTF-8 without controls, which neither moves a terminal's cursor nor turns the direction of
-- what stands behind it, and which XML can hold. Never raises, asks no metamethod, keeps nothing.

local json = require("wats.json")

local shown = {}

-- null and nothing are one; so are the values that no record can hold.
---@param value any
---@return any
function shown.value(value)
  if value == json.null then return nil end
  local kind = type(value)
  if kind == "function" or kind == "thread" or kind == "userdata" then return nil end
  return value
end

-- The object in a field; what is no object counts as nothing.
---@param value any
---@return table?
function shown.object(value)
  return type(value) == "table" and value or nil
end

-- The objects of a list in their order; what is no object is passed over.
---@param value any
---@return table[]
function shown.objects(value)
  local list = {}
  if type(value) == "table" then
    for i = 1, rawlen(value) do
      local element = rawget(value, i)
      if type(element) == "table" then list[#list + 1] = element end
    end
  end
  return list
end

-- ---- text ------------------------------------------------------------------------------------

local NAMED = { ["\n"] = "\\n", ["\r"] = "\\r", ["\t"] = "\\t" }

local function byte_escape(byte)
  return NAMED[byte] or ("\\x%02X"):format(byte:byte())
end

-- Text with every byte that is no part of UTF-8 written as \xNN; and whether there was one.
---@param text string
---@return string
---@return boolean escaped
function shown.as_utf8(text)
  if utf8.len(text) then return text, false end
  local parts, position = {}, 1
  while position <= #text do
    local _, bad = utf8.len(text, position)
    parts[#parts + 1] = text:sub(position, (bad or #text + 1) - 1)
    if bad then parts[#parts + 1] = byte_escape(text:sub(bad, bad)) end
    position = (bad or #text) + 1
  end
  return table.concat(parts), true
end

local function code_escape(character)
  return ("\\u{%04X}"):format(utf8.codepoint(character))
end

-- Controls beyond ASCII, separators of lines, invisible characters that turn the direction of
-- text or join nothing, and those that XML has no place for. By their first bytes, so that most
-- texts are looked at once.
local UNSEEN = {
  { "\xC2", "\xC2[\x80-\x9F\xAD]" },
  { "\xD8\x9C", "\xD8\x9C" },
  { "\xE2\x80", "\xE2\x80[\x8B\x8E\x8F\xA8-\xAE]" },
  { "\xE2\x81", "\xE2\x81[\xA0-\xAF]" },
  { "\xEF\xBB\xBF", "\xEF\xBB\xBF" },
  { "\xEF\xBF", "\xEF\xBF[\xB9-\xBB\xBE\xBF]" },
}

local function visible(text)
  if not text:find("[\0-\31\127-\255]") then return text end
  text = shown.as_utf8(text)
  text = text:gsub("[\0-\31\127]", byte_escape)
  for _, pair in ipairs(UNSEEN) do
    if text:find(pair[1], 1, true) then text = text:gsub(pair[2], code_escape) end
  end
  return text
end

-- A number in the shortest form that is still the same number; whole ones without a point.
---@param value number
---@return string
function shown.number(value)
  if value ~= value then return "NaN" end
  if value == math.huge then return "Inf" end
  if value == -math.huge then return "-Inf" end
  return (json.encode(value):gsub("%.0$", ""))
end

-- A value as one line; nil for what is not there.
---@param value any
---@return string?
function shown.line(value)
  local kind = type(value)
  if kind == "string" then return visible(value) end
  if kind == "number" then return shown.number(value) end
  if kind == "boolean" then return tostring(value) end
  if kind == "table" then return json.is_array(value) and "(a list)" or "(an object)" end
  return nil
end

-- The same, but nil for an empty text as well.
---@param value any
---@return string?
function shown.filled(value)
  local text = shown.line(value)
  return text ~= "" and text or nil
end

-- A text of several lines, without empty ones at its end.
---@param value any
---@return string[]
function shown.lines(value)
  if type(value) ~= "string" then return { shown.line(value) } end
  local lines = {}
  for line in (value:gsub("\r\n?", "\n"):gsub("\n+$", "") .. "\n"):gmatch("([^\n]*)\n") do
    -- a tab in a text of several lines is there to set columns apart
    lines[#lines + 1] = visible((line:gsub("\t", "    ")))
  end
  if #lines == 1 and lines[1] == "" then return {} end
  return lines
end

-- ---- figures ---------------------------------------------------------------------------------

-- How much a number of bytes is.
---@param bytes integer
---@return string
function shown.size(bytes)
  if bytes < 10000 then return ("%d bytes"):format(bytes) end
  if bytes < 10000 * 1024 then return ("%d KiB"):format((bytes + 512) // 1024) end
  return ("%d MiB"):format((bytes + 524288) // 1048576)
end

-- How many bytes base64 text stands for; nil when it is none.
---@param text any
---@return integer?
function shown.base64_size(text)
  if type(text) ~= "string" or text:find("[^%w+/=%s]") then return nil end
  local _, spaces = text:gsub("%s", "")
  local count = #text - spaces
  local padding = #text:match("=*%s*$"):gsub("%s", "")
  if count % 4 ~= 0 or padding > 2 or text:find("=[^=%s]") then return nil end
  return count // 4 * 3 - padding
end

-- ---- statuses --------------------------------------------------------------------------------

local WORDS = {
  P = "Passed", F = "Failed", D = "Done", S = "Skipped", E = "Error", T = "Terminated",
  U = "Unknown",
}

-- The letter of a status ("?" for one that is not there or no status) and its word.
---@param value any
---@return string letter
---@return string word
function shown.status(value)
  local letter = type(value) == "string" and WORDS[value] and value or "?"
  return letter, WORDS[letter] or shown.filled(shown.value(value)) or "No status"
end

return shown
