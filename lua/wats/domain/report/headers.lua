-- wats.domain.report.headers: queries of report headers, a page or all of them.
--
-- All: the server gives 10,000 rows at most for one request, and what lies behind them must be
-- asked for page by page while stations go on sending. Pages by number (`$skip`) would lose and
-- repeat rows then. So the iterator goes by `timeStamp`, the number that the server gives each
-- report as it takes it in, again each time that it is sent: every page asks for what lies beyond
-- the last row. A report that comes in while it runs is found at the end; one that is sent again
-- moves there, where it is dropped when it was given before. For that the ids of the rows are
-- remembered. The first page that is not full is the last: what comes in later is behind the
-- timeStamp of its last row, and found with `after`.
-- `uuid` and `timeStamp` are added to `select` where they are not in it, and taken out of the rows.

local call = require("wats.call")
local core = require("wats.core")
local errors = require("wats.errors")
local json = require("wats.json")
local odata = require("wats.odata")
local options = require("wats.options")
local pages = require("wats.pages")

local headers = {}

local ROUTE = "/api/Report/Query/Header"
local get_headers = call.bind("GET " .. ROUTE, "records")

-- The server's own default is 10 rows, which nobody expects who asks for a list.
local DEFAULT_TOP = 1000
local MAX_TOP = 10000

---@class wats.HeaderQuery
---@field from? number|string         start at or after this instant
---@field to? number|string           start before this instant
---@field type? "uut"|"uur"
---@field filter? table|string        fields and the values they must have (see odata.filter), or a
---                                   condition in OData's own words
---@field after? integer              timeStamp greater than this: what came in, or again, since
---@field orderby? string             start, uuid, serialNumber or timestamp, with " desc" or not
---@field select? string[]            only these fields
---@field expand? string[]            subUnits, miscInfo, assets, attachments, ...
---@field top? integer                at most so many; query_headers: default 1000; headers: all
---@field skip? integer
---@field page_size? integer          of headers: rows per request, default 1000
---@field again? boolean              of headers: a report that is sent again while the iterator
---                                   runs is given again, as it is then; default false

local function check_names(value)
  local count = options.length(value)
  for i = 1, count or 0 do
    if type(value[i]) ~= "string" or value[i] == "" then return "must be a list of field names" end
  end
  return not count and "must be a list without holes" or nil
end

local function check_some_names(value)
  return next(value) == nil and "must name a field" or check_names(value)
end

local function check_filter(value)
  if type(value) == "string" and not value:find("%S") then return "must be a condition" end
  return nil
end

---@type table<string, wats.OptionRule>
headers.RULES = {
  from = { "number|string" },
  to = { "number|string" },
  type = { "string", choices = { "uut", "uur" } },
  filter = { "string|table", check = check_filter },
  after = { "integer", min = 0 },
  orderby = { "string" },
  select = { "table", check = check_some_names },
  expand = { "table", check = check_names },
  top = { "integer", min = 1, max = MAX_TOP },
  skip = { "integer", min = 0 },
}

local ITERATE = {
  page_size = { "integer", min = 1, max = MAX_TOP, default = DEFAULT_TOP },
  again = { "boolean", default = false },
}
for name, rule in pairs(headers.RULES) do ITERATE[name] = rule end
ITERATE.top = { "integer", min = 1 }

local TYPES = { uut = "T", uur = "R" }

-- A query checked against rules; a table of ours. Raises at the line of the caller of the method.
---@param where string
---@param query any
---@param rules table<string, wats.OptionRule>
---@return table
function headers.read(where, query, rules)
  local checked, problem = options.read(query or {}, rules)
  if not checked then errors.raise("%s: %s", where, problem) end
  return checked
end

local function conditions(query, cursor)
  return odata.all {
    query.type and odata.equals("reportType", TYPES[query.type]) or false,
    query.after and odata.compare("timeStamp", "gt", query.after) or false,
    query.from and odata.compare("start", "ge", odata.instant(query.from)) or false,
    query.to and odata.compare("start", "lt", odata.instant(query.to)) or false,
    query.condition or false,
    type(query.filter) == "table" and odata.filter(query.filter) or false,
    type(query.filter) == "string" and "(" .. query.filter .. ")" or false,
    cursor or false,
  }
end

local function parameters(query, top, skip, cursor)
  return {
    ["$filter"] = conditions(query, cursor),
    ["$orderby"] = query.orderby,
    ["$select"] = query.select and table.concat(query.select, ","),
    ["$expand"] = query.expand and query.expand[1] and table.concat(query.expand, ",") or nil,
    ["$top"] = top,
    ["$skip"] = skip ~= 0 and skip or nil,
  }
end

-- One page. `query` is a checked one; it may hold a `condition` more.
local function fetch(client, query, opts, top, skip, cursor)
  return get_headers(client, "headers of reports", parameters(query, top, skip, cursor), opts)
end

-- Adds the fields that are needed to those of `select`; returns the ones that were not there.
local function need(query, names)
  local hidden = {}
  if not query.select then return hidden end
  local list, there = { table.unpack(query.select) }, {}
  for _, name in ipairs(list) do there[name:lower()] = true end
  for _, name in ipairs(names) do
    if not there[name:lower()] and not there["*"] then
      list[#list + 1], hidden[#hidden + 1] = name, name
    end
  end
  query.select = list
  return hidden
end

local function hide(rows, names)
  for _, name in ipairs(names) do
    for _, row in ipairs(rows) do row[name] = nil end
  end
  return rows
end

-- Rows that were not given before; those that are new are noted.
local function without(rows, given)
  local fresh = {}
  for _, row in ipairs(rows) do
    local id = row.uuid
    if id == nil or not given[id] then
      fresh[#fresh + 1] = row
      if id ~= nil then given[id] = true end
    end
  end
  return fresh
end

-- The same page so many times in a row is no chance. As many new reports as a small page has rows
-- push all of them back, and then the next page is that one again, but not time after time.
local SAME_PAGES = 5

-- A function that looks at each full page that was asked for by $skip: nil, or the error that the
-- server does not heed it, and would give that page for ever.
local function watch_skip(client)
  local before, count = {}, 0
  return function(rows, asked)
    local ids, same = {}, #rows > 0 and #rows == #before
    for i, row in ipairs(rows) do
      ids[i] = row.uuid ~= nil and row.uuid or json.encode(row)
      same = same and ids[i] == before[i]
    end
    before, count = ids, same and count + 1 or 1
    if #rows <= asked and count < SAME_PAGES then return nil end
    return errors.new { kind = "decode", method = "GET", status = 200,
      url = core.client_methods.base_url(client) .. ROUTE,
      message = #rows > asked and ("the server was asked for %d headers and gave %d"):format(
        asked, #rows) or "the server gives the same headers again, whatever $skip asks for" }
  end
end

-- Pages in the order of timeStamp. Each begins with the number at which the last one ended, lest
-- one be lost should two rows share it: `edge` holds those rows, which are not given twice. Where
-- a whole page has one number alone, it goes on by $skip.
local function source_by_stamp(client, query, opts, descending)
  local hidden = need(query, { "uuid", "timeStamp" })
  local given, edge, edges = not query.again and {} or nil, {}, 0
  local at, skip, left = nil, query.skip or 0, query.top or math.huge
  local operator, look = descending and "le" or "ge", watch_skip(client)

  local function is_beyond(stamp)
    if math.type(stamp) ~= "integer" then return false end
    return not at or (descending and stamp <= at or not descending and stamp >= at)
  end

  -- The rows that are not of the edge before; and the edge that this page leaves.
  local function sift(rows, last)
    local fresh, next_edge, count = {}, last == at and edge or {}, last == at and edges or 0
    for _, row in ipairs(rows) do
      local id = row.uuid
      if not (id ~= nil and row.timeStamp == at and edge[id]) then fresh[#fresh + 1] = row end
    end
    for _, row in ipairs(rows) do
      if row.timeStamp == last and row.uuid ~= nil and not next_edge[row.uuid] then
        next_edge[row.uuid], count = true, count + 1
      end
    end
    edge, edges = next_edge, count
    return given and without(fresh, given) or fresh
  end

  return function()
    local asked = math.min(query.page_size + edges, MAX_TOP, left + edges)
    local cursor = at and odata.compare("timeStamp", operator, at)
    local rows, err = fetch(client, query, opts, asked, skip, cursor)
    if not rows then return nil, err end
    local last = #rows > 0 and rows[#rows].timeStamp or nil
    local more = #rows >= asked
    if more and not is_beyond(last) then
      return nil, errors.new { kind = "decode", method = "GET", status = 200,
        url = core.client_methods.base_url(client) .. ROUTE,
        message = "the headers are not in the order of their timeStamp that was asked for" }
    end
    err = more and skip > 0 and last == at and look(rows, #rows)
    if err then return nil, err end
    local fresh = sift(rows, last)
    if last == at then skip = skip + #rows elseif last then at, skip = last, 0 end
    left = left - #fresh
    return hide(fresh, hidden), more
  end
end

-- Pages in any other order, by number. What comes in meanwhile and pushes rows back is noticed;
-- what changes its place otherwise may be missed. A server that does not heed $skip ends it.
local function source_by_number(client, query, opts)
  local hidden = need(query, { "uuid" })
  local given, skip, left = not query.again and {} or nil, query.skip or 0, query.top or math.huge
  local look = watch_skip(client)
  return function()
    local asked = math.min(query.page_size, MAX_TOP, left)
    local rows, err = fetch(client, query, opts, asked, skip)
    if not rows then return nil, err end
    err = #rows >= asked and look(rows, asked)
    if err then return nil, err end
    skip = skip + #rows
    local fresh = given and without(rows, given) or rows
    left = left - #fresh
    return hide(fresh, hidden), #rows >= asked
  end
end

local function source(client, query, opts)
  call.reads("headers of reports", opts)
  query.orderby = query.orderby or "timestamp"
  local direction = query.orderby:lower():match("^%s*timestamp%s*(%a*)%s*$")
  if direction then return source_by_stamp(client, query, opts, direction == "desc") end
  return source_by_number(client, query, opts)
end

-- "2026-01-30T21:01:41.5Z" without its Z, which would sort behind a fraction.
local function start_of(row)
  return type(row.start) == "string" and row.start:gsub("[Zz]$", "") or ""
end

local function newest_first(a, b)
  local x, y = start_of(a), start_of(b)
  if x ~= y then return x > y end
  return (tonumber(a.timeStamp) or 0) > (tonumber(b.timeStamp) or 0)
end

-- All headers that fit a checked query, or its `top` newest, in one list, newest start first.
---@param client wats.Client
---@param query table  checked by `read`; `condition`, if there is one, is joined to its filter
---@param opts? wats.RequestOptions
---@return table[]? rows
---@return wats.Error? err
function headers.all(client, query, opts)
  query.page_size, query.orderby = DEFAULT_TOP, query.top and "start desc" or "timestamp"
  local hidden = need(query, { "uuid", "timeStamp", "start" })
  -- in one request, where that cannot grow beyond what the client takes in
  if query.top and not query.expand then query.page_size = MAX_TOP end
  local rows, err = pages.all(source(client, query, opts), query.top)
  if not rows then return nil, err end
  if not query.top then table.sort(rows, newest_first) end
  return hide(rows, hidden)
end

-- The headers of one page.
---@param client wats.Client
---@param where string
---@param query any
---@param preset table<string, any>  what the method itself asks for
---@param opts? wats.RequestOptions
---@return table[]? rows
---@return wats.Error? err
function headers.page(client, where, query, preset, opts)
  query = headers.read(where, query, headers.RULES)
  for name, value in pairs(preset) do
    if query[name] ~= nil and query[name] ~= value then
      errors.raise("%s: %s: the method itself says %s", where, name, tostring(value))
    end
    query[name] = value
  end
  local rows, err = fetch(client, query, opts, query.top or DEFAULT_TOP, query.skip)
  return rows, err
end

---@class wats.ReportService
local methods = {}

-- Headers of the reports that fit, newest first unless `orderby` says otherwise; at most `top`.
-- GET /api/Report/Query/Header
---@param query? wats.HeaderQuery
---@param opts? wats.RequestOptions
---@return wats.record.ReportHeader[]? headers
---@return wats.Error? err
function methods:query_headers(query, opts)
  local rows, err = headers.page(self[1], "report:query_headers", query, {}, opts)
  return rows, err
end

-- As query_headers, of tests only.
---@param query? wats.HeaderQuery
---@param opts? wats.RequestOptions
---@return wats.record.ReportHeader[]? headers
---@return wats.Error? err
function methods:query_uut_headers(query, opts)
  local preset = { type = "uut" }
  local rows, err = headers.page(self[1], "report:query_uut_headers", query, preset, opts)
  return rows, err
end

-- As query_headers, of repairs only.
---@param query? wats.HeaderQuery
---@param opts? wats.RequestOptions
---@return wats.record.ReportHeader[]? headers
---@return wats.Error? err
function methods:query_uur_headers(query, opts)
  local preset = { type = "uur" }
  local rows, err = headers.page(self[1], "report:query_uur_headers", query, preset, opts)
  return rows, err
end

-- All headers that fit, page by page:  for header in client.report:headers { ... } do ... end
-- Each report comes once, in the order in which the server took the reports in; those that come in
-- meanwhile are among them. `after` goes on where an earlier run stopped. With another `orderby`
-- pages go by number: then a report that is deleted or sent again meanwhile can make it miss one.
-- A page that fails raises the error object; called again, the iterator tries that page again.
-- GET /api/Report/Query/Header
---@param query? wats.HeaderQuery
---@param opts? wats.RequestOptions
---@return fun(): wats.record.ReportHeader?
function methods:headers(query, opts)
  query = headers.read("report:headers", query, ITERATE)
  conditions(query) -- raises here, not at the first row
  local iterate = pages.each(source(self[1], query, opts), query.top)
  return iterate
end

headers.methods = methods

return headers
