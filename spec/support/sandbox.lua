-- A sandbox for the specs of one file, with short ways to talk to it over the wire. Those that want
-- a client of it too take spec.support.boxed.
--
--   describe("what is wrong", function()
--     local it, box = sandboxes.open(it, pending, setup, teardown, before_each)
--
--     it("is not so", function()
--       assert.equal("[]", box:get("/api/SystemManager/Clients").body)
--     end)
--   end)

local cjson = require("cjson")
local needs = require("spec.support.needs")
local raw_http = require("spec.support.raw_http")

local M = {}
local Box = {}
Box.__index = Box

local function exists(name)
  local file = io.open(name)
  return file and file:close()
end

-- Starts the sandbox that a box is to have.
local function fill(box, options)
  options.lua = options.lua or os.getenv("LUA")
  if exists("../shared/wats/openapi_public_v3.json") then
    options.observer = "spec.support.judge"
  end
  local sandbox = assert(require("wats.sandbox").spawn(options))
  box.sandbox, box.port, box.token = sandbox, sandbox.port, sandbox.token
  return box
end

--- Starts one; what is said of it goes to the sandbox too (box.sandbox, box.port, box.token). Where
--- the API's descriptions are at hand each answer is judged by its schema.
function M.start(options)
  return fill(setmetatable({}, Box), options or {})
end

--- One for all specs of a describe, reset before each of them where `before_each` is given; there
--- from the first setup on. Without a sandbox in this build the specs are skipped, and what is
--- prepared with the setup and the before_each that are returned is not.
---@return function it
---@return table box
---@return function setup
---@return function|nil before_each
function M.open(it, pending, setup, teardown, before_each, options)
  local box = setmetatable({}, Box)
  it, setup, teardown, before_each = needs.sandbox(it, pending, setup, teardown, before_each)
  setup(function() fill(box, options or {}) end)
  teardown(function() box:stop() end)
  if before_each then before_each(function() assert(box.sandbox:reset()) end) end
  return it, box, setup, before_each
end

function Box:stop()
  self.sandbox:stop()
end

--- A request with the token; `extra` may hold headers, body, json, timeout. A body is called JSON
--- unless the headers say another Content-Type, or none (false). Internal calls get a Referer.
function Box:request(method, path, extra)
  extra = extra or {}
  local headers = { Authorization = "Basic " .. self.token }
  if extra.json or extra.body then
    headers["Content-Type"] = "application/json"
  end
  if path:lower():find("^/api/internal/") then
    headers.Referer = self.sandbox.url
  end
  for name, value in pairs(extra.headers or {}) do
    headers[name] = value or nil
  end
  return raw_http.request(self.port, {
    method = method,
    path = path,
    headers = headers,
    body = extra.json and cjson.encode(extra.json) or extra.body,
    timeout = extra.timeout,
  })
end

function Box:get(path, extra)
  return self:request("GET", path, extra)
end

--- GET, which must succeed; the decoded body.
function Box:get_json(path)
  local response = assert(self:get(path))
  assert(response.status == 200, response.status .. " " .. response.body)
  return cjson.decode(response.body)
end

--- Percent-encodes one component.
function M.encode(text)
  return (text:gsub("[^%w%-._~]", function(c)
    return ("%%%02X"):format(c:byte())
  end))
end

--- A query from pairs of a list: { "$filter", "a eq 'b'", "$top", "3" }.
function M.query(list)
  local parts = {}
  for i = 1, #list, 2 do
    parts[#parts + 1] = M.encode(list[i]) .. "=" .. M.encode(list[i + 1])
  end
  return "?" .. table.concat(parts, "&")
end

local number = 0

--- A small valid test report as a table; `changes` overrides members.
function M.report(changes)
  number = number + 1
  local report = {
    type = "T",
    id = require("wats.core").uuid(),
    pn = "PCBA-100",
    sn = ("SN-%04d"):format(number),
    rev = "A",
    processCode = 50,
    result = "P",
    machineName = "ICT-01",
    location = "Oslo",
    purpose = "Test",
    start = "2026-01-30T10:00:00+01:00",
    root = {
      id = 1, group = "M", stepType = "SequenceCall", name = "Main", status = "P",
      steps = { { id = 2, group = "M", stepType = "ET_A", name = "Do", status = "D" } },
    },
    uut = { user = "op", execTime = 1.5 },
  }
  for name, value in pairs(changes or {}) do
    report[name] = value
  end
  return report
end

return M
