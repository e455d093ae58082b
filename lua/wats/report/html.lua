-- wats.report.html: a report as one page that needs nothing else: no script, no file beside it,
-- no network. It is HTML and well-formed XML at once.
--
-- Takes a record as it is (wats.report.outline); never raises. All text of the record is escaped,
-- and a policy in the page forbids what it does not need, should a reader's program know it.

local columns = require("wats.report.columns")
local escape = require("wats.report.escape")
local extras = require("wats.report.extras")
local html_parts = require("wats.report.html_parts")
local html_steps = require("wats.report.html_steps")
local html_style = require("wats.report.html_style")
local outline = require("wats.report.outline")
local plot = require("wats.report.plot")
local text = require("wats.report.text")

local html = {}

local HEAD = [[
<!DOCTYPE html>
<html xmlns="http://www.w3.org/1999/xhtml" lang="en">
<head>
<meta charset="utf-8"/>
<meta http-equiv="Content-Security-Policy"
 content="default-src 'none'; style-src 'unsafe-inline'; img-src data:"/>
<meta name="viewport" content="width=device-width, initial-scale=1"/>
<title>%s</title>
<style>%s</style>
</head>
<body>
]]

local function title_of(self)
  local parts = {}
  for _, pair in ipairs(self.title) do parts[#parts + 1] = pair[2] end
  parts[#parts + 1] = self.word
  return escape.html(table.concat(parts, " "))
end

local function put_pairs(out, list)
  out[#out + 1] = "<dl>"
  for _, pair in ipairs(list) do
    out[#out + 1] = ("<div%s><dt>%s</dt><dd>%s</dd></div>"):format(
      columns.width(pair[2]) > 60 and ' class="wide"' or "", pair[1], escape.html(pair[2]))
  end
  out[#out + 1] = "</dl>\n"
end

local TOOLS = [[
<input type="checkbox" id="of"/><label class="bar" for="of"> only what fails</label>
<input type="checkbox" id="oa"/><label class="bar" for="oa"> open all steps</label>
]]

local TITLE = '<header><h1><span class="vd %s">%s</span><span>%s</span>'
  .. "<small>%s</small></h1>\n"

local function put_header(out, self)
  local names = {}
  for _, pair in ipairs(self.title) do names[#names + 1] = pair[2] end
  out[#out + 1] = TITLE:format(self.letter == "?" and "X" or self.letter,
    escape.html(self.word), escape.html(table.concat(names, " \u{B7} ")),
    self.repair and "Repair report" or "Test report")
  put_pairs(out, table.move(self.head, 1, #self.head, #self.title + 1,
    table.move(self.title, 1, #self.title, 1, {})))
  out[#out + 1] = "</header>\n"
end

local function put_steps(out, self, options)
  if #self.entries == 0 then return end
  local failures = outline.failures(self)
  if #failures > 0 then
    out[#out + 1] = ('<section id="failures"><h2>Failing steps (%d)</h2>\n'):format(#failures)
    html_steps.failures(out, failures)
    out[#out + 1] = "</section>\n"
  end
  out[#out + 1] = ('<section id="steps"><h2>Steps</h2><p class="no">%s</p>\n'):format(
    escape.html(text.counts(self)))
  html_steps.tree(out, self, options)
  out[#out + 1] = "</section>\n"
end

local function put_rest(out, self, options)
  for _, data in ipairs(extras.tables(self.record)) do
    out[#out + 1] = ("<section><h2>%s</h2>%s</section>\n"):format(escape.html(data.title),
      html_parts.table(data))
  end
  local files = extras.attachments(self)
  if #files > 0 then
    out[#out + 1] = '<section id="attachments"><h2>Attachments</h2>'
    html_parts.attachments(out, files, options)
    out[#out + 1] = "</section>\n"
  end
end

---@class wats.report.HtmlOptions
---@field open? "failures"|"all"|"none"  which steps stand open; "failures"
---@field image_limit? integer  bytes up to which an attached image is shown; 524288, 0: none

---@param record table
---@param finished boolean
---@param options { open: string, image_limit: integer }
---@return string
function html.of(record, finished, options)
  local self = outline.of(record, finished)
  local deepest = 1
  for _, entry in ipairs(self.entries) do deepest = math.max(deepest, entry.depth + 1) end
  local out = { HEAD:format(title_of(self), html_style.css(deepest, plot.COLOURS)) }
  put_header(out, self)
  if #self.entries > 0 then out[#out + 1] = TOOLS end
  out[#out + 1] = "<main>\n"
  put_steps(out, self, options)
  put_rest(out, self, options)
  out[#out + 1] = "</main>\n</body>\n</html>\n"
  return table.concat(out)
end

return html
