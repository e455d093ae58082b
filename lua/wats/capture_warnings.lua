-- wats.capture_warnings: finds loops in a trace that ask one by one for what could be had together.
--
-- Requests of one method and route (the operation's template) make a group. One of it is alone
-- when no other of its group was under way as it began, and went to the server when it had an
-- exchange with it: what the cache answered costs nothing. More than LIMIT of a group that went
-- alone, with different arguments, and more than half of all that went: somebody wrote a loop.
-- Pages of one list differ in nothing but where they begin, and count once. Of writes only those
-- count that the server also takes many at once. Holds what it is told of for one capture.

local core = require("wats.core")

local capture_warnings = {}

---@class wats.CaptureWarning
---@field method string
---@field route string    the operation's template
---@field count integer   how many went one after another
---@field message string  with what would do better

capture_warnings.LIMIT = 10

-- Methods that do the same for many: service and method.
local TOGETHER = {
  ["GET /api/Product/{partNumber}"] = { "product", "get_many" },
  ["GET /api/Product/{partNumber}/{revision}"] = { "product", "get_many",
    "products with all their revisions" },
  ["GET /api/Production/Unit/{serialNumber}/{partNumber}"] = { "production", "get_many" },
  ["GET /api/Report/Wsjf/{id}"] = { "report", "get_many" },
  ["GET /api/Asset/Status"] = { "asset", "get_statuses" },
  ["PUT /api/Product"] = { "product", "bulk_save_products" },
  ["PUT /api/Product/Revision"] = { "product", "bulk_save_revisions" },
}

-- Lists that can be asked once with a filter for many: the method that asks.
local LISTS = {
  ["GET /api/Product/Query"] = "client.product:get_products",
  ["GET /api/Report/Query/Header"] = "client.report:query_headers",
  ["GET /api/Asset"] = "client.asset:get_assets",
}

-- Writes of one, and the operation that takes a list.
local BULK = {
  ["PUT /api/Product"] = "PUT /api/Products",
  ["PUT /api/Product/Revision"] = "PUT /api/Products/Revisions",
  ["PUT /api/Production/Units"] = "PUT /api/Production/Units",
  ["PUT /api/Production/Batches"] = "PUT /api/Production/Batches",
}

---@class wats.capture.Watch
---@field client wats.Client
---@field groups table[]
---@field by_key table<string, table>
local Watch = {}
Watch.__index = Watch

---@param client wats.Client
---@return wats.capture.Watch
function capture_warnings.watch(client)
  return setmetatable({ client = client, groups = {}, by_key = {} }, Watch)
end

-- The operation's template that a call belongs to, or nil.
---@param client wats.Client
---@param call wats.Call
---@return string?
function capture_warnings.route(client, call)
  local base, url = core.client_methods.base_url(client), call.url
  if type(url) ~= "string" or url:sub(1, #base) ~= base then return nil end
  local path = url:sub(#base + 1):match("^[^?#]*")
  local operation = path ~= "" and core.match_operation(call.method, path)
  return operation and operation.path or nil
end

local function is_over(call)
  return call.status ~= nil or call.error ~= nil
end

-- Is one of them still under way? Those that are over are forgotten.
local function under_way(calls)
  local left = 0
  for i = 1, #calls do
    local call = calls[i]
    calls[i] = nil
    if not is_over(call) then
      left = left + 1
      calls[left] = call
    end
  end
  return left > 0
end

-- A request of the capture begins; `call.route` is set already.
---@param call wats.Call
function Watch:began(call)
  if not call.route then return end
  local key = call.method .. " " .. call.route
  if call.method ~= "GET" and not BULK[key] then return end
  local group = self.by_key[key]
  if not group then
    group = { key = key, method = call.method, route = call.route, calls = {}, open = {} }
    self.by_key[key], self.groups[#self.groups + 1] = group, group
  end
  local entry = { call = call, alone = not under_way(group.open) }
  group.calls[#group.calls + 1], group.open[#group.open + 1] = entry, call
end

-- What it was asked with, without what tells pages of one list apart.
local function argument(call)
  local url = call.url:lower():gsub("%%24", "$")
  for _, name in ipairs { "%$skip", "%$top", "startindex", "count" } do
    url = url:gsub("([?&])" .. name .. "=[^&]*", "%1")
  end
  return (url:gsub("(timestamp%%20[gl][te]%%20)%d+", "%1"))
end

-- How many went alone, with different arguments; 0 where most went together.
local function count_alone(group)
  local went, alone, seen, different = 0, 0, {}, 0
  for _, entry in ipairs(group.calls) do
    local call = entry.call
    if is_over(call) and (call.attempts or 0) > 0 then
      went = went + 1
      if entry.alone then
        alone = alone + 1
        local key = group.method == "GET" and argument(call) or call
        if not seen[key] then seen[key], different = true, different + 1 end
      end
    end
  end
  return alone * 2 > went and different or 0
end

-- The method that does the same for many, if this client has it.
local function method_for(client, key)
  local together = TOGETHER[key]
  local service = together and client[together[1]]
  if type(service) ~= "table" or type(service[together[2]]) ~= "function" then return nil end
  return ("client.%s:%s"):format(together[1], together[2]), together[3]
end

local function advice(client, key)
  local method, what = method_for(client, key)
  local bulk, list = BULK[key], LISTS[key]
  if bulk then
    return ("one request takes many: %s"):format(method and method .. ", " .. bulk or bulk)
  elseif method then
    return ("%s has %s in fewer requests, or up to 16 at a time"):format(method, what or "many")
  elseif list then
    return ("one query has many: %s with a filter { field = { value, value, ... } } (wats.odata)")
      :format(list)
  end
  return "wats.map has up to 16 at a time; what seldom changes may come from the cache"
end

-- The warnings of a capture that ends, in the order of the first request of each.
---@return wats.CaptureWarning[]
function Watch:warnings()
  local list = {}
  for _, group in ipairs(self.groups) do
    local count = count_alone(group)
    if count > capture_warnings.LIMIT then
      list[#list + 1] = {
        method = group.method, route = group.route, count = count,
        message = ("%s went out %d times, one after another: %s"):format(group.key, count,
          advice(self.client, group.key)),
      }
    end
  end
  return list
end

return capture_warnings
