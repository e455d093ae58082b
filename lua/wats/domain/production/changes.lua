-- Of wats.domain.production: the feed of changes of units. The server adds an entry whenever a unit
-- gets another parent, part number, revision or phase, and keeps it until somebody deletes it: so
-- the feed is a queue, and its entries are read from its front.

local call = require("wats.call")
local client_module = require("wats.client")
local core = require("wats.core")
local errors = require("wats.errors")
local options = require("wats.options")
local pages = require("wats.pages")

local named = client_module.segment

local PAGE = 1000
local MAX_COUNT = 2147483647 -- what the API's int32 holds

---@class wats.Production
local Production = {}

local PATH = "/api/Production/Units/Changes"
local get_changes = call.bind("GET " .. PATH, "records")
local delete_change = call.bind("DELETE /api/Production/Units/Changes/{id}")

-- The oldest entries of the feed, which stay in it.  GET /api/Production/Units/Changes
---@param max_count? integer  default 1000
---@param opts? wats.RequestOptions
---@return wats.record.UnitChange[]? changes
---@return wats.Error? err
function Production:get_unit_changes(max_count, opts)
  options.argument(2, "production:get_unit_changes", 1, max_count,
    { "integer|nil", min = 1, max = MAX_COUNT })
  return get_changes(self, "production:get_unit_changes", { maxCount = max_count or PAGE }, opts)
end

-- Takes an entry off the feed: it has been handled. The unit stays as it is.
-- DELETE /api/Production/Units/Changes/{id}
---@param id integer
---@param opts? wats.RequestOptions
---@return any done
---@return wats.Error? err  of kind "not_found" when it is not there (any more)
function Production:delete_unit_change(id, opts)
  return delete_change(self, "production:delete_unit_change", { id = id }, opts)
end

-- As delete_unit_change, by the name of what it means.
---@param id integer
---@param opts? wats.RequestOptions
---@return any done
---@return wats.Error? err
function Production:acknowledge_unit_change(id, opts)
  return delete_change(self, "production:acknowledge_unit_change", { id = id }, opts)
end

-- The oldest entries, each with the number by which it is known and deleted.
local function get_page(self, where, size, opts)
  local rows, err = get_changes(self, where, { maxCount = size }, opts)
  for _, row in ipairs(rows or {}) do
    if math.type(row.id) ~= "integer" then
      return nil, errors.new {
        kind = "decode", status = 200, method = "GET",
        url = core.client_methods.base_url(self) .. PATH,
        message = "an entry of the feed has no id",
      }
    end
  end
  return rows, err
end

-- The feed has no $skip: what lies behind the entries that are there is seen by asking for more of
-- them. So each page asks for twice as many, until fewer come than were asked for.
local function growing(self, where, size, opts)
  local seen = {}
  return function()
    local rows, err = get_page(self, where, size, opts)
    if not rows then return nil, err end
    local fresh, more = {}, #rows >= size and size < MAX_COUNT
    for _, row in ipairs(rows) do
      if not seen[row.id] then
        seen[row.id] = true
        fresh[#fresh + 1] = row
      end
    end
    size = math.min(2 * size, MAX_COUNT)
    return fresh, more
  end
end

-- Where each entry is deleted when it has been handled, the next page is what stands in front then.
local function moving(self, where, size, opts)
  return function()
    local rows, err = get_page(self, where, size, opts)
    if not rows then return nil, err end
    return rows, #rows >= size
  end
end

-- Deletes an entry; that somebody else did it first, or that the first of two tries arrived, is as
-- good.
local function take_off(self, where, change, opts)
  local done, err = delete_change(self, where, { id = change.id }, opts)
  if done == nil and err.kind ~= "not_found" then error(err, 0) end
end

local EACH = {
  acknowledge = { "boolean", default = false },
  page = { "integer", min = 1, max = MAX_COUNT, default = PAGE },
}

-- All entries of the feed, oldest first, to its end.
--   for change in client.production:unit_changes { acknowledge = true } do ... end
-- With `acknowledge` an entry is deleted when the next one is asked for, or the end: so one whose
-- handling raised stays in the feed, and comes again. A request that fails raises its error object.
---@param how? { acknowledge?: boolean, page?: integer }  page: entries of the (first) request
---@param opts? wats.RequestOptions
---@return fun(): wats.record.UnitChange?
function Production:unit_changes(how, opts)
  local where = "production:unit_changes"
  how = options.check(2, where, how, EACH)
  call.reads(where, opts)
  if not how.acknowledge then return pages.each(growing(self, where, how.page, opts)) end
  local next_one = pages.each(moving(self, where, how.page, opts))
  local handled
  return function()
    if handled then
      take_off(self, where, handled, opts)
      handled = nil
    end
    handled = next_one()
    return handled
  end
end

-- What the feed tells of one unit. The feed is all there is: what has been deleted from it is not
-- told.
---@param serial_number string
---@param part_number? string  entries that name another are left out
---@param opts? wats.RequestOptions
---@return wats.record.UnitChange[]? changes
---@return wats.Error? err
function Production:get_unit_history(serial_number, part_number, opts)
  local where = "production:get_unit_history"
  named(where, "serial_number", serial_number)
  if part_number ~= nil then named(where, "part_number", part_number) end
  call.reads(where, opts)
  local all, err = pages.all(growing(self, where, PAGE, opts))
  if not all then return nil, err end
  local own = {}
  for _, change in ipairs(all) do
    local part = change.newPartNumber
    local other = part_number ~= nil and type(part) == "string" and part ~= ""
      and part ~= tostring(part_number)
    if change.unitSerialNumber == tostring(serial_number) and not other then
      own[#own + 1] = change
    end
  end
  return own
end

return Production
