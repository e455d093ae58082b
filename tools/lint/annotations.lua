-- annotations.lua - the annotations (LuaCATS) of lua/: every type that is named is defined
-- somewhere, and the methods of services say what they take and return, so that an editor can.

local types = require("lint.types")

local M = {}

local BUILT_IN = {}
for name in ([[nil any boolean string number integer function table thread userdata lightuserdata
  unknown self true false file* metatable]]):gmatch("%S+") do BUILT_IN[name] = true end

local function lines_of(text)
  local lines = {}
  for line in (text .. "\n"):gmatch("([^\n]*)\n") do lines[#lines + 1] = line end
  return lines
end

-- The annotations of a text: { tag, text, line }. One whose type goes on in lines that begin with
-- "---  " is one.
local function annotations_of(lines)
  local list = {}
  for number, line in ipairs(lines) do
    local tag, rest = line:match("^%s*%-%-%-@(%a+)%s*(.*)$")
    local choice = line:match("^%s*%-%-%-|%s*(.*)$")
    if tag then
      list[#list + 1] = { tag = tag, text = rest, line = number, more = {} }
    elseif choice then
      list[#list + 1] = { tag = "|", text = choice:gsub("^[>+]%s*", ""), line = number, more = {} }
    elseif list[#list] and line:find("^%s*%-%-%-%s%s") then
      table.insert(list[#list].more, (line:gsub("^%s*%-%-%-%s*", "")))
    end
  end
  return list
end

-- Reads the type of an annotation, with as many of the lines that follow as it takes.
local function read_type(annotation, text)
  local names, rest, ended = types.read(text)
  for _, more in ipairs(annotation.more) do
    if names or not ended then break end
    text = text .. " " .. more
    names, rest, ended = types.read(text)
  end
  return names, rest
end

-- What is defined: class, alias, enum and generic.
local function collect(annotations, known)
  for _, a in ipairs(annotations) do
    if a.tag == "class" or a.tag == "alias" or a.tag == "enum" then
      local name = a.text:gsub("^%(%a+%)%s*", ""):match("^[%w_.%-]+")
      if name then known[name] = true end
      for generic in (a.text:match("^[%w_.]+<([^>]*)>") or ""):gmatch("[%w_]+") do
        known[generic] = true
      end
    elseif a.tag == "generic" then
      for generic in a.text:gmatch("%f[%w_]([%w_]+)%f[^%w_]") do known[generic] = true end
    end
  end
end

local SCOPES = { private = true, protected = true, public = true, package = true }

-- The text in which the types of an annotation stand; nil: none.
local function typed_text(a)
  if a.tag == "param" then return a.text:match("^[%w_.]+%??%s+(.*)$") end
  if a.tag == "field" then
    local scope, rest = a.text:match("^(%a+)%s+(.*)$")
    local text = SCOPES[scope] and rest:find("^[%w_%[]+%S*%s") and rest or a.text
    return text:match("^%[[^%]]+%]%??%s+(.*)$") or text:match("^[%w_]+%??%s+(.*)$")
  end
  if a.tag == "return" or a.tag == "type" or a.tag == "overload" or a.tag == "|" then
    return a.text
  end
  if a.tag == "class" then
    return a.text:match("^[%w_.]+%s*:%s*(.*)$") or a.text:match("^[%w_.]+%b<>%s*:%s*(.*)$")
  end
  if a.tag == "alias" then return a.text:match("^%S+%s+(.+)$") end
  return nil
end

local function check_types(name, annotations, known, complaints)
  for _, a in ipairs(annotations) do
    local text = typed_text(a)
    local function complain(format, ...)
      complaints[#complaints + 1] = ("%s:%d: @%s: "):format(name, a.line, a.tag)
        .. format:format(...)
    end
    if (a.tag == "param" or a.tag == "field") and not text then
      complain("no type: %s", a.text)
    end
    while text and text ~= "" do
      local names, rest = read_type(a, text)
      if not names then complain("%s", rest) end
      for _, used in ipairs(names or {}) do
        if not known[used] and not BUILT_IN[used] then complain("%s is not defined", used) end
      end
      -- "@return integer a, string b", "@class a: b, c"
      local is_list = names and (a.tag == "return" or a.tag == "class")
      text = is_list and rest:match("^%s?[%w_]*%s?,%s*(.*)$") or nil
    end
  end
end

-- The block of comments right above a line.
local function block_above(lines, number)
  local found = { params = {} }
  local i = number - 1
  while lines[i] and lines[i]:find("^%-%-") do
    local tag, rest = lines[i]:match("^%-%-%-@(%a+)%s*(.*)$")
    if tag == "param" then found.params[rest:match("^[%w_.]+") or ""] = true end
    if tag then found[tag] = true end
    i = i - 1
  end
  return found
end

-- The parameters of a function that begins at a line; its list may go on in the next ones.
local function parameters(lines, number)
  local text, i = lines[number], number
  while not text:find(")", 1, true) and lines[i + 1] do
    i = i + 1
    text = text .. lines[i]
  end
  local names = {}
  for name in text:match("%((.-)%)"):gmatch("[%w_.]+") do names[#names + 1] = name end
  return names
end

-- Does a function, whose end stands alone in the first column, return a value?
local function returns(lines, number)
  for i = number, #lines do
    if lines[i]:find("%f[%w_]return%s+[^%s]") then return true end
    if lines[i]:find("^end") or i == number and lines[i]:find("%send%s*$") then return false end
  end
  return false
end

local function check_methods(name, lines, complaints)
  for number, line in ipairs(lines) do
    local class, method = line:match("^function (%u[%w_]*):([%a][%w_]*)%s*%(")
    if class then
      local block = block_above(lines, number)
      local function complain(format, ...)
        complaints[#complaints + 1] = ("%s:%d: %s:%s: "):format(name, number, class, method)
          .. format:format(...)
      end
      for _, parameter in ipairs(parameters(lines, number)) do
        if not block.params[parameter] then complain("no @param %s", parameter) end
      end
      if not block["return"] and returns(lines, number) then complain("no @return") end
    end
  end
  -- a class without an annotation has methods that no editor finds
  for number, line in ipairs(lines) do
    local class = line:match("^local (%u[%w_]*) = {}")
    local has_methods = class and table.concat(lines, "\n"):find("\nfunction " .. class .. ":")
    local block = has_methods and block_above(lines, number)
    if block and not (block.class or block.type) then
      complaints[#complaints + 1] =
        ("%s:%d: %s has methods, but no @class"):format(name, number, class)
    end
  end
end

--- What is wrong with files: a table of their texts by name. `is_service` says of which the methods
--- are looked at.
---@param texts table<string, string>
---@param is_service fun(name: string): boolean
---@return string[] complaints
function M.check(texts, is_service)
  local names, known, lines, annotations, complaints = {}, {}, {}, {}, {}
  for name, text in pairs(texts) do
    names[#names + 1] = name
    lines[name] = lines_of(text)
    annotations[name] = annotations_of(lines[name])
    collect(annotations[name], known)
  end
  table.sort(names)
  for _, name in ipairs(names) do
    check_types(name, annotations[name], known, complaints)
    if is_service(name) then check_methods(name, lines[name], complaints) end
  end
  return complaints
end

function M.run()
  local texts = {}
  for name in io.popen("find lua -name '*.lua'"):lines() do
    local file = assert(io.open(name))
    texts[name] = file:read("a")
    file:close()
  end
  return M.check(texts, function(name) return name:find("^lua/wats/domain/") ~= nil end)
end

return M
