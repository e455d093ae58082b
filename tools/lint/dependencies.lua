-- dependencies.lua - includes and requires point down the layers of
-- tools/layers.lua, and nowhere in a circle.

local source = require("lint.source")

local M = {}

-- The rank of a module, or else of the family that its name begins with:
-- client_state stands where client does.
local function rank_of(layers, name)
  for rank, layer in ipairs(layers) do
    for _, member in ipairs(layer) do
      if member == name then
        return rank
      end
    end
  end
  local family = name:match("^(.+)_")
  return family and rank_of(layers, family)
end

local function allowed_external(layers, header, name)
  for _, rule in ipairs(layers.externals) do
    if header:match(rule.header) then
      return rank_of({ rule.only }, name) ~= nil
    end
  end
  return true
end

---Calls fn(line number, form, header) for each include; form is "<" or '"'.
local function each_include(text, fn)
  for number, line in ipairs(source.lines(text)) do
    local form, header = line:match('^%s*#%s*include%s*([<"])([^>"]+)')
    if form then
      fn(number, form, header)
    end
  end
end

---Complaints about one file of csrc/core.
---@param name string module: the file's name without its ending
---@return string[] complaints
---@return string[] uses modules that it includes
function M.check_core(path, text, name, layers)
  local complaints, uses = {}, {}
  local function complain(number, ...)
    complaints[#complaints + 1] = ("%s:%d: "):format(path, number) .. string.format(...)
  end
  local rank = rank_of(layers.core, name)
  if not rank then
    complain(1, "%s stands in no layer of tools/layers.lua", name)
  end
  each_include(text, function(number, form, header)
    local module = header:match("^([%w_]+)%.h$")
    if form == "<" then
      if not allowed_external(layers, header, name) then
        complain(number, "%s may not use <%s>", name, header)
      end
    elseif not module then
      complain(number, "the core includes its own headers only, not %q", header)
    elseif module ~= name then
      local below = rank_of(layers.core, module)
      uses[#uses + 1] = module
      if not below then
        complain(number, "%s stands in no layer of tools/layers.lua", module)
      elseif rank and below > rank then
        complain(number, "%s lies above %s", module, name)
      end
    end
  end)
  return complaints, uses
end

---Complaints about one file of the binding or of the tests. Tests link no Lua;
---the binding reaches libraries through the core.
function M.check_upper(path, text, layers)
  local complaints = {}
  local name = path:match("([^/]+)%.[ch]$")
  each_include(text, function(number, form, header)
    local own = header:match("^core/[%w_]+%.h$") or header:match("^lua_[%w_]+%.h$")
      or header == "wats.h" or (path:match("^csrc/tests/") and header:match("^[%w_]+%.h$"))
    local fault
    if form == "<" then
      local lua = header:match("^lua") or header == "lauxlib.h"
      if lua then
        fault = path:match("^csrc/tests/")
      else
        fault = not allowed_external(layers, header, name)
      end
    else
      fault = not own or (path:match("^csrc/tests/") and header:match("^lua_"))
    end
    if fault then
      complaints[#complaints + 1] = ("%s:%d: may not include %s"):format(path, number, header)
    end
  end)
  return complaints
end

-- Lua modules: the rank of the first pattern that matches, 1 for the others.
local function lua_rank(layers, name)
  for _, rule in ipairs(layers.lua) do
    if name:match(rule.pattern) then
      return rule.rank
    end
  end
  return 1
end

---Names of the modules of this project that a Lua text requires by literal.
function M.requires(text)
  local list = {}
  for number, line in ipairs(source.lines(text)) do
    local code = line:gsub("%-%-.*", "")
    for name in code:gmatch("require%s*%(?%s*[\"'](wats[%w_.]*)[\"']") do
      list[#list + 1] = { line = number, name = name }
    end
  end
  return list
end

---Complaints about one Lua module.
---@param name string as in require
function M.check_lua(path, text, name, layers)
  local complaints, uses = {}, {}
  local domain = name:match("^wats%.domain%.([%w_]+)")
  for _, use in ipairs(M.requires(text)) do
    local fault
    if lua_rank(layers, use.name) > lua_rank(layers, name) then
      fault = "lies above"
    elseif domain and (use.name:match("^wats%.domain%.([%w_]+)") or domain) ~= domain then
      fault = "is a domain beside"
    end
    if fault then
      complaints[#complaints + 1] = ("%s:%d: %s %s %s"):format(
        path, use.line, use.name, fault, name)
    end
    uses[#uses + 1] = use.name
  end
  return complaints, uses
end

---A circle among modules, as "a -> b -> a", or nil.
---@param graph table<string, string[]>
function M.circle(graph)
  local state, trail = {}, {}
  local function visit(name)
    trail[#trail + 1] = name
    if state[name] == "open" then
      local first = 1
      while trail[first] ~= name do
        first = first + 1
      end
      return table.concat(trail, " -> ", first)
    end
    if not state[name] then
      state[name] = "open"
      for _, use in ipairs(graph[name] or {}) do
        local found = visit(use)
        if found then
          return found
        end
      end
      state[name] = "done"
    end
    trail[#trail] = nil
  end
  local names = {}
  for name in pairs(graph) do
    names[#names + 1] = name
  end
  table.sort(names)
  for _, name in ipairs(names) do
    local found = visit(name)
    if found then
      return found
    end
  end
end

local function append(list, more)
  table.move(more, 1, #more, #list + 1, list)
end

---@return string[] complaints
function M.run()
  local layers = require("layers")
  local complaints, headers = {}, {}
  for _, path in ipairs(source.find("^csrc/core/.*%.[ch]$", "csrc")) do
    local name = path:match("([^/]+)%.[ch]$")
    local found, uses = M.check_core(path, source.read(path), name, layers)
    append(complaints, found)
    headers[name] = headers[name] or {}
    append(headers[name], uses)
  end
  for _, path in ipairs(source.find("%.[ch]$", "csrc")) do
    if not path:match("^csrc/core/") then
      append(complaints, M.check_upper(path, source.read(path), layers))
    end
  end
  for _, path in ipairs(source.find("%.lua$", "lua")) do
    local name = path:gsub("^lua/", ""):gsub("%.lua$", ""):gsub("/init$", ""):gsub("/", ".")
    append(complaints, (M.check_lua(path, source.read(path), name, layers)))
  end
  local circle = M.circle(headers)
  if circle then
    complaints[#complaints + 1] = "csrc/core: a circle of includes: " .. circle
  end
  return complaints
end

return M
