-- wats.sandbox.production.serial_numbers: the calls about pools of serial numbers, with their XML
-- and CSV.

local errors = require("wats.sandbox.errors")
local json = require("wats.sandbox.json")
local pools = require("wats.sandbox.production.pools")
local time = require("wats.sandbox.time")
local units = require("wats.sandbox.production.units")
local xml = require("wats.xml")

local M = {}

local NUMBER = json.record({
  "id", "status", "generated", "taken", "refSN", "refPN", "stationName",
})
local IMPORTED = json.record({ "added", "alreadyExists" })
local COUNTED = json.record({ "count" })

local ok = units.ok

local function instant(seconds)
  return seconds and time.format(seconds * time.TICKS)
end

local function view(number)
  return NUMBER({
    id = number.id, status = number.state, generated = instant(number.generated),
    taken = instant(number.taken), refSN = number.refSN, refPN = number.refPN,
    stationName = number.stationName,
  })
end

local function views(numbers)
  local list = json.array()
  for i, number in ipairs(numbers) do
    list[i] = view(number)
  end
  return list
end

local function as_xml(pool, numbers)
  local lines = {}
  for i, number in ipairs(numbers) do
    lines[i] = xml.element("SN", {
      { "id", number.id }, { "status", number.state }, { "refSN", number.refSN },
      { "refPN", number.refPN }, { "stationName", number.stationName },
    })
  end
  return {
    status = 200, headers = { ["Content-Type"] = "application/xml; charset=utf-8" },
    body = '<?xml version="1.0" encoding="utf-8"?>\n' .. xml.element("SerialNumbers",
      { { "serialNumberType", pool.type.name } }, table.concat(lines)) .. "\n",
  }
end

local function cell(text)
  text = text or ""
  return text:find('[",;\r\n]') and '"' .. text:gsub('"', '""') .. '"' or text
end

local function as_csv(_, numbers)
  local lines = { "id,status,refSN,refPN,stationName" }
  for _, number in ipairs(numbers) do
    lines[#lines + 1] = table.concat({ cell(number.id), number.state, cell(number.refSN),
      cell(number.refPN), cell(number.stationName) }, ",")
  end
  return {
    status = 200, headers = { ["Content-Type"] = "text/csv; charset=utf-8" },
    body = table.concat(lines, "\r\n") .. "\r\n",
  }
end

local FORMATS = { xml = as_xml, csv = as_csv }

local function bad(name, text)
  return errors.model_state(400, "The request is invalid.", { { name, text } })
end

-- Hands the pool of a type to `use`, or answers that there is none.
local function with_pool(store, name, use)
  local pool = pools.of(store).by_name[name]
  if not pool then
    return errors.message(404, ("There is no serial number type '%s'."):format(name))
  end
  return use(pool)
end

local function format_of(query, default)
  return FORMATS[(query.format or default):lower()]
end

local function take(store, query)
  local quantity = math.tointeger(tonumber(query.quantity))
  local write = format_of(query, "xml")
  if not quantity or quantity < 1 then
    return bad("quantity", "The value must be a whole number above 0.")
  elseif not write then
    return bad("format", "Either XML or CSV.")
  end
  return with_pool(store, query.serialnumbertype, function(pool)
    local in_sequence = (query.onlyinsequence or ""):lower() == "true"
    local taken = pool:take(quantity, in_sequence, {
      refSN = query.refsn, refPN = query.refpn, stationName = query.stationname,
    })
    if not taken then
      return errors.message(400,
        ("There are no %d free serial numbers in sequence."):format(quantity))
    end
    return write(pool, taken)
  end)
end

-- The limits of a query, or nil and the answer that says no.
local function limits_of(pool, query)
  local limits = { first = query.startaddress, last = query.endaddress }
  for name, text in pairs({ startAddress = limits.first, endAddress = limits.last }) do
    if not pool:address(text) then
      return nil, bad(name, ("'%s' is no address of this type."):format(text))
    end
  end
  local dates = { from = query.startdate or query.fromdate, to = query.enddate or query.todate }
  for name, text in pairs(dates) do
    local ticks = time.parse(text)
    if not ticks then
      return nil, bad(name, ("The value '%s' is not valid for DateTime."):format(text))
    end
    limits[name] = ticks / time.TICKS
  end
  return limits
end

local function select(store, query, use, wanted)
  return with_pool(store, query.serialnumbertype, function(pool)
    local limits, refusal = limits_of(pool, query)
    if not limits then
      return refusal
    end
    return use(pool, pool:select(limits, wanted))
  end)
end

local function find(store, query, wanted)
  return select(store, query, function(_, numbers)
    return ok(views(numbers))
  end, wanted)
end

local function by_reference(store, query)
  local serial, part = query.refsn, query.refpn
  if not serial and not part then
    return bad("refSN", "Either refSN or refPN is required.")
  end
  return find(store, query, function(number)
    return number.state == "taken" and (not serial or number.refSN == serial)
      and (not part or number.refPN == part)
  end)
end

local function export(store, query)
  local write = format_of(query, "")
  if not write then
    return bad("format", "Either XML or CSV.")
  end
  return select(store, query, write)
end

local function ids_of_xml(text)
  local root, problem = xml.read(text)
  if not root or root.name ~= "SerialNumbers" then
    return nil, problem or "The root element must be SerialNumbers."
  end
  local ids = {}
  for _, node in ipairs(root) do
    if type(node) == "table" and node.name == "SN" then
      ids[#ids + 1] = node.attributes.id
    end
  end
  return ids
end

-- A number on each line; what stands behind a comma or semicolon is another column's.
local function ids_of_csv(text)
  local ids = {}
  for line in text:gsub("^\xEF\xBB\xBF", ""):gmatch("[^\r\n]+") do
    local id = line:match('^"([^"]*)"') or line:match("^%s*([^,;]-)%s*%f[,;%z]")
    if id and id ~= "" and id:lower() ~= "id" then
      ids[#ids + 1] = id
    end
  end
  return ids
end

local READERS = { xml = ids_of_xml, csv = ids_of_csv }

local function upload(store, request)
  local query = request.query
  local read = READERS[(query.format or ""):lower()]
  if not read then
    return bad("format", "Either XML or CSV.")
  end
  local part = request.parts[1]
  if not part.filename then
    return errors.text(400, "There is no file in the form.")
  end
  return with_pool(store, query.serialnumbertype, function(pool)
    local ids, why = read(part.body)
    local added, rejected
    if ids then
      added, rejected = pool:add(ids)
      why = rejected
    end
    if not added then
      return errors.message(400, "The file cannot be read. " .. why)
    end
    return ok(IMPORTED({ added = added, alreadyExists = rejected }))
  end)
end

-- Each pool of the type, or of all.
local function of_pools(store, name, collect)
  local list, known = json.array(), pools.of(store)
  if (name or "") ~= "" then
    return with_pool(store, name, function(pool)
      collect(pool, list)
      return ok(list)
    end)
  end
  for _, each in ipairs(known.names) do
    collect(known.by_name[each], list)
  end
  return ok(list)
end

-- Does something to each range of a list; all are looked at first.
local function with_ranges(store, request, act)
  local list = request.json
  for _, range in ipairs(list) do
    local pool = type(range) == "table" and pools.of(store).by_name[range.type]
    if not pool or not pool:address(tostring(range.startAddress))
      or not pool:address(tostring(range.endAddress)) then
      return errors.message(400, "There is no such range.")
    end
  end
  local count = 0
  for _, range in ipairs(list) do
    local pool = pools.of(store).by_name[range.type]
    count = count + act(pool, range.startAddress, range.endAddress)
  end
  return ok(COUNTED({ count = count }))
end

local function open_internal(router, store)
  local base = "/api/internal/Production/SerialNumbers"
  router:add("GET", base, function(request)
    return find(store, request.query)
  end)
  router:add("GET", base .. "/Count", function(request)
    return select(store, request.query, function(_, numbers)
      return ok(#numbers)
    end)
  end)
  router:add("GET", base .. "/Ranges", function(request)
    return of_pools(store, request.query.serialnumbertype, pools.ranges)
  end)
  router:add("GET", base .. "/Statistics", function(request)
    return of_pools(store, request.query.serialnumbertype, function(pool, list)
      list[#list + 1] = pool:statistics()
    end)
  end)
  router:add("PUT", base .. "/Free", function(request)
    return with_ranges(store, request, pools.release)
  end)
  router:add("DELETE", base .. "/Free", function(request)
    return with_ranges(store, request, pools.delete_free)
  end)
end

--- Adds the routes.
function M.open(router, store)
  local base = "/api/Production/SerialNumbers"
  router:add("GET", base .. "/Types", function()
    local list, known = json.array(), pools.of(store)
    for i, name in ipairs(known.names) do
      list[i] = known.by_name[name].type
    end
    return ok(list)
  end)
  router:add("POST", base .. "/Take", function(request)
    return take(store, request.query)
  end)
  router:add("GET", base .. "/ByRange", function(request)
    return find(store, request.query)
  end)
  router:add("GET", base .. "/ByReference", function(request)
    return by_reference(store, request.query)
  end)
  router:add("GET", base, function(request)
    return export(store, request.query)
  end)
  router:add("PUT", base, function(request)
    return upload(store, request)
  end)
  open_internal(router, store)
end

return M
