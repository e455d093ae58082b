-- wats.sandbox.odata_lexer: the words of an OData filter.
--
-- Each token is { kind, value, at }: kind is "(" ")" "," ":" "name", "string", "number", "date",
-- "guid" or "end". Dates and GUIDs come unquoted; a quote within a string is doubled.

local time = require("wats.sandbox.time")

local M = {}

local H = "%x"
local GUID = "^("
  .. H:rep(8) .. "%-" .. H:rep(4) .. "%-" .. H:rep(4) .. "%-" .. H:rep(4) .. "%-" .. H:rep(12)
  .. ")()"
local DATE = "^(%d%d%d%d%-%d%d%-%d%d[%dTtZz:.+-]*)()"

local function read_string(text, at)
  local parts, position = {}, at + 1
  while true do
    local quote = text:find("'", position, true)
    if not quote then
      return nil, "unterminated string literal at position " .. at - 1
    end
    parts[#parts + 1] = text:sub(position, quote - 1)
    if text:sub(quote + 1, quote + 1) ~= "'" then
      return { kind = "string", value = table.concat(parts, "'"), at = at }, quote + 1
    end
    position = quote + 2
  end
end

local function read_literal(text, at)
  local value, after = text:match(GUID, at)
  if value then
    return { kind = "guid", value = value:lower(), at = at }, after
  end
  value, after = text:match(DATE, at)
  if value then
    local ticks = time.parse(value:upper())
    if not ticks then
      return nil, "invalid date literal '" .. value .. "' at position " .. at - 1
    end
    return { kind = "date", value = ticks, at = at }, after
  end
  value, after = text:match("^(%-?%d+%.?%d*[eE]?[+-]?%d*)[dDfFmMlL]?()", at)
  if value and tonumber(value) then
    return { kind = "number", value = tonumber(value), at = at }, after
  end
end

local function read_token(text, at)
  local c = text:sub(at, at)
  if c == "(" or c == ")" or c == "," or c == ":" then
    return { kind = c, value = c, at = at }, at + 1
  elseif c == "'" then
    return read_string(text, at)
  end
  local token, after = read_literal(text, at)
  if token or after then
    return token, after
  end
  local name, behind = text:match("^([%a_][%w_/]*)()", at)
  if name then
    return { kind = "name", value = name, at = at }, behind
  end
  return nil, "syntax error: character '" .. c .. "' is not valid at position " .. at - 1
end

--- All tokens, the last of kind "end"; or nil and what is wrong.
---@param text string
---@return table|nil tokens, string|nil problem
function M.read(text)
  local tokens, at = {}, 1
  while true do
    at = text:match("^%s*()", at)
    if at > #text then
      tokens[#tokens + 1] = { kind = "end", value = "end of the expression", at = at }
      return tokens
    end
    local token, after = read_token(text, at)
    if not token then
      return nil, after
    end
    tokens[#tokens + 1] = token
    at = after
  end
end

return M
