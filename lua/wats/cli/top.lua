-- wats.cli.top: `wats top`, a running station at a glance, again and again.

local common = require("wats.cli.common")
local core = require("wats.core")
local progress = require("wats.cli.progress")
local station_page = require("wats.cli.station_page")
local top_view = require("wats.cli.top_view")
local wats = require("wats")

local M = {}

local DESCRIPTION = [[
Shows a running station: its queue, cache, server, process, and its requests by
route with their durations; every 2 seconds anew, until it is interrupted. With
--once, or where the output is no terminal, one page as plain text.]]

local function interval(text)
  local number = tonumber(text)
  if number and number >= 0.2 and number <= 3600 then return number end
  return nil, ("'%s' is not a number of seconds from 0.2 to 3600"):format(text)
end

--- Adds the subparser.
function M.describe(parser)
  local command = parser:command("top", DESCRIPTION)
  command:summary("Show a running station, live.")
  station_page.add_options(command)
  command:option("--interval", "Seconds from one page to the next."):default("2")
    :convert(interval)
  command:flag("--once", "One page, as plain text.")
  return command:epilog(common.EXIT_CODES)
end

local STDOUT <const> = 1

local size = progress.terminal_size

---@return wats.cli.Reading?
---@return string? problem
local function reading(station)
  local text, problem = station:fetch()
  if not text then return nil, problem end
  return { time = core.monotonic(), wall = core.time(), series = station_page.read(text) }
end

-- At most `columns` characters.
local function cut(line, columns)
  local past = utf8.len(line) and utf8.offset(line, columns + 1)
  return past and line:sub(1, past - 1) or line:sub(1, utf8.len(line) and -1 or columns)
end

-- From the upper left corner; what was longer before is erased.
local function draw(lines)
  local rows, columns = size()
  local out = { "\27[H" }
  for i = 1, math.min(#lines, rows - 1) do
    out[#out + 1] = cut(lines[i], columns) .. "\27[K\n"
  end
  out[#out + 1] = "\27[J"
  common.write(table.concat(out))
  common.flush()
end

local function watch(station, pause)
  local before
  while true do
    local now, problem = reading(station)
    draw(now and top_view.lines(now, before, station.url, size()) or { problem })
    before = now or before
    wats.sleep(pause)
  end
end

--- Shows; returns the exit code.
function M.run(args)
  local station, problem = station_page.open(args.url)
  if not station then
    io.stderr:write("wats: top: ", problem, "\n")
    return common.USAGE
  end
  if not args.once and core.is_terminal(STDOUT) then
    common.write("\27[2J")
    local _, why = pcall(watch, station, args.interval)
    if tostring(why):find("interrupted!", 1, true) then return common.OK end
    io.stderr:write("wats: top: ", tostring(why), "\n")
    return common.FAILED
  end
  local now
  now, problem = reading(station)
  if not now then
    io.stderr:write("wats: top: ", problem, "\n")
    return common.FAILED
  end
  common.print(table.concat(top_view.lines(now, nil, station.url), "\n"))
  return common.OK
end

return M
