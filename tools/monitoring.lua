-- monitoring.lua [--check] - writes the table of all metrics into docs/monitoring.md, between two
-- marks, from what the registry says; with --check it only tells whether that would change anything
-- (exit code 1).
--
-- Whatever makes metrics is made here once, and nothing is asked of any network: a client, and a
-- queue and a health endpoint where the build has them. Where it lacks one, what the table has of
-- its metrics stays as it is.

local metrics = require("wats.metrics")
local wats = require("wats")

local M = {}

local DOCUMENT <const> = "docs/monitoring.md"
local BEGIN <const> = "<!-- made by tools/monitoring.lua: begin -->\n"
local END <const> = "<!-- end -->\n"

local function scratch_folder()
  local name = os.tmpname()
  os.remove(name)
  assert(os.execute("mkdir -m 700 " .. name))
  return name
end

-- What `use` returns for the module, or nil where this build has none.
local function optional(name, use)
  if not package.searchpath(name, package.path) then return nil end
  local ok, result, err = pcall(use, require(name))
  if ok and result then return result end
  local why = tostring(ok and err or result)
  assert(why:find("built without", 1, true), why)
  return nil
end

-- Of a registry in which a family has come to its bound: what is then counted.
local function overflow_families(by_name)
  local registry = metrics.new()
  local family = registry:gauge("too_many", "", { "l" })
  for i = 1, 1001 do family:set(i, { l = i }) end
  for _, entry in ipairs(registry:families()) do
    if entry.name ~= "too_many" then by_name[entry.name] = entry end
  end
end

-- All metrics that the library can show.
---@return wats.metrics.family[] families  in order of name
---@return string[] lacking  how the names begin of those that this build has not
function M.families()
  local folder, lacking = scratch_folder(), {}
  local client = assert(wats.connect { base_url = "http://127.0.0.1:1", token = "none",
    station = "S" })
  local queue = optional("wats.queue", function(module)
    return module.open { path = folder .. "/queue.db", client = client }
  end)
  local health = optional("wats.health", function(module)
    return module.serve { port = 0, heartbeat_timeout = 60 }
  end)
  if not queue then lacking[#lacking + 1] = "wats_queue_" end
  if health then health:set("door", true) else lacking[#lacking + 1] = "wats_health_" end
  local by_name, list = {}, {}
  for _, family in ipairs(metrics.default():families()) do by_name[family.name] = family end
  overflow_families(by_name)
  if health then health:stop() end
  if queue then queue:close() end
  client:close()
  os.execute("rm -r " .. folder)
  for _, family in pairs(by_name) do list[#list + 1] = family end
  table.sort(list, function(a, b) return a.name < b.name end)
  return list, lacking
end

local function row(family)
  local labels = {}
  for i, name in ipairs(family.labels) do labels[i] = "`" .. name .. "`" end
  return ("| `%s` | %s | %s | %s |"):format(family.name, family.type, table.concat(labels, ", "),
    (family.help:gsub("|", "\\|")))
end

-- Those of the old table that are of none of this build's metrics.
local function kept_rows(old, lacking)
  local rows = {}
  for line in old:gmatch("[^\n]+") do
    for _, prefix in ipairs(lacking) do
      if line:find("| `" .. prefix, 1, true) == 1 then rows[#rows + 1] = line end
    end
  end
  return rows
end

local function read(path)
  local file = assert(io.open(path))
  local text = file:read("a")
  file:close()
  return text
end

-- The document with a fresh table.
---@param text string
---@param families wats.metrics.family[]
---@param lacking string[]
---@return string
function M.renew(text, families, lacking)
  local _, first = text:find(BEGIN, 1, true)
  local last = text:find(END, first or 1, true)
  assert(first and last, DOCUMENT .. ": the marks of the table are not there")
  local rows = kept_rows(text:sub(first + 1, last - 1), lacking)
  for _, family in ipairs(families) do rows[#rows + 1] = row(family) end
  table.sort(rows)
  return text:sub(1, first) .. "| metric | kind | labels | |\n|--|--|--|--|\n"
    .. table.concat(rows, "\n") .. "\n" .. text:sub(last)
end

local function main(mode)
  local text = read(DOCUMENT)
  local fresh = M.renew(text, M.families())
  if fresh == text then return end
  if mode == "--check" then
    print(DOCUMENT .. " has drifted: lua tools/monitoring.lua")
    os.exit(1)
  end
  local file = assert(io.open(DOCUMENT, "w"))
  file:write(fresh)
  file:close()
end

if arg and arg[0] and arg[0]:find("tools/monitoring%.lua$") then main(arg[1]) end

return M
