-- wats.cli.metrics: `wats metrics`, the figures of a running station.

local common = require("wats.cli.common")
local station_page = require("wats.cli.station_page")

local M = {}

local DESCRIPTION = [[
Prints the figures of a running station, as its health endpoint shows them: in
Prometheus' text format, or with --json as JSON, with summaries of cache and
queue. docs/monitoring.md says what they mean.]]

--- Adds the subparser.
function M.describe(parser)
  local command = parser:command("metrics", DESCRIPTION)
  command:summary("Print the figures of a running station.")
  station_page.add_options(command)
  command:flag("--json", "Print JSON.")
  return command:epilog(common.EXIT_CODES)
end

--- Prints; returns the exit code.
function M.run(args)
  local station, problem = station_page.open(args.url)
  if not station then
    io.stderr:write("wats: metrics: ", problem, "\n")
    return common.USAGE
  end
  local text
  text, problem = station:fetch(args.json and "json" or "prometheus")
  if not text then
    io.stderr:write("wats: metrics: ", problem, "\n")
    return common.FAILED
  end
  common.write(text, text:sub(-1) == "\n" and "" or "\n")
  return common.OK
end

return M
