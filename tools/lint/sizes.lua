-- sizes.lua - no function and no file longer than CONTRIBUTING.md allows.

local source = require("lint.source")

local M = {}

M.LIMITS = {
  c = { fn = 80, file = 600 },
  lua = { fn = 60, file = 400 },
}
-- What most functions in C stay under; counted, not refused.
M.C_AIM = 35

---Functions of a C text in the project's style: the braces of a function's
---body, and only those, stand alone in the first column.
---@return table[] list of { name, line, length }
function M.c_functions(text)
  local functions, begun, name = {}, nil, nil
  for number, line in ipairs(source.lines(source.c_code(text))) do
    if line:match("^{%s*$") then
      begun = number
    elseif line:match("^}%s*$") and begun then
      functions[#functions + 1] = { name = name or "?", line = begun, length = number - begun + 1 }
      begun = nil
    elseif not begun and line:match("^[%a_]") then
      name = line:match("([%w_]+)%s*%(") or name
    end
  end
  return functions
end

local OPENS = { ["function"] = true, ["do"] = true, ["if"] = true, ["repeat"] = true }
local CLOSES = { ["end"] = true, ["until"] = true }
-- Functions given to these hold specs, not code: they may be long.
local SPEC_BLOCKS = { describe = true, context = true, insulate = true, expose = true }

---Functions of a Lua text, nested ones too.
---@return table[] list of { name, line, length }
function M.lua_functions(text)
  local functions, open = {}, {}
  for number, line in ipairs(source.lines(source.lua_code(text))) do
    for before, word in line:gmatch("()([%a_][%w_]*)") do
      local is_field = line:sub(before - 1, before - 1):match("[.:]")
      if not is_field and OPENS[word] then
        open[#open + 1] = {
          fn = word == "function",
          line = number,
          name = line:match("function%s+([%w_.:]+)", before) or "a function",
          spec = SPEC_BLOCKS[line:match("^%s*(%a+)")],
        }
      elseif not is_field and CLOSES[word] then
        local block = table.remove(open)
        if block and block.fn and not block.spec then
          functions[#functions + 1] =
            { name = block.name, line = block.line, length = number - block.line + 1 }
        end
      end
    end
  end
  return functions
end

---Complaints about one file.
---@param kind "c"|"lua"
---@return string[] complaints
---@return table[] functions
function M.check(path, text, kind)
  local limits, complaints = M.LIMITS[kind], {}
  local functions = M[kind .. "_functions"](text)
  for _, fn in ipairs(functions) do
    if fn.length > limits.fn then
      complaints[#complaints + 1] = ("%s:%d: %s has %d lines, %d are allowed"):format(
        path, fn.line, fn.name, fn.length, limits.fn)
    end
  end
  local count = #source.lines(text)
  if count > limits.file then
    complaints[#complaints + 1] = ("%s: %d lines, %d are allowed"):format(
      path, count, limits.file)
  end
  return complaints, functions
end

---Complaints about the whole project, and a word on the rest.
---@return string[] complaints
---@return string summary
function M.run()
  local complaints, over, count = {}, 0, 0
  for _, path in ipairs(source.find("%.[ch]$", "csrc", "include")) do
    local found, functions = M.check(path, source.read(path), "c")
    table.move(found, 1, #found, #complaints + 1, complaints)
    count = count + #functions
    for _, fn in ipairs(functions) do
      if fn.length > M.C_AIM then
        over = over + 1
      end
    end
  end
  local roots = { "lua", "spec", "tools", "examples", "bench", "bin" }
  for _, path in ipairs(source.find("%.lua$", table.unpack(roots))) do
    local found = M.check(path, source.read(path), "lua")
    table.move(found, 1, #found, #complaints + 1, complaints)
  end
  return complaints, ("%d of %d C functions have more than %d lines"):format(over, count, M.C_AIM)
end

return M
