-- wats.sandbox.journal: what was received, in order, for tests to look at.
--
-- Bounded: the newest LIMIT requests. Requests to /sandbox/ are not recorded. Credentials are not
-- kept: of Authorization only its scheme.
--
-- With a file each request is also appended to that, for good: one line of JSON, one write, once
-- its answer is known. A sandbox that is killed has written of each what it was going to answer.

local core = require("wats.core")
local json = require("wats.sandbox.json")
local time = require("wats.sandbox.time")

local M = {}
M.__index = M
M.__name = "wats.sandbox.journal"

M.LIMIT = 10000

local entry = json.record({
  "number",
  "time",
  "method",
  "path",
  "query",
  "headers",
  "body_size",
  "body_sha256",
  "status",
  "dropped",
  "fault",
  "delay",
  "processed",
})

---@param file file*|nil each entry is appended to it; buffered, for the journal to flush
function M.new(file)
  return setmetatable({ first = 1, last = 0, entries = {}, file = file }, M)
end

--- Records a request; the entry's status is filled in when it is answered.
---@param request table
---@return table entry
function M:record(request)
  local headers = request.headers
  if headers.authorization then
    headers.authorization = headers.authorization:match("^%S*")
  end
  local number = self.last + 1
  local e = entry({
    number = number,
    time = core.time(),
    method = request.method,
    path = request.path,
    query = request.query,
    headers = headers,
    body_size = #request.body,
    body_sha256 = core.sha256(request.body),
    dropped = false,
    fault = false,
    delay = 0,
    processed = false,
  })
  self.entries[number] = e
  self.last = number
  if number - self.first >= M.LIMIT then
    self.entries[self.first] = nil
    self.first = self.first + 1
  end
  return e
end

--- Writes the entry to the file, if there is one. What cannot be written is an error of the
--- sandbox's: a journal with gaps would prove what is not so.
function M:answered(e)
  if self.file then
    assert(self.file:write(json.encode(e), "\n"))
    assert(self.file:flush())
  end
end

--- The entries after number `after`, oldest first; with `times` as text.
---@param after integer|nil
---@return table array
function M:list(after)
  local list = json.array()
  for number = math.max(self.first, (after or 0) + 1), self.last do
    local e = self.entries[number]
    if type(e.time) == "number" then
      e.time = time.format(math.floor(e.time * 1000) * (time.TICKS // 1000))
    end
    list[#list + 1] = e
  end
  return list
end

--- Forgets all; numbers go on.
function M:clear()
  self.entries = {}
  self.first = self.last + 1
end

return M
