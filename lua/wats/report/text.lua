-- wats.report.text: a report as text for a terminal or a log: the verdict, what unit it is about,
-- the failing steps, then all steps with values and limits beneath each other, then what else the
-- report carries.
--
-- Takes a record as it is (wats.report.outline); never raises, nothing is cut off.

local columns = require("wats.report.columns")
local extras = require("wats.report.extras")
local outline = require("wats.report.outline")
local shown = require("wats.report.shown")

local text = {}

local GAP = 2
local NAME_MIN = 12 -- what names of steps keep of the width, however deep they lie
local CELL_MIN, CELL_MAX = 10, 20
local CELL_LEAST = 6 -- where there is no other way

-- ---- numbers beneath each other --------------------------------------------------------------

-- What stands in front of the point of a number, sign of comparison included; and the rest.
local function split(cell)
  local whole, rest = cell:match("^([<>=!]* ?[-+]?%d+)(%.?%d*)$")
  return whole, rest
end

local INTEGER_MAX, FRACTION_MAX = 12, 9

-- Brings cells to one width so that the points stand beneath each other. Texts, and numbers that
-- would make the column very wide, stand by themselves.
local function align(cells)
  local before, behind = 0, 0
  for _, cell in pairs(cells) do
    local whole, rest = split(cell)
    if whole and #whole <= INTEGER_MAX and #rest <= FRACTION_MAX then
      before, behind = math.max(before, #whole), math.max(behind, #rest)
    end
  end
  for key, cell in pairs(cells) do
    local whole, rest = split(cell)
    if whole and #whole <= INTEGER_MAX and #rest <= FRACTION_MAX then
      local sign, digits = whole:match("^([<>=!]*)(.*)$")
      cells[key] = sign .. (" "):rep(before - #whole) .. digits .. rest
    end
  end
end

-- ---- rows ------------------------------------------------------------------------------------

local CELLS = { "value", "unit", "comp", "low", "high" }
local FAILING = { "value", "unit", "comp", "low", "high", "off" }
local OFF_FROM = 80 -- in less there is no room for how far a value is off

-- A row of the table of steps: letter, indent, name, and a measurement or none; or `more`, a line
-- across all columns.
local function add(rows, letter, indent, name, measure)
  rows[#rows + 1] = { letter = letter, indent = indent, name = name, measure = measure }
end

local function add_more(rows, indent, line)
  rows[#rows + 1] = { indent = indent, more = line }
end

local function chart_line(chart)
  local series = #shown.objects(chart.series)
  return ("chart: %s (%d series)"):format(shown.filled(shown.value(chart.label)) or "no label",
    series)
end

-- What hangs on a step beside its measurements.
local function add_rest(rows, entry, indent)
  for _, fact in ipairs(entry.facts) do
    -- where a sequence is kept is the same all over, and on every one of them
    if fact[1] ~= "calls" then add_more(rows, indent, fact[1] .. ": " .. fact[2]) end
  end
  for _, line in ipairs(entry.lines) do add_more(rows, indent, "| " .. line) end
  local chart = shown.object(entry.record.chart)
  if chart then add_more(rows, indent, chart_line(chart)) end
  for _, data in ipairs(extras.additional(entry.record.additionalResults)) do
    add_more(rows, indent, data.title .. ":")
    for _, row in ipairs(data.rows) do
      add_more(rows, indent, "  " .. table.concat(row, "  "))
    end
  end
end

local function add_entry(rows, entry, indent, name, only_failing)
  local list = entry.measures
  local single = list and #list == 1 and not list[1].name and list[1]
  add(rows, entry.letter, indent, name, single or nil)
  if list and not single then
    for _, measure in ipairs(list) do
      if measure.fails or not only_failing then
        add(rows, measure.letter, indent + 2, measure.name or "(no name)", measure)
      end
    end
  end
  add_rest(rows, entry, indent + 2)
end

-- Values and limits of the rows as cells, aligned column by column; and how wide each column is.
local function fill(rows, names)
  local width = {}
  for _, name in ipairs(names) do
    local cells = {}
    for i, row in ipairs(rows) do
      if row.measure then cells[i] = row.measure[name] end
    end
    if name ~= "unit" and name ~= "comp" then align(cells) end
    local widest = 0
    for i, cell in pairs(cells) do
      rows[i][name] = cell
      widest = math.max(widest, columns.width(cell))
    end
    width[name] = math.min(widest, CELL_MAX)
  end
  return width
end

-- The columns behind the names: those in which something stands; and what is left for the names.
local function make_layout(rows, width, wanted)
  local widths, layout, names = fill(rows, wanted), { { width = 1 }, { width = 0 } }, {}
  for _, name in ipairs(wanted) do
    if widths[name] > 0 then
      layout[#layout + 1] = { width = math.max(widths[name], #name) }
      names[#names + 1] = name
    end
  end
  local longest = 0
  for _, row in ipairs(rows) do
    if row.measure then longest = math.max(longest, row.indent + columns.width(row.name)) end
  end
  local room = width - 1 - GAP * (#layout - 1)
  columns.squeeze(layout, room - math.min(longest, room * 2 // 5), CELL_MIN)
  columns.squeeze(layout, room - NAME_MIN, CELL_LEAST)
  local used = 0
  for _, column in ipairs(layout) do used = used + column.width end
  longest = math.max(longest, #"step")
  layout[2].width = math.max(math.min(room + 1 - used, longest), math.min(longest, NAME_MIN))
  return layout, names
end

-- A text across all columns, from `first` on.
local function write_across(out, head, first, line, width)
  local blanks = (" "):rep(first)
  for i, part in ipairs(columns.wrap(line, math.max(width - first, NAME_MIN))) do
    out[#out + 1] = (i == 1 and head or blanks) .. part
  end
end

local function write_row(out, row, layout, names, width)
  local room = row.measure and layout[2].width or width - 1 - GAP
  local least = math.min(columns.width(row.name or row.more), NAME_MIN)
  local indent = (" "):rep(math.max(math.min(row.indent, room - least), 0))
  local first = 1 + GAP + #indent
  if row.more then
    write_across(out, (" "):rep(first), first, row.more, width)
  elseif not row.measure then
    write_across(out, row.letter .. "  " .. indent, first, row.name, width)
  else
    local lines = columns.wrap(row.name, layout[2].width - #indent)
    for i, line in ipairs(lines) do lines[i] = indent .. line end
    local cells = { row.letter, lines }
    for i, name in ipairs(names) do
      local cell = row[name]
      -- in a column that became too narrow a number stays in one piece rather than in line
      if cell and columns.width(cell) > layout[i + 2].width then
        cell = cell:gsub("^ +", ""):gsub("^([<>=!]+) +", "%1 ")
      end
      cells[i + 2] = cell
    end
    columns.row(out, layout, cells)
  end
end

local function write_rows(out, rows, width, wanted)
  local layout, names = make_layout(rows, width, wanted)
  if #names > 0 then
    columns.row(out, layout, { "", "step", table.unpack(names) })
  end
  for _, row in ipairs(rows) do write_row(out, row, layout, names, width) end
end

-- ---- parts -----------------------------------------------------------------------------------

local function write_pairs(out, list, width)
  local label = 0
  for _, pair in ipairs(list) do label = math.max(label, columns.width(pair[1])) end
  local layout = { { width = label }, { width = math.max(width - label - 2 - GAP, 20) } }
  for _, pair in ipairs(list) do
    local rows = {}
    columns.row(rows, layout, pair)
    for _, row in ipairs(rows) do out[#out + 1] = "  " .. row end
  end
end

local WORDS = { { "P", "passed" }, { "F", "failed" }, { "E", "error" }, { "T", "terminated" },
  { "U", "unknown" }, { "S", "skipped" }, { "D", "done" }, { "?", "without status" } }

-- How many steps there are, and of which kinds.
---@param self wats.report.Outline
---@return string
function text.counts(self)
  local parts = {}
  for _, word in ipairs(WORDS) do
    local count = self.counts[word[1]]
    if count then parts[#parts + 1] = count .. " " .. word[2] end
  end
  local line = ("%d step%s: %s"):format(#self.entries, #self.entries == 1 and "" or "s",
    table.concat(parts, ", "))
  if self.hidden > 0 then
    line = line .. (" (%d more lie too deep or within themselves)"):format(self.hidden)
  end
  return line
end

local function write_steps(out, self, width, tree)
  if #self.entries == 0 then return end
  local failures = outline.failures(self)
  if #failures > 0 then
    out[#out + 1] = ""
    out[#out + 1] = ("Failing steps (%d)"):format(#failures)
    local rows = {}
    local above
    for _, entry in ipairs(failures) do
      if entry.parent and entry.parent ~= above then
        add(rows, " ", 0, outline.path(entry.parent))
      end
      above = entry.parent
      add_entry(rows, entry, above and 2 or 0, entry.name, true)
    end
    write_rows(out, rows, width, width < OFF_FROM and CELLS or FAILING)
  end
  out[#out + 1] = ""
  out[#out + 1] = text.counts(self)
  if not tree then return end
  local rows = {}
  for _, entry in ipairs(self.entries) do
    add_entry(rows, entry, entry.depth * 2, entry.name, false)
  end
  write_rows(out, rows, width, CELLS)
end

local function write_table(out, data, width)
  out[#out + 1] = ""
  out[#out + 1] = data.title
  local layout = {}
  for i, name in ipairs(data.columns) do
    local widest = columns.width(name)
    for _, row in ipairs(data.rows) do widest = math.max(widest, columns.width(row[i])) end
    layout[i] = { width = widest, side = data.right[i] and "right" or "left" }
  end
  columns.squeeze(layout, width - 2 - GAP * (#layout - 1), 8)
  local rows = {}
  columns.row(rows, layout, data.columns)
  for _, row in ipairs(data.rows) do columns.row(rows, layout, row) end
  for _, row in ipairs(rows) do out[#out + 1] = "  " .. row end
end

local function attachments(self)
  local rows = {}
  for i, file in ipairs(extras.attachments(self)) do
    rows[i] = { file.name, file.content_type, extras.size(file), file.owner }
  end
  if #rows == 0 then return nil end
  return { title = "Attachments", columns = { "Name", "Type", "Size", "Of" }, rows = rows,
    right = { [3] = true } }
end

---@class wats.report.TextOptions
---@field width? integer  columns to fill; 100
---@field tree? boolean   false: of the steps only those that fail

---@param record table
---@param finished boolean
---@param options { width: integer, tree: boolean }
---@return string
function text.of(record, finished, options)
  local self, out, width = outline.of(record, finished), {}, options.width
  out[1] = ("%s report: %s"):format(self.repair and "Repair" or "Test", self.word:upper())
  write_pairs(out, table.move(self.head, 1, #self.head, #self.title + 1, self.title), width)
  write_steps(out, self, width, options.tree)
  for _, data in ipairs(extras.tables(record)) do write_table(out, data, width) end
  local files = attachments(self)
  if files then write_table(out, files, width) end
  return table.concat(out, "\n") .. "\n"
end

return text
