-- weaken.lua - builds the module with one promise of the queue broken on purpose, so that the proof
-- of the queue can be seen to fail: a proof that cannot fail shows nothing.
--
--   lua5.4 tools/weaken.lua [NAME]     prints the names, or what to put into LUA_CPATH
--
-- A weakening is a change of text in C files. It must apply: when the code has changed, this list
-- has to follow. The changed copies lie in build/weak/NAME and are compiled by themselves; all else
-- are the objects of the plain build.

local M = {}

local DIRECTORY = "build/weak/"
local PLAIN = "build/plain/"

M.LIST = {
}

local function read(path)
  local file = assert(io.open(path, "rb"))
  local text = file:read("a")
  file:close()
  return text
end

local function write(path, text)
  local file = assert(io.open(path, "wb"))
  file:write(text)
  file:close()
end

local function quoted(text)
  return "'" .. text:gsub("'", "'\\''") .. "'"
end

local function run(command)
  local pipe = assert(io.popen("{ " .. command .. "\n} 2>&1"))
  local output = pipe:read("a")
  if not pipe:close() then error(command .. "\n" .. output, 0) end
  return output
end

---The text with every `from` replaced by its `to`; each must be there exactly once.
---@param text string
---@param changes { from: string, to: string }[]
---@return string
function M.apply(text, changes)
  for _, change in ipairs(changes) do
    local from, to = change.from, change.to
    local first, last = text:find(from, 1, true)
    if not first then error("it is not there any more: " .. from, 0) end
    if text:find(from, last + 1, true) then error("it is there twice: " .. from, 0) end
    text = text:sub(1, first - 1) .. to .. text:sub(last + 1)
  end
  return text
end

local function setting(name)
  return read(PLAIN .. "config.mk"):match(name .. " := ([^\n]*)") or ""
end

local function compile(source, object)
  run(table.concat({ os.getenv("CC") or "cc", "-std=c11 -D_GNU_SOURCE -O2 -g -w -fPIC",
    "-fvisibility=hidden -iquote csrc/core -iquote csrc -Icsrc -Iinclude", setting("LUA_CFLAGS"),
    setting("LIB_CFLAGS"), "-c -o", quoted(object), quoted(source) }, " "))
end

local function link(module, replaced)
  local objects = {}
  for source in run("ls csrc/*.c csrc/core/*.c"):gmatch("[^\n]+") do
    local object = PLAIN .. source:gsub("%.c$", ".o")
    objects[#objects + 1] = quoted(replaced[source] or object)
  end
  run(table.concat({ os.getenv("CC") or "cc", setting("SHARED"), "-o", quoted(module),
    table.concat(objects, " "), setting("LIBS") }, " "))
end

---Is there a plain build to begin with, and do the specs run with it?
function M.is_possible()
  local file = io.open(PLAIN .. "config.mk")
  if file then file:close() end
  return file ~= nil and (os.getenv("BUILD") or "build/plain") == "build/plain"
end

---Builds one; returns what finds its module.
---@param name string
---@return string cpath
function M.build(name)
  local weakening = M.LIST[name] or error("no such weakening: " .. name, 0)
  local directory, replaced = DIRECTORY .. name, {}
  run("mkdir -p " .. quoted(directory .. "/wats"))
  for file, changes in pairs(weakening) do
    local copy = directory .. "/" .. file:match("[^/]+$")
    write(copy, M.apply(read(file), changes))
    replaced[file] = copy:gsub("%.c$", ".o")
    compile(copy, replaced[file])
  end
  link(directory .. "/wats/core.so", replaced)
  return run("pwd"):gsub("%s+$", "") .. "/" .. directory .. "/?.so"
end

if arg and arg[0] and arg[0]:match("weaken%.lua$") then
  if arg[1] then
    print(M.build(arg[1]))
  else
    local names = {}
    for name in pairs(M.LIST) do names[#names + 1] = name end
    table.sort(names)
    print(table.concat(names, "\n"))
  end
end
return M
