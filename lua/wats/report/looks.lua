-- wats.report.looks: a report to be looked at. These are methods of wats.Report (see
-- wats.report.uut). They change nothing, so a report may be looked at while it is being built: what
-- is settled by `finish` is not there yet then.
--
-- Mistakes in the options raise at the caller's line; whatever stands in the record does not.

local details = require("wats.report.details")
local json = require("wats.json")
local options = require("wats.options")

local looks = {}

local TEXT = {
  width = { "integer", default = 100, min = 60, max = 10000 },
  tree = { "boolean", default = true },
}

local HTML = {
  open = { "string", default = "failures", choices = { "failures", "all", "none" } },
  image_limit = { "integer", default = 512 * 1024, min = 0 },
}

-- A report that was read has ended, whether or not anybody may still add to it.
local function is_finished(self)
  local result = self.record.result
  return self.finished or result ~= nil and result ~= json.null
end

-- The report as text for a terminal or a log: verdict, unit, the failing steps, then all steps with
-- values and limits in columns, then what else it carries. Ends with a line feed.
---@param wanted? wats.report.TextOptions
---@return string text  UTF-8, without controls but line feeds
function looks.to_text(self, wanted)
  details.check_self(self, "to_text")
  local checked = options.check(2, "to_text", wanted, TEXT)
  return require("wats.report.text").of(self.record, is_finished(self), checked)
end

-- The report as one HTML page that needs nothing beside itself, to be opened, mailed or printed.
---@param wanted? wats.report.HtmlOptions
---@return string page  UTF-8; well-formed XML too
function looks.to_html(self, wanted)
  details.check_self(self, "to_html")
  local checked = options.check(2, "to_html", wanted, HTML)
  return require("wats.report.html").of(self.record, is_finished(self), checked)
end

return looks
