-- wats.domain.scim: client.scim, the accounts of the server's users (SCIM 2.0, RFC 7643 and 7644).
--
-- Users are records as the server has them: id, userName, displayName, name, emails, active, ...
-- Whether an account is active is asked to decide about access, so none of this comes from the
-- cache. A token that get_token made is in what it returns, and nowhere else.

local core = require("wats.core")
local call = require("wats.call")
local client_module = require("wats.client")
local errors = require("wats.errors")
local json = require("wats.json")
local options = require("wats.options")
local pages = require("wats.pages")

local with = client_module.with

local USER_SCHEMA = "urn:ietf:params:scim:schemas:core:2.0:User"
local PATCH_SCHEMA = "urn:ietf:params:scim:api:messages:2.0:PatchOp"
local PAGE_SIZE = 100

local get_token = call.bind("GET /api/SCIM/v2/Token")
local get_users = call.bind("GET /api/SCIM/v2/Users", "record")
local get_user = call.bind("GET /api/SCIM/v2/Users/{id}", "record")
local get_user_by_name = call.bind("GET /api/SCIM/v2/Users/userName={userName}", "record")
local create_user = call.bind("POST /api/SCIM/v2/Users", "record")
local delete_user = call.bind("DELETE /api/SCIM/v2/Users/{id}")
local update_user = call.bind("PATCH /api/SCIM/v2/Users/{id}", "record")

---@class wats.ScimUser
---@field id? string           the server's
---@field userName string
---@field displayName? string
---@field name? { formatted?: string, givenName?: string, familyName?: string }
---@field emails? { value: string, primary?: boolean, type?: string }[]
---@field active? boolean
---@field schemas? string[]
---@field meta? table

---@class wats.ScimList
---@field totalResults integer   how many there are in all
---@field startIndex? integer    of the first one here, from 1
---@field itemsPerPage? integer
---@field Resources wats.ScimUser[]

---@class wats.ScimQuery
---@field filter? string|table<string, string|boolean>  a condition in SCIM's own words, or the
---                                                     attributes and the values they must have
---@field start_index? integer   of get_users: the first one wanted, from 1
---@field count? integer         of get_users: how many at most
---@field page_size? integer     of iter_users: users per request, default 100
---@field max_users? integer     of iter_users

---@class wats.Client
---@field scim wats.Scim

---@class wats.Scim
local Scim = {}
Scim.__index = Scim
Scim.__name = "wats.scim"

-- A text as JSON, and so SCIM's filters, write it (RFC 7644, section 3.4.2.2).
local function quoted(text)
  return '"' .. text:gsub('[%c"\\]', function(character)
    if character == '"' or character == "\\" then return "\\" .. character end
    return ("\\u%04x"):format(character:byte())
  end) .. '"'
end

-- `userName eq "x" and active eq true`, in the order of the names.
local function filter_text(where, filter)
  if filter == nil or type(filter) == "string" then return filter end
  local terms = {}
  for name, value in pairs(filter) do
    if type(name) ~= "string" or not name:find("^%a[%w._:%-$]*$") then
      errors.raise("%s: filter: name of an attribute expected, got %s", where, tostring(name))
    end
    local text
    if type(value) == "string" then text = quoted(value) end
    if type(value) == "boolean" then text = tostring(value) end
    if not text then
      errors.raise("%s: filter: %s: string or boolean expected, got %s", where, name, type(value))
    end
    terms[#terms + 1] = name .. " eq " .. text
  end
  table.sort(terms)
  return #terms > 0 and table.concat(terms, " and ") or nil
end

local ONE_PAGE = {
  filter = { "string|table" },
  start_index = { "integer", min = 1 },
  count = { "integer", min = 0 },
}
local ALL_PAGES = {
  filter = { "string|table" },
  page_size = { "integer", min = 1, max = 10000, default = PAGE_SIZE },
  max_users = { "integer", min = 0 },
}

-- A new token (JWT) by which another system, such as Azure, may provision users here. Each call
-- makes another one: it is never cached, nor sent again when it fails. Keep it as a password.
-- GET /api/SCIM/v2/Token
---@param days? integer  how long it is good for; default: the server's, which is 90
---@param opts? wats.RequestOptions
---@return any? token  as the server gives it: a record, or its text
---@return wats.Error? err
function Scim:get_token(days, opts)
  if days ~= nil and (math.type(days) ~= "integer" or days < 1) then
    errors.raise("scim:get_token: days: a positive integer expected, got %s",
      type(days) == "number" and tostring(days) or type(days))
  end
  return get_token(self, "scim:get_token", { duration = days },
    with(opts, { cache = "bypass", retry = false }))
end

-- One page of the users that fit.  GET /api/SCIM/v2/Users
---@param query? wats.ScimQuery  filter, start_index, count
---@param opts? wats.RequestOptions
---@return wats.ScimList? page
---@return wats.Error? err  of kind "invalid" for a filter that the server does not understand
function Scim:get_users(query, opts)
  local where = "scim:get_users"
  query = options.check(2, where, query or {}, ONE_PAGE)
  return get_users(self, where, {
    filter = filter_text(where, query.filter), startIndex = query.start_index, count = query.count,
  }, opts)
end

-- Those on a page that were not handed out yet.
local function fresh(users, seen)
  local list = {}
  for _, user in ipairs(users) do
    local id = type(user) == "table" and user.id
    if type(user) == "table" and (id == nil or not seen[id]) then
      list[#list + 1] = user
      if id ~= nil then seen[id] = true end
    end
  end
  return list
end

-- RFC 7644, section 3.4.2: where there are any, they are listed.
local function no_users(self, total)
  return errors.new {
    kind = "decode", status = 200, method = "GET",
    url = core.client_methods.base_url(self) .. "/api/SCIM/v2/Users",
    message = ("the answer tells of %d users and lists none"):format(total),
  }
end

-- The pages one after the other, by index. A server may send fewer than were asked for, so a short
-- page is the last one only where no total is told. When users were taken out meanwhile, those
-- behind them have moved up, past what was read: the total has shrunk by so many, and as many
-- before this page are read again.
local function source(self, where, query, opts)
  local filter, size = filter_text(where, query.filter), query.page_size
  local start, total, seen = 1, nil, {}
  return function()
    local page, err = get_users(self, where,
      { filter = filter, startIndex = start, count = size }, opts)
    if not page then return nil, err end
    local users, now = page.Resources, math.tointeger(page.totalResults)
    if not json.is_array(users) then
      if now and now >= start then return nil, no_users(self, now) end
      users = {}
    end
    local new = fresh(users, seen)
    local gone = total and now and math.max(total - now, 0) or 0
    start, total = gone > 0 and math.max(1, start - gone) or start + #users, now
    if now then return new, start <= now and (gone > 0 or #users > 0) end
    return new, #users >= size and #new > 0
  end
end

-- All users that fit, page by page:  for user in client.scim:iter_users { ... } do ... end
-- A page that fails raises the error object.  GET /api/SCIM/v2/Users
---@param query? wats.ScimQuery  filter, page_size, max_users
---@param opts? wats.RequestOptions
---@return fun(): wats.ScimUser?
function Scim:iter_users(query, opts)
  local where = "scim:iter_users"
  query = options.check(2, where, query or {}, ALL_PAGES)
  return pages.each(source(self, where, query, opts), query.max_users)
end

-- GET /api/SCIM/v2/Users/{id}
---@param id string
---@param opts? wats.RequestOptions
---@return wats.ScimUser? user
---@return wats.Error? err  of kind "not_found" when there is none
function Scim:get_user(id, opts)
  return get_user(self, "scim:get_user", { id = id }, opts)
end

-- GET /api/SCIM/v2/Users/userName={userName}
---@param user_name string
---@param opts? wats.RequestOptions
---@return wats.ScimUser? user
---@return wats.Error? err  of kind "not_found" when there is none
function Scim:get_user_by_username(user_name, opts)
  return get_user_by_name(self, "scim:get_user_by_username", { userName = user_name }, opts)
end

-- Adds a user. Is there one of that userName: nil and an error of kind "conflict".
-- POST /api/SCIM/v2/Users
---@param user wats.ScimUser  without id, which the server gives
---@param opts? wats.RequestOptions
---@return wats.ScimUser? user  as the server has it now
---@return wats.Error? err
function Scim:create_user(user, opts)
  local where = "scim:create_user"
  client_module.record(where, "user", user)
  client_module.text(where, "userName", user.userName)
  if user.id ~= nil then
    errors.raise("%s: the user has an id: update_user changes one that exists", where)
  end
  local record = with(user, { schemas = user.schemas or { USER_SCHEMA } })
  return create_user(self, where, nil, with(opts, { json = record }))
end

-- What the server lets be replaced, and what the value must be.
local PATHS = {
  active = "boolean", email = "string", familyName = "string", fullName = "string",
  givenName = "string", levels = "string", productGroups = "string", roles = "string",
}
local MANY = { levels = true, productGroups = true }

-- The value as the server wants it: of several levels or groups one text.
local function patch_value(where, path, value)
  local wanted = PATHS[path]
  if not wanted then
    errors.raise('%s: unknown field "%s"%s', where, tostring(path), options.suggest(path, PATHS))
  end
  if MANY[path] and options.is_list(value) then
    for _, item in ipairs(value) do
      if type(item) ~= "string" or item:find(";", 1, true) then
        errors.raise('%s: %s: strings without ";" expected, got %s', where, path,
          type(item) == "string" and '"' .. item .. '"' or type(item))
      end
    end
    value = table.concat(value, ";")
  end
  if type(value) ~= wanted then
    errors.raise("%s: %s: %s expected, got %s", where, path, wanted,
      MANY[path] and type(value) == "table" and "a table that is no list" or type(value))
  end
  return value
end

-- The changes as SCIM writes them (RFC 7644, section 3.5.2); the server knows "replace" alone.
local function patch(where, changes)
  local steps = {}
  for path, value in pairs(changes) do
    steps[#steps + 1] = { op = "replace", path = path, value = patch_value(where, path, value) }
  end
  if #steps == 0 then errors.raise("%s: nothing to change was given", where) end
  table.sort(steps, function(a, b) return a.path < b.path end)
  return { schemas = { PATCH_SCHEMA }, Operations = steps }
end

local function update(self, where, id, changes, opts)
  return update_user(self, where, { id = id }, with(opts, { json = changes }))
end

-- Changes a user. `levels` and `productGroups` (lists, or text with ";" between) only add
-- restrictions to those that he has.  PATCH /api/SCIM/v2/Users/{id}
---@param id string
---@param changes table<string, any>  active, email, familyName, fullName, givenName, levels,
---                                   productGroups, roles; or a whole SCIM PatchOp record
---@param opts? wats.RequestOptions
---@return wats.ScimUser|true|nil user  as the server has it now
---@return wats.Error? err
function Scim:update_user(id, changes, opts)
  local where = "scim:update_user"
  client_module.record(where, "changes", changes)
  if changes.Operations == nil then changes = patch(where, changes) end
  return update(self, where, id, changes, opts)
end

-- Lets a user in again, or no more.  PATCH /api/SCIM/v2/Users/{id}
---@param id string
---@param active boolean
---@param opts? wats.RequestOptions
---@return wats.ScimUser|true|nil user
---@return wats.Error? err
function Scim:set_user_active(id, active, opts)
  local where = "scim:set_user_active"
  if type(active) ~= "boolean" then
    errors.raise("%s: active: boolean expected, got %s", where, type(active))
  end
  return update(self, where, id, patch(where, { active = active }), opts)
end

-- Lets a user in no more; the account stays.  PATCH /api/SCIM/v2/Users/{id}
---@param id string
---@param opts? wats.RequestOptions
---@return wats.ScimUser|true|nil user
---@return wats.Error? err
function Scim:deactivate_user(id, opts)
  local where = "scim:deactivate_user"
  return update(self, where, id, patch(where, { active = false }), opts)
end

-- Changes the name that is shown, which to this server is `fullName`.
-- PATCH /api/SCIM/v2/Users/{id}
---@param id string
---@param name string
---@param opts? wats.RequestOptions
---@return wats.ScimUser|true|nil user
---@return wats.Error? err
function Scim:update_display_name(id, name, opts)
  local where = "scim:update_display_name"
  if type(name) ~= "string" then
    errors.raise("%s: name: string expected, got %s", where, type(name))
  end
  return update(self, where, id, patch(where, { fullName = name }), opts)
end

-- DELETE /api/SCIM/v2/Users/{id}
---@param id string
---@param opts? wats.RequestOptions
---@return true? done
---@return wats.Error? err  of kind "not_found" when there is none
function Scim:delete_user(id, opts)
  return delete_user(self, "scim:delete_user", { id = id }, opts)
end

local module = {}

---@param client wats.Client
---@return wats.Scim
function module.new(client)
  return setmetatable({ client }, Scim)
end

return module
