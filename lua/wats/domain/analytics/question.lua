-- wats.domain.analytics.question: how a statistic is asked, of which some have two forms.

local call = require("wats.call")
local client_module = require("wats.client")
local filter = require("wats.report_filter")
local json = require("wats.json")
local operations = require("wats.operations")

local with = client_module.with

-- An answer without a body to a question is an empty list.
local function listed(value, err)
  if value == true then return json.array {} end
  return value, err
end

-- The function that asks one statistic: fn(self, where, given, opts). `how`:
--   get         it has a form by GET too
--   extra       fields of the body that are no part of the filter, and their kinds
--   dimensions  the names that its dimensions may have
--   shape       of the answer; default: "list"
---@param path string
---@param how? { get?: boolean, extra?: table, dimensions?: table, shape?: wats.call.Shape }
---@return fun(self: table, where: string, given: table?, opts: wats.RequestOptions?): any, any
local function question(path, how)
  how = how or {}
  local post = operations.find("POST " .. path)
  local get = how.get and operations.find("GET " .. path)
  local shape = how.shape or "list"
  local by_post = call.bind(post.key, shape)
  local by_get = get and call.bind(get.key, shape)
  return function(self, where, given, opts)
    if get and filter.asks_get(given, get) then
      return by_get(self, where, filter.parameters(where, given, get), opts)
    end
    local body, params = filter.split(where, given, post, how, get)
    local value, err = by_post(self, where, params, with(opts, { json = body }))
    if shape == "list" then return listed(value, err) end
    return value, err
  end
end

return question
