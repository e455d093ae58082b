-- wats.converter.wsxf: reports in the server's XML format (WSXF), as its clients and its web pages
-- export them. Several may stand in one file. A report keeps the id that it has; one without gets
-- that of the file.

local converter = require("wats.converter")
local json = require("wats.json")
local report = require("wats.report")

return converter.new {
  name = "wsxf",
  files = { "*.wsxf", "*.xml" },
  head = "<[%w_]*:?Reports?[%s/>]",
  keeps_ids = true,
  tells_end = true, -- XML that is cut short is none
  convert = function(file)
    local text, reason = file:text()
    if not text then return nil, reason end
    local parsed, err = report.parse_all(text)
    if not parsed then return nil, err.message end
    local records = {}
    for i, one in ipairs(parsed) do
      local record = one.record
      if record.id == nil or record.id == json.null then record.id = file:uuid(i) end
      records[i] = record
    end
    return records
  end,
}
