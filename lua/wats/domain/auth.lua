-- wats.domain.auth: client.auth, access tokens.
--
-- A token is a password: the server shows it once, and so do we, in what get_token returns. It is
-- in no error, log, trace or metric. A call is never answered from a cache, never joined with
-- another and never sent again on its own, since each makes a token; with `reset` one more call
-- would end the token that the first has made.

local call = require("wats.call")
local client_module = require("wats.client")
local core = require("wats.core")
local errors = require("wats.errors")
local json = require("wats.json")
local options = require("wats.options")

local with = client_module.with

local get_own = call.bind("GET /api/Auth/GetToken", "bytes")
local get_named = call.bind("GET /api/Auth/GetToken/{identifier}", "bytes")

---@class wats.Client
---@field auth wats.Auth

---@class wats.Auth
local Auth = {}
Auth.__index = Auth
Auth.__name = "wats.auth"

local WHAT = { identifier = { "string", min = 1 }, reset = { "boolean" } }

-- The token in an answer: as JSON text, as bare text, or within a record, which is then given as
-- it is; nil for anything else, such as a proxy's page. Bare: one word of what tokens consist of.
local function read(body)
  local value, problem = json.decode(body)
  if type(value) == "table" and next(value) ~= nil then return value end
  if type(value) ~= "string" then value = problem and body or "" end
  return value:match("^%s*([%w+/=_.~-]+)%s*$")
end

-- Makes an access token: of the user whom the client's own token is of, or one with an identifier
-- of its own, as for a station. `reset` makes a new one in place of one that there is, which then
-- is no longer valid. Keep it where only you can read it: nobody shows it again.
-- GET /api/Auth/GetToken, GET /api/Auth/GetToken/{identifier}
---@param what? { identifier: string?, reset: boolean? }
---@param opts? wats.RequestOptions
---@return string|table|nil token  for `token` of wats.connect; a record where the server gives one
---@return wats.Error? err
function Auth:get_token(what, opts)
  local where = "auth:get_token"
  local checked, problem = options.read(what, WHAT)
  if not checked then errors.raise("%s: %s", where, problem) end
  if opts ~= nil and type(opts) == "table" and opts.sink ~= nil then
    errors.raise("%s: a token goes into no sink", where)
  end
  local request = with(opts, { cache = "bypass", retry = false, idempotent = false })
  local body, err
  if checked.identifier then
    body, err = get_named(self, where, checked, request)
  else
    body, err = get_own(self, where, { reset = checked.reset }, request)
  end
  if not body then return nil, err end
  local token = read(body)
  if token then return token end
  return nil, errors.new {
    kind = "decode", method = "GET",
    url = core.client_methods.base_url(self[1]) .. "/api/Auth/GetToken",
    message = "the answer holds no token; there may be one now that nobody has seen: ask with "
      .. "reset for another",
  }
end

local module = {}

---@param client wats.Client
---@return wats.Auth
function module.new(client)
  return setmetatable({ client }, Auth)
end

return module
