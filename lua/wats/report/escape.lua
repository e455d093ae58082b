-- wats.report.escape: text into a page of HTML that is well-formed XML as well. Pure.

local escape = {}

local NAMES = { ["&"] = "&amp;", ["<"] = "&lt;", [">"] = "&gt;", ['"'] = "&quot;", ["'"] = "&#39;" }

-- For text and for attributes in quotes. Of controls it knows nothing: see wats.report.shown.
---@param text string
---@return string
function escape.html(text)
  if not text:find("[&<>\"']") then return text end
  return (text:gsub("[&<>\"']", NAMES))
end

return escape
