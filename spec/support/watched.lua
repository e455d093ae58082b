-- A folder, a queue that stores only, and a watcher between them, for the specs of the watch
-- folder: new before each of them.
--
--   local it, place, world = watched(it, pending, setup, teardown, before_each, after_each)
--   place.folder (folder.lua)   place.queue   place.watch(opts [, queue]) -> watcher

local errors = require("wats.errors")
local folders = require("spec.support.folder")
local json = require("wats.json")
local queued = require("spec.support.queued")

---@class spec.WatchPlace
---@field folder table
---@field queue wats.Queue
---@field watcher? wats.Watcher  the last one
local function new_place()
  local place = {}

  --- The watcher counts files as complete at once, unless told otherwise.
  function place.watch(opts, queue)
    local all = { settle = 0 }
    for name, value in pairs(opts or {}) do all[name] = value end
    place.watcher = assert((queue or place.queue):watch(place.folder.path, all))
    return place.watcher
  end

  --- A queue that answers `submit` with an error as long as it has one in `err`.
  function place.failing(kind)
    local proxy = { err = errors.new { kind = kind, message = "no room" }, asked = 0 }
    function proxy.submit(_, ...)
      proxy.asked = proxy.asked + 1
      if proxy.err then return nil, proxy.err end
      return place.queue:submit(...)
    end
    return setmetatable(proxy, { __index = place.queue })
  end

  --- "kind name" of each event.
  function place.told(events)
    local list = {}
    for i, event in ipairs(events) do list[i] = event.kind .. " " .. tostring(event.name) end
    return list
  end

  function place.id_of(text) return json.decode(text).id end

  return place
end

return function(it, pending, setup, teardown, before_each, after_each)
  local world
  it, world = queued(it, pending, setup, teardown, before_each, after_each)
  local place = new_place()

  before_each(function()
    place.folder = folders.new()
    place.queue = world.directory and world.store() -- none without SQLite
  end)
  after_each(function()
    if place.watcher then place.watcher:close() end
    place.watcher = nil
    place.folder:remove()
  end)
  return it, place, world
end
