-- wats.report.html_steps: the steps of a report as rows of a page: the failing ones, and all as a
-- tree of <details> that stands open where something fails.
--
-- All rows have the same columns whatever their depth: a name is indented within its column.

local escape = require("wats.report.escape")
local extras = require("wats.report.extras")
local html_parts = require("wats.report.html_parts")
local outline = require("wats.report.outline")
local plot = require("wats.report.plot")
local shown = require("wats.report.shown")

local html_steps = {}

local html = escape.html

-- A value longer than this has a line to itself.
local CELL_MAX = 22

local SIGNS = { [">="] = "\u{2265}", ["<="] = "\u{2264}", ["!="] = "\u{2260}" }

-- Longer numbers are written smaller, so that they stay in one piece.
local NUMBER_MAX, NUMBER_MOST = 11, 24

local function limit(text)
  return html((text:gsub("^[<>=!]+", SIGNS)))
end

local function cell(class, content)
  return content ~= "" and ('<span class="%s">%s</span>'):format(class, content) or ""
end

-- The cells of a measurement; what is too long for them is in `long`.
local function measure_cells(measure)
  if measure.text and (#measure.value > CELL_MAX or #measure.low > CELL_MAX) then
    local long = ('<span class="w"><b>value</b> %s</span>'):format(html(measure.value))
    if measure.low ~= "" then
      long = long .. ('<span class="w"><b>limit</b> %s</span>'):format(html(measure.low))
    end
    return cell("c", html(measure.comp)), long
  end
  local limits = measure.text and cell("lt", html(measure.low))
    or cell("l", limit(measure.low)) .. cell("h", limit(measure.high))
  local length = #measure.value
  local small = not measure.text and length > NUMBER_MAX and length <= NUMBER_MOST
  return cell(small and "v z" or "v", html(measure.value)) .. cell("u", html(measure.unit))
    .. limits .. cell("c", html(measure.comp)), ""
end

local function class_of(letter)
  return letter == "?" and "X" or letter
end

-- The content of a row.
local function row_content(word, name, measure, time)
  local cells, long = "", ""
  if measure then cells, long = measure_cells(measure) end
  return ('<b>%s</b><span class="n">%s</span>%s%s%s'):format(html(word), name, cells,
    time and cell("t", time) or "", long)
end

local function time_of(entry)
  local time = shown.value(entry.record.totTime)
  -- nobody has measured that a step took no time at all
  if type(time) ~= "number" or time == 0 or time ~= time then return nil end
  return html(("%.6g"):format(time))
end

local function single_of(entry)
  local list = entry.measures
  return list and #list == 1 and not list[1].name and list[1] or nil
end

local function measure_row(measure, depth, last)
  return ('<div class="r m %s d%d%s">%s</div>'):format(class_of(measure.letter), depth,
    measure.fails and " bad" or " ok", row_content(measure.word,
    html(measure.name or "(no name)"), measure, last))
end

-- ---- what hangs on a step --------------------------------------------------------------------

-- Everything but its measurements and its steps; "" when there is nothing.
local function body_of(entry, options)
  local parts, record = {}, entry.record
  for _, fact in ipairs(entry.facts) do
    if fact[1] ~= "calls" then
      parts[#parts + 1] = ('<p class="f"><b>%s</b> %s</p>'):format(fact[1], html(fact[2]))
    end
  end
  if #entry.lines > 0 then
    parts[#parts + 1] = ("<pre>%s</pre>"):format(html(table.concat(entry.lines, "\n")))
  end
  local chart = shown.object(record.chart)
  if chart then parts[#parts + 1] = plot.html(chart, entry.measures) end
  local file = shown.object(record.attachment)
  if file then
    parts[#parts + 1] = html_parts.attachment(extras.attachment(file, entry.name, entry), options)
  end
  for _, data in ipairs(extras.additional(record.additionalResults)) do
    parts[#parts + 1] = html_parts.table(data, true)
  end
  if #parts == 0 then return "" end
  return ('<div class="x d%d">%s</div>'):format(entry.depth, table.concat(parts))
end

-- ---- the tree --------------------------------------------------------------------------------

local function is_open(entry, options)
  if options.open == "all" then return true end
  if options.open == "none" then return false end
  return entry.fails or entry.inside or entry.depth == 0
end

-- The name of a step; behind it, small, what a sequence calls.
local function name_of(entry)
  for _, fact in ipairs(entry.facts) do
    if fact[1] == "calls" then
      return ("%s<small>%s</small>"):format(html(entry.name), html(fact[2]))
    end
  end
  return html(entry.name)
end

local function put_entry(out, entry, options)
  local single = single_of(entry)
  local content = row_content(entry.word, name_of(entry), single, time_of(entry))
  local row = ("r %s d%d%s%s"):format(class_of(entry.letter), entry.depth, single and "" or " e",
    entry.fails and not entry.inside and " bad" or "")
  local ok = entry.fails or entry.inside
  local target = entry.fails or shown.object(entry.record.attachment)
  local id = target and (' id="s%d"'):format(entry.number) or ""
  local body = body_of(entry, options)
  local several = entry.measures and not single
  if body == "" and not several and entry.children == 0 then
    out[#out + 1] = ('<div class="%s%s"%s>%s</div>'):format(row, ok and "" or " ok", id, content)
    return false
  end
  out[#out + 1] = ('<details class="%s%s"%s%s><summary class="%s">%s</summary>'):format(
    entry.children > 0 and "q" or "s", ok and "" or " ok", id,
    is_open(entry, options) and ' open="open"' or "", row, content)
  for _, measure in ipairs(several and entry.measures or {}) do
    out[#out + 1] = measure_row(measure, entry.depth + 1)
  end
  out[#out + 1] = body
  return true
end

local function headings(last)
  return ('<div class="r head" aria-hidden="true"><span>Status</span>'
    .. '<span class="n">Step</span><span class="v">Value</span><span class="u">Unit</span>'
    .. '<span class="l">Low</span><span class="h">High</span>'
    .. '<span class="c">Comparison</span>'
    .. '<span class="t">%s</span></div>'):format(last)
end

-- The tree of all steps.
---@param out string[]
---@param self wats.report.Outline
---@param options { open: string, image_limit: integer }
function html_steps.tree(out, self, options)
  local open = {} -- the depths of the elements that are still open
  out[#out + 1] = headings("Time, s")
  for _, entry in ipairs(self.entries) do
    while #open > 0 and open[#open] >= entry.depth do
      out[#out + 1] = "</details>"
      open[#open] = nil
    end
    if put_entry(out, entry, options) then open[#open + 1] = entry.depth end
  end
  out[#out + 1] = ("</details>"):rep(#open)
end

local function off_of(measure)
  return measure and measure.off ~= "" and html(measure.off) or nil
end

-- The steps that fail, under the sequences in which they stand; each leads to its place in the
-- tree.
---@param out string[]
---@param failures wats.report.Entry[]
function html_steps.failures(out, failures)
  local above
  out[#out + 1] = headings("Off by")
  for _, entry in ipairs(failures) do
    if entry.parent and entry.parent ~= above then
      out[#out + 1] = ('<div class="g">%s</div>'):format(html(outline.path(entry.parent)))
    end
    above = entry.parent
    local name = ('<a href="#s%d">%s</a>'):format(entry.number, html(entry.name))
    local single = single_of(entry)
    out[#out + 1] = ('<div class="r %s%s">%s</div>'):format(class_of(entry.letter),
      single and " bad" or " e", row_content(entry.word, name, single, off_of(single)))
    for _, measure in ipairs(not single and entry.measures or {}) do
      if measure.fails then out[#out + 1] = measure_row(measure, 1, off_of(measure)) end
    end
    for _, fact in ipairs(entry.facts) do
      if fact[1] == "error" or fact[1] == "cause" then
        out[#out + 1] = ('<div class="g a">%s: %s</div>'):format(fact[1], html(fact[2]))
      end
    end
  end
end

return html_steps
