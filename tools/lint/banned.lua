-- banned.lua - functions that the project does not call, and why.

local source = require("lint.source")

local M = {}

M.C = {
  sprintf = "no bound: snprintf",
  vsprintf = "no bound: vsnprintf",
  strcpy = "no bound: memcpy",
  strcat = "no bound: a buffer",
  strtok = "hidden state, changes its input",
  gets = "no bound",
  atoi = "cannot tell an error: strtol",
  alloca = "no way to fail",
  localtime = "hidden state: localtime_r",
  gmtime = "hidden state: gmtime_r",
  strerror = "hidden state: strerror_r",
  rand = "hidden state, poor",
  srand = "hidden state, poor",
}

-- Where allocations must be able to fail on demand.
M.HEAP = {}
for _, name in ipairs({ "malloc", "calloc", "realloc", "free", "strdup", "strndup" }) do
  M.HEAP[name] = "core memory comes through core/alloc.h"
end

M.LIBRARY = {
  print = "a library does not write to the terminal",
  ["os.exit"] = "a library does not end its host",
  ["io.write"] = "a library does not write to the terminal",
  setfenv = "not in Lua 5.4",
}

local function scan(path, code, names, complaints)
  for number, line in ipairs(source.lines(code)) do
    for at, word in line:gmatch("()([%a_][%w_.]*)%s*%(") do
      local before = line:sub(1, at - 1)
      -- A member of that name, or a definition, is no call of it.
      local other = before:match("[.:>]$") or before:match("function%s+$")
      if names[word] and not other then
        complaints[#complaints + 1] = ("%s:%d: %s: %s"):format(path, number, word, names[word])
      end
    end
  end
end

---@return string[] complaints
function M.check_c(path, text)
  local complaints, code = {}, source.c_code(text)
  scan(path, code, M.C, complaints)
  if path:match("^csrc/core/") and not path:match("/alloc%.[ch]$") then
    scan(path, code, M.HEAP, complaints)
  end
  return complaints
end

---@return string[] complaints
function M.check_lua(path, text)
  local complaints = {}
  local program = path:match("^lua/wats/cli%f[%W]") or path:match("^lua/wats/sandbox%f[%W]")
  if path:match("^lua/") and not program then
    scan(path, source.lua_code(text), M.LIBRARY, complaints)
  end
  return complaints
end

---@return string[] complaints
function M.run()
  local complaints = {}
  for _, path in ipairs(source.find("%.[ch]$", "csrc", "include")) do
    local found = M.check_c(path, source.read(path))
    table.move(found, 1, #found, #complaints + 1, complaints)
  end
  for _, path in ipairs(source.find("%.lua$", "lua")) do
    local found = M.check_lua(path, source.read(path))
    table.move(found, 1, #found, #complaints + 1, complaints)
  end
  return complaints
end

return M
