-- A directory, a sandbox and an environment for specs of the program's commands: new before each.
--
--   local it, station = stations(it, pending, setup, teardown, before_each, after_each)
--   it("...", function() station.run("submit", station.file("a.json", text)) end)

local json = require("wats.json")
local program = require("spec.support.program")
local queued = require("spec.support.queued")
local support = require("spec.support.client")

return function(it, pending, setup, teardown, before_each, after_each)
  local world
  it, world = queued(it, pending, setup, teardown, before_each, after_each)
  local station = { world = world }

  --- The environment of the station's programs: server, token, queue.
  function station.env(changes)
    local env = { WATS_BASE_URL = world.sandbox.url, WATS_AUTH_TOKEN = support.TOKEN,
      WATS_STATION = "S", WATS_QUEUE = world.path, HOME = world.directory,
      LUA_PATH = package.path, LUA_CPATH = package.cpath }
    for name, value in pairs(changes or {}) do env[name] = value end
    return env
  end

  --- Runs `wats`: exit code, output, errors.
  function station.run(...)
    return program.run({ ... }, { env = station.env() })
  end

  --- Runs it with --json: exit code, list of values, errors.
  function station.json(...)
    local arguments = { ... }
    arguments[#arguments + 1] = "--json"
    local code, out, errors = program.run(arguments, { env = station.env() })
    local list = {}
    for line in out:gmatch("[^\n]+") do list[#list + 1] = assert(json.decode(line)) end
    return code, list, errors
  end

  --- Writes a file into the directory; its path.
  function station.file(name, text)
    local path = world.directory .. "/" .. name
    local file = assert(io.open(path, "wb"))
    file:write(text)
    file:close()
    return path
  end

  return it, station, world
end
