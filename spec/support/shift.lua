-- What the specs of examples/shift.lua share.

local check = require("luassert")
local core = require("wats.core")
local parser = require("spec.exposition_parser")
local sandboxes = require("spec.support.sandbox")

local M = {}

M.LUA = os.getenv("LUA") or "lua5.4"
M.CANARY = "Y2FuYXJ5OnNlY3JldC1jYW5hcnktdG9rZW4="

--- Reads a file and removes it.
function M.take_file(name)
  local file = assert(io.open(name, "rb"))
  local text = file:read("a")
  file:close()
  os.remove(name)
  return text
end

local Shift = {}
Shift.__index = Shift

--- Starts one.
function M.start(arguments, env)
  local self = setmetatable({ out = os.tmpname(), err = os.tmpname() }, Shift)
  local environment = { WATS_BASE_URL = false, WATS_AUTH_TOKEN = false, WATS_CONFIG = false }
  for name, value in pairs(env or {}) do environment[name] = value end
  self.child = assert(core.spawn({
    argv = { M.LUA, "examples/shift.lua", table.unpack(arguments or {}) },
    env = environment, stdin = "pipe", stdout = self.out, stderr = self.err,
  }))
  return self
end

--- Waits until it has printed this (a pattern): what it captures.
function Shift:until_printed(pattern)
  local deadline = core.monotonic() + 60
  repeat
    local file = assert(io.open(self.out))
    local found = file:read("a"):match(pattern)
    file:close()
    if found then return found end
    core.sleep(0.02)
  until core.monotonic() > deadline
  error(pattern .. " was not printed", 2)
end

--- Its end, whatever it was about to do.
function Shift:kill()
  self.child:kill(9)
  self.child:wait(20)
  self.child:close()
  os.remove(self.out)
  os.remove(self.err)
end

--- Waits for its end: exit code, output, errors.
function Shift:finish()
  local code, how = self.child:wait(120)
  self.child:close()
  local text, errors = M.take_file(self.out), M.take_file(self.err)
  check.equal("exit", how, errors)
  return code, text, errors
end

--- Runs to the end: exit code, output, errors.
function M.run(arguments, env)
  return M.start(arguments, env):finish()
end

function M.contains(text, ...)
  for _, part in ipairs { ... } do check.matches(part, text, 1, true) end
end

function M.count(text, pattern)
  local _, n = text:gsub(pattern, "")
  return n
end

function M.metrics_of(text)
  return parser.parse(assert(text:match("\nmetrics:\n\n(.*)$")))
end

--- The sum of a family's samples that have these labels.
function M.sum(families, name, labels)
  local total = 0
  for _, sample in ipairs(families[name].samples) do
    local fits = sample.name == name
    for label, value in pairs(labels or {}) do fits = fits and sample.labels[label] == value end
    if fits then total = total + sample.value end
  end
  return total
end

--- A sandbox of ours that knows the products of the logs.
function M.start_server()
  local box = sandboxes.start { token = M.CANARY }
  assert(box.sandbox:seed { products = {
    { partNumber = "PCB-4100", revisions = { { revision = "C" } } },
    { partNumber = "PCB-2205", revisions = { { revision = "A" } } },
    { partNumber = "PSU-1030", revisions = { { revision = "B" } } },
  } })
  return box
end

function M.new_directory()
  local name = os.tmpname()
  os.remove(name)
  return name
end

return M
