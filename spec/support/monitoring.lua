-- Which metrics a document speaks of, and which there are.

package.path = "./tools/?.lua;" .. package.path
local monitoring = require("monitoring")

local M = {}

function M.read(path)
  local file = assert(io.open(path))
  local text = file:read("a")
  file:close()
  return text
end

-- Names of all series, those of histograms as they are shown.
local function series()
  local names, families, lacking = {}, monitoring.families()
  for _, family in ipairs(families) do
    names[family.name] = true
    if family.type == "histogram" then
      for _, suffix in ipairs { "_bucket", "_sum", "_count" } do
        names[family.name .. suffix] = true
      end
    end
  end
  return names, lacking
end

--- Names in a text that look like a metric's and are none. Those of parts that this build has not
--- are not judged.
---@param text string
---@return string[]
function M.unknown(text)
  local names, lacking = series()
  local list, seen = {}, {}
  for name in text:gmatch("%f[%w_]([wp][%w_]+)") do
    local judged = name:find("^wats_%w") or name:find("^process_%w")
    for _, prefix in ipairs(lacking) do judged = judged and not name:find("^" .. prefix) end
    if judged and not names[name] and not seen[name] then
      seen[name] = true
      list[#list + 1] = name
    end
  end
  return list
end

return M
