-- wats.sandbox.production.pools: serial numbers, one pool for each type.
--
-- A number is free, reserved or taken, and never goes back from taken. What stands behind its
-- common beginning counts: decimal digits, or of a MAC address all twelve hexadecimal ones; so
-- numbers have an order and there are gaps between them.

local json = require("wats.sandbox.json")

local M = {}
M.__index = M
M.__name = "wats.sandbox.pool"

M.type_record = json.record({
  "name", "description", "format", "regEx", "identifier", "identifierName",
})
M.range_record = json.record({
  "type", "identifier", "identifierName", "startAddress", "endAddress", "total", "free", "taken",
  "reserved",
})

local MAC = 1
local IDENTIFIER_NAMES = { [0] = "SerialNumber", [1] = "MacAddress", [2] = "IMEI" }

--- An empty pool for a type: name, description, format, regEx, identifier.
function M.new(source)
  local identifier = source.identifier or 0
  return setmetatable({
    type = M.type_record({
      name = source.name, description = source.description, format = source.format,
      regEx = source.regEx, identifier = identifier,
      identifierName = IDENTIFIER_NAMES[identifier],
    }),
    numbers = {}, -- in order
    by_id = {},
  }, M)
end

--- The pools of a store by name, and their names in order.
function M.of(store)
  store.pools = store.pools or { by_name = {}, names = {} }
  return store.pools
end

--- Adds a pool, or replaces it.
function M.put(store, source)
  local pools = M.of(store)
  if not pools.by_name[source.name] then
    table.insert(pools.names, source.name)
  end
  pools.by_name[source.name] = M.new(source)
end

--- What a number counts as: its common beginning and its value; nil where it is none of the pool's
--- kind.
---@param id string
---@return { prefix: string, value: integer, width: integer, id: string }|nil
function M:address(id)
  if self.type.identifier == MAC then
    local digits = id:gsub("[-:.]", "")
    if #digits ~= 12 or digits:find("%X") then
      return nil
    end
    return { prefix = "", value = tonumber(digits, 16), width = 12, id = id }
  end
  local prefix, digits = id:match("^(.-)(%d*)$")
  if #digits > 18 then
    prefix, digits = id:sub(1, -19), id:sub(-18)
  end
  local value = math.tointeger(tonumber(digits)) or 0
  return { prefix = prefix, value = value, width = #digits, id = id }
end

-- The number of a value, written as `like` is.
function M:number(like, value)
  if self.type.identifier ~= MAC then
    return like.prefix .. ("%0" .. math.max(like.width, 1) .. "d"):format(value)
  end
  local digits = ("%012X"):format(value)
  local mark = like.id:match("[-:.]")
  return mark and digits:gsub("%x%x", "%0" .. mark):sub(1, -2) or digits
end

local function before(a, b)
  if a.prefix ~= b.prefix then
    return a.prefix < b.prefix
  elseif a.value ~= b.value then
    return a.value < b.value
  end
  return a.id < b.id
end

local function follows(a, b)
  return b.prefix == a.prefix and b.width == a.width and b.value == a.value + 1
end

--- Adds numbers; those that are there already stay as they are.
---@param ids string[]
---@return integer|nil added, string[]|string rejected_or_problem
function M:add(ids, state)
  local new, rejected, seen = {}, json.array(), {}
  for _, id in ipairs(ids) do
    local address = self:address(id)
    if not address then
      return nil, ("'%s' is no serial number of type '%s'."):format(id, self.type.name)
    elseif self.by_id[id] or seen[id] then
      rejected[#rejected + 1] = id
    else
      seen[id] = true
      address.state, address.generated = state or "free", os.time()
      new[#new + 1] = address
    end
  end
  for _, number in ipairs(new) do
    self.by_id[number.id] = number
    table.insert(self.numbers, number)
  end
  table.sort(self.numbers, before)
  return #new, rejected
end

--- Adds all numbers from one to another.
function M:add_range(first, last, state)
  local from, to = self:address(first), self:address(last)
  local ids = {}
  for value = from.value, to.value do
    ids[#ids + 1] = self:number(from, value)
  end
  return self:add(ids, state)
end

local function first_free(self, quantity)
  local found = {}
  for _, number in ipairs(self.numbers) do
    if #found == quantity then
      break
    elseif number.state == "free" then
      found[#found + 1] = number
    end
  end
  return found
end

local function first_sequence(self, quantity)
  local run = {}
  for _, number in ipairs(self.numbers) do
    if number.state ~= "free" then
      run = {}
    elseif #run > 0 and follows(run[#run], number) then
      run[#run + 1] = number
    else
      run = { number }
    end
    if #run == quantity then
      return run
    end
  end
end

--- Takes free numbers, the first ones; fewer where there are no more. In sequence: without a gap
--- between them, or nil.
---@param quantity integer
---@param in_sequence boolean
---@param reference { refSN: string|nil, refPN: string|nil, stationName: string|nil }
---@return table[]|nil numbers
function M:take(quantity, in_sequence, reference)
  local found
  if in_sequence then
    found = first_sequence(self, quantity)
  else
    found = first_free(self, quantity)
  end
  for _, number in ipairs(found or {}) do
    number.state, number.taken = "taken", os.time()
    number.refSN, number.refPN = reference.refSN, reference.refPN
    number.stationName = reference.stationName
  end
  return found
end

--- The numbers that fit: from one address to another, generated between two instants (seconds), and
--- for which `wanted` is true.
---@param limits { first: string|nil, last: string|nil, from: number|nil, to: number|nil }
---@param wanted nil|fun(number: table): boolean
function M:select(limits, wanted)
  local first = limits.first and self:address(limits.first)
  local last = limits.last and self:address(limits.last)
  local list = {}
  for _, number in ipairs(self.numbers) do
    local inside = not (first and before(number, first)) and not (last and before(last, number))
      and number.generated >= (limits.from or 0) and number.generated <= (limits.to or math.huge)
    if inside and (not wanted or wanted(number)) then
      list[#list + 1] = number
    end
  end
  return list
end

local function count_into(record, number)
  record.total = record.total + 1
  record[number.state] = record[number.state] + 1
end

local function new_range(self, number)
  return M.range_record({
    type = self.type.name, identifier = self.type.identifier,
    identifierName = self.type.identifierName, startAddress = number and number.id,
    endAddress = number and number.id, total = 0, free = 0, taken = 0, reserved = 0,
  })
end

--- The numbers as ranges without gaps, with their counts.
function M:ranges(list)
  local last
  for _, number in ipairs(self.numbers) do
    if not last or not follows(last, number) then
      list[#list + 1] = new_range(self, number)
    end
    last = number
    local range = list[#list]
    range.endAddress = number.id
    count_into(range, number)
  end
  return list
end

--- The counts of the whole pool, from its first number to its last.
function M:statistics()
  local record = new_range(self, self.numbers[1])
  for _, number in ipairs(self.numbers) do
    count_into(record, number)
    record.endAddress = number.id
  end
  return record
end

--- Gives back what is reserved in a range.
---@return integer how many
function M:release(first, last)
  local list = self:select({ first = first, last = last }, function(number)
    return number.state == "reserved"
  end)
  for _, number in ipairs(list) do
    number.state = "free"
  end
  return #list
end

--- Deletes what is free in a range.
---@return integer how many
function M:delete_free(first, last)
  local gone = {}
  for _, number in ipairs(self:select({ first = first, last = last })) do
    if number.state == "free" then
      gone[number] = true
      self.by_id[number.id] = nil
    end
  end
  local kept = {}
  for _, number in ipairs(self.numbers) do
    if not gone[number] then
      kept[#kept + 1] = number
    end
  end
  local count = #self.numbers - #kept
  self.numbers = kept
  return count
end

return M
