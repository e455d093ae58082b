-- wats.domain.asset.alarms: how an asset stands against the limits of its type.
--
-- The server works that out for one asset at a time and has no list by alarm state, so many are
-- asked for side by side, a bounded number at once. Always live: an alarm that a cache hides is
-- one more unit tested with equipment that should not be used.

local call = require("wats.call")
local core = require("wats.core")
local errors = require("wats.errors")
local many = require("wats.many")
local name = require("wats.domain.asset.name")
local pages = require("wats.pages")
local records = require("wats.domain.asset.records")
local values = require("wats.domain.asset.values")


local get_status = call.bind("GET /api/Asset/Status", "record")

---@class wats.AssetStatus   and what else the server says
---@field alarmState? integer  see Asset.ALARM_STATES
---@field message? string

---@class wats.Asset
local Asset = {}

-- How an asset stands: counts, days since calibration and maintenance, how far they are beyond
-- their limits, and what the server says of it in words.  GET /api/Asset/Status
---@param which wats.AssetName
---@param opts? wats.RequestOptions  query: cultureCode ("de-DE"), translate, for the words
---@return wats.AssetStatus? status
---@return wats.Error? err
function Asset:get_status(which, opts)
  local where = "asset:get_status"
  return get_status(self, where, name.params(where, which), opts)
end

local function key_of(which)
  local parameter, text = name.read(which)
  if not parameter then return nil, name.EXPECTED end
  return parameter .. "\0" .. text
end

local function fetch_all(self, where, list, opts)
  return many.fetch(where, list, function(which, own)
    return get_status(self, where, name.params(where, which), own)
  end, opts, key_of)
end

-- The status of many assets, asked for side by side.  GET /api/Asset/Status
---@param list wats.AssetName[]
---@param opts? wats.ManyOptions
---@return wats.AssetStatus[] statuses  in the order of the list, and `n`
---@return table? errs                  by the same index, and `n`; nil where nothing failed
function Asset:get_statuses(list, opts)
  return fetch_all(self, "asset:get_statuses", list, opts)
end

local KNOWN = {}
for own, number in pairs(values.ALARM_STATES) do KNOWN[own], KNOWN[number] = number, number end

-- What a status says of the alarm: a number, or the name that some versions spell out.
local function state_of(self, status)
  local value = status.alarmState
  if value == nil then value = status.status end
  local state = KNOWN[math.tointeger(value) or type(value) == "string" and value:lower() or false]
  if state then return state end
  return nil, errors.new {
    kind = "decode", method = "GET",
    url = core.client_methods.base_url(self[1]) .. "/api/Asset/Status",
    message = value == nil and "the status says nothing of an alarm state"
      or ('the status says "%s", which is no alarm state that is known'):format(
        tostring(value):sub(1, 40):gsub("%c", "?")),
  }
end

local function alarm_state(self, where, which, opts)
  records.needs_answer(where, opts)
  local status, err = get_status(self, where, name.params(where, which), opts)
  if not status then return nil, err end
  return state_of(self, status)
end

-- The alarm state of an asset: 0 ok, 1 warning, 2 alarm.  GET /api/Asset/Status
---@param which wats.AssetName
---@param opts? wats.RequestOptions
---@return integer? state  see Asset.ALARM_STATES
---@return wats.Error? err
function Asset:get_alarm_state(which, opts)
  return alarm_state(self, "asset:get_alarm_state", which, opts)
end

local function is(self, where, wanted, which, opts)
  local state, err = alarm_state(self, where, which, opts)
  if not state then return nil, err end
  return state == wanted
end

-- Is the asset beyond a limit? nil and the error where nobody can tell.  GET /api/Asset/Status
---@param which wats.AssetName
---@param opts? wats.RequestOptions
---@return boolean? in_alarm
---@return wats.Error? err
function Asset:is_in_alarm(which, opts)
  return is(self, "asset:is_in_alarm", values.ALARM_STATES.alarm, which, opts)
end

-- Is the asset near a limit, and beyond none?  GET /api/Asset/Status
---@param which wats.AssetName
---@param opts? wats.RequestOptions
---@return boolean? in_warning
---@return wats.Error? err
function Asset:is_in_warning(which, opts)
  return is(self, "asset:is_in_warning", values.ALARM_STATES.warning, which, opts)
end

-- The caller's options in two: of the list, and of the look-ups.
local function split(opts)
  if opts == nil then return nil, nil end
  if type(opts) ~= "table" then
    errors.raise("options of the request: table expected, got %s", type(opts))
  end
  local of_list, of_each = {}, {}
  for option, value in pairs(opts) do
    if option ~= "concurrency" and option ~= "on_progress" then of_list[option] = value end
    if option ~= "query" then of_each[option] = value end
  end
  return of_list, of_each
end

-- Those that were deleted since they were listed are in no state. One that nobody can tell of
-- spoils the whole list: a list of alarms with a hole in it says that all is well.
local function select_assets(self, assets, statuses, errs, wanted)
  local found = {}
  for i, asset in ipairs(assets) do
    local err = errs and errs[i]
    local state
    if not err then
      state, err = state_of(self, statuses[i])
    end
    if err and err.kind ~= "not_found" then return nil, err end
    if state and wanted[state] then found[#found + 1] = asset end
  end
  return found
end

local function by_alarm_state(self, where, states, opts)
  local wanted = {}
  for _, state in ipairs(values.list(where, "states", values.ALARM_STATES, states)) do
    wanted[state] = true
  end
  local of_list, of_each = split(opts)
  local assets, err = pages.all(records.page_source(self, where, of_list))
  if not assets then return nil, err end
  local statuses, errs = fetch_all(self, where, assets, of_each)
  return select_assets(self, assets, statuses, errs, wanted)
end

-- The assets in one of these alarm states: lists all that fit the query, then asks for the status
-- of each, 16 at once. When one look-up fails there is no list, since it would have a hole.
-- GET /api/Asset, GET /api/Asset/Status
---@param states string|integer|(string|integer)[]  see Asset.ALARM_STATES
---@param opts? wats.ManyOptions  query: $filter of the assets to look at; concurrency; on_progress
---@return wats.AssetRecord[]? assets
---@return wats.Error? err
function Asset:get_assets_by_alarm_state(states, opts)
  return by_alarm_state(self, "asset:get_assets_by_alarm_state", states, opts)
end

-- The assets that are beyond a limit; see get_assets_by_alarm_state.
---@param opts? wats.ManyOptions
---@return wats.AssetRecord[]? assets
---@return wats.Error? err
function Asset:get_assets_in_alarm(opts)
  return by_alarm_state(self, "asset:get_assets_in_alarm", "alarm", opts)
end

-- The assets that are near a limit and beyond none; see get_assets_by_alarm_state.
---@param opts? wats.ManyOptions
---@return wats.AssetRecord[]? assets
---@return wats.Error? err
function Asset:get_assets_in_warning(opts)
  return by_alarm_state(self, "asset:get_assets_in_warning", "warning", opts)
end

return { methods = Asset }
