-- wats.cli.main: the program `wats`: reads the command line and calls the command.
--
-- Each command is a module wats.cli.<name> with `describe(parser)`, which adds its own subparser,
-- and `run(args)`, which does it and returns an exit code.

local argparse = require("argparse")
local common = require("wats.cli.common")

local M = {}

local COMMANDS = { "submit", "queue", "watch", "sandbox" }

local function make_parser()
  local parser = argparse("wats", "Client of a factory test station for a WATS server.")
  parser:epilog(common.EXIT_CODES)
  parser:command_target("command")
  parser:require_command(false)
  parser:flag("--version", "Print the version.")
  for _, name in ipairs(COMMANDS) do
    require("wats.cli." .. name).describe(parser)
  end
  return parser
end

--- Runs a command line and returns the exit code.
---@param argv string[]
---@return integer
function M.run(argv)
  local parser = make_parser()
  local ok, args = parser:pparse(argv)
  if not ok then
    io.stderr:write(parser:get_usage(), "\n\nwats: ", args, "\n")
    return common.USAGE
  elseif args.version then
    print("wats " .. require("wats.core").version)
    return common.OK
  elseif not args.command then
    print(parser:get_help())
    return common.USAGE
  end
  return require("wats.cli." .. args.command).run(args)
end

return M
