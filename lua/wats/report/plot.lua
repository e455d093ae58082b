-- wats.report.plot: a chart of a step as an SVG drawing: axes as the chart's type says, a line for
-- each series, the limits of the step's measurements.
--
-- The format keeps the numbers of an axis as one text with semicolons. What is no finite number
-- (NaN, nothing, a word) is a gap, and so is on a logarithmic axis what is not above 0. Where
-- many points fall into one column of the drawing, of them only the first, the lowest, the
-- highest and the last are drawn, so that no peak is lost. Never raises; all coordinates lie
-- within the view box. The colours are for wats.report.html_style to say.

local axis = require("wats.report.axis")
local escape = require("wats.report.escape")
local shown = require("wats.report.shown")

local plot = {}

plot.WIDTH, plot.HEIGHT = 640, 300
local LEFT, RIGHT, TOP, BOTTOM = 66, 12, 10, 46
local INNER_WIDTH, INNER_HEIGHT = plot.WIDTH - LEFT - RIGHT, plot.HEIGHT - TOP - BOTTOM

plot.COLOURS = 8

-- ---- numbers ---------------------------------------------------------------------------------

local INF = math.huge

-- The numbers of a text, false for what is none; and how many there are.
local function read(text)
  local list, count = {}, 0
  if type(text) ~= "string" or text == "" then return list, 0 end
  for piece in (text .. ";"):gmatch("([^;]*);") do
    count = count + 1
    local number = not piece:find("[xX]") and tonumber(piece)
    if number and (number ~= number or number == INF or number == -INF) then number = false end
    list[count] = number and number + 0.0 or false
  end
  -- a semicolon at the end stands for no number
  if count > 0 and text:sub(-1) == ";" then list[count], count = nil, count - 1 end
  return list, count
end

---@class wats.report.Series
---@field name string
---@field x (number|false)[]
---@field y (number|false)[]
---@field count integer
---@field left_out integer   points that a logarithmic axis has no place for

local function read_series(record, number, log_x, log_y)
  local y, count = read(record.ydata)
  local x, x_count = read(record.xdata)
  if x_count == 0 then
    for i = 1, count do x[i] = i - 1.0 end
    -- without numbers of their own the points are counted
  else
    count = math.min(count, x_count)
  end
  local series = { x = x, y = y, count = count, left_out = 0,
    name = shown.filled(shown.value(record.name)) or "Series " .. number }
  for i = 1, count do
    local lost = x[i] and y[i] and (log_x and x[i] <= 0 or log_y and y[i] <= 0)
    if lost then series.left_out = series.left_out + 1 end
    if lost or not x[i] then y[i] = false end
  end
  return series
end

local function extent(all, name)
  local least, most = INF, -INF
  for _, series in ipairs(all) do
    local values, y = series[name], series.y
    for i = 1, series.count do
      if y[i] then
        local value = values[i]
        if value < least then least = value end
        if value > most then most = value end
      end
    end
  end
  if least <= most then return least, most end
  return nil
end

-- ---- limits ----------------------------------------------------------------------------------

-- The limits that belong to an axis: those of measurements in its unit. Far away from the curve
-- (more than three times what it spans) they would press it flat, and stay out.
local function limits_of(measured, unit, other, least, most, log)
  local list, far = {}, (most / 2 - least / 2) * 6
  if not unit or unit == other then return list, least, most end
  for _, measure in ipairs(measured or {}) do
    for _, value in ipairs { measure.low_number or false, measure.high_number or false } do
      local near = value and measure.unit == unit and not (log and value <= 0)
      if near and not log and far > 0 then
        near = value > least - far and value < most + far
      elseif near and log then
        near = value > least / 1000 and value < most * 1000
      end
      if near then list[#list + 1] = value end
    end
  end
  for _, value in ipairs(list) do least, most = math.min(least, value), math.max(most, value) end
  return list, least, most
end

-- ---- drawing ---------------------------------------------------------------------------------

local function inside(place)
  return place < 0 and 0 or place > 1 and 1 or place
end

local function x_of(scale, value)
  return LEFT + inside(axis.place(scale, value)) * INNER_WIDTH
end

local function y_of(scale, value)
  return TOP + (1 - inside(axis.place(scale, value))) * INNER_HEIGHT
end

local function draw_grid(out, x_axis, y_axis)
  local function add(...) out[#out + 1] = string.format(...) end
  add('<rect class="fr" x="%d" y="%d" width="%d" height="%d"/>', LEFT, TOP, INNER_WIDTH,
    INNER_HEIGHT)
  for _, tick in ipairs(axis.ticks(x_axis, 7)) do
    local x = x_of(x_axis, tick[1])
    add('<path class="gr" d="M%.1f %dV%d"/><text class="tx" x="%.1f" y="%d">%s</text>', x, TOP,
      TOP + INNER_HEIGHT, x, TOP + INNER_HEIGHT + 14, tick[2])
  end
  for _, tick in ipairs(axis.ticks(y_axis, 5)) do
    local y = y_of(y_axis, tick[1])
    add('<path class="gr" d="M%d %.1fH%d"/><text class="ty" x="%d" y="%.1f">%s</text>', LEFT, y,
      LEFT + INNER_WIDTH, LEFT - 5, y + 3.5, tick[2])
  end
end

local DOTS_MAX = 500 -- more are seen as they are

-- The points of a series as commands of a path; pieces between gaps. A point that stands alone
-- becomes a line without length, which round caps make a dot; those once more by themselves.
local function path_of(series, x_axis, y_axis)
  local parts, count, open, dots, run = {}, 0, false, {}, 0
  local first, low, high, last, column -- of the points in this column, as { x, y }

  local function point(x, y)
    count = count + 1
    parts[count] = ("%s%.1f %.1f"):format(open and "L" or "M", x, y)
    if not open then
      count = count + 1
      parts[count] = "h0"
      run = 0
    end
    open, run = true, run + 1
  end
  local function flush()
    if not column then return end
    point(first[1], first[2])
    for _, extreme in ipairs(low[3] < high[3] and { low, high } or { high, low }) do
      if extreme ~= first and extreme ~= last then point(extreme[1], extreme[2]) end
    end
    if last ~= first then point(last[1], last[2]) end
    column = nil
  end
  local function pause()
    flush()
    if open and run == 1 and #dots < DOTS_MAX then dots[#dots + 1] = parts[count - 1] .. "h0" end
    open = false
  end

  for i = 1, series.count do
    local value = series.y[i]
    if value then
      local here = { x_of(x_axis, series.x[i]), y_of(y_axis, value), i }
      local into = math.floor(here[1])
      if into ~= column then
        flush()
        column, first, low, high = into, here, here, here
      end
      last = here
      if here[2] > low[2] then low = here end
      if here[2] < high[2] then high = here end
    else
      pause()
    end
  end
  pause()
  return table.concat(parts), table.concat(dots)
end

local function draw_limits(out, list, scale, is_x)
  for _, value in ipairs(list) do
    if is_x then
      out[#out + 1] = ('<path class="li" d="M%.1f %dV%d"/>'):format(x_of(scale, value), TOP,
        TOP + INNER_HEIGHT)
    else
      out[#out + 1] = ('<path class="li" d="M%d %.1fH%d"/>'):format(LEFT, y_of(scale, value),
        LEFT + INNER_WIDTH)
    end
  end
end

local function axis_title(label, unit)
  label, unit = shown.filled(shown.value(label)), shown.filled(shown.value(unit))
  if label and unit then return ("%s [%s]"):format(label, unit) end
  return label or unit and ("[%s]"):format(unit) or ""
end

local function draw_titles(out, chart)
  out[#out + 1] = ('<text class="tl" x="%.1f" y="%d">%s</text>'):format(LEFT + INNER_WIDTH / 2,
    plot.HEIGHT - 10, escape.html(axis_title(chart.xLabel, chart.xUnit)))
  local x, y = 14, TOP + INNER_HEIGHT / 2
  out[#out + 1] = ('<text class="tl" x="%d" y="%.1f" transform="rotate(-90 %d %.1f)">%s</text>')
    :format(x, y, x, y, escape.html(axis_title(chart.yLabel, chart.yUnit)))
end

-- Under the drawing: which line is which, and what the drawing leaves out.
local function legend(all, limited, log)
  local parts, lost = {}, 0
  for i, series in ipairs(all) do
    parts[i] = ('<span><i class="k%d"></i>%s</span>'):format((i - 1) % plot.COLOURS + 1,
      escape.html(series.name))
    lost = lost + series.left_out
  end
  if limited then parts[#parts + 1] = '<span><i class="kl"></i>Limit</span>' end
  if lost > 0 and log then
    parts[#parts + 1] = ("<span>%d point%s not above 0 left out</span>"):format(lost,
      lost == 1 and "" or "s")
  end
  return ('<p class="lg">%s</p>'):format(table.concat(parts))
end

local function draw(chart, all, measured, log_x, log_y)
  local x_least, x_most = extent(all, "x")
  local y_least, y_most = extent(all, "y")
  if not x_least or not y_least then return nil end
  local x_unit = shown.filled(shown.value(chart.xUnit))
  local y_unit = shown.filled(shown.value(chart.yUnit))
  local x_limits, y_limits
  x_limits, x_least, x_most = limits_of(measured, x_unit, y_unit, x_least, x_most, log_x)
  y_limits, y_least, y_most = limits_of(measured, y_unit, x_unit, y_least, y_most, log_y)
  local x_axis, y_axis = axis.new(x_least, x_most, log_x), axis.new(y_least, y_most, log_y)
  local out = {}
  draw_grid(out, x_axis, y_axis)
  draw_limits(out, x_limits, x_axis, true)
  draw_limits(out, y_limits, y_axis, false)
  for i, series in ipairs(all) do
    local path, dots = path_of(series, x_axis, y_axis)
    local colour = (i - 1) % plot.COLOURS + 1
    if path ~= "" then
      out[#out + 1] = ('<path class="cv k%d" d="%s"/>'):format(colour, path)
    end
    if dots ~= "" then
      out[#out + 1] = ('<path class="cv pt k%d" d="%s"/>'):format(colour, dots)
    end
  end
  draw_titles(out, chart)
  return table.concat(out), #x_limits + #y_limits > 0
end

local TYPES = { linelogxy = { true, true }, linelogx = { true, false }, linelogy = { false, true } }

-- The drawing with its caption and its legend, as HTML.
---@param chart table  the chart's record
---@param measured? wats.report.Measure[]  of its step
---@return string
function plot.html(chart, measured)
  local kind = shown.line(shown.value(chart.chartType)) or "Line"
  local logs = TYPES[kind:lower()] or { false, false }
  local all = {}
  for i, record in ipairs(shown.objects(chart.series)) do
    all[i] = read_series(record, i, logs[1], logs[2])
  end
  local label = escape.html(shown.filled(shown.value(chart.label)) or "Chart")
  local drawing, limited = draw(chart, all, measured, logs[1], logs[2])
  if not drawing then
    return ('<figure><figcaption>%s</figcaption><p class="no">Nothing to draw</p>%s</figure>')
      :format(label, #all > 0 and legend(all, false, logs[1] or logs[2]) or "")
  end
  return ('<figure><figcaption>%s</figcaption><svg xmlns="http://www.w3.org/2000/svg" '
    .. 'viewBox="0 0 %d %d" role="img" aria-label="%s">%s</svg>%s</figure>'):format(label,
    plot.WIDTH, plot.HEIGHT, label, drawing, legend(all, limited, logs[1] or logs[2]))
end

return plot
