-- wats.queue.place: where the queue of a station is, for programs that were not told.
--
-- In this order: what was named, WATS_QUEUE, `queue.path` of the configuration file, and
-- $XDG_STATE_HOME/wats/outbox.db, which is ~/.local/state/wats/outbox.db. Only in the last case
-- directories are made, for this user alone: reports are nobody else's business.

local config = require("wats.config")
local core = require("wats.core")
local errors = require("wats.errors")

local place = {}

local function io_error(format, ...)
  return errors.new { kind = "io", message = "the queue's place: " .. format:format(...) }
end

-- Relative paths in these variables are to be ignored (XDG Base Directory Specification).
local function absolute(name)
  local path = config.getenv(name)
  return path and path:sub(1, 1) == "/" and path or nil
end

-- The directory in which programs of this user keep what they must not lose.
local function state_directory()
  local path = absolute("XDG_STATE_HOME")
  if path then return path end
  path = absolute("HOME")
  return path and path .. "/.local/state"
end

local function default()
  local state = state_directory()
  if not state then
    return nil, io_error("there is no HOME in the environment: name the file in WATS_QUEUE")
  end
  local directory = state:gsub("(.)/+$", "%1") .. "/wats"
  local made, problem = core.make_directory(directory)
  if not made then return nil, io_error("%s", problem) end
  return directory .. "/outbox.db"
end

-- The file of the queue. Raises where a variable of the environment is wrong.
---@param named? string        wins over everything
---@param config_file? string  in place of WATS_CONFIG
---@return string? path
---@return wats.Error? err  the configuration file cannot be used, or the directory not be made
function place.find(named, config_file)
  if named then return named end
  local of_environment = config.getenv("WATS_QUEUE")
  if of_environment and of_environment ~= "" then return of_environment end
  local said, err = config.look({ config = config_file }, "wats.queue")
  if not said then return nil, err end
  if said.queue and said.queue.path then return said.queue.path end
  return default()
end

return place
