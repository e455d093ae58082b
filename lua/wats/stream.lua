-- wats.stream: requests whose bodies come and go piece by piece.
--
-- The core moves bytes between the network and two bounded queues (core/stream.h); the loop here
-- moves them between those queues and what the caller gave: so functions of his run in his own
-- coroutine, where they may raise and wait like any other code, and files are written here. Where
-- there is nothing to move the loop waits as a request does: it suspends a task, or blocks.
-- However the loop is left, what it had begun is cancelled and its files are put in order.
--
-- Of a file (the core's fetch_file) the sink gets nothing before it is known that it is no login
-- page, see wats.login_page: until then what has come is held back.

local async = require("wats.async")
local core = require("wats.core")
local login_page = require("wats.login_page")
local sinks = require("wats.stream.sink")
local sources = require("wats.stream.source")

local core_methods = core.client_methods

local PIECE = 64 * 1024   -- bytes that a sink is given at a time
local TURN = 256 * 1024   -- bytes moved before other tasks get a turn
local PAGE = {}           -- in place of an error: a login page came

local stream = {}

---@class wats.stream.Transfer
---@field token userdata
---@field over boolean
---@field sink? table
---@field source? table
---@field chunk? string    of the source, from `from` not yet fed
---@field from integer
---@field on_progress? fun(done: integer, total: integer?)
---@field uploads boolean  what on_progress tells of
---@field done? integer    what it was told last
---@field ran boolean       a function of the caller's was called since the last look
---@field wary boolean      the sink must get no login page, and this may still be one
---@field held string       of the body, until that is known
local Transfer = {}
Transfer.__index = Transfer

function Transfer:__close()
  if self.token and not self.over then self.token:cancel() end
  if self.sink then self.sink:discard() end
  if self.source then self.source:close() end
end

-- Of a coroutine that was dropped while a function of the caller's had yielded out of it nothing is
-- closed: what it left under way would keep its connection for as long as the state lives.
function Transfer:__gc()
  if self.token and not self.over then self.token:abandon() end
end

local function cancel(token)
  token:cancel()
end

local function has_body(opts)
  return opts.body ~= nil or opts.json ~= nil or opts.source ~= nil or opts.multipart ~= nil
end

-- Opens what is needed before anything is sent.
local function prepare(opts, wary)
  local self = setmetatable({
    over = false, ran = false, from = 1, on_progress = opts.on_progress,
    uploads = opts.sink == nil and has_body(opts), wary = wary, held = "",
  }, Transfer)
  local err
  self.source, err = sources.open(opts)
  if err then return nil, err end
  if opts.sink ~= nil then
    self.sink, err = sinks.open(opts.sink)
    if err then
      self:__close()
      return nil, err
    end
  end
  return self
end

-- What stands for the answer that is a login page, for who makes the error: as a response, with
-- what of it has come.
function Transfer:page()
  local status, content_type = self.token:head()
  self.token:cancel("decode")
  return { ok = true, status = status, headers = { ["content-type"] = content_type },
    body = self.held, is_page = true }
end

-- Of a chunk, and of what was held back before it, what the sink may have; nil: it is a page.
function Transfer:pass(chunk)
  if not self.wary then return chunk end
  local _, content_type, is_attachment = self.token:head()
  self.held = self.held .. chunk
  local is_page = false
  if login_page.suspected(content_type, is_attachment) then
    is_page = login_page.begins(self.held)
    if is_page == nil and #self.held < PIECE then return "" end
  end
  if is_page then return nil end
  chunk, self.held, self.wary = self.held, "", false
  return chunk
end

-- Moves what has come to the sink; returns how much.
function Transfer:drain()
  if not self.sink then return 0 end
  local chunk, err = self.token:read(PIECE)
  if err then return nil, err end
  if not chunk then return 0 end
  local passed = self:pass(chunk)
  if not passed then return nil, PAGE end
  local ok = true
  if passed ~= "" then ok, err = self.sink:write(passed) end
  if not ok then return nil, err end
  return #chunk
end

-- Moves what the source has to the network; returns how much.
function Transfer:feed(how)
  if how == "restart" then
    self.chunk = nil
    self.source:rewind()
  end
  if not self.chunk then
    local err
    self.ran = true
    self.chunk, err = self.source:read()
    if err then return nil, err end
    self.from = 1
    if not self.chunk then
      self.token:end_source()
      return 0
    end
  end
  local from = self.from
  self.from = self.token:feed(self.chunk, from)
  local fed = self.from - from
  if self.from > #self.chunk then self.chunk = nil end
  return fed
end

function Transfer:tell(received, to_receive, sent, to_send)
  if not self.on_progress then return end
  local done, total = received, to_receive
  if self.uploads then done, total = sent, to_send end
  if done == self.done or done == 0 then return end
  self.done, self.ran = done, true
  self.on_progress(done, total)
end

-- Moves what can be moved; returns how much, and whether the request is over.
function Transfer:move()
  self.ran = false
  local over, wanted, received, to_receive, sent, to_send = self.token:look()
  self:tell(received, to_receive, sent, to_send)
  if over and self.token:failed() then return 0, true end
  local fed, drained, err = 0, self:drain()
  if not drained then return nil, err end
  if wanted and not over then
    fed, err = self:feed(wanted)
    if not fed then return nil, err end
  end
  return drained + fed, over
end

-- Until the request is over and all that came has been given away. While a function of the caller's
-- waits the scheduler may take what is told of this transfer, and nobody tells it again: so it is
-- only awaited when nothing has run since it was looked at.
function Transfer:pump()
  local scheduler, moved = async.default, 0
  while true do
    local count, over = self:move()
    if not count then return nil, over end
    local ok, err = true, nil
    moved = moved + count
    if count == 0 and over then return true end
    if count == 0 and not self.ran then
      ok, err = scheduler:await(self.token, cancel)
      moved = 0
    elseif moved >= TURN and scheduler:busy() then
      ok, err = scheduler:sleep(0)
      moved = 0
    end
    if not ok then return nil, err end
  end
end

-- All has come: is it whole?
function Transfer:finish()
  self.over = true
  if self.token:failed() or not self.sink then return true end
  local ok, err = self.token:finish()
  if not ok then return nil, err end
  local status = self.token:status()
  if status < 200 or status > 299 then return true end
  if self.held ~= "" then
    ok, err = self.sink:write(self.held)
    if not ok then return nil, err end
  end
  return self.sink:commit()
end

local function explain(err, client, method, path)
  if err.method == nil then
    err.method, err.url = method, core_methods.url(client, method, path)
  end
  return nil, err
end

local WANT_RESPONSE, WANT_FILE = 0, 3 -- else a value: see lua_client.c

-- Does a request that has one of the options sink, source, multipart, on_progress; what it returns
-- is what the verb returns. But where a file was wanted, and a login page came: a table with
-- `is_page` in place of a response.
local function run(client, method, path, opts, want)
  local self <close>, problem = prepare(opts, want == WANT_FILE)
  if want == WANT_FILE then want = WANT_RESPONSE end
  if not self then return explain(problem, client, method, path) end
  local source = self.source
  self.token = core_methods.start_stream(client, method, {
    sink = self.sink ~= nil, source = source ~= nil, rewinds = source and source.rewinds,
    length = source and source.length, content_type = source and source.content_type,
  }, path, opts)
  local ok, err = self:pump()
  if ok then ok, err = self:finish() end
  if err == PAGE then return self:page() end
  if not ok then
    self.token:cancel(err.kind)
    return explain(err, client, method, path)
  end
  local status = not self.token:failed() and self.token:status()
  -- A domain call's value went to the sink; as where there is no body, it is true.
  if self.sink and want ~= WANT_RESPONSE and status and status >= 200 and status <= 299 then
    core_methods.finish_stream(self.token, WANT_RESPONSE) -- which log and captures hear of
    return true
  end
  return core_methods.finish_stream(self.token, want)
end

core.arrivals:attach_stream(run)

stream.run = run

return stream
