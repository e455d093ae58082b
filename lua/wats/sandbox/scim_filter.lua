-- wats.sandbox.scim_filter: the filters of SCIM (RFC 7644, section 3.4.2.2), as far as user
-- accounts need them: terms such as `userName eq "x"`, joined by `and` and `or`, of which `and`
-- binds closer. Text compares without case but for ids, names of attributes always do.

local json = require("wats.sandbox.json")

local M = {}

local function email(user)
  return user.emails and user.emails[1] and user.emails[1].value
end

local ATTRIBUTES = {
  id = function(user) return user.id end,
  externalid = function(user) return user.externalId end,
  username = function(user) return user.userName end,
  displayname = function(user) return user.displayName end,
  active = function(user) return user.active end,
  emails = email,
  ["emails.value"] = email,
  ["name.familyname"] = function(user) return user.name.familyName end,
  ["name.givenname"] = function(user) return user.name.givenName end,
}

local EXACT = { id = true, externalid = true }

local TESTS = {
  eq = function(a, b) return a == b end,
  ne = function(a, b) return a ~= b end,
  co = function(a, b) return a:find(b, 1, true) ~= nil end,
  sw = function(a, b) return a:sub(1, #b) == b end,
  ew = function(a, b) return #b == 0 or a:sub(-#b) == b end,
}

local OF_ANY = { eq = true, ne = true }

-- The end of the JSON string that begins here, or nil.
local function string_end(text, at)
  local i = at + 1
  while i <= #text do
    local character = text:sub(i, i)
    if character == '"' then return i end
    i = i + (character == "\\" and 2 or 1)
  end
end

-- The value at a place: JSON string, true or false; and where it ends.
local function read_value(text, at)
  local word = text:match("^%a+", at)
  if word == "true" or word == "false" then
    return word == "true", at + #word
  end
  local stop = text:sub(at, at) == '"' and string_end(text, at)
  local value = stop and json.decode("[" .. text:sub(at, stop) .. "]")
  if value then return value[1], stop + 1 end
end

local function term(name, operator, value)
  local get, test = ATTRIBUTES[name:lower()], TESTS[operator:lower()]
  local exact = EXACT[name:lower()]
  if not get then return nil, ("Unknown attribute '%s'."):format(name) end
  if not test or type(value) ~= "string" and not OF_ANY[operator:lower()] then
    return nil, ("The operator '%s' cannot be used here."):format(operator)
  end
  local function fold(v) return type(v) == "string" and not exact and v:lower() or v end
  value = fold(value)
  return function(user)
    local have = fold(get(user))
    if have == nil then return operator:lower() == "ne" end
    return type(have) == type(value) and test(have, value)
  end
end

-- One term, and where the text goes on.
local function read_term(text, at)
  local name, operator, stop_at, value_at = text:match("^%s*([%w.]+)%s+(%a+)()%s*()", at)
  if not name then return nil, nil, ("No term at '%s'."):format(text:sub(at, at + 20)) end
  if operator:lower() == "pr" then
    local get = ATTRIBUTES[name:lower()]
    if not get then return nil, nil, ("Unknown attribute '%s'."):format(name) end
    return function(user) return get(user) ~= nil end, stop_at
  end
  local value, stop = read_value(text, value_at)
  if value == nil then return nil, nil, ("No value at '%s'."):format(text:sub(value_at)) end
  local test, problem = term(name, operator, value)
  return test, stop, problem
end

-- Any of the groups, of which all terms hold.
local function any(groups)
  return function(user)
    for _, group in ipairs(groups) do
      local all = true
      for _, test in ipairs(group) do all = all and test(user) end
      if all then return true end
    end
    return false
  end
end

--- The test that a filter is, or nil and what is wrong with it.
---@param text string
---@return (fun(user: table): boolean)|nil, string|nil
function M.compile(text)
  local groups, at = { {} }, 1
  while true do
    local test, stop, problem = read_term(text, at)
    if not test then return nil, problem end
    table.insert(groups[#groups], test)
    if not text:find("%S", stop) then return any(groups) end
    local word, next_at = text:match("^%s+(%a+)%s+()", stop)
    word = word and word:lower()
    if word ~= "and" and word ~= "or" then
      return nil, ("'and' or 'or' expected at '%s'."):format(text:sub(stop))
    end
    if word == "or" then groups[#groups + 1] = {} end
    at = next_at
  end
end

return M
