-- shift.unsent: keeps reports that the server did not confirm as files, one for each, named by the
-- report's id. Such a file is the text that would have been sent: `client.report:submit(text)`
-- sends it later, and sent twice it is still one report.

local unsent = {}

local function quoted(text) return "'" .. text:gsub("'", "'\\''") .. "'" end

-- Writes the whole file or none: nobody finds half a report under its name.
local function write(name, text)
  local file, problem = io.open(name .. ".new", "wb")
  if not file then return nil, problem end
  local written
  written, problem = file:write(text)
  local closed, why = file:close()
  if not (written and closed) then
    os.remove(name .. ".new")
    return nil, problem or why
  end
  return os.rename(name .. ".new", name)
end

-- Keeps a report in the directory, which is made when it is first needed. When that fails too the
-- report is returned as text, so that the caller can still put it somewhere.
---@param directory string
---@param uut wats.Report
---@return string? name     of the file
---@return string? problem
---@return string? text     what could not be written
function unsent.keep(directory, uut)
  local text, err = uut:to_json()
  if not text then return nil, tostring(err) end
  local name = ("%s/%s.json"):format(directory, uut.id)
  local done, problem = write(name, text)
  if not done and os.execute("mkdir -p -- " .. quoted(directory) .. " 2>/dev/null") then
    done, problem = write(name, text)
  end
  if done then return name end
  return nil, problem, text
end

return unsent
