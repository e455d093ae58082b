-- source.lua - reads the project's sources for the checks beside it.
--
-- `c_code` and `lua_code` blank out what is not code, keeping every line where
-- it was, so that a check can match words and report line numbers.

local M = {}

---Paths below the given directories whose names match a Lua pattern, sorted.
---@param pattern string
---@param ... string directories (or files) that may be absent
---@return string[]
function M.find(pattern, ...)
  local paths = {}
  for _, root in ipairs({ ... }) do
    local pipe = assert(io.popen("find '" .. root .. "' -type f 2>/dev/null"))
    for path in pipe:lines() do
      if path:match(pattern) then
        paths[#paths + 1] = path
      end
    end
    pipe:close()
  end
  table.sort(paths)
  return paths
end

---@return string text of a file
function M.read(path)
  local file = assert(io.open(path, "rb"))
  local text = file:read("a")
  file:close()
  return text
end

---@return string[]
function M.lines(text)
  local lines = {}
  for line in (text:gsub("\n$", "") .. "\n"):gmatch("(.-)\n") do
    lines[#lines + 1] = line
  end
  return lines
end

-- Spaces for all but line ends.
local function blank(text)
  return (text:gsub("[^\n]", " "))
end

-- Where a quoted text that begins at `from` ends.
local function quoted_end(text, from)
  local mark = text:sub(from, from)
  local at = from + 1
  while at <= #text do
    local char = text:sub(at, at)
    if char == "\\" then
      at = at + 1
    elseif char == mark or char == "\n" then
      return at
    end
    at = at + 1
  end
  return #text
end

-- Walks over `text`; `skip(text, at)` returns the last place of a comment or a
-- literal that begins at `at`, or nil.
local function without(text, starts, skip)
  local parts, from = {}, 1
  while true do
    local at = text:find(starts, from)
    if not at then
      break
    end
    local last = skip(text, at)
    parts[#parts + 1] = text:sub(from, at - 1)
    parts[#parts + 1] = last and blank(text:sub(at, last)) or text:sub(at, at)
    from = (last or at) + 1
  end
  parts[#parts + 1] = text:sub(from)
  return table.concat(parts)
end

local function skip_c(text, at)
  local two = text:sub(at, at + 1)
  if two == "/*" then
    local _, last = text:find("*/", at + 2, true)
    return last or #text
  elseif two == "//" then
    return (text:find("\n", at, true) or #text + 1) - 1
  elseif two:sub(1, 1) ~= "/" then
    return quoted_end(text, at)
  end
end

---C text with comments and the contents of literals blanked. Include lines are
---gone with it: read those from the raw text.
function M.c_code(text)
  return without(text, "[/\"']", skip_c)
end

-- The last place of a long bracket that begins at `at`, or nil.
local function long_end(text, at)
  local level = text:match("^%[(=*)%[", at)
  if level then
    local _, last = text:find("]" .. level .. "]", at, true)
    return last or #text
  end
end

local function skip_lua(text, at)
  local char = text:sub(at, at)
  if char == "[" then
    return long_end(text, at)
  elseif char ~= "-" then
    return quoted_end(text, at)
  elseif text:sub(at + 1, at + 1) == "-" then
    return long_end(text, at + 2) or (text:find("\n", at, true) or #text + 1) - 1
  end
end

---Lua text with comments and literals blanked.
function M.lua_code(text)
  return without(text, "[-%[\"']", skip_lua)
end

return M
