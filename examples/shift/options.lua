-- shift.options: the command line of the example.

local argparse = require("argparse")

local options = {}

local DESCRIPTION = [[
Reports a shift of a test station: reads the logs of its tester, looks up process and
product for each unit, builds the report, submits it, and reads some back to compare them.
Runs against a sandbox, a WATS server that it starts on this machine for the time.]]

local EPILOG = [[
Exit codes: 0 everything was reported and read back as it was sent (units that fail their
test are no failure of the program), 1 something was not (it says what), 2 the command line
was wrong.]]

---@class shift.Options
---@field data string
---@field keep string
---@field stop_server boolean?
---@field health integer?
---@field pace number
---@field url string?
---@field token string?

-- Of a text: the number, if it is between these (and passes `also`), else nil.
local function in_range(low, high, also)
  return function(text)
    local value = tonumber(text)
    if value and also then value = also(value) end
    return value and value >= low and value <= high and value or nil
  end
end

local function make_parser(here)
  local parser = argparse("shift.lua", DESCRIPTION):epilog(EPILOG)
  parser:option("--data", "Directory with the logs (*.csv)."):argname("<dir>")
    :default(here .. "/data")
  parser:option("--keep", "Where reports that could not be sent are kept, as <id>.json.")
    :argname("<dir>"):default("unsent")
  parser:flag("--stop-server", "Stop the sandbox half-way, to see what a station does then.")
  parser:option("--health", "Serve /health and /metrics on this port of this machine meanwhile"
    .. " (0: one that is free), for curl, `wats top` or Prometheus."):argname("<port>")
    :convert(in_range(0, 65535, math.tointeger))
  parser:option("--pace", "Seconds that each unit takes at least, as if it were tested now.")
    :argname("<seconds>"):convert(in_range(0, 3600)):default("0")
  parser:option("--url", "A WATS server to report to, in place of a sandbox. The reports go"
    .. " there for good."):argname("<url>")
  parser:option("--token", "Its token; better given in WATS_AUTH_TOKEN, where other users of"
    .. " this machine do not see it."):argname("<token>")
  return parser
end

local function contradiction(args)
  if args.token and not args.url then return "--token is for the server of --url" end
  if args.stop_server and args.url then return "--stop-server stops only a sandbox, not --url" end
  return nil
end

-- Reads the command line; nil after it has said what is wrong with it. `--help` prints and ends
-- the program.
---@param argv string[]
---@param here string  directory of the script
---@return shift.Options?
function options.read(argv, here)
  local parser = make_parser(here)
  local ok, args = parser:pparse(argv)
  local problem = not ok and args or contradiction(args)
  if problem then
    io.stderr:write(parser:get_usage(), "\n\nshift.lua: ", problem, "\n")
    return nil
  end
  return args
end

return options
