-- wats.domain.asset.events: what happens to an asset: its state, its use, calibration and
-- maintenance, and words in its log.

local call = require("wats.call")
local choice = require("wats.choice")
local client_module = require("wats.client")
local errors = require("wats.errors")
local instant = require("wats.instant")
local name = require("wats.domain.asset.name")
local options = require("wats.options")
local records = require("wats.domain.asset.records")
local values = require("wats.domain.asset.values")

local with = client_module.with

local put_state = call.bind("PUT /api/Asset/State")
local put_count = call.bind("PUT /api/Asset/Count")
local reset_count = call.bind("POST /api/Asset/ResetRunningCount")
local post_calibration = call.bind("POST /api/Asset/Calibration")
local post_maintenance = call.bind("POST /api/Asset/Maintenance")
local post_message = call.bind("POST /api/Asset/Message")

local MAX_COUNT = 2 ^ 31 - 1 -- the server counts in 32 bits

---@class wats.Asset
local Asset = {}

local function checked(where, given, rules)
  local result, problem = options.read(given, rules)
  if not result then errors.raise("%s: %s", where, problem) end
  return result
end

-- Sets the state of an asset.  PUT /api/Asset/State
---@param which wats.AssetName
---@param state string|integer  see Asset.STATES
---@param opts? wats.RequestOptions
---@return any answer  true when there is none
---@return wats.Error? err
function Asset:set_asset_state(which, state, opts)
  local where = "asset:set_asset_state"
  local number = choice.value(where, "state", values.STATES, state)
  return put_state(self, where, name.params(where, which, { state = number }), opts)
end

-- The state of an asset, as a number of Asset.STATES; state_name has its name. Live.
-- GET /api/Asset/{assetId}
---@param which wats.AssetName
---@param opts? wats.RequestOptions
---@return integer? state
---@return wats.Error? err
function Asset:get_asset_state(which, opts)
  local where = "asset:get_asset_state"
  local parameter, text = name.check(where, "asset", which)
  local asset, err = records.get_exactly(self, where, parameter, text, opts)
  if not asset then return nil, err end
  return math.tointeger(asset.state) or values.STATES.unknown
end

local COUNT = {
  by = { "integer", min = 0, max = MAX_COUNT },
  total = { "integer", min = 0, max = MAX_COUNT },
  children = { "boolean" },
  culture = { "string" },
}

---@class wats.AssetCount       one of by and total
---@field by? integer           how often it was used
---@field total? integer        what its total count is now; the running count grows as much
---@field children? boolean     its sub-assets were used as often
---@field culture? string       language of the answer's message, as in "de-DE"

-- Counts the use of an asset. The server adds what it is told, so a call that says `by` is never
-- sent again on its own: when it ends without an answer, nobody knows whether it was counted; look
-- at the total before you count again. One that says `total` may be sent twice, as the second
-- adds nothing.  PUT /api/Asset/Count
---@param which wats.AssetName
---@param count? integer|wats.AssetCount  a number is { by = number }; default 1
---@param opts? wats.RequestOptions
---@return any answer  true when there is none
---@return wats.Error? err
function Asset:increment_count(which, count, opts)
  local where = "asset:increment_count"
  if count == nil then count = 1 end
  if type(count) ~= "table" then
    if math.type(count) ~= "integer" then
      errors.raise("%s: count: a whole number or a table expected, got %s", where,
        type(count) == "number" and tostring(count) or type(count))
    end
    count = { by = count }
  end
  count = checked(where, count, COUNT)
  if (count.by == nil) == (count.total == nil) then
    errors.raise("%s: count: either by or total expected, got %s", where,
      count.by and "both" or "neither")
  end
  local params = name.params(where, which, { incrementBy = count.by, totalCount = count.total,
    incrementChildren = count.children, cultureCode = count.culture })
  if count.total then opts = client_module.repeatable(opts) end
  return put_count(self, where, params, opts)
end

-- Sets the running count to 0, as after a part was renewed.  POST /api/Asset/ResetRunningCount
---@param which wats.AssetName
---@param comment? string  for the log
---@param opts? wats.RequestOptions
---@return any answer
---@return wats.Error? err
function Asset:reset_running_count(which, comment, opts)
  local where = "asset:reset_running_count"
  if comment ~= nil and type(comment) ~= "string" then
    errors.raise("%s: comment: text expected, got %s", where, type(comment))
  end
  return reset_count(self, where, name.params(where, which, { comment = comment }), opts)
end

local EVENT = {
  date = { "number|string", check = function(value)
    if type(value) == "string" and not instant.parse(value) then
      return "must be epoch seconds or ISO 8601 text with an offset"
    end
  end },
  comment = { "string" },
}

---@class wats.AssetEvent
---@field date? number|string  epoch seconds, or ISO 8601 with an offset; default: now
---@field comment? string      for the log

local function record_event(self, where, post, which, event, opts)
  event = checked(where, event, EVENT)
  local params = name.params(where, which, { dateTime = event.date, comment = event.comment })
  return post(self, where, params, opts)
end

-- Tells that an asset was calibrated: its running count and its days begin anew.
-- POST /api/Asset/Calibration
---@param which wats.AssetName
---@param event? wats.AssetEvent
---@param opts? wats.RequestOptions
---@return any answer
---@return wats.Error? err
function Asset:record_calibration(which, event, opts)
  return record_event(self, "asset:record_calibration", post_calibration, which, event, opts)
end

-- Tells that an asset had maintenance.  POST /api/Asset/Maintenance
---@param which wats.AssetName
---@param event? wats.AssetEvent
---@param opts? wats.RequestOptions
---@return any answer
---@return wats.Error? err
function Asset:record_maintenance(which, event, opts)
  return record_event(self, "asset:record_maintenance", post_maintenance, which, event, opts)
end

-- Writes into the log of an asset.  POST /api/Asset/Message
---@param which wats.AssetName
---@param text string
---@param opts? wats.RequestOptions
---@return any answer
---@return wats.Error? err
function Asset:add_log_message(which, text, opts)
  local where = "asset:add_log_message"
  client_module.text(where, "text", text)
  local params = name.params(where, which)
  return post_message(self, where, params, with(opts, { json = { content = text } }))
end

return { methods = Asset }
