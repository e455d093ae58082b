-- wats.domain.report.finding: the headers that are asked for most: of a unit, a product, a day.
--
-- Each comes to the end, however many there are, unless `top` says how many of the newest are
-- wanted; newest start first. A range begins at its first instant and ends before its last, so that
-- days stand side by side and no report is in two.

local call = require("wats.call")
local client_module = require("wats.client")
local core = require("wats.core")
local errors = require("wats.errors")
local headers = require("wats.domain.report.headers")
local instant = require("wats.instant")
local odata = require("wats.odata")

local text = client_module.text

local DAY = 86400

local by_misc_info = call.bind("GET /api/Report/Query/HeaderByMiscInfo", "records")

---@class wats.HeaderChoice
---@field type? "uut"|"uur"
---@field from? number|string
---@field to? number|string
---@field filter? table|string   as of wats.HeaderQuery
---@field after? integer
---@field select? string[]
---@field expand? string[]
---@field top? integer           so many of the newest; default: all
---@field zone? string|integer   where days are lived: "+01:00", or seconds ahead of UTC; default:
---                              this machine's time zone, with its summer time

local RULES = {}
for _, name in ipairs { "from", "to", "type", "filter", "after", "select", "expand" } do
  RULES[name] = headers.RULES[name]
end
RULES.top = { "integer", min = 1 }

local function check_zone(value)
  if type(value) == "string" then
    return not instant.offset(value) and 'must be an offset such as "+01:00"' or nil
  end
  return (value > 18 * 3600 or value < -18 * 3600) and "must be seconds, at most 18 hours" or nil
end

local ZONED = { zone = { "string|integer", check = check_zone } }
for name, rule in pairs(RULES) do ZONED[name] = rule end
-- The method's own range stands in their place.
ZONED.from, ZONED.to = nil, nil

local RECENT = {}
for name, rule in pairs(RULES) do RECENT[name] = rule end
RECENT.from, RECENT.to = nil, nil

local function offset_of(query)
  if type(query.zone) == "string" then return instant.offset(query.zone) end
  return query.zone
end

---@class wats.ReportService
local methods = {}

-- Headers of the reports on a unit.
-- GET /api/Report/Query/Header
---@param serial_number string
---@param query? wats.HeaderChoice
---@param opts? wats.RequestOptions
---@return wats.record.ReportHeader[]? headers  newest first; empty when there is none
---@return wats.Error? err
function methods:get_headers_by_serial(serial_number, query, opts)
  local where = "report:get_headers_by_serial"
  query = headers.read(where, query, RULES)
  query.condition = odata.equals("serialNumber", text(where, "serial_number", serial_number))
  local rows, err = headers.all(self[1], query, opts)
  return rows, err
end

-- Headers of the reports on units of a product.
-- GET /api/Report/Query/Header
---@param part_number string
---@param query? wats.HeaderChoice
---@param opts? wats.RequestOptions
---@return wats.record.ReportHeader[]? headers  newest first; empty when there is none
---@return wats.Error? err
function methods:get_headers_by_part_number(part_number, query, opts)
  local where = "report:get_headers_by_part_number"
  query = headers.read(where, query, RULES)
  query.condition = odata.equals("partNumber", text(where, "part_number", part_number))
  local rows, err = headers.all(self[1], query, opts)
  return rows, err
end

-- An end of a range: an instant, or the beginning of a day ("2026-01-30").
local function bound(where, name, value, offset)
  local epoch
  if type(value) == "number" and value == value and math.abs(value) ~= math.huge then
    epoch = value
  elseif type(value) == "string" then
    local day = instant.date(value, offset)
    value, epoch = day or value, day or instant.parse(value)
  end
  if not epoch then
    errors.raise('%s: %s: epoch seconds, ISO 8601 text with an offset, or a day such as '
      .. '"2026-01-30" expected, got %s', where, name,
      type(value) == "string" and ('"%s"'):format(value:sub(1, 40)) or tostring(value))
  end
  return value, epoch
end

-- Headers of the reports that started at or after `from` and before `to`. Each may be an instant,
-- or a day, which stands for its beginning in `zone`: from "2026-01-30" to "2026-01-31" is one day.
-- GET /api/Report/Query/Header
---@param from number|string
---@param to number|string
---@param query? wats.HeaderChoice
---@param opts? wats.RequestOptions
---@return wats.record.ReportHeader[]? headers  newest first; empty when there is none
---@return wats.Error? err
function methods:get_headers_by_date_range(from, to, query, opts)
  local where = "report:get_headers_by_date_range"
  query = headers.read(where, query, ZONED)
  local offset = offset_of(query)
  local first, first_epoch = bound(where, "from", from, offset)
  local last, last_epoch = bound(where, "to", to, offset)
  if first_epoch > last_epoch then errors.raise("%s: from is after to", where) end
  query.from, query.to = first, last
  local rows, err = headers.all(self[1], query, opts)
  return rows, err
end

-- Headers of the reports that started within the last `days` times 24 hours, or later (a station's
-- clock may be ahead of this one).
-- GET /api/Report/Query/Header
---@param days? number  default 7; fractions are allowed
---@param query? wats.HeaderChoice
---@param opts? wats.RequestOptions
---@return wats.record.ReportHeader[]? headers  newest first; empty when there is none
---@return wats.Error? err
function methods:get_recent_headers(days, query, opts)
  local where = "report:get_recent_headers"
  if days == nil then days = 7 end
  if type(days) ~= "number" or not (days > 0 and days <= 36500) then
    errors.raise("%s: days: a number above 0, at most 36500, expected, got %s", where,
      type(days) == "number" and tostring(days) or type(days))
  end
  query = headers.read(where, query, RECENT)
  query.from = core.time() - days * DAY
  local rows, err = headers.all(self[1], query, opts)
  return rows, err
end

-- Headers of the reports that started today: since the day began in `zone`, which is this machine's
-- time zone unless given, and before it ends there.
-- GET /api/Report/Query/Header
---@param query? wats.HeaderChoice
---@param opts? wats.RequestOptions
---@return wats.record.ReportHeader[]? headers  newest first; empty when there is none
---@return wats.Error? err
function methods:get_todays_headers(query, opts)
  query = headers.read("report:get_todays_headers", query, ZONED)
  query.from, query.to = instant.day(core.time(), offset_of(query))
  local rows, err = headers.all(self[1], query, opts)
  return rows, err
end

-- The lists of units within a unit, by the type of report that has them.
local SUB_UNITS = { uut = { "subUnits" }, uur = { "uurSubUnits" },
  both = { "subUnits", "uurSubUnits" } }

local function by_sub_unit(self, where, field, value, query, opts)
  query = headers.read(where, query, RULES)
  query.type = query.type or "uut"
  query.condition = odata.some(SUB_UNITS[query.type][1], { [field] = value })
  local rows, err = headers.all(self[1], query, opts)
  return rows, err
end

-- Headers of the reports whose unit has a sub-unit of this part number. Of tests, unless `type`
-- says "uur": the two keep their sub-units in different lists.
-- GET /api/Report/Query/Header
---@param part_number string
---@param query? wats.HeaderChoice
---@param opts? wats.RequestOptions
---@return wats.record.ReportHeader[]? headers  newest first; empty when there is none
---@return wats.Error? err
function methods:query_headers_by_subunit_part_number(part_number, query, opts)
  local where = "report:query_headers_by_subunit_part_number"
  text(where, "part_number", part_number)
  local rows, err = by_sub_unit(self, where, "partNumber", part_number, query, opts)
  return rows, err
end

-- Headers of the reports whose unit has a sub-unit of this serial number; otherwise as
-- query_headers_by_subunit_part_number.
-- GET /api/Report/Query/Header
---@param serial_number string
---@param query? wats.HeaderChoice
---@param opts? wats.RequestOptions
---@return wats.record.ReportHeader[]? headers  newest first; empty when there is none
---@return wats.Error? err
function methods:query_headers_by_subunit_serial(serial_number, query, opts)
  local where = "report:query_headers_by_subunit_serial"
  text(where, "serial_number", serial_number)
  local rows, err = by_sub_unit(self, where, "serialNumber", serial_number, query, opts)
  return rows, err
end

-- As query_headers, with the sub-units in each: `subUnits` of tests, `uurSubUnits` of repairs.
-- GET /api/Report/Query/Header
---@param query? wats.HeaderQuery
---@param opts? wats.RequestOptions
---@return wats.record.ReportHeader[]? headers
---@return wats.Error? err
function methods:query_headers_with_subunits(query, opts)
  local where = "report:query_headers_with_subunits"
  query = headers.read(where, query, headers.RULES)
  local expand, there = { table.unpack(query.expand or {}) }, {}
  for _, name in ipairs(expand) do there[name:lower()] = true end
  for _, name in ipairs(SUB_UNITS[query.type or "both"]) do
    if not there[name:lower()] then expand[#expand + 1] = name end
  end
  query.expand = expand
  local rows, err = headers.page(self[1], where, query, {}, opts)
  return rows, err
end

---@class wats.MiscInfoChoice
---@field process_code? integer
---@field serial_number? string

-- Test reports that carry a misc info of this description with this value; nil stands for any. The
-- server gives fewer fields here than in headers: uuid, serialNumber, partNumber, start, result,
-- processCode, processName, and the infos that fit as `miscData`. It takes no `top`.
-- GET /api/Report/Query/HeaderByMiscInfo
---@param description string?
---@param data string?
---@param choice? wats.MiscInfoChoice
---@param opts? wats.RequestOptions
---@return wats.record.UUTResult[]? found  empty when there is none
---@return wats.Error? err
function methods:query_headers_by_misc_info(description, data, choice, opts)
  local where = "report:query_headers_by_misc_info"
  choice = headers.read(where, choice, {
    process_code = { "integer" }, serial_number = { "string", min = 1 },
  })
  if description == nil and data == nil then
    errors.raise("%s: description or data expected, both are nil", where)
  end
  local found, err = by_misc_info(self, where, {
    description = description ~= nil and text(where, "description", description) or nil,
    data = data ~= nil and text(where, "data", data) or nil,
    processCode = choice.process_code, serialNumber = choice.serial_number,
  }, opts)
  return found, err
end

return methods
