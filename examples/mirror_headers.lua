-- Keeps a file of report headers up to date:  lua5.4 examples/mirror_headers.lua [FILE]
--
-- One JSON object a line, in the order in which the server took the reports in. The last line says
-- where to go on; a report that was sent again moves to the end. Each save is a new file that
-- takes the old one's name, so a run that is broken off at any point leaves a whole file, and the
-- next one goes on from there. Two at once would write the same new file: let one end first.
local wats = require("wats")

local FIELDS = { "uuid", "timeStamp", "serialNumber", "partNumber", "result", "start",
  "processCode", "stationName", "receiveCount" }
local SAVE_EVERY = 5000
-- The server may still be taking in a report while one with a later number is already to be seen.
local OVERLAP = 100

local function load_mirror(path)
  local mirror = { headers = {}, cursor = 0 }
  local file = io.open(path)
  for line in file and file:lines() or function() end do
    local header = assert(wats.json.decode(line))
    mirror.headers[header.uuid] = header
    mirror.cursor = math.max(mirror.cursor, header.timeStamp)
  end
  if file then file:close() end
  return mirror
end

local function save(mirror, path)
  local list = {}
  for _, header in pairs(mirror.headers) do list[#list + 1] = header end
  table.sort(list, function(a, b) return a.timeStamp < b.timeStamp end)
  local file = assert(io.open(path .. ".new", "w"))
  for _, header in ipairs(list) do assert(file:write(wats.json.encode(header), "\n")) end
  assert(file:close())
  assert(os.rename(path .. ".new", path))
  return #list
end

-- Brings the file up to date; returns how many headers are new, have changed, and are in it.
local function update(client, path)
  local mirror, new, changed, unsaved = load_mirror(path), 0, 0, 0
  local after = math.max(0, mirror.cursor - OVERLAP)
  for header in client.report:headers { after = after, select = FIELDS, again = true } do
    local old = mirror.headers[header.uuid]
    if not old or old.timeStamp ~= header.timeStamp then
      if old then changed = changed + 1 else new = new + 1 end
      mirror.headers[header.uuid], unsaved = header, unsaved + 1
    end
    if unsaved == SAVE_EVERY then
      save(mirror, path)
      unsaved = 0
    end
  end
  return new, changed, save(mirror, path)
end

local function report(client, path)
  print(("%d new, %d changed, %d in the file"):format(update(client, path)))
end

if os.getenv("WATS_BASE_URL") then -- yours: WATS_BASE_URL and WATS_AUTH_TOKEN
  local client <close> = assert(wats.connect())
  return report(client, assert(arg[1], "which file?"))
end

-- Else a WATS server on this machine, where reports come in between two runs.
local server <close> = assert(require("wats.sandbox").spawn())
local client <close> = assert(wats.connect { base_url = server.url, token = server.token })
local path = arg[1] or os.tmpname()
assert(server:make_reports { count = 12000, failEvery = 50 })
report(client, path)
assert(server:make_reports { count = 30, serialNumber = "NEW" })
local failed = assert(client.report:query_headers { filter = { result = "Failed" }, top = 1 })[1]
assert(client.report:submit(assert(client.report:get_report(failed.uuid)))) -- sent again
report(client, path)
if not arg[1] then os.remove(path) end
