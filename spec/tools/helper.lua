-- helper.lua - shell commands for the specs of the build.

local M = {}

function M.quoted(text)
  return "'" .. text:gsub("'", "'\\''") .. "'"
end

---Runs a command for the shell; standard error comes with the output.
---@return boolean ok
---@return string output
function M.sh(command)
  local pipe = assert(io.popen("{ " .. command .. "\n} 2>&1"))
  local output = pipe:read("a")
  return pipe:close() or false, output
end

---The start of a command in an environment as bare as a new machine's: nothing
---of the make that runs the specs, and the interpreter as it is without
---`make asan`, which puts one of its own first.
function M.bare()
  local lua = (os.getenv("LUA") or "lua5.4"):gsub("^.*/interpreter/", "")
  local path = os.getenv("PATH"):gsub("[^:]*/interpreter:", "")
  return ("env -i PATH=%s LUA=%s "):format(M.quoted(path), M.quoted(lua))
end

---A new directory; it is the caller's to remove.
function M.directory()
  local ok, output = M.sh("mktemp -d")
  assert(ok, output)
  return (output:gsub("%s+$", ""))
end

function M.remove(path)
  assert(path:match("^/tmp/") or path:match("^" .. (os.getenv("TMPDIR") or "/tmp")))
  M.sh("rm -rf " .. M.quoted(path))
end

function M.write(path, text)
  local file = assert(io.open(path, "w"))
  file:write(text)
  file:close()
end

function M.has(program)
  return (M.sh("command -v " .. program))
end

return M
