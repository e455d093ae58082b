-- A token of its own for a station, in place of one that all stations share.
--
--   lua5.4 examples/domains/auth.lua FILE  against a sandbox that it starts, or WATS_BASE_URL
--
-- FILE gets the token, readable by its owner alone; without it the token is only tried out.
local wats = require("wats")

-- A WATS server on this machine, unless the environment names one (with WATS_AUTH_TOKEN).
local server <close> = not os.getenv("WATS_BASE_URL")
  and assert(require("wats.sandbox").spawn()) or nil
local base_url = server and server.url or os.getenv("WATS_BASE_URL")
local client <close> = assert(wats.connect { base_url = base_url,
  token = server and server.token })

-- Shown once. Where the station had one already, this ends it.
local name = client.station.name
local token = assert(client.auth:get_token { identifier = "station " .. name, reset = true })
assert(type(token) == "string", "this server gives a record; see its documentation")
print("a token of its own was made")

local station <close> = assert(wats.connect { base_url = base_url, token = token })
print("the server lets it in: " .. tostring(station.app:get_version() ~= nil))

local again, err = client.auth:get_token { identifier = "station " .. name }
print("shown again: " .. (again and "yes" or err.kind))

if arg and arg[1] then
  -- Made anew before anything is in it, so that nobody can read it in between, or from before.
  local quoted = "'" .. arg[1]:gsub("'", "'\\''") .. "'"
  assert(os.execute("umask 077 && rm -f -- " .. quoted .. " && : > " .. quoted))
  local file = assert(io.open(arg[1], "w"))
  file:write(token, "\n")
  file:close()
  print("kept in a file that only its owner can read")
end
