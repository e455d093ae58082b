-- wats.sandbox.scim: user accounts by SCIM 2.0, in memory.
--
-- A userName is there once, whatever its case. A PATCH is made in full or not at all; it knows
-- "replace" of the fields that the API names, each a string or a boolean, and adds to levels and
-- product groups. Every answer that says no has SCIM's own shape.

local core = require("wats.core")

local checks = require("wats.sandbox.checks")
local errors = require("wats.sandbox.errors")
local filters = require("wats.sandbox.scim_filter")
local instant = require("wats.instant")
local json = require("wats.sandbox.json")

local M = {}

local v = json.value

local MAX_PAGE = 100
local USER = "urn:ietf:params:scim:schemas:core:2.0:User"
local LIST = "urn:ietf:params:scim:api:messages:2.0:ListResponse"
local PATCH = "urn:ietf:params:scim:api:messages:2.0:PatchOp"
local ROLES = { Administrator = true, Manager = true, Operator = true, Viewer = true }

local view = json.record({
  "schemas", "id", "externalId", "userName", "name", "displayName", "emails", "active", "roles",
  "levels", "productGroups", "meta",
})
local name_view = json.record({ "formatted", "familyName", "givenName" })
local page_view = json.record({
  "schemas", "totalResults", "startIndex", "itemsPerPage", "Resources",
})

local RULES = {
  { "userName", "string", required = true, not_empty = true, max = 100 },
  { "externalId", "string" },
  { "displayName", "string", max = 100 },
  { "name", "object" },
  { "emails", "array" },
  { "active", "boolean" },
  { "schemas", "array" },
}

local function reply(status, value)
  return {
    status = status, headers = { ["Content-Type"] = "application/scim+json; charset=utf-8" },
    body = json.encode(value),
  }
end

local function by_id(users, id)
  for i, user in ipairs(users) do
    if user.id == id:lower() then return user, i end
  end
end

local function by_name(users, name)
  for _, user in ipairs(users) do
    if user.userName:lower() == name:lower() then return user end
  end
end

local function not_found(what)
  return errors.scim(404, ("Resource %s not found."):format(what))
end

-- Texts of objects with a member `value`.
local function values(list)
  local result = json.array()
  for _, item in ipairs(v(list) or {}) do
    if type(item) == "table" and type(item.value) == "string" then
      result[#result + 1] = { value = item.value, primary = #result == 0 }
    end
  end
  return result
end

local function touch(user)
  local now = instant.utc(os.time())
  user.meta.lastModified = now
  user.meta.created = user.meta.created or now
end

local function new_user(source)
  local id, name = core.uuid(), v(source.name) or {}
  local shown = v(source.displayName) or v(name.formatted)
  local user = view({
    schemas = json.array({ USER }), id = id, externalId = v(source.externalId),
    userName = source.userName, displayName = shown,
    name = name_view({ formatted = v(name.formatted) or shown, familyName = v(name.familyName),
      givenName = v(name.givenName) }),
    emails = values(source.emails), active = v(source.active) ~= false, roles = json.array(),
    levels = json.array(), productGroups = json.array(),
    meta = { resourceType = "User", location = "/api/SCIM/v2/Users/" .. id },
  })
  touch(user)
  return user
end

local function create(users, request)
  local source, faults = request.json, {}
  checks.members(faults, source, "", RULES)
  if #faults > 0 then return errors.scim(400, faults[1][2], "invalidValue") end
  if by_name(users, source.userName) then
    return errors.scim(409, ("There is a user '%s' already."):format(source.userName),
      "uniqueness")
  end
  local user = new_user(source)
  users[#users + 1] = user
  return reply(201, user)
end

local function page(users, query)
  local fits, problem
  if query.filter and query.filter ~= "" then
    fits, problem = filters.compile(query.filter)
    if not fits then return errors.scim(400, problem, "invalidFilter") end
  end
  local start = math.max(math.tointeger(tonumber(query.startindex)) or 1, 1)
  local count = math.tointeger(tonumber(query.count)) or MAX_PAGE
  count = math.min(math.max(count, 0), MAX_PAGE)
  local total, list = 0, json.array()
  for _, user in ipairs(users) do
    if not fits or fits(user) then
      total = total + 1
      if total >= start and #list < count then list[#list + 1] = user end
    end
  end
  return reply(200, page_view({
    schemas = json.array({ LIST }), totalResults = total, startIndex = start,
    itemsPerPage = #list, Resources = list,
  }))
end

-- Adds what is not there yet of a text with ";" between.
local function add_to(list, text)
  local known = {}
  for _, item in ipairs(list) do known[item] = true end
  for item in text:gmatch("[^;]+") do
    if not known[item] then list[#list + 1], known[item] = item, true end
  end
end

-- By the field in lower case: type of the value, what it does, and a check of its own.
local FIELDS = {
  active = { "boolean", function(user, value) user.active = value end },
  fullname = { "string", function(user, value)
    user.displayName, user.name.formatted = value, value
  end },
  familyname = { "string", function(user, value) user.name.familyName = value end },
  givenname = { "string", function(user, value) user.name.givenName = value end },
  email = { "string", function(user, value)
    user.emails = json.array({ { value = value, primary = true } })
  end },
  roles = { "string", function(user, value)
    user.roles = json.array({ { value = value } })
  end, function(value)
    return not ROLES[value] and ("There is no role '%s'."):format(value)
  end },
  levels = { "string", function(user, value) add_to(user.levels, value) end },
  productgroups = { "string", function(user, value) add_to(user.productGroups, value) end },
}

-- What is wrong with one operation: text and kind; nothing when it is right.
local function judge(step)
  if type(step) ~= "table" or type(step.op) ~= "string" or step.op:lower() ~= "replace" then
    return "Only the operation 'replace' is supported.", "invalidSyntax"
  end
  local field = type(step.path) == "string" and FIELDS[step.path:lower()]
  if not field then
    return ("The path '%s' cannot be replaced."):format(tostring(v(step.path))), "invalidPath"
  end
  if type(step.value) ~= field[1] then
    return ("The value of '%s' must be a %s."):format(step.path, field[1]), "invalidValue"
  end
  local problem = field[3] and field[3](step.value)
  if problem then return problem, "invalidValue" end
end

local function has_schema(source)
  local schemas = v(source.schemas)
  for _, schema in ipairs(type(schemas) == "table" and schemas or {}) do
    if schema == PATCH then return true end
  end
  return false
end

local function patch(users, request)
  local user = by_id(users, request.params.id)
  if not user then return not_found(request.params.id) end
  local source = request.json
  local steps = v(source.Operations)
  if not has_schema(source) or type(steps) ~= "table" or steps[1] == nil then
    return errors.scim(400, "A PatchOp with its schema and at least one operation is expected.",
      "invalidSyntax")
  end
  for _, step in ipairs(steps) do
    local text, kind = judge(step)
    if text then return errors.scim(400, text, kind) end
  end
  for _, step in ipairs(steps) do FIELDS[step.path:lower()][2](user, step.value) end
  touch(user)
  return reply(200, user)
end

local function token(request)
  local days = math.tointeger(tonumber(request.query.duration or 90))
  if not days or days < 1 then
    return errors.scim(400, "The duration must be a positive number of days.", "invalidValue")
  end
  local secret = core.uuid():gsub("-", "")
  return reply(200, {
    -- looks like a token, and nothing takes it
    token = "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9." .. secret .. "." .. core.sha256(secret),
    expiresUtc = instant.utc(os.time() + days * 86400), duration = days,
  })
end

--- Adds the routes.
function M.open(router, store)
  store.users = store.users or {}
  local users = store.users
  router:add("GET", "/api/SCIM/v2/Token", token)
  router:add("GET", "/api/SCIM/v2/Users", function(request)
    return page(users, request.query)
  end)
  router:add("POST", "/api/SCIM/v2/Users", function(request)
    return create(users, request)
  end)
  router:add("GET", "/api/SCIM/v2/Users/{id}", function(request)
    local user = by_id(users, request.params.id)
    return user and reply(200, user) or not_found(request.params.id)
  end)
  router:add("GET", "/api/SCIM/v2/Users/userName={userName}", function(request)
    local user = by_name(users, request.params.userName)
    return user and reply(200, user) or not_found(request.params.userName)
  end)
  router:add("PATCH", "/api/SCIM/v2/Users/{id}", function(request)
    return patch(users, request)
  end)
  router:add("DELETE", "/api/SCIM/v2/Users/{id}", function(request)
    local user, i = by_id(users, request.params.id)
    if not user then return not_found(request.params.id) end
    table.remove(users, i)
    return { status = 204, headers = {} }
  end)
end

return M
