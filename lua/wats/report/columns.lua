-- wats.report.columns: text in columns on a terminal: how wide it is, where it is broken, how
-- cells stand beside each other.
--
-- Takes UTF-8 without controls (wats.report.shown). Nothing is ever cut off: what is wider than
-- its column goes on in the next line. Pure.

local columns = {}

-- First and last code point of what takes no column (marks that combine, joiners, variants) and
-- of what takes two (the scripts and signs of East Asia, pictures).
local NONE = {
  { 0x0300, 0x036F }, { 0x0483, 0x0489 }, { 0x0591, 0x05BD }, { 0x0610, 0x061A },
  { 0x064B, 0x065F }, { 0x0E34, 0x0E3A }, { 0x0E47, 0x0E4E }, { 0x1AB0, 0x1AFF },
  { 0x1DC0, 0x1DFF }, { 0x200C, 0x200D }, { 0x20D0, 0x20FF }, { 0xFE00, 0xFE0F },
  { 0xFE20, 0xFE2F }, { 0xE0100, 0xE01EF },
}
local TWO = {
  { 0x1100, 0x115F }, { 0x2E80, 0x303E }, { 0x3041, 0xA4CF }, { 0xA960, 0xA97F },
  { 0xAC00, 0xD7A3 }, { 0xF900, 0xFAFF }, { 0xFE30, 0xFE6F }, { 0xFF00, 0xFF60 },
  { 0xFFE0, 0xFFE6 }, { 0x1F300, 0x1F64F }, { 0x1F680, 0x1F6FF }, { 0x1F900, 0x1F9FF },
  { 0x20000, 0x3FFFD },
}

local function within(code, ranges)
  for _, range in ipairs(ranges) do
    if code < range[1] then return false end
    if code <= range[2] then return true end
  end
  return false
end

local function code_width(code)
  if code < 0x300 then return 1 end
  return within(code, NONE) and 0 or within(code, TWO) and 2 or 1
end

-- How many columns a text takes.
---@param text string
---@return integer
function columns.width(text)
  if not text:find("[\x80-\xFF]") then return #text end
  local width = 0
  for _, code in utf8.codes(text) do width = width + code_width(code) end
  return width
end

-- The last byte of what of a text fits into `width` columns: one character at least; and the last
-- blank in it, or nil where all of it fits.
local function reach(text, width)
  local used, last, blank = 0, nil, nil
  for at, code in utf8.codes(text) do
    used = used + code_width(code)
    if used > width and last then return last, blank end
    last = at + #utf8.char(code) - 1
    if code == 32 then blank = at end
  end
  return #text, nil
end

-- The lines of a text, each at most `width` columns, broken at blanks where there are some.
---@param text string
---@param width integer
---@return string[]
function columns.wrap(text, width)
  if #text <= width then return { text } end
  local lines, first = {}, 1
  while first <= #text do
    -- no character takes more than four bytes and those without a column are few: what is looked
    -- at is about a line, however long the text
    local stop = utf8.offset(text, width + 64, first)
    local last, blank = reach(text:sub(first, stop and stop - 1), width)
    last = first + last - 1
    if blank and blank > 1 and text:byte(last + 1) ~= 32 then last = first + blank - 1 end
    lines[#lines + 1] = (text:sub(first, last):gsub(" +$", ""))
    first = last + 1
    if text:byte(first) == 32 and last < #text then first = first + 1 end
  end
  if #lines == 0 then lines[1] = "" end
  return lines
end

-- A text filled up with blanks; "right" puts them in front.
---@param text string
---@param width integer
---@param side? "left"|"right"
---@return string
function columns.pad(text, width, side)
  local blanks = (" "):rep(width - columns.width(text))
  return side == "right" and blanks .. text or text .. blanks
end

---@class wats.report.Column
---@field width integer
---@field side? "left"|"right"

-- Adds the line or lines of a row to `out`: cells beside each other, two blanks between. A cell is
-- a text, or a list of lines that are not wider than the column.
---@param out string[]
---@param layout wats.report.Column[]
---@param cells (string|string[])[]
function columns.row(out, layout, cells)
  local wrapped, height = {}, 1
  for i, column in ipairs(layout) do
    local cell = cells[i]
    wrapped[i] = type(cell) == "table" and cell or columns.wrap(cell, column.width)
    height = math.max(height, #wrapped[i])
  end
  for line = 1, height do
    local parts = {}
    for i, column in ipairs(layout) do
      parts[i] = columns.pad(wrapped[i][line] or "", column.width, column.side)
    end
    out[#out + 1] = (table.concat(parts, "  "):gsub(" +$", ""))
  end
end

-- Makes columns narrower, the widest first, until they take `room` together or none is wider than
-- `least`.
---@param layout wats.report.Column[]
---@param room integer
---@param least integer
function columns.squeeze(layout, room, least)
  local sum = 0
  for _, column in ipairs(layout) do sum = sum + column.width end
  while sum > room do
    local widest = layout[1]
    for _, column in ipairs(layout) do
      if column.width > widest.width then widest = column end
    end
    if widest.width <= least then return end
    widest.width, sum = widest.width - 1, sum - 1
  end
end

return columns
