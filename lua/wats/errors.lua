-- wats.errors: error objects, and what they say.
--
-- What the world does comes back as `nil, err`. `err` is a plain table with one metatable for
-- errors made in C and in Lua, so that `tostring(err)`, `assert(...)` and `error(err)` all show
-- one line worth reading. No field holds a credential of ours. Nothing here keeps state, and no
-- answer of a server, however broken, makes a function of this module raise.

local core = require("wats.core")
local error_message = require("wats.error_message")

---@class wats.Error
---@field kind string          "connection", "timeout", "not_found", ...: what to branch on
---@field message string       one line
---@field retryable boolean    may the same call succeed later, and do no harm if done twice?
---@field method? string
---@field url? string          without credentials
---@field status? integer      of the answer, where there was one
---@field request_id? string   X-Request-Id, by which the server's log knows the request
---@field retry_after? number  seconds that the server asks to wait
---@field body? string         the answer's first bytes

local errors = {}

local MAX_BODY = 4096    -- bytes that an error keeps of an answer
local MAX_WAIT = 2 ^ 31  -- seconds of Retry-After that are believed

local RETRYABLE = {
  [408] = true, [429] = true, [500] = true, [502] = true, [503] = true, [504] = true,
}

local KINDS = {
  [400] = "invalid", [422] = "invalid", [401] = "auth", [403] = "auth", [404] = "not_found",
  [409] = "conflict", [429] = "rate_limited",
}

local PHRASES = {
  [300] = "Multiple Choices", [301] = "Moved Permanently", [302] = "Found", [303] = "See Other",
  [304] = "Not Modified", [307] = "Temporary Redirect", [308] = "Permanent Redirect",
  [400] = "Bad Request", [401] = "Unauthorized", [402] = "Payment Required", [403] = "Forbidden",
  [404] = "Not Found", [405] = "Method Not Allowed", [406] = "Not Acceptable",
  [407] = "Proxy Authentication Required", [408] = "Request Timeout", [409] = "Conflict",
  [410] = "Gone", [411] = "Length Required", [412] = "Precondition Failed",
  [413] = "Content Too Large", [414] = "URI Too Long", [415] = "Unsupported Media Type",
  [416] = "Range Not Satisfiable", [417] = "Expectation Failed", [421] = "Misdirected Request",
  [422] = "Unprocessable Content", [423] = "Locked", [424] = "Failed Dependency",
  [425] = "Too Early", [426] = "Upgrade Required", [428] = "Precondition Required",
  [429] = "Too Many Requests", [431] = "Request Header Fields Too Large",
  [451] = "Unavailable For Legal Reasons", [500] = "Internal Server Error",
  [501] = "Not Implemented", [502] = "Bad Gateway", [503] = "Service Unavailable",
  [504] = "Gateway Timeout", [505] = "HTTP Version Not Supported", [507] = "Insufficient Storage",
  [508] = "Loop Detected", [511] = "Network Authentication Required",
}

-- The first frame outside this directory is the caller to whom a mistake belongs.
local directory = debug.getinfo(1, "S").source:match("^(@.*[/\\])errors%.lua$")
if directory then core.set_library(directory) end

-- A field of the headers, which may be a table that knows no more than one spelling.
local function header(headers, name)
  if headers == nil then return nil end
  local value = headers[name]
  if value == nil then value = headers[name:gsub("%f[%a]%a", string.upper)] end
  return type(value) == "string" and value or nil
end

-- Seconds to wait, by RFC 9110, section 10.2.3; nil where nothing usable is said. A date is held
-- against the server's own clock where it tells it, since a station's clock may be far off.
local function retry_after(headers)
  local value = header(headers, "retry-after")
  if not value then return nil end
  local digits = value:match("^%s*(%d+%.?%d*)%s*$")
  if digits then
    return math.min(math.tointeger(tonumber(digits)) or tonumber(digits), MAX_WAIT)
  end
  local date = core.parse_http_date(value)
  if not date then return nil end
  local now = header(headers, "date")
  now = now and core.parse_http_date(now) or core.time()
  return math.min(math.max(date - now, 0), MAX_WAIT)
end

-- A part of the line: nothing but text and numbers, so that no part can raise.
local function part(err, name)
  local value = rawget(err, name)
  local kind = type(value)
  if kind == "string" and value ~= "" or kind == "number" then return tostring(value) end
  return nil
end

local function words(separator, first, second)
  return first and second and first .. separator .. second or first or second
end

-- "METHOD url: STATUS kind: message", without what is not there.
function core.error_metatable.__tostring(err)
  if type(err) ~= "table" then return "error" end
  local where = words(" ", part(err, "method"), part(err, "url"))
  local what = words(" ", part(err, "status"), part(err, "kind"))
  return words(": ", words(": ", where, what), part(err, "message")) or "error"
end

-- Makes an error object of `fields`, the very table. `retryable` is false when left out; user and
-- password are taken out of `url`.
---@param fields table
---@return wats.Error
function errors.new(fields)
  if type(fields) ~= "table" then
    errors.raise("bad argument #1 to 'errors.new' (table expected, got %s)", type(fields))
  end
  if fields.retryable == nil then fields.retryable = false end
  if type(fields.url) == "string" then
    fields.url = fields.url:gsub("^(%a[%w+.-]*://)[^/?#]*@", "%1")
  end
  return setmetatable(fields, core.error_metatable)
end

-- Is it an error object?
---@param value any
---@return boolean
function errors.is_error(value)
  return type(value) == "table" and getmetatable(value) == core.error_metatable
end

-- Raises a caller's mistake at the line of the first caller outside this library. Never returns.
---@param format string  as for string.format; taken as it is when nothing follows
---@param ... any
function errors.raise(format, ...)
  if select("#", ...) > 0 then format = format:format(...) end
  core.raise(format)
end

-- The kind of error that a status is in a domain call.
---@param status integer
---@return string
function errors.kind_of_status(status)
  if KINDS[status] then return KINDS[status] end
  if status >= 300 and status < 400 then return "redirect" end
  if status >= 500 and status < 600 then return "server" end
  return "http"
end

-- The error that an answer is: what the server says in words (JSON text, the shapes of ASP.NET,
-- ProblemDetails of RFC 9457, SCIM, an HTML title, plain text), else the status in words.
---@param res table  with status, body, headers, request_id, as far as there are
---@param method? string
---@param url? string
---@return wats.Error
function errors.from_response(res, method, url)
  local status, body = res.status, res.body
  return errors.new {
    kind = errors.kind_of_status(status),
    message = error_message.read(body) or PHRASES[status] or "the server gave no reason",
    method = method,
    url = url,
    status = status,
    request_id = res.request_id,
    retryable = RETRYABLE[status] or false,
    retry_after = retry_after(res.headers),
    body = type(body) == "string" and error_message.cut(body, MAX_BODY) or nil,
  }
end

return errors
