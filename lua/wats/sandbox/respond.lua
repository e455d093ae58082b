-- wats.sandbox.respond: the last touch to an answer: type, ETag and 304, gzip.
--
-- The ETag is strong: from the SHA-256 of the body, and another one for the packed form, since
-- these are different bytes (RFC 9110, section 8.8.1). A 304 keeps its body here: it is not sent,
-- but its length is told, which must be that of the 200 (section 8.6).

local core = require("wats.core")

local M = {}

local GZIP_FROM = 256 -- bytes; packing less gains nothing

local function accepts_gzip(headers)
  for coding in (headers["accept-encoding"] or ""):lower():gmatch("[^,]+") do
    local name, rest = coding:match("^%s*([%w*-]+)(.*)$")
    if name == "gzip" or name == "x-gzip" or name == "*" then
      local weight = tonumber(rest:match(";%s*q%s*=%s*([%d.]+)"))
      return weight ~= 0
    end
  end
  return false
end

-- Is the tag among those of If-None-Match? Weak comparison, as that field wants.
local function is_known(field, etag)
  if not field then
    return false
  elseif field:match("^%s*%*%s*$") then
    return true
  end
  for tag in field:gmatch('"[^"]*"') do
    if tag == etag then
      return true
    end
  end
  return false
end

--- Completes an answer in place.
---@param reply table
---@param request table
---@return table reply
function M.finish(reply, request)
  local headers, body = reply.headers, reply.body
  if not body or body == "" then
    return reply
  end
  headers["Content-Type"] = headers["Content-Type"] or "application/json; charset=utf-8"
  local is_get = request.method == "GET" or request.method == "HEAD"
  local etag = is_get and reply.status == 200 and core.sha256(body):sub(1, 32)
  if #body >= GZIP_FROM then
    headers.Vary = "Accept-Encoding"
    if accepts_gzip(request.headers) then
      headers["Content-Encoding"] = "gzip"
      etag = etag and etag .. "-gzip"
    end
  end
  if etag then
    headers.ETag = '"' .. etag .. '"'
    if is_known(request.headers["if-none-match"], headers.ETag) then
      reply.status = 304
      reply.headers = { ETag = headers.ETag, Vary = headers.Vary }
    end
  end
  if headers["Content-Encoding"] then
    reply.body = core.gzip(body)
  end
  return reply
end

return M
