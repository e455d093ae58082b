-- wats.sandbox.auth: GetToken, which makes an access token.
--
-- One token for each identifier; without one it is that of the user himself. A token is told once:
-- asked for again, without `reset`, the answer is a conflict. `reset` makes a new one, and the old
-- one is no longer let in. Tokens made here are as good as the sandbox's own.

local core = require("wats.core")

local errors = require("wats.sandbox.errors")
local json = require("wats.sandbox.json")

local M = {}
local Tokens = {}
Tokens.__index = Tokens

local ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"

local function base64(text)
  local out = {}
  for i = 1, #text, 3 do
    local a, b, c = text:byte(i, i + 2)
    local bits = a << 16 | (b or 0) << 8 | (c or 0)
    for j = 0, 3 do
      local index = (bits >> (18 - 6 * j) & 63) + 1
      out[#out + 1] = j <= #text - i + 1 and ALPHABET:sub(index, index) or "="
    end
  end
  return table.concat(out)
end

--- Is this one of the tokens that were made and not reset?
function Tokens:holds(token)
  return self.known[token] == true
end

local function make(tokens, identifier, reset)
  local old = tokens.by_identifier[identifier]
  if old and not reset then
    return errors.message(409,
      "There is a token already, and it was shown. Set reset to have a new one in its place.")
  elseif old then
    tokens.known[old] = nil
  end
  local token = base64("token:" .. core.uuid():gsub("-", ""))
  tokens.by_identifier[identifier], tokens.known[token] = token, true
  return { status = 200, headers = { ["Cache-Control"] = "no-store" }, body = json.encode(token) }
end

local function asks_reset(request)
  return (request.query.reset or ""):lower() == "true"
end

--- Adds the routes; what was made is store.tokens.
function M.open(router, store)
  store.tokens = setmetatable({ by_identifier = {}, known = {} }, Tokens)
  router:add("GET", "/api/Auth/GetToken", function(request)
    return make(store.tokens, "", asks_reset(request))
  end)
  router:add("GET", "/api/Auth/GetToken/{identifier}", function(request)
    return make(store.tokens, request.params.identifier, asks_reset(request))
  end)
end

return M
