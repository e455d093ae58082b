-- wats.cli.sandbox: `wats sandbox`, a WATS server on this machine in the foreground.

local child = require("wats.sandbox.child")
local common = require("wats.cli.common")

local M = {}

local DESCRIPTION = [[
Serves a sandbox: a WATS server for development and tests, on loopback only, with
its data in memory and a few processes and products to begin with. Prints its
url and its token, and serves until it is interrupted.]]

local function port_number(text)
  local port = math.tointeger(tonumber(text))
  if not port or port < 0 or port > 65535 then
    return nil, ("'%s' is not a port number"):format(text)
  end
  return port
end

local function token_text(text)
  if not text:find("^[%w+/=_.~-]+$") then
    return nil, "a token is one word of letters, digits and + / = _ . ~ -"
  end
  return text
end

--- Adds the subparser.
function M.describe(parser)
  local command = parser:command("sandbox", DESCRIPTION)
  command:summary("Serve a local WATS server for development and tests.")
  command:option("--port", "Port to listen on; 0: one that the system picks.")
    :default("0"):convert(port_number)
  command:option("--token", "What clients must send (default: a random one).")
    :convert(token_text)
  command:option("--port-file", "Write the port number to this file when it serves;"
    .. " the file is removed at the end."):argname("<file>")
  command:flag("--stdin-lifeline", "End when standard input ends.")
  return command:epilog(common.EXIT_CODES)
end

-- Readers see the whole number or no file.
local function write_port(path, port)
  local new = path .. ".new"
  local file, problem = io.open(new, "w")
  if not file then
    return nil, problem
  end
  file:write(port, "\n")
  file:close()
  return os.rename(new, path)
end

--- Serves; returns the exit code.
function M.run(args)
  local unwritten
  local done, problem = child.run({
    port = args.port,
    token = args.token,
    lifeline = args.stdin_lifeline,
    on_ready = function(url, token, port)
      local ok, why = io.stdout:write("url ", url, "\n", "token ", token, "\n")
      if ok then ok, why = io.stdout:flush() end
      unwritten = not ok and "cannot print url and token: " .. tostring(why)
      if not unwritten and args.port_file then
        ok, why = write_port(args.port_file, port)
        unwritten = not ok and why
      end
      return not unwritten
    end,
  })
  if args.port_file and not unwritten then
    os.remove(args.port_file)
  end
  if not done or unwritten then
    io.stderr:write("wats: sandbox: ", unwritten or problem, "\n")
    return 1
  end
  return 0
end

return M
