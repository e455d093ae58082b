-- wats.cli.main: the program `wats`: reads the command line and calls the command.
--
-- Each command is a module wats.cli.<name> with `describe(parser)`, which adds its own subparser,
-- and `run(args)`, which does it and returns an exit code.

local argparse = require("argparse")
local common = require("wats.cli.common")

local M = {}

local COMMANDS = {
  "submit", "convert", "queue", "watch", "report", "metrics", "top", "sandbox",
}

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

-- The three standard files, should the program have been started without one: else the next file
-- that is opened, one of the queue's own, would get its number, and what is printed. Open for
-- reading alone: what is printed then goes nowhere, and nobody is told that it went out.
M.standard = {}

local function run(argv)
  local parser = make_parser()
  local ok, args = parser:pparse(argv)
  if not ok then
    io.stderr:write(parser:get_usage(), "\n\nwats: ", args, "\n")
    return common.USAGE
  elseif args.version then
    common.print("wats " .. require("wats.core").version)
    return common.OK
  elseif not args.command then
    common.print(parser:get_help())
    return common.USAGE
  end
  return require("wats.cli." .. args.command).run(args)
end

--- Runs a command line and returns the exit code.
---@param argv string[]
---@return integer
function M.run(argv)
  for i = 1, 3 do M.standard[i] = io.open("/dev/null", "r") end
  local code = run(argv)
  common.flush()
  if not common.unwritten then return code end
  io.stderr:write("wats: standard output: ", common.unwritten, "\n")
  return code == common.OK and common.FAILED or code
end

return M
