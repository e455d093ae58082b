-- wats.client: the client that scripts hold.
--
-- A client is a table: slot 1 holds the core's client (connection pool, cache, figures), whose
-- verbs are C functions that are called on this table directly, so that a cached answer costs one
-- C call. It belongs to one Lua state. Nothing happens on the network before the first request.
-- `close` makes later calls fail with kind "closed"; it may be called twice, is called by
-- `<close>`, and is not needed for tidiness: what was open goes with the collector.

local core = require("wats.core")
local client_cache = require("wats.client_cache")
local client_capture = require("wats.client_capture")
local client_options = require("wats.client_options")
local error_message = require("wats.error_message")
local errors = require("wats.errors")
local json = require("wats.json")
local login_page = require("wats.login_page")
local operations = require("wats.operations")

require("wats.stream") -- does what the verbs are asked to stream

local core_methods = core.client_methods
local core_fetch = core_methods.fetch

local module = {}

---@class wats.RequestOptions
---@field query? table<string, any>  strings, numbers, booleans, or lists of them; sorted by name
---@field headers? table             a map, or a list of {name, value}
---@field json? any                  sent as JSON
---@field body? string               sent as it is; not together with json
---@field cache? "default"|"bypass"|"refresh"|"only"|{ttl: number}
---@field timeout? number            seconds for the whole request; default: the client's
---@field max_body? integer          decoded bytes of the answer; default: the client's
---@field route? string              label of the metrics; default: the operation's template
---@field decompress? boolean        default true; false: bytes as they were sent
---@field retry? boolean             default true; false: what fails is not sent again
---@field sink? fun(chunk: string): any | string  takes the body of a 2xx answer; or a file's name
---@field source? (fun(): string?, any) | { file: string }  gives the body of the request
---@field source_length? integer     of a source that is a function; default: sent in chunks
---@field multipart? wats.Part[]     sent as multipart/form-data
---@field on_progress? fun(done: integer, total: integer?)  bytes of the body on the network
---@field idempotent? boolean        true: may be done twice; false: must not be, whatever it is;
---                                  default: by the operation table
---@field compress? boolean          true: json or body is sent packed, with Content-Encoding: gzip

---@class wats.Part  of a form
---@field name string
---@field body? string
---@field file? string          instead of body: a file's name
---@field filename? string       default: of a file, its own without directories
---@field content_type? string   default: of what has a filename, application/octet-stream

---@class wats.Response
---@field status integer
---@field ok boolean                 2xx
---@field body string
---@field bytes integer            of the body, decoded; also where a sink has had it
---@field headers wats.Headers
---@field elapsed number             seconds
---@field attempts integer           exchanges with the server; 0 for a cached answer
---@field http_version string        "1.1", "2"
---@field request_id? string         X-Request-Id of its exchanges; nil where there were none
---@field cache_status "hit"|"revalidated"|"stale"|"miss"|"bypass"
---@field cache_reason string
---@field from_cache boolean
---@field age? integer               seconds, of a cached answer
---@field json fun(self, options?: wats.json.DecodeOptions): any, wats.Error?

---@class wats.Headers  by name, in any case; the first line of a name that is there twice
---@field all fun(self, name: string): string[]
---@field pairs fun(self): fun(): string, string  as sent, in order

---@class wats.Station
---@field name string
---@field location string
---@field purpose string

---@class wats.Client  see wats.call for client:call
---@field station wats.Station
---@field cache wats.ClientCache
---@field cache_enabled boolean
---@field get fun(self, path: string, opts?: wats.RequestOptions): wats.Response?, wats.Error?
---@field post fun(self, path: string, opts?: wats.RequestOptions): wats.Response?, wats.Error?
---@field put fun(self, path: string, opts?: wats.RequestOptions): wats.Response?, wats.Error?
---@field patch fun(self, path: string, opts?: wats.RequestOptions): wats.Response?, wats.Error?
---@field delete fun(self, path: string, opts?: wats.RequestOptions): wats.Response?, wats.Error?
---@field head fun(self, path: string, opts?: wats.RequestOptions): wats.Response?, wats.Error?
---@field request fun(self, method: string, path: string, opts?: wats.RequestOptions):
---  wats.Response?, wats.Error?
local Client = {}
module.Client = Client
Client.__index = Client
Client.__name = "wats.client"

for _, verb in ipairs { "get", "post", "put", "patch", "delete", "head", "request" } do
  Client[verb] = core_methods[verb]
end

local MAX_READ = 256 * 1024 -- bytes of an answer that an error can tell of

-- The error that an answer is which is not what was asked for. Some servers repeat what they were
-- asked with, the Authorization field included.
local function unwanted(owner, res, method, url, wanted)
  local body = core_methods.conceal(owner, res.body:sub(1, MAX_READ))
  if not res.ok then
    return errors.from_response({ status = res.status, headers = res.headers, body = body,
      request_id = res.request_id }, method, url)
  end
  if body:find("^%s*null%s*$") then
    return errors.new {
      kind = "not_found", status = res.status, method = method, url = url,
      request_id = res.request_id,
      message = "the server has no such thing (its answer is null)",
    }
  end
  local is = body == "" and "it is empty" or ("its Content-Type is %s"):format(
    core_methods.conceal(owner, res.headers["content-type"] or "not given"):sub(1, 80)
      :gsub("%c", " "))
  return errors.new {
    kind = "decode", status = res.status, method = method, url = url, request_id = res.request_id,
    message = ("the answer is not the %s expected: %s"):format(wanted or "record or list", is),
    body = error_message.cut(body, 4096),
  }
end

-- An answer that could not be used is not left in the cache, where it would hide the right one for
-- as long as it lives.
local function forget(owner, path, err)
  if err.kind == "decode" then core_methods.cache_invalidate(owner, path) end
  return err
end

-- The error of an answer that has another shape than asked for.
---@param method? string  default: GET
---@return wats.Error
function module.misshapen(owner, path, expected, method)
  return forget(owner, path, errors.new {
    kind = "decode", status = 200, method = method or "GET",
    url = core_methods.base_url(owner) .. path,
    message = ("the answer is not the %s expected"):format(expected),
  })
end

-- The value that a domain call returns for an answer.
--   2xx: the decoded body; true when there is none, or `null` after a write.
--   `null` to a GET: there is no such thing, so nil and an error of kind "not_found".
--   A page in HTML, as a portal gives it: nil and an error of kind "decode".
--   any other status, and no answer at all: nil and the error.
---@param owner table   the client, or one of its services
---@param method string
---@param path string   percent-encoded
---@param opts? wats.RequestOptions
---@param is_table? boolean  a GET's value must be a table, any other is a "decode" error; a write
---                          may still have an empty answer
---@return any value
---@return wats.Error? err
function module.fetch(owner, method, path, opts, is_table)
  local value, err, url = core_fetch(owner, method, path, opts, is_table)
  if value == nil and url then err = unwanted(owner, err, method, url) end
  if value == nil and method == "GET" then forget(owner, path, err) end
  if value == false and is_table then
    return nil, module.misshapen(owner, path, "record or list", method)
  end
  return value, err
end

local fetch = module.fetch

-- The record that a GET answers with.
---@param owner table   the client, or one of its services
---@param path string   percent-encoded
---@param opts? wats.RequestOptions
---@return table? record
---@return wats.Error? err
function module.fetch_record(owner, path, opts)
  local value, err = fetch(owner, "GET", path, opts, true)
  if value and value ~= true and json.is_array(value) then
    return nil, module.misshapen(owner, path, "record")
  end
  return value, err
end

-- The list that a GET answers with.
---@param owner table   the client, or one of its services
---@param path string   percent-encoded
---@param opts? wats.RequestOptions
---@param of_records? boolean  anything but tables in it is an error too
---@return table[]? list
---@return wats.Error? err
function module.fetch_list(owner, path, opts, of_records)
  local value, err = fetch(owner, "GET", path, opts, true)
  if not value or value == true then return value, err end -- true: it went to a sink
  if not json.is_array(value) then return nil, module.misshapen(owner, path, "list") end
  for i = 1, of_records and #value or 0 do
    if type(value[i]) ~= "table" then
      return nil, module.misshapen(owner, path, "list of records")
    end
  end
  return value
end

-- Is the answer, where a file was wanted, a login page?
local function is_login_page(res)
  if res.is_page then return true end -- held back from a sink
  local headers = res.headers
  return login_page.suspected(headers["content-type"],
    login_page.is_attachment(headers["content-disposition"])) and login_page.begins(res.body)
end

-- The body of a 2xx whatever it is, be it empty: a file that the server keeps, or what is read by
-- other means than JSON. With a sink: true. A login page is no file (see wats.login_page): nil and
-- an error of kind "decode", and a sink gets nothing of it.
---@param owner table   the client, or one of its services
---@param path string   percent-encoded
---@param opts? wats.RequestOptions
---@param method? string  default: GET
---@return string|true|nil bytes
---@return wats.Error? err
function module.fetch_bytes(owner, path, opts, method)
  method = method or "GET"
  local res, err = core_methods.fetch_file(owner, method, path, opts)
  if not res then return nil, err end
  if res.ok and not is_login_page(res) then return opts and opts.sink ~= nil or res.body end
  err = unwanted(owner, res, method, core_methods.base_url(owner) .. path, "file")
  return nil, method == "GET" and forget(owner, path, err) or err
end

-- The body of a 2xx as it was sent, for what is read by other means than JSON.
---@param client wats.Client
---@param path string   percent-encoded
---@param opts? wats.RequestOptions
---@return string? body
---@return wats.Error? err
---@return string? url
function module.fetch_text(client, path, opts)
  local res, err = core_methods.get(client, path, opts)
  if not res then return nil, err end
  local url = core_methods.base_url(client) .. path
  local body = res.body
  local page = (res.headers["content-type"] or ""):lower():find("^text/html%f[^%w]")
  if not res.ok or body == "" or page or body:find("^%s*null%s*$") then
    return nil, forget(client, path, unwanted(client, res, "GET", url))
  end
  return body, nil, url
end

-- An argument that is text and not empty; raises for anything else.
---@param where string  the method, for the message: "product:get_product"
---@param name string   the argument's, or the field's
---@param value any
---@return string
function module.text(where, name, value)
  if type(value) ~= "string" or value == "" then
    errors.raise("%s: %s: a string that is not empty expected, got %s", where, name,
      value == "" and '""' or type(value))
  end
  return value
end

-- An argument as a segment of a path, percent-encoded: as `text`, or an integer.
---@param where string
---@param name string
---@param value any
---@return string
function module.segment(where, name, value)
  if math.type(value) == "integer" then value = tostring(value) end
  return operations.encode(module.text(where, name, value))
end

-- A record to be sent: a table. Raises for anything else.
---@param where string
---@param name string
---@param value any
---@return table
function module.record(where, name, value)
  if type(value) ~= "table" then
    errors.raise("%s: %s: a table expected, got %s", where, name, type(value))
  end
  return value
end

-- The caller's options with those of ours in place of his.
---@param opts? wats.RequestOptions
---@param ours table
---@return wats.RequestOptions
function module.with(opts, ours)
  if opts == nil then return ours end
  if type(opts) ~= "table" then
    errors.raise("options of the request: table expected, got %s", type(opts))
  end
  for name, value in pairs(opts) do
    if ours[name] == nil then ours[name] = value end
  end
  return ours
end

-- The options of a request that may be done twice, though its operation in general may not; the
-- caller's own word goes before that.
---@param opts? wats.RequestOptions
---@return wats.RequestOptions
function module.repeatable(opts)
  if type(opts) == "table" and opts.idempotent ~= nil then return opts end
  return module.with(opts, { idempotent = true })
end

-- The options with the query that parameters make; the caller's own `query` stays beside it.
---@param opts? wats.RequestOptions
---@param query? table<string, string|string[]>
---@return wats.RequestOptions?
function module.with_query(opts, query)
  if not query then return opts end
  local own = type(opts) == "table" and opts.query or nil
  if own == nil then return module.with(opts, { query = query }) end
  if type(own) ~= "table" then
    errors.raise("query: table expected, got %s", type(own))
  end
  return module.with(opts, { query = module.with(own, query) })
end

-- Figures of this client: requests (cached ones included), exchanges with the server, failures
-- (requests that had no answer), connections_new, connections_reused, bytes_sent, bytes_received,
-- in_flight, retries, coalesced (requests that joined an identical one under way). And what all
-- clients of this server and token share in the process: `limiter` (granted, delayed, refused,
-- cancelled, pauses; wait and paused_for in seconds) and `breaker` (state "closed", "half_open" or
-- "open"; opened, refused, probes; calls and failures in the window; next_probe in seconds), false
-- where there is none.
---@return table<string, any>
function Client:stats()
  return core_methods.stats(self)
end

-- Calls `fn(...)` and returns the requests that it made through this client, in the order of their
-- beginning, before what it returned. Those of tasks that it spawned are among them, as long as
-- `fn` runs; those of other tasks are not. One still under way then is completed when it ends. What
-- `fn` raises passes through as it is. Captures nest. `trace.warnings`, and wats.log, tell of loops
-- that asked one by one for what could be had together.
---@param fn function
---@param ... any
---@return wats.Trace trace
---@return any ...
function Client:capture(fn, ...)
  return client_capture.run(self, fn, ...)
end

-- Ends the client: from now on its calls return nil and an error of kind "closed".
function Client:close()
  core_methods.close(self)
end

Client.__close = Client.close

function Client:__tostring()
  local state = core_methods.is_closed(self) and ", closed" or ""
  return ("wats.client (%s%s)"):format(core_methods.base_url(self), state)
end

-- A client for options that wats.config has checked.
---@param config table
---@return wats.Client? client
---@return wats.Error? err
function module.new(config)
  local registry = config.metrics or core.metrics_default()
  local box, err = core.client(client_options.of(config), registry)
  if not box then return nil, err end
  local self = setmetatable({ box }, Client)
  self.station = config.station
  self.cache = client_cache.new(self)
  self.cache_enabled = config.cache and true or false
  return self
end

return module
